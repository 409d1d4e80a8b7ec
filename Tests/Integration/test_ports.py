"""Ports of the host: ranges, the range of dynamic ones, reserved ones, and those that others have. Section 3 of the
ECS runtime rules."""

import socket
import sys

import pytest

from harness.host import image
from harness.places import clean_environment
from harness.processes import ManagedProcess
from harness.tasks import (
    container, describe, register, remaining, run_task, story, wait_for_term, wait_status,
)  # fmt: skip
from harness.waiting import wait_until

pytestmark = pytest.mark.docker

dynamic = range(41000, 41024)
#: In the middle of them, so that there are 10 and 13 in a row.
reserved = 41010
not_ours = "is already in use on this host by something Stevedore does not run"


@pytest.fixture(scope="module")
def agent_settings():
    return {
        "ECS_DYNAMIC_HOST_PORT_RANGE": f"{dynamic[0]}-{dynamic[-1]}",
        "ECS_RESERVED_PORTS": f"[22,8777,{reserved}]",
        "ECS_RESERVED_PORTS_UDP": "[5353]",
    }


@pytest.fixture
def started(node):
    """Starts a container with port mappings and waits until it runs; the task ends with the test."""
    arns = []

    def start(*mappings, script=wait_for_term):
        arns.append(run_task(node.ecs, register(node.ecs, container(script=script, portMappings=list(mappings)))))
        return wait_status(node.ecs, arns[-1], "RUNNING")

    yield start
    stop(node, *arns)


@pytest.fixture
def stranger(node):
    """A listener that is not ours, and ends with the test."""
    listeners = []
    yield lambda port, protocol="tcp": listeners.append(node.host.listen(port, protocol))
    for listener in listeners:
        listener.kill()


def stop(node, *arns):
    for arn in arns:
        node.ecs.stop_task(task=arn)
    for arn in arns:
        wait_status(node.ecs, arn, "STOPPED")


def pages(first, last):
    """A page on each of these ports that says which it is."""
    return (
        f"for port in $(seq {first} {last}); do mkdir /tmp/$port; echo page of $port >/tmp/$port/index.html;"
        f" httpd -p $port -h /tmp/$port; done; {wait_for_term}"
    )


def bindings(task):
    return task["containers"][0]["networkBindings"]


def host_ports(binding):
    first, last = map(int, binding["hostPortRange"].split("-"))
    return range(first, last + 1)


def assert_pages(node, task, first):
    for number, port in enumerate(host_ports(bindings(task)[0]), first):
        page = wait_until(lambda: node.host.fetch(port), f"a page on {port}", 10)
        assert page.strip() == f"page of {number}"


def refusal(node, *mappings):
    answer = node.ecs.run_task(taskDefinition=register(node.ecs, container(portMappings=list(mappings))))
    assert answer["tasks"] == []
    return answer["failures"][0]


def end_of(node, *mappings):
    """The reason of a container that could not start, or not with these ports."""
    arn = run_task(node.ecs, register(node.ecs, container(script=wait_for_term, portMappings=list(mappings))))
    task = wait_status(node.ecs, arn, "STOPPED")
    assert task["stopCode"] == "TaskFailedToStart", story(task)
    return task["containers"][0]["reason"]


def next_row(count, after):
    """Where placement puts a range on an idle host: the next free ports in a row, and round once."""
    for first in [*range(after + 1, dynamic[-1] + 1), *dynamic]:
        row = range(first, first + count)
        if row[-1] in dynamic and reserved not in row:
            return row
    raise AssertionError(f"there are no {count} in a row")


# --- ranges


def test_a_range_answers_on_its_host_ports(node, started):
    task = started({"containerPortRange": "8000-8005"}, {"containerPort": 90}, script=pages(8000, 8005))
    binding, single = bindings(task)
    ports = host_ports(binding)
    assert binding == {
        "bindIP": "0.0.0.0",
        "containerPortRange": "8000-8005",
        "hostPortRange": f"{ports[0]}-{ports[-1]}",
        "protocol": "tcp",
    }
    assert len(ports) == 6 and set(ports) <= set(dynamic) and reserved not in ports
    assert single["hostPort"] in set(dynamic) - set(ports)
    assert_pages(node, task, 8000)
    published = node.host.inspect(task["containers"][0]["runtimeId"])["HostConfig"]["PortBindings"]
    assert {key: int(value[0]["HostPort"]) for key, value in published.items()} == {
        **{f"{8000 + number}/tcp": port for number, port in enumerate(ports)},
        "90/tcp": single["hostPort"],
    }


def test_a_range_of_udp(node, started):
    task = started({"containerPortRange": "9000-9001", "protocol": "udp"})
    assert bindings(task)[0]["protocol"] == "udp"
    ports = host_ports(bindings(task)[0])
    network = node.host.inspect(task["containers"][0]["runtimeId"])["State"]["Pid"]
    for number, port in enumerate(ports, 9000):
        # The image has nothing that answers UDP.
        program = f"import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(('', {number})); print(s.recv(9))"
        server = ManagedProcess(
            "server", ["nsenter", "--net", f"--target={network}", sys.executable, "-c", program],
            node.host.directory / f"server-{number}.log", environment=clean_environment(),
        )  # fmt: skip

        def heard():
            with socket.socket(type=socket.SOCK_DGRAM) as client:
                client.sendto(b"%d" % port, (node.host.address, port))
            return not server.is_running

        wait_until(heard, f"{number} hears what {port} is told", 10)
        assert server.log().strip() == str(b"%d" % port)


def test_a_range_moves_away_from_a_stranger(node, started, stranger):
    probe = bindings(started({"containerPort": 80}))[0]["hostPort"]
    row = next_row(5, after=probe)
    stranger(row[2])
    task = started({"containerPortRange": "8000-8004"}, script=pages(8000, 8004))
    ports = host_ports(bindings(task)[0])
    assert row[2] not in ports and probe not in ports and reserved not in ports
    assert len(ports) == 5 and set(ports) <= set(dynamic)
    assert_pages(node, task, 8000)
    assert f"port={row[2]}" in node.agent.process.log(), "the stranger was in the way"
    # The books of the control plane followed.
    assert set(host_ports(bindings(started({"containerPortRange": "70-72"}))[0])).isdisjoint(ports)


def test_a_range_that_fits_nowhere_says_which_port(node, stranger):
    stranger(41015)
    reason = end_of(node, {"containerPortRange": "8000-8011"})
    assert reason.startswith(f"CannotStartContainerError: host port 41015/tcp {not_ours} ("), reason


# --- ports that others have


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_a_static_port_of_a_stranger(node, stranger, protocol):
    stranger(8123, protocol)
    mappings = [{"containerPort": 80, "hostPort": 8123, "protocol": kind} for kind in ("tcp", "udp")]
    reason = end_of(node, *mappings)
    assert reason.startswith(f"CannotStartContainerError: host port 8123/{protocol} {not_ours} ("), reason
    node.host.wait_idle()


def test_a_static_port_of_a_container_that_is_not_ours(node):
    other = node.host.docker("run", "--detach", "--publish", "8124:80", image).stdout.strip()
    try:
        reason = end_of(node, {"containerPort": 80, "hostPort": 8124})
    finally:
        node.host.docker("rm", "--force", other)
    assert reason.startswith(f"CannotStartContainerError: host port 8124/tcp {not_ours} ("), reason


# --- what placement refuses


def test_reserved_ports(node, started):
    instance = node.agent.instances(node.ecs)[0]["containerInstanceArn"]
    left = remaining(node.ecs, "default", instance)
    assert (left["PORTS"], left["PORTS_UDP"]) == ([22, 8777, reserved], [5353])
    for port, protocol in [(8777, "tcp"), (reserved, "tcp"), (5353, "udp")]:
        failure = refusal(node, {"containerPort": 80, "hostPort": port, "protocol": protocol})
        assert failure["reason"] == ("RESOURCE:PORTS" if protocol == "tcp" else "RESOURCE:PORTS_UDP"), failure
        assert str(port) in failure["detail"]
    # A port is one protocol's.
    started({"containerPort": 80, "hostPort": 8777, "protocol": "udp"}, {"containerPort": 80, "hostPort": 5353})


def test_no_more_than_the_dynamic_range_has(node, started):
    free = [port for port in dynamic if port != reserved]
    task = started(*({"containerPort": port} for port in range(80, 80 + len(free))))
    assert sorted(binding["hostPort"] for binding in bindings(task)) == free
    failure = refusal(node, {"containerPort": 80})
    assert failure["reason"] == "RESOURCE:PORTS", failure
    assert failure["detail"].endswith("0 of 24 from 41000 to 41023 are free"), failure


# --- over restarts


def test_ports_come_back(node):
    """One task takes all there are. The next finds room when, and only when, it has stopped: whoever was away."""
    everything = [{"containerPortRange": "7000-7009"}, {"containerPortRange": "7100-7112"}]
    definition = register(node.ecs, container(script=wait_for_term, portMappings=everything))

    def restart_both():
        node.agent.kill()
        node.plane.kill()
        node.plane.start()
        node.agent.start()

    first = run_task(node.ecs, definition)
    before = bindings(wait_status(node.ecs, first, "RUNNING"))
    restart_both()
    assert refusal(node, {"containerPortRange": "7000-7001"})["reason"] == "RESOURCE:PORTS"
    assert bindings(describe(node.ecs, first)) == before
    stop(node, first)

    second = run_task(node.ecs, definition)
    wait_status(node.ecs, second, "RUNNING")
    node.agent.kill()
    node.ecs.stop_task(task=second)
    assert refusal(node, {"containerPort": 80})["reason"] == "RESOURCE:PORTS", "it has not stopped yet"
    restart_both()
    wait_status(node.ecs, second, "STOPPED")

    third = run_task(node.ecs, definition)
    wait_status(node.ecs, third, "RUNNING")
    stop(node, third)
    node.host.wait_idle()
