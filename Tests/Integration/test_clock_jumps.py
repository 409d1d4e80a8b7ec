"""A host whose clock jumps by an hour, back and forth, while tasks run: neither they nor the agent notice."""

import time

import pytest

from harness.mortal import build_library
from harness.tasks import container, describe, register, run_task, wait_for_term, wait_status
from harness.waiting import wait_until

pytestmark = [pytest.mark.docker]

until_told = "while [ ! -e /tmp/go ]; do sleep 0.05; done; exit 5"


@pytest.fixture
def clock(node, scratch):
    """How many seconds the agent's clock is off, in a file."""
    file = scratch / "clock-offset"
    file.write_text("0")
    settings = dict(node.agent.settings)
    # The commands that the agent runs inherit it; docker's own asks the kernel for the time and not the C library.
    node.agent.settings |= {
        "LD_PRELOAD": str(build_library(scratch, "jumping_clock")), "CLOCK_OFFSET_FILE": str(file),
        "ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION": "30m",
    }  # fmt: skip
    node.agent.stop()
    node.agent.start()
    yield file
    node.agent.settings = settings


def seconds_of(moment):
    return moment.timestamp()


@pytest.mark.parametrize("jump", [3600, -3600, 0], ids=["forth", "back", "home"])
def test_a_task_in_the_middle_of_its_life(node, clock, jump):
    clock.write_text("0")
    check = {"command": ["CMD-SHELL", "test ! -e /tmp/sick"], "interval": 5, "retries": 1}
    definition = register(node.ecs, container("main", until_told, healthCheck=check, stopTimeout=20))
    task = run_task(node.ecs, definition)
    running = wait_status(node.ecs, task, "RUNNING")
    container_id = running["containers"][0]["runtimeId"]
    wait_until(lambda: describe(node.ecs, task)["healthStatus"] == "HEALTHY", "it is well")
    ended = run_task(node.ecs, register(node.ecs, container("main", "exit 3")))
    wait_status(node.ecs, ended, "STOPPED")

    before = time.time()
    clock.write_text(str(jump))
    node.host.docker("exec", container_id, "touch", "/tmp/sick")
    wait_until(lambda: describe(node.ecs, task)["healthStatus"] == "UNHEALTHY", "its illness is told")
    assert node.host.inspect(container_id)["State"]["Running"]
    # New ones start and are stopped: the control plane takes what such a host has signed.
    other = run_task(node.ecs, register(node.ecs, container("main", wait_for_term)))
    wait_status(node.ecs, other, "RUNNING")
    node.ecs.stop_task(task=other)
    assert wait_status(node.ecs, other, "STOPPED")["containers"][0]["exitCode"] == 0
    # What ended before an hour that nobody lived through is not old for that.
    assert node.host.containers(f"com.amazonaws.ecs.task-arn={ended}") != []
    node.host.docker("exec", container_id, "touch", "/tmp/go")
    stopped = wait_status(node.ecs, task, "STOPPED")
    assert stopped["containers"][0]["exitCode"] == 5
    moments = [seconds_of(stopped[name]) for name in ("createdAt", "startedAt", "stoppingAt", "stoppedAt")]
    assert moments == sorted(moments) and before - 60 < moments[-1] < time.time() + 1
    (instance,) = node.agent.instances(node.ecs)
    assert instance["agentConnected"]


def test_an_agent_that_begins_with_a_wrong_clock(node, clock):
    (instance,) = node.agent.instances(node.ecs)
    node.agent.stop()
    clock.write_text("7200")
    node.agent.start()
    task = run_task(node.ecs, register(node.ecs, container("main", "exit 3")))
    assert wait_status(node.ecs, task, "STOPPED")["containers"][0]["exitCode"] == 3
    assert [i["containerInstanceArn"] for i in node.agent.instances(node.ecs)] == [instance["containerInstanceArn"]]
