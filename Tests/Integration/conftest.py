"""Fixtures. What is dear (a host with its engine) is made once a module, what is cheap once a test."""

import contextlib
import os
import pathlib
import signal
import sys
from dataclasses import dataclass

import pytest

sys.path.insert(0, os.path.dirname(__file__))

from harness import host as hosts  # noqa: E402
from harness.controlplane import ControlPlane  # noqa: E402
from harness.host import Agent, Host  # noqa: E402
from harness.mortal import build_library  # noqa: E402
from harness.places import runtime  # noqa: E402
from harness.podman import PodmanHost  # noqa: E402
from harness.tasks import wait_status  # noqa: E402


def pytest_collection_modifyitems(items):
    for item in items:
        mark = item.get_closest_marker("not_podman")
        if mark and runtime != "docker" and not mark.kwargs.get("unless"):
            item.add_marker(pytest.mark.skip(reason=f"podman: {mark.args[0]}"))


def pytest_configure(config):
    # SIGTERM takes the way of Ctrl-C, so that fixtures clean up.
    def interrupt(number, frame):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)


_started = []


def _logs_of_running_fixtures():
    for thing in _started:
        process = getattr(thing, "process", None) or getattr(thing, "dockerd", None)
        if process:
            yield process


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        for process in _logs_of_running_fixtures():
            report.sections.append((f"{process.name}: the end of {process.log_path}", process.tail(15)))
    return report


@pytest.fixture(scope="session")
def scratch(tmp_path_factory):
    """Where processes keep data and logs. `Tests/run` says where it is, and keeps it if something failed."""
    given = os.environ.get("STEVEDORE_TEST_SCRATCH")
    if not given:
        return tmp_path_factory.mktemp("integration")
    path = pathlib.Path(given)
    path.mkdir(parents=True, exist_ok=True)
    return path


@pytest.fixture(scope="session")
def library(scratch):
    return build_library(scratch)


class Workshop:
    """Makes control planes, hosts and agents, and ends them in reverse."""

    def __init__(self, directory):
        self.directory = directory
        self._made = []

    def keep(self, thing):
        """Ends it with the workshop: whatever has a `close`."""
        self._made.append(thing)
        _started.append(thing)
        return thing

    def control_plane(self, start=True, **options):
        folder = self.directory / f"controlplane-{len(self._made)}"
        plane = self.keep(ControlPlane(folder, **options))
        return plane.start() if start else plane

    def host(self, **options):
        kind = PodmanHost if runtime == "podman" else Host
        host = self.keep(kind(self.directory / f"host-{len(self._made)}", **options))
        return host.start()

    def agent(self, host, control_plane, start=True, **options):
        folder = self.directory / f"agent-{len(self._made)}"
        agent = self.keep(Agent(host, control_plane, folder, **options))
        return agent.start() if start else agent

    def close(self):
        failures = []
        while self._made:
            thing = self._made.pop()
            _started.remove(thing)
            try:
                thing.close()
            except Exception as error:  # the others must be ended all the same
                failures.append(f"{thing}: {error}")
        assert not failures, "\n".join(failures)


def _new_folder(scratch, node):
    """Named after a test or a module. Whoever found the data of another there would go on with it."""
    name = node.name.replace("/", "-").replace(".py", "")
    name = "".join(c if c.isalnum() or c in "-_" else "-" for c in name)[:60]
    for suffix in ("", *(f"-{number}" for number in range(2, 1000))):
        with contextlib.suppress(FileExistsError):  # the name may be cut before what tells it from another
            (scratch / f"{name}{suffix}").mkdir()
            return scratch / f"{name}{suffix}"
    raise AssertionError(f"{scratch / name} has too many like it")


def _workshop(scratch, request):
    workshop = Workshop(_new_folder(scratch, request.node))
    yield workshop
    workshop.close()


@pytest.fixture(scope="module")
def module_workshop(scratch, request):
    yield from _workshop(scratch, request)


@pytest.fixture
def workshop(scratch, request):
    yield from _workshop(scratch, request)


@pytest.fixture(scope="module")
def plane(module_workshop):
    """A control plane for API tests; agents that stay silent stay connected. Tests use clusters of their own."""
    return module_workshop.control_plane()


@pytest.fixture(scope="module")
def ecs(plane):
    return plane.client()


@pytest.fixture
def cluster(ecs, request):
    """A new cluster named after the test."""
    name = "".join(c if c.isalnum() else "-" for c in request.node.name)[:200] or "cluster"
    ecs.create_cluster(clusterName=name)
    return name


@dataclass
class Node:
    """A host with an agent that is registered to a control plane of its own."""

    plane: ControlPlane
    host: Host
    agent: Agent
    ecs: object

    def recover(self):
        """What a failed test left dead or running must not fail the next one."""
        if not self.plane.process.is_running:
            self.plane.start()
        if self.host.dockerd and not self.host.dockerd.is_running:
            self.host.start_engine()
        if not self.agent.process.is_running:
            self.agent.start()
        for task in self.ecs.list_tasks()["taskArns"]:
            self.ecs.stop_task(task=task)


@pytest.fixture(scope="module")
def agent_settings():
    """Settings of the agent of `node`; a module that needs some has a fixture of this name."""
    return {}


@pytest.fixture(scope="module")
def host_options():
    """What the host of `node` is made with, likewise."""
    return {}


def _node(workshop, settings=None, host_options=None, **options):
    hosts.remove_leftovers()
    # Agents reach it from their own network namespaces.
    plane = workshop.control_plane(address="0.0.0.0", **options)
    host = workshop.host(**(host_options or {}))
    agent = workshop.agent(host, plane, settings=settings)
    return Node(plane, host, agent, plane.client())


@pytest.fixture(scope="module")
def node(module_workshop, agent_settings, host_options):
    return _node(module_workshop, agent_settings, host_options, agent_timeout_seconds=30)


@pytest.fixture
def stop_afterwards(node):
    """Tasks that a test leaves running are stopped, so that the next starts with an idle host."""
    tasks = []
    yield tasks.append
    for task in tasks:
        node.ecs.stop_task(task=task)
    for task in tasks:
        wait_status(node.ecs, task, "STOPPED")


@pytest.fixture(scope="module")
def short_node(module_workshop):
    """One whose control plane gives up on silent agents after 3 s."""
    return _node(module_workshop, agent_timeout_seconds=3)
