"""Hosts: a network namespace each, with a dockerd of its own in it, so that ports and bridges do not meet.

dockerd is started by `nsenter --net=`: `ip netns exec` would mount its own /sys and hide the cgroups.
"""

import contextlib
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import sys
import time

from .places import clean_environment, executable, repository
from .processes import ManagedProcess, run
from .waiting import wait_until

image = "stevedore-test/busybox:latest"

# Two ends a host out of 198.18.0.0/15, which is for tests and routed nowhere (RFC 2544).
_networks = [
    (f"198.{second}.{third}.{fourth + 1}", f"198.{second}.{third}.{fourth + 2}")
    for second in (18, 19)
    for third in range(256)
    for fourth in range(0, 256, 4)
]


def _unused_network():
    """At random, so that two runs at a time hardly ever take the same."""
    taken = run(["ip", "-4", "-o", "address"]).stdout
    return random.choice([pair for pair in _networks if f" {pair[0]}/" not in taken])


def join(first, second):
    """Connects two hosts by a cable of their own. Returns the address and the interface of each."""
    ends = [(host, f"{host.name}x", address) for host, address in zip((first, second), _unused_network())]
    (_, one, _), (_, other, _) = ends
    run(["ip", "link", "add", one, "type", "veth", "peer", "name", other])
    for host, interface, address in ends:
        run(["ip", "link", "set", interface, "netns", host.name])
        host.in_network("ip", "address", "add", f"{address}/30", "dev", interface)
        host.in_network("ip", "link", "set", interface, "up")
    return [(address, interface) for _, interface, address in ends]


def remove_leftovers():
    """What test runs left that were killed: namespaces and folders whose name has the id of a process that is gone."""
    names = {line.split()[0] for line in run(["ip", "netns", "list"]).stdout.splitlines() if line.strip()}
    names |= {path.name for path in pathlib.Path("/tmp").glob("svt*")}
    for name in names:
        match = re.fullmatch(r"svt(\d+)h\d+", name)
        if match and not os.path.exists(f"/proc/{match[1]}"):
            run(["ip", "netns", "delete", name], check=False)
            _remove_tree(pathlib.Path("/tmp") / name)


def _remove_tree(folder):
    """An engine that was killed leaves its mounts. Returns whether the folder is gone."""
    for line in pathlib.Path("/proc/mounts").read_text().splitlines():
        mount = line.split()[1]
        if mount.startswith(f"{folder}/"):
            run(["umount", "--lazy", mount], check=False)
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()


def _kill_tree(pid):
    """A shim's container is told from others only by being its child."""
    children = " ".join(path.read_text() for path in pathlib.Path(f"/proc/{pid}/task").glob("*/children")).split()
    os.kill(pid, signal.SIGKILL)
    for child in children:
        with contextlib.suppress(OSError):
            _kill_tree(int(child))


class Host:
    runtime = "docker"
    image = image
    _count = 0

    def __init__(self, directory, engine_options=(), data_size=None):
        Host._count += 1
        self.number = Host._count
        self.name = f"svt{os.getpid()}h{self.number}"
        # A unix socket's path may have 107 bytes, and pytest's folders are deep.
        self.directory = pathlib.Path(directory)
        self.docker_directory = pathlib.Path(f"/tmp/{self.name}")
        self.socket = self.docker_directory / "docker.sock"
        self.engine_options = list(engine_options)
        #: The size of a disk of its own for the engine's data, as mount has it.
        self.data_size = data_size
        self.dockerd = None

    def start(self):
        self.directory.mkdir(parents=True, exist_ok=True)
        self.docker_directory.mkdir()
        if self.data_size:
            self.data.mkdir()
            run(["mount", "-t", "tmpfs", "-o", f"size={self.data_size}", "tmpfs", self.data])
        run(["ip", "netns", "add", self.name])
        self.in_network("ip", "link", "set", "lo", "up")
        self._connect()
        self.start_engine()
        self.build_image()
        return self

    def _connect(self):
        # Names of interfaces have at most 15 bytes; ours have 14 with a seven-digit process id.
        outside, inside = self._outside, f"{self.name}i"
        run(["ip", "link", "add", outside, "type", "veth", "peer", "name", inside])
        run(["ip", "link", "set", inside, "netns", self.name])
        self.outside_address, self.address = _unused_network()
        run(["ip", "address", "add", f"{self.outside_address}/30", "dev", outside])
        run(["ip", "link", "set", outside, "up"])
        self.in_network("ip", "address", "add", f"{self.address}/30", "dev", inside)
        self.in_network("ip", "link", "set", inside, "up")

    def start_engine(self):
        folder = self.docker_directory
        # Left by a dockerd that was killed. It would wait for the containerd, which went with it, as long as anyone
        # keeps that as a zombie.
        (folder / "docker.pid").unlink(missing_ok=True)
        (folder / "exec" / "containerd" / "containerd.pid").unlink(missing_ok=True)
        self.dockerd = ManagedProcess(
            "dockerd",
            [
                *self._enter,
                "dockerd",
                "--host", f"unix://{self.socket}",
                "--data-root", self.data,
                "--exec-root", folder / "exec",
                "--pidfile", folder / "docker.pid",
                "--log-level", "error",
                *self.engine_options,
            ],
            self.directory / "dockerd.log",
            environment=clean_environment(),
            # SIGKILL would leave its containerd and the containers behind.
            orphan_signal=signal.SIGTERM,
        )  # fmt: skip
        try:
            wait_until(lambda: self.docker("version", check=False).returncode == 0, "dockerd answers", 30)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.dockerd.tail()}") from None

    def build_image(self):
        environment = clean_environment(**self.engine_environment)
        run([repository / "Config" / "build-example-image", image], environment=environment)

    def close(self):
        if self.dockerd is None or self.dockerd.is_running:
            # dockerd would give each its own time to stop.
            ids = self.docker("ps", "--all", "--quiet", check=False).stdout.split()
            if ids:
                self.docker("rm", "--force", *ids, check=False)
            if self.dockerd:
                self.dockerd.stop(30)
        self._end_strays()
        run(["ip", "link", "delete", self._outside], check=False)
        run(["ip", "netns", "delete", self.name], check=False)
        wait_until(lambda: _remove_tree(self.docker_directory), f"removal of {self.docker_directory}", 10, interval=0.2)

    def shims(self):
        """Process ids of the shims of this host's containers, by the container's id."""
        return {match[1]: pid for pid, line in self._processes() if (match := re.search(r"\0-id\0(\w+)", line))}

    def _processes(self):
        """Id and command line of those that were given a path of this engine's."""
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                line = (process / "cmdline").read_text(errors="replace")
                if f"{self.docker_directory}/" in line:
                    yield int(process.name), line

    def _end_strays(self):
        """What a dockerd that was killed has lost, and podman's clean-up, which would make its folders anew."""
        lost = self.shims()
        for pid, _ in self._processes():
            with contextlib.suppress(OSError):
                _kill_tree(pid)

        def removed():
            for at, names, _ in os.walk("/sys/fs/cgroup", topdown=False):
                for name in lost.keys() & set(names):
                    os.rmdir(os.path.join(at, name))
            return True

        wait_until(removed, "the cgroups of what is gone can be removed", 10)

    # --- doing things there

    @property
    def _enter(self):
        return ["nsenter", f"--net=/run/netns/{self.name}"]

    @property
    def _outside(self):
        return f"{self.name}o"

    @property
    def data(self):
        return self.docker_directory / "data"

    @property
    def docker_host(self):
        return f"unix://{self.socket}"

    def container_namespaces(self):
        """The mounts that hold network namespaces of containers. docker deletes their files a minute later."""
        with open(f"/proc/{self.dockerd.pid}/mounts") as mounts:
            paths = [line.split()[1] for line in mounts]
        folder = f"{self.docker_directory}/exec/netns/"
        return [path for path in paths if path.startswith(folder) and path != f"{folder}default"]

    @property
    def engine_environment(self):
        """What the engine's command line finds it by."""
        return {"DOCKER_HOST": self.docker_host}

    def in_network(self, *command, check=True, input=None):
        return run([*self._enter, *command], check=check, input=input, environment=clean_environment())

    def docker(self, *arguments, check=True):
        return run(["docker", "--host", self.docker_host, *arguments], check=check, environment=clean_environment())

    def inspect(self, container):
        found = json.loads(self.docker("inspect", container).stdout)[0]
        if "Name" in found:  # podman's has no slash
            found["Name"] = f"/{found['Name'].lstrip('/')}"
        return found

    def containers(self, *filters, all=True):
        """Ids of the containers with these labels (`name=value`)."""
        arguments = [argument for value in filters for argument in ("--filter", f"label={value}")]
        return self.docker("ps", *(["--all"] if all else []), "--quiet", "--no-trunc", *arguments).stdout.split()

    def wait_idle(self, *filters, seconds=10):
        """Until no container (with these labels) runs. docker lists one for a moment after it told of its end."""
        wait_until(lambda: self.containers(*filters, all=False) == [], "no container runs", seconds)

    def listen(self, port, protocol="tcp"):
        """A process of nobody's that holds a port of this host."""
        program = {
            "tcp": "import socket, signal; s = socket.create_server(('0.0.0.0', %d)); signal.pause()",
            "udp": "import socket, signal; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(('0.0.0.0', %d)); "
            "signal.pause()",
        }[protocol]
        listener = ManagedProcess(
            "listener",
            [*self._enter, sys.executable, "-c", program % port],
            self.directory / f"listener-{protocol}-{port}.log",
            environment=clean_environment(),
        )
        wait_until(
            lambda: f":{port} " in self.in_network("ss", "-Hln", f"--{protocol}").stdout,
            f"a listener on {protocol} {port}",
        )
        return listener

    def fetch(self, port, path="/", seconds=5):
        """The body of a page on one of this host's ports. Raises OSError if there is none."""
        with socket.create_connection((self.address, port), timeout=seconds) as connection:
            connection.sendall(f"GET {path} HTTP/1.0\r\nHost: {self.address}\r\n\r\n".encode())
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
        head, _, body = answer.partition(b"\r\n\r\n")
        if not head.startswith((b"HTTP/1.0 200", b"HTTP/1.1 200")):
            raise OSError(f"no page on port {port}: {head[:80]!r}")
        return body.decode()


class Agent:
    """An agent on a host, over any number of starts."""

    def __init__(
        self, host, control_plane, directory, cluster="default", settings=None, runtime=None, wrapper=()
    ):
        """`wrapper`: a command that runs the agent, such as one that takes rights from it."""
        self.host = host
        self.wrapper = wrapper
        self.control_plane = control_plane
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.data = self.directory / "data"
        self.cluster = cluster
        self.settings = settings or {}
        self.runtime = runtime
        self.process = None

    def start(self, connected=True):
        started = time.time()
        self.process = ManagedProcess(
            "agent",
            [
                *self.host._enter,
                *self.wrapper,
                executable("stevedore-agent"),
                "--control-plane", f"http://{self.host.outside_address}:{self.control_plane.port}",
                "--cluster", self.cluster,
                "--data-dir", self.data,
                "--runtime", self.runtime or self.host.runtime,
            ],
            self.directory / "agent.log",
            environment=clean_environment(
                **{
                    **self.host.engine_environment,
                    "STEVEDORE_JOIN_TOKEN": self.control_plane.join_token,
                    "ECS_IMAGE_PULL_BEHAVIOR": "prefer-cached",
                    **self.settings,
                }
            ),
        )  # fmt: skip
        self.started = started
        if connected:
            self.wait_connected()
        return self

    def wait_connected(self, seconds=30):
        """Until both sides say so: the control plane may not have noticed yet that the agent before this one ended."""
        client = self.control_plane.client()

        def connected():
            if not self.process.is_running:
                raise AssertionError(f"the agent ended with {self.process.exit_code}")
            if " msg=connected " not in self.process.own_log():
                return False
            return any(instance["agentConnected"] for instance in self.instances(client))

        try:
            wait_until(connected, "the agent is connected", seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.process.tail()}") from None

    def instances(self, client):
        """The container instances of the cluster that this agent may be."""
        arns = client.list_container_instances(cluster=self.cluster)["containerInstanceArns"]
        if not arns:
            return []
        return client.describe_container_instances(cluster=self.cluster, containerInstances=arns)["containerInstances"]

    def kill(self):
        return self.process.kill()

    def stop(self, seconds=10):
        return self.process.stop(seconds)

    def close(self):
        if self.process:
            self.process.kill()
