"""kill -9 of the agent after each write of its journal, all through a task's life: the outcome is always the same."""

import itertools
import time

import pytest

from harness.mortal import MortalAgent
from harness.tasks import container, describe, register, remaining, run_task, story, wait_for_term
from harness.waiting import wait_until

pytestmark = [pytest.mark.docker, pytest.mark.crash]


def events_of(host, arn, since):
    """What happened to a task's containers, as `NAME ACTION`."""
    lines = host.docker(
        "events", "--since", str(int(since)), "--until", str(int(time.time()) + 1), "--filter", "type=container",
        "--filter", f"label=com.amazonaws.ecs.task-arn={arn}",
        "--format", '{{index .Actor.Attributes "com.amazonaws.ecs.container-name"}} {{.Action}}',
    ).stdout.splitlines()  # fmt: skip
    return sorted(line for line in lines if line.split()[1] in ("create", "start", "die", "destroy"))


def live(node, mortal, definition):
    """One life: run, RUNNING, stop, STOPPED, cleaned up. Returns what there is to see of it."""
    began = time.time()
    arn = run_task(node.ecs, definition)

    def wait(status):
        def reached():
            mortal.look()
            task = describe(node.ecs, arn)
            assert status == "STOPPED" or task["lastStatus"] != "STOPPED", story(task)
            return task if task["lastStatus"] == status else None

        return wait_until(reached, f"{arn} {status}", 60)

    running = wait("RUNNING")
    bindings = [c["networkBindings"] for c in running["containers"]]
    node.ecs.stop_task(task=arn, reason="enough")
    stopped = wait("STOPPED")

    def gone():
        mortal.look()
        return node.host.containers(f"com.amazonaws.ecs.task-arn={arn}") == []

    wait_until(gone, "clean-up", 60)
    return {
        "reason": (stopped["stopCode"], stopped["stoppedReason"]),
        "containers": sorted((c["name"], c["lastStatus"], c.get("exitCode"), c.get("reason")) for c in stopped["containers"]),
        "ports": sorted(b["containerPort"] for part in bindings for b in part),
        "dates": all(stopped[key] for key in ("pullStartedAt", "pullStoppedAt", "startedAt", "stoppingAt", "stoppedAt")),
        "events": events_of(node.host, arn, began),
    }


def test_agent_killed_after_each_write_of_its_journal(node, library, capsys):
    node.agent.stop()
    node.agent.settings = {"ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION": "1s"}
    mortal = MortalAgent(node.agent, library)
    first = container("first", wait_for_term, portMappings=[{"containerPort": 80}])
    second = container("second", wait_for_term, essential=False)
    definition = register(node.ecs, first, second)
    instance = node.agent.instances(node.ecs)[0]["containerInstanceArn"]
    before = remaining(node.ecs, "default", instance)

    mortal.start(0)
    expected = live(node, mortal, definition)
    assert expected["events"] == sorted(
        f"{name} {action}" for name in ("first", "second") for action in ("create", "start", "die", "destroy")
    )
    for write in itertools.count(1):
        node.agent.stop()
        mortal.start(write)
        assert live(node, mortal, definition) == expected, f"killed after write {write}"
        if not mortal.has_died:
            break
    with capsys.disabled():
        print(f"\nagent killed after each of {write - 1} writes of its journal", flush=True)
    assert write > 6, "a life has more writes than that"
    wait_until(lambda: remaining(node.ecs, "default", instance) == before, "everything given back")
