"""What can be wrong with a request: in its values, in its text, and around it."""

import json
import re
from copy import deepcopy

_long = (255, 256, 257, 1024, 4096, 20_000, 100_000)
_numbers = (0, -1, 1, 101, 65_535, 65_536, 2**31 - 1, 2**31, 2**32, 2**53, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1,
            2**64, 10**30)  # fmt: skip
_literals = ("1e308", "-1e308", "1e309", "1E400", "NaN", "Infinity", "-Infinity", "1.5", "1.0", "-0", "01", "+1", ".5",
             "1e-400", "0x10", "'a'", "undefined", "True", "9" * 400, '"\\ud800"', '"\\udc00\\ud800"', '"\\u0000"',
             '"\\x41"', '"\t"', '"\\uD83D\\uDE00"', '"\\ud83d"')  # fmt: skip
_texts = ("", " ", "\x00", "a\x00b", "\n", "a\r\nX-Injected: 1", "\u202eabc", "\u05d0\u05d1", "e\u0301\u0301\u0301",
          "\u200b", "\ufeff", "\U0001f600", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\ud800", "\udfff x",
          "\uffff", "\u0130", "../../etc/passwd", "$(id)", "'; DROP TABLE record;--", "%s%n", "a:b:c", ":", "::", "/", "//", "a/b",
          "-rm", "arn:", "arn:aws:ecs", "arn:aws:ecs:::", "arn:aws:ecs:us-east-1:123456789012:cluster/",
          "arn:aws:ecs:us-east-1:123456789012:task-definition/f:", "arn:aws:s3:::bucket", "f:0", "f:-1", "f:x",
          "f:99999999999999999999", "aws:x", "AWS:x", "AWS_INSTANCE", "family:", "service:x", "default ", "Default",
          "*", "0", "-1", "true", "null", "{}", "0-65535", "65535-0", "1/tcp", "(", "not", "a == ",
          "((" * 200)  # fmt: skip
_others = (None, True, False, 0, 1, -1, 1.5, "text", "", [], {}, [[]], [None], [1], ["a"], {"a": 1}, [{}], {"": None})
_content_types = ("application/json", "text/plain", "application/x-amz-json-1.0", "application/cbor", "", "x" * 200,
                  "application/x-www-form-urlencoded", "application/x-amz-json-1.1; charset=utf-16", None)  # fmt: skip


class Literal:
    """JSON text that goes out as it is, right or wrong."""

    def __init__(self, text):
        self.text = text


class Mutator:
    def __init__(self, random, values):
        self._random = random
        self._values = values
        self._structural = (
            self._drop, self._drop, self._wrong_type, self._wrong_type, self._number, self._text, self._text,
            self._long_text, self._unknown_enum, self._unknown_member, self._null, self._nest, self._many, self._grow,
            self._grow, self._grow, self._refer, self._refer, self._literal, self._twice,
        )  # fmt: skip
        self._textual = (
            self._truncate, self._bad_utf8, self._trailing, self._duplicate_key, self._flip, self._leading,
            self._replace,
        )

    # --- values

    def spoil(self, shape, value):
        """One change somewhere in a value, which is changed in place; a new top level is returned."""
        places = list(_places(shape, value))
        if self._random.random() < 0.01:
            return deepcopy(self._random.choice(_others))
        if not places:
            return self._unknown_member(None, value, shape)
        holder, key, inner = self._random.choice(places)
        # Towards the leaves, where the rules are, but not always.
        self._random.choice(self._structural)((holder, key), holder[key], inner)
        return value

    def _set(self, place, value):
        holder, key = place
        holder[key] = value

    def _drop(self, place, value, shape):
        holder, key = place
        del holder[key]

    def _wrong_type(self, place, value, shape):
        self._set(place, deepcopy(self._random.choice(_others)))

    def _number(self, place, value, shape):
        self._set(place, self._random.choice(_numbers))

    def _text(self, place, value, shape):
        text = self._random.choice(_texts)
        if isinstance(value, str) and self._random.random() < 0.5:
            at = self._random.randint(0, len(value))
            text = value[:at] + text + value[at:]
        self._set(place, text)

    def _long_text(self, place, value, shape):
        unit = self._random.choice(("x", "1", "\u00e9", "\U0001f600", "a b", "\\", "a/"))
        self._set(place, unit * (self._random.choice(_long) // len(unit)))

    def _unknown_enum(self, place, value, shape):
        if isinstance(value, str):
            self._set(place, self._random.choice((value.lower(), value + "X", value[:-1], " " + value, value.title())))

    def _unknown_member(self, place, value, shape):
        target = value if isinstance(value, dict) else (place or (None,))[0]
        if isinstance(target, dict):
            target[self._random.choice(("future", "", "__type", "a\x00", "\U0001f600", "x" * 300))] = deepcopy(
                self._random.choice(_others)
            )
        return value

    def _null(self, place, value, shape):
        self._set(place, None)

    def _nest(self, place, value, shape):
        depth = self._random.choice((3, 20, 100, 127, 128, 129, 500, 5000))
        opening, closing = self._random.choice((("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")))
        self._set(place, Literal(opening * depth + "1" + closing * depth))

    def _many(self, place, value, shape):
        holder, key = place
        count = self._random.choice((0, 2, 11, 21, 51, 101, 1001, 5000))
        # What is repeated may have been repeated before.
        if count > 101 and not isinstance(value, (str, int)) and self._random.random() < 0.8:
            count = 101
        if isinstance(value, list):
            self._set(place, (value or [self._random.choice(_others)]) * count)
        elif isinstance(value, dict) and shape is not None and shape.type_name == "map":
            self._set(place, {f"k{n}": "v" for n in range(count)})
        elif isinstance(holder, list):
            holder.extend([value] * count)

    def _grow(self, place, value, shape):
        """An optional member more, well-formed: most rules are about what may not go together."""
        if shape is not None and shape.type_name == "structure" and isinstance(value, dict) and shape.members:
            name = self._random.choice(list(shape.members))
            value[name] = self._values.instance(shape.members[name], name, depth=2)
        elif shape is not None:
            self._set(place, self._values.instance(shape, str(place[1]), depth=2))

    def _refer(self, place, value, shape):
        """Something else that exists, where a name stands."""
        if shape is not None and shape.type_name == "string":
            self._set(place, self._values.instance(shape, str(place[1])))

    def _literal(self, place, value, shape):
        self._set(place, Literal(self._random.choice(_literals)))

    def _twice(self, place, value, shape):
        if isinstance(value, list) and value:
            value.append(deepcopy(self._random.choice(value)))

    # --- text

    def text(self, body):
        return self._random.choice(self._textual)(body)

    def _at(self, body):
        return self._random.randint(0, len(body))

    def _truncate(self, body):
        return body[: self._at(body)]

    def _bad_utf8(self, body):
        at = self._at(body)
        bad = (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\x80", b"\x00")
        junk = self._random.choice(bad)
        return body[:at] + junk + body[at:]

    def _trailing(self, body):
        return body + self._random.choice((b"x", b"{}", b",", b"]", b"\x00", b" null", b"\n\n{}", b"}", b" " * 5000))

    def _leading(self, body):
        return self._random.choice((b"\xef\xbb\xbf", b"\x00", b" " * 3000, b",", b"//\n", b"[", b")]}'\n")) + body

    def _duplicate_key(self, body):
        members = list(re.finditer(rb'"(\w+)":', body))
        if not members:
            return body
        member = self._random.choice(members)
        other = self._random.choice((b"null", b"1", b'"x"', b"[]", b"{}"))
        return body[: member.start()] + member.group(0) + other + b"," + body[member.start() :]

    def _flip(self, body):
        changed = bytearray(body)
        for _ in range(self._random.choice((1, 1, 2, 8))):
            if changed:
                changed[self._random.randrange(len(changed))] = self._random.choice(b'"{}[],:\\ \x00\x7f0e-tn\xff')
        return bytes(changed)

    def _replace(self, body):
        return self._random.choice(
            (b"", b"null", b"[]", b'""', b"0", b"{}", b"\x00", b"{", b"[" * 100_000, b'{"a":' * 50_000)
        )

    # --- around it

    def headers(self, headers):
        changed = dict(headers)
        content_type = self._random.choice(_content_types)
        if content_type is None:
            del changed["Content-Type"]
        else:
            changed["Content-Type"] = content_type
        return changed


def _places(shape, value):
    """Every place inside a value: what holds it, under which key, and the shape that belongs there."""
    if isinstance(value, dict):
        for key, item in value.items():
            inner = None
            if shape is not None and shape.type_name == "structure":
                inner = shape.members.get(key)
            elif shape is not None and shape.type_name == "map":
                inner = shape.value
            yield value, key, inner
            yield from _places(inner, item)
    elif isinstance(value, list):
        inner = shape.member if shape is not None and shape.type_name == "list" else None
        for index, item in enumerate(value[:20]):
            yield value, index, inner
            yield from _places(inner, item)


def encode(random, value):
    """A value as JSON, with its literals; lone surrogates become escapes or, now and then, bytes that are no UTF-8."""
    literals = []

    def placeholder(literal):
        literals.append(literal.text)
        return f"@literal{len(literals) - 1}@"

    as_ascii = random.random() < 0.7
    text = json.dumps(value, default=placeholder, ensure_ascii=as_ascii, separators=(",", ":"))
    if literals:
        text = re.sub('"@literal([0-9]+)@"', lambda match: literals[int(match[1])], text)
    return text.encode("utf-8", "surrogatepass")
