"""Whatever dies while a task has an interface: no address, interface, rule or namespace is left over."""

import itertools
import os
import pathlib
import shutil
import subprocess

import pytest

from harness.awsvpc import address_of, awsvpc, make_pair, who
from harness.mortal import MortalAgent, Trap
from harness.tasks import container, describe, story, wait_status
from harness.waiting import wait_until

pytestmark = [
    pytest.mark.docker, pytest.mark.crash, pytest.mark.not_podman("it has no network mode awsvpc"),
]  # fmt: skip

plugins = pathlib.Path("/usr/lib/cni")


@pytest.fixture(scope="module")
def pair(module_workshop):
    return make_pair(module_workshop)


@pytest.fixture
def definition(pair):
    return awsvpc(pair.ecs, container("web", who, portMappings=[{"containerPort": 80}]))


def live(pair, definition, look):
    """One life: run, a page, stop, STOPPED, nothing left. `look` sees to the agent meanwhile."""
    place = pair.first
    arn = pair.start(definition, place)

    def wait(status):
        def reached():
            look()
            task = describe(pair.ecs, arn)
            assert status == "STOPPED" or task["lastStatus"] != "STOPPED", story(task)
            return task if task["lastStatus"] == status else None

        return wait_until(reached, f"{arn} {status}", 40)

    address = address_of(wait("RUNNING"))

    def answers():
        look()
        return place.get(address)

    wait_until(answers, f"a page from {address}", 10)
    pair.ecs.stop_task(task=arn)
    stopped = wait("STOPPED")
    assert stopped["stopCode"] == "UserInitiated", story(stopped)

    def clean():
        look()
        return not any(place.traces().values())

    try:
        wait_until(clean, "nothing left", 20)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{place.traces()}") from None


def test_agent_killed_after_each_write_of_its_journal(pair, definition, library, capsys):
    mortal = MortalAgent(pair.first.agent, library)
    for write in itertools.count(1):
        pair.first.agent.stop()
        mortal.start(write)
        live(pair, definition, mortal.look)
        if not mortal.has_died:
            break
    with capsys.disabled():
        print(f"\nagent killed after each of {write - 1} writes of its journal", flush=True)
    assert write > 6, "a life has more writes than that"


@pytest.mark.parametrize(
    "program, verb",
    [
        ("iptables-restore", "*"), ("docker", "run"), ("ptp", "ADD"), ("tuning", "ADD"),
        ("tuning", "DEL"), ("ptp", "DEL"), ("docker", "rm"),
    ],
)  # fmt: skip
def test_agent_killed_after_a_step_outside_of_it(pair, definition, scratch, program, verb):
    agent = pair.first.agent
    is_plugin = (plugins / program).exists()
    real = {path: "-" for path in plugins.iterdir()} if is_plugin else {}
    real[plugins / program if is_plugin else pathlib.Path(shutil.which(program))] = verb
    trap = Trap(scratch / f"trap-{program}-{verb.replace('*', 'any')}", real)
    agent.stop()
    ordinary = dict(agent.settings)
    agent.settings |= (
        {"ECS_CNI_PLUGINS_PATH": str(trap.directory)}
        if is_plugin
        else {"PATH": f"{trap.directory}:{os.environ['PATH']}"}
    )
    # It may be trapped at once, if it was stopped before it had cleaned up after the test before.
    agent.start(connected=False)
    agent.settings = ordinary

    def look():
        if not agent.process.is_running:
            assert agent.process.exit_code == -9, agent.process.tail()
            agent.start(connected=False)

    live(pair, definition, look)
    assert trap.is_sprung


def test_engine_killed_and_started_again(pair, definition):
    place = pair.first
    task = pair.run(definition, place)
    place.host.dockerd.kill()
    place.host.start_engine()
    stopped = wait_status(pair.ecs, task["taskArn"], "STOPPED", seconds=40)
    assert stopped["stopCode"] == "EssentialContainerExited", story(stopped)
    place.wait_clean()
    live(pair, definition, lambda: None)


def test_namespace_that_outlives_its_pause_container(pair, definition):
    place = pair.first
    task = pair.run(definition, place)
    (pause,) = place.traces()["pauses"]
    process = place.host.inspect(pause)["State"]["Pid"]
    visitor = subprocess.Popen(["nsenter", f"--net=/proc/{process}/ns/net", "sleep", "infinity"])
    try:
        entered = lambda: os.path.samefile(*(f"/proc/{one}/ns/net" for one in (visitor.pid, process)))  # noqa: E731
        wait_until(entered, "somebody is in the namespace", 10)
        place.agent.kill()
        place.host.docker("kill", pause)
        place.agent.start(connected=False)
        wait_status(pair.ecs, task["taskArn"], "STOPPED", seconds=40)
        place.wait_clean()
    finally:
        visitor.kill()
        visitor.wait()
    live(pair, definition, lambda: None)


def test_host_restarted(pair, definition):
    place = pair.first
    task = pair.run(definition, place)
    place.agent.kill()
    place.host.dockerd.stop(30)
    for table, parent, chain in (
        ("filter", "FORWARD", "STEVEDORE-FORWARD"),
        ("nat", "POSTROUTING", "STEVEDORE-POSTROUTING"),
    ):
        place.host.in_network("iptables", "-t", table, "-D", parent, "-j", chain)
        place.host.in_network("iptables", "-t", table, "-F", chain)
        place.host.in_network("iptables", "-t", table, "-X", chain)
    place.host.start_engine()
    place.agent.start()
    wait_status(pair.ecs, task["taskArn"], "STOPPED", seconds=40)
    place.wait_clean()
    live(pair, definition, lambda: None)
