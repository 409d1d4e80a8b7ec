"""Valid-looking values of botocore's shapes, and the names that a server has given out."""

import re
import string

#: Newest values of one kind that are kept.
_kept = 40
_identifier = string.ascii_letters + string.digits + "-_"
_numbers = (0, 1, 1, 2, 3, 8, 10, 80, 100, 128, 256, 512, 1024, 8080)
_texts = ("256", "1", "busybox", "/", "/tmp/a", "2", "true", "https://x.example", "memberOf", "runningTasksCount > 0",
          "attribute:ecs.os-type == linux", "arn:aws:ecs:us-east-1:123456789012:task/a/b")  # fmt: skip


class Pool:
    """Values that came from the server, by the names of the members that held them."""

    def __init__(self):
        self._values = {}

    def add(self, name, value):
        values = self._values.setdefault(name, [])
        if value not in values:
            values.append(value)
            del values[:-_kept]

    def harvest(self, shape, value):
        """Keeps every string of an answer, under its member's name and, for plain ones, its structure's as well."""
        if shape.type_name == "list" and isinstance(value, list):
            for item in value[:_kept]:
                if shape.member.type_name == "string" and isinstance(item, str):
                    self.add(_singular(shape.name), item)
                self.harvest(shape.member, item)
        elif shape.type_name == "structure" and isinstance(value, dict):
            for name, member in shape.members.items():
                item = value.get(name)
                if isinstance(item, str) and item:
                    self.add(name, item)
                    self.add(shape.name[0].lower() + shape.name[1:] + name[0].upper() + name[1:], item)
                    if item.startswith("arn:"):
                        self.add("resourceArn", item)
                elif isinstance(item, list) and member.type_name == "list" and member.member.type_name == "string":
                    for text in item[:_kept]:
                        self.add(_singular(name), text)
                self.harvest(member, item)
            if "family" in value and "revision" in value:
                self.add("taskDefinition", value["family"])
                self.add("taskDefinition", f"{value['family']}:{value['revision']}")

    def candidates(self, member, home):
        """What a member of this name could mean; of what lives in clusters, rather that of the cluster `home`."""
        name = _singular(member)
        found = [
            value for suffix in ("", "Arn", "Name", "Id") for value in self._values.get(name + suffix, ())
        ]  # fmt: skip
        at_home = [value for value in found if f"/{home}/" in value]
        return at_home or found


def _singular(name):
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name


class Values:
    def __init__(self, random, pool):
        self._random = random
        self._pool = pool
        self._words = {}
        #: The cluster that the present request is about.
        self.home = "default"

    def choose_home(self):
        self.home = self._random.choice(self._pool.candidates("clusterName", "") or ["default"])

    def instance(self, shape, name="", depth=0):
        kind = shape.type_name
        if kind == "structure":
            return self._structure(shape, depth)
        if kind == "list":
            least, most = _bounds(shape)
            count = min(max(self._random.choice((0, 1, 1, 1, 2, 3)), least), most)
            return [self.instance(shape.member, name, depth + 1) for _ in range(count)]
        if kind == "map":
            count = self._random.choice((0, 1, 2))
            return {self._text("key"): self.instance(shape.value, name, depth + 1) for _ in range(count)}
        if kind == "boolean":
            return self._random.random() < 0.5
        if kind in ("integer", "long"):
            return self._number(shape)
        if kind in ("double", "float"):
            return self._random.choice((0.0, 1.5, 100.0))
        if kind == "timestamp":
            return 1_700_000_000 + self._random.randrange(10_000_000)
        return self._string(shape, name)

    def _structure(self, shape, depth):
        required = shape.required_members
        # What is optional hardly ever goes together, the less the deeper.
        chance = 0.3 if depth == 0 else 0.12
        value = {
            name: self.instance(member, name, depth + 1)
            for name, member in shape.members.items()
            if name in required or (depth < 6 and self._random.random() < chance)
        }
        if "cluster" in shape.members and depth == 0 and self._random.random() < 0.9:
            value["cluster"] = self.home
        return value

    def _number(self, shape):
        least, most = shape.metadata.get("min"), shape.metadata.get("max")
        if least is not None and most is not None and self._random.random() < 0.5:
            return self._random.randint(int(least), int(most))
        return self._random.choice(_numbers)

    def _string(self, shape, name):
        if shape.enum:
            return self._random.choice(shape.enum)
        if self._random.random() < 0.8 and (known := self._pool.candidates(name, self.home)):
            return self._random.choice(known)
        words = self._documented(shape)
        return self._random.choice(words) if words and self._random.random() < 0.5 else self._text(name)

    def _documented(self, shape):
        """The values that the model's prose names where it has no enumeration."""
        prose = shape.documentation
        if prose not in self._words:
            self._words[prose] = re.findall(r"<code>([^<>]{1,60})</code>", prose)
        return self._words[prose]

    def _text(self, name):
        if self._random.random() < 0.2:
            return self._random.choice(_texts)
        return "".join(self._random.choices(_identifier, k=self._random.randint(1, 12)))


def _bounds(shape):
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    return int(least or 0), int(most) if most is not None else 10
