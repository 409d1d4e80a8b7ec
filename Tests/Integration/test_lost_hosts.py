"""Hosts that are lost, and hosts that only seem to be, with the fast setting of the README.

The times are printed (-s shows them); what is asserted leaves room for a slow machine. Tests/bench has the figures.
"""

import signal
import time

import pytest

from harness.lossy import cut_off, losing
from harness.tasks import container, register, unique, wait_for_term
from harness.waiting import wait_until

pytestmark = pytest.mark.docker

fast = ["--reset-timeout", "0.5", "--replace-after", "0", "--healthy-after", "0"]


@pytest.fixture(scope="module")
def fast_node(module_workshop):
    from conftest import _node  # the fixtures made there are shared with others

    return _node(module_workshop, agent_timeout_seconds=5, arguments=fast)


@pytest.fixture(autouse=True)
def recover(fast_node):
    yield
    fast_node.recover()
    wait_until(lambda: instance(fast_node)["agentConnected"], "the agent is back", 60)


def instance(node):
    arns = node.ecs.list_container_instances()["containerInstanceArns"]
    found = node.ecs.describe_container_instances(containerInstances=arns)["containerInstances"]
    return next(item for item in found if item["containerInstanceArn"] == own(node))


def own(node):
    """The first that registered."""
    return node.ecs.list_container_instances()["containerInstanceArns"][0]


def seconds_until_lost(node, limit):
    begun = time.monotonic()
    wait_until(lambda: not instance(node)["agentConnected"], "agentConnected: false", limit, interval=0.01)
    return time.monotonic() - begun


def losses(node):
    return node.plane.process.log().count('msg="agent lost"')


def test_a_reset_connection_is_seen_before_silence_is(fast_node, capsys):
    fast_node.agent.kill()
    seconds = seconds_until_lost(fast_node, 30)
    with capsys.disabled():
        print(f" reset seen after {seconds:.2f} s", end="")
    # Silence alone would have taken four seconds at least.
    assert 0.4 < seconds < 3.5


def test_a_silent_host_is_seen(fast_node, capsys):
    with cut_off(fast_node.host):
        seconds = seconds_until_lost(fast_node, 40)
    with capsys.disabled():
        print(f" silence seen after {seconds:.2f} s", end="")
    assert seconds > 3.5


def running(node, name):
    return node.ecs.describe_services(services=[name])["services"][0]["runningCount"]


@pytest.mark.parametrize("directions", [["from"], ["from", "to"]], ids=["one way", "both ways"])
def test_no_false_alarm_while_half_of_all_packets_are_lost(fast_node, directions):
    before = losses(fast_node)
    with losing(fast_node.host, 0.5, directions):
        time.sleep(10)
    time.sleep(3)
    assert losses(fast_node) == before


@pytest.mark.parametrize("who", ["agent", "control plane"])
def test_no_false_alarm_when_a_process_stands_still(fast_node, who):
    process = {"agent": fast_node.agent.process, "control plane": fast_node.plane.process}[who]
    before = losses(fast_node)
    # Twice, so that it does not hang on where in its second the heartbeat is.
    for _ in range(2):
        process.signal(signal.SIGSTOP)
        time.sleep(3)
        process.signal(signal.SIGCONT)
        time.sleep(2.3)
    assert losses(fast_node) == before
    assert instance(fast_node)["agentConnected"]


def test_a_lost_hosts_tasks_are_replaced_at_once(fast_node, module_workshop, capsys):
    host = module_workshop.host()
    agent = module_workshop.agent(host, fast_node.plane)

    def others():
        return fast_node.ecs.list_container_instances()["containerInstanceArns"][1:]

    lost = wait_until(others, "two hosts", 20)[0]
    name = unique("service")
    fast_node.ecs.create_service(
        serviceName=name, taskDefinition=register(fast_node.ecs, container(script=wait_for_term)), desiredCount=2,
        placementStrategy=[{"type": "spread", "field": "instanceId"}],
    )  # fmt: skip
    wait_until(lambda: running(fast_node, name) == 2, "both tasks run", 30)
    before = set(fast_node.ecs.list_tasks(serviceName=name)["taskArns"])
    agent.kill()

    def is_lost():
        described = fast_node.ecs.describe_container_instances(containerInstances=[lost])["containerInstances"][0]
        return not described["agentConnected"]

    wait_until(is_lost, "agentConnected: false", 30, interval=0.01)
    begun = time.monotonic()
    wait_until(
        lambda: set(fast_node.ecs.list_tasks(serviceName=name)["taskArns"]) - before, "another task", 30, interval=0.01
    )
    with capsys.disabled():
        print(f" replaced {time.monotonic() - begun:.2f} s later", end="")
    # It comes back with its task: one of the three goes, and there are never fewer than two.
    agent.start(connected=False)
    wait_until(lambda: not is_lost(), "it is back", 30)
    wait_until(lambda: running(fast_node, name) == 2, "the surplus is stopped", 30)
    fast_node.ecs.delete_service(service=name, force=True)
    agent.close()
