"""Docker Swarm with one node: the reference that services are measured beside."""

import contextlib
import http.client
import json
import socket
import urllib.parse

from harness.host import image

mebibyte = 1 << 20
#: In nanoseconds, as the engine has durations. Zero would mean its default of 5 s.
shortest = 1


class EngineConnection(http.client.HTTPConnection):
    """One keep-alive connection to an engine's socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self._path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)

    def call(self, method, path, body=None, **query):
        encoded = {name: value if isinstance(value, str) else json.dumps(value) for name, value in query.items()}
        target = f"{path}?{urllib.parse.urlencode(encoded)}" if query else path
        content = None if body is None else json.dumps(body)
        self.request(method, target, content, {"Content-Type": "application/json"})
        response = self.getresponse()
        answer = response.read()
        if response.status >= 300:
            raise RuntimeError(f"{method} {target}: {response.status} {answer[:300]!r}")
        return json.loads(answer) if answer else None


class SwarmService:
    """A service by the engine's API, with the settings that make Swarm fastest."""

    def __init__(self, swarm, name, script, replicas, network=None):
        self.engine = swarm.engine
        self.name = name
        self.spec = {
            "Name": name,
            "TaskTemplate": {
                "ContainerSpec": {"Image": image, "Command": ["sh", "-c", script], "StopGracePeriod": 2_000_000_000},
                "Resources": {
                    "Limits": {"MemoryBytes": 64 * mebibyte}, "Reservations": {"MemoryBytes": 8 * mebibyte},
                },
                "RestartPolicy": {"Condition": "any", "Delay": 0},
                # None: the engine's bridge, as nothing is published.
                "Networks": [{"Target": network}] if network else [],
            },
            "Mode": {"Replicated": {"Replicas": replicas}},
        }  # fmt: skip
        self.id = self.engine.call("POST", "/services/create", self.spec)["ID"]

    def running(self):
        """How many tasks Swarm says are running, as `docker service ls` does."""
        found = self.engine.call("GET", "/services", status="true", filters={"id": [self.id]})
        return found[0]["ServiceStatus"]["RunningTasks"]

    def running_tasks(self):
        """Those that run and are to, by identifier."""
        tasks = self.engine.call("GET", "/tasks", filters={"service": [self.name], "desired-state": ["running"]})
        return {task["ID"]: task for task in tasks if task["Status"]["State"] == "running"}

    def update(self, parallelism, monitor=shortest, **environment):
        """Start-first. Returns at once."""
        found = self.engine.call("GET", f"/services/{self.id}")
        spec = found["Spec"]
        spec["TaskTemplate"]["ContainerSpec"]["Env"] = [f"{name}={value}" for name, value in environment.items()]
        spec["UpdateConfig"] = {"Parallelism": parallelism, "Order": "start-first", "Monitor": monitor, "Delay": 0}
        self.engine.call("POST", f"/services/{self.id}/update", spec, version=str(found["Version"]["Index"]))

    @property
    def is_updated(self):
        return self.engine.call("GET", f"/services/{self.id}").get("UpdateStatus", {}).get("State") == "completed"

    def remove(self):
        self.engine.call("DELETE", f"/services/{self.id}")


class Swarm:
    def __init__(self, host):
        self.engine = EngineConnection(host.socket)

    def service(self, *arguments, **options):
        return SwarmService(self, *arguments, **options)


@contextlib.contextmanager
def swarm(host):
    """The host's engine is a swarm of one meanwhile."""
    host.docker("swarm", "init", "--advertise-addr", "127.0.0.1")
    try:
        yield Swarm(host)
    finally:
        host.docker("swarm", "leave", "--force")
