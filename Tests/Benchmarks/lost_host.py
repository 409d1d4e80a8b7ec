"""How soon a host that is gone is noticed, and its tasks run elsewhere, with the fast setting of the README."""

import contextlib
import json
import signal
import statistics
import time

from harness.controlplane import ControlPlane
from harness.host import Agent, Host, remove_leftovers
from harness.lossy import cut_off, losing
from harness.tasks import container, register, wait_for_term
from harness.waiting import wait_until

from figures import row, say

times = 5
#: Each on two hosts at once.
bursts = 10
burst_seconds = 10
pauses = 5
pause_seconds = 3
fast = ["--reset-timeout", "0.5", "--replace-after", "0", "--healthy-after", "0"]


@contextlib.contextmanager
def two_nodes(folder):
    remove_leftovers()
    plane = ControlPlane(folder / "controlplane", address="0.0.0.0", agent_timeout_seconds=5, arguments=fast)
    made = [plane]
    try:
        plane.start()
        agents = []
        for number in range(2):
            host = Host(folder / f"host-{number}")
            made.append(host)
            host.start()
            agents.append(Agent(host, plane, folder / f"agent-{number}"))
            made.append(agents[-1])
            agents[-1].start()
            wait_until(lambda wanted=number + 1: len(connected(plane.connection())) == wanted, "a host more", 20)
        yield plane, agents
    finally:
        for thing in reversed(made):
            thing.close()


def call(connection, operation, **members):
    return json.loads(connection.call(operation, members).body)


def connected(connection):
    """Those that are connected, in the order in which they registered."""
    arns = call(connection, "ListContainerInstances")["containerInstanceArns"]
    found = call(connection, "DescribeContainerInstances", containerInstances=arns)["containerInstances"] if arns else []
    return [item["containerInstanceArn"] for item in found if item["agentConnected"]]


def tasks(connection):
    return set(call(connection, "ListTasks", serviceName="web")["taskArns"])


def seconds_until(condition, what):
    begun = time.monotonic()
    wait_until(condition, what, 60, interval=0.002)
    return time.monotonic() - begun


def lost_host(folder, hello):
    say(f"lost-host: {times} hosts whose agent is killed and as many that fall silent; {4 * bursts} bursts of loss")
    with two_nodes(folder / "lost-host") as (plane, agents):
        connection = plane.connection()
        definition = register(plane.client(), container(script=wait_for_term, memory=64))
        call(
            connection, "CreateService", serviceName="web", taskDefinition=definition, desiredCount=2,
            placementStrategy=[{"type": "spread", "field": "instanceId"}],
        )  # fmt: skip

        def is_calm():
            service = call(connection, "DescribeServices", services=["web"])["services"][0]
            return service["runningCount"] == 2 and len(connected(connection)) == 2 and len(tasks(connection)) == 2

        def lose():
            """From now to the instance shown as disconnected, and from then to the first task that is new."""
            before = tasks(connection)
            seen = seconds_until(lambda: len(connected(connection)) == 1, "agentConnected: false")
            return seen, seconds_until(lambda: tasks(connection) - before, "a replacement")

        figures = {"reset": [], "silent": []}
        victim = agents[1]
        for _ in range(times):
            wait_until(is_calm, "two tasks on two hosts", 60)
            # The task has to be on the host that is lost: a new release spreads them.
            call(connection, "UpdateService", service="web", forceNewDeployment=True)
            wait_until(lambda: is_calm() and is_spread(connection), "one task on each", 90)
            victim.kill()
            figures["reset"].append(lose())
            victim.start(connected=False)
            wait_until(is_calm, "two tasks on two hosts", 60)
            call(connection, "UpdateService", service="web", forceNewDeployment=True)
            wait_until(lambda: is_calm() and is_spread(connection), "one task on each", 90)
            with cut_off(victim.host):
                figures["silent"].append(lose())
        for name, aim in (("reset", 1), ("silent", 6)):
            seen, placed = zip(*figures[name], strict=True)
            row(f"lost-host-{name}-seen", statistics.median(seen), "s", aim, "aim")
            row(f"lost-host-{name}-seen-worst", max(seen), "s", aim, "aim")
            row(f"lost-host-{name}-replaced", statistics.median(placed), "s", 1, "aim, after it is seen")
        wait_until(is_calm, "two tasks on two hosts", 90)
        for name, directions in (("one-way", ["from"]), ("both-ways", ["from", "to"])):
            with alarms(plane, f"lost-host-false-alarms-{name}", f"in {2 * bursts} bursts of {burst_seconds} s"):
                for _ in range(bursts):
                    with contextlib.ExitStack() as losses:
                        for agent in agents:
                            losses.enter_context(losing(agent.host, 0.5, directions))
                        time.sleep(burst_seconds)
                    time.sleep(2)
        for name, process in (("agent", victim.process), ("controlplane", plane.process)):
            with alarms(plane, f"lost-host-false-alarms-{name}-stopped", f"in {pauses} pauses of {pause_seconds} s"):
                for _ in range(pauses):
                    process.signal(signal.SIGSTOP)
                    time.sleep(pause_seconds)
                    process.signal(signal.SIGCONT)
                    time.sleep(2.3)


@contextlib.contextmanager
def alarms(plane, name, unit):
    """A row with how many hosts were taken for lost."""

    def count():
        return plane.process.log().count('msg="agent lost"')

    before = count()
    yield
    time.sleep(3)
    row(name, count() - before, unit)


def is_spread(connection):
    arns = list(tasks(connection))
    found = call(connection, "DescribeTasks", tasks=arns)["tasks"] if arns else []
    return len({task["containerInstanceArn"] for task in found}) == 2
