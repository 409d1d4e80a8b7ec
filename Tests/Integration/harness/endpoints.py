"""What containers ask at 169.254.170.2, and people at the agent's introspection port."""

import json
import re


def write_role(node, name, key, secret, **more):
    """Credentials of a role, as an administrator puts them next to the control plane."""
    credentials = {"AccessKeyId": key, "SecretAccessKey": secret, **more}
    (node.plane.data / "roles").mkdir(exist_ok=True)
    new = node.plane.data / "roles" / f"{name}.new"
    new.write_text(json.dumps({"Credentials": credentials}))
    new.rename(new.with_suffix(".json"))


def runtime_id(task, name="main"):
    return next(c["runtimeId"] for c in task["containers"] if c["name"] == name)


def environment(node, task, name="main"):
    variables = node.host.inspect(runtime_id(task, name))["Config"]["Env"]
    return dict(variable.split("=", 1) for variable in variables)


def ask(node, task, url, name="main"):
    """Status and body of a page, asked for by a container."""
    # busybox's own -T crashes.
    script = f"timeout 5 wget -q -S -O - '{url}' 2>/tmp/head; cat /tmp/head >&2"
    answer = node.host.docker("exec", runtime_id(task, name), "sh", "-c", script)
    status = re.search(r"HTTP/1\.\d (\d+)", answer.stderr)
    assert status, answer.stderr
    return int(status[1]), json.loads(answer.stdout) if answer.stdout else None


def own(node, task, path="", name="main", version=4):
    """What a container reads at a path of its own URI."""
    variable = {4: "ECS_CONTAINER_METADATA_URI_V4", 3: "ECS_CONTAINER_METADATA_URI"}[version]
    status, body = ask(node, task, environment(node, task, name)[variable] + path, name)
    assert status == 200, body
    return body


def introspect(node, path):
    answer = node.host.in_network("curl", "-sS", "-m", "5", "-w", "\n%{http_code}", f"http://127.0.0.1:51678{path}")
    body, _, status = answer.stdout.rpartition("\n")
    return int(status), body
