"""Restart policies on a real engine. ECS runtime rules, section 2.3.

ECS's shortest period is a minute: here a container ends early and stays down. That one which ran long enough is started
once more is shown by the tests of the agent (TaskMachineRestartTests, TaskEngineRestartTests, DockerCLITests).
"""

import pytest

from harness.tasks import container, describe, register, run_task, wait_for_term, wait_status
from harness.waiting import wait_until

pytestmark = [pytest.mark.docker, pytest.mark.lifecycle]

policy = {"enabled": True, "ignoredExitCodes": [0], "restartAttemptPeriod": 60}


@pytest.fixture(autouse=True)
def recover(node):
    yield
    node.recover()


#: What it printed in each of its lives is kept.
fails = "echo starts; exit 3"


def starts(node, task, name):
    runtime_id = next(c["runtimeId"] for c in task["containers"] if c["name"] == name)
    return node.host.docker("logs", runtime_id).stdout.count("starts")


def test_an_essential_container_that_ends_early_ends_its_task(node):
    task = run_task(node.ecs, register(node.ecs, container("web", fails, restartPolicy=policy)))
    stopped = wait_status(node.ecs, task, "STOPPED")
    assert (stopped["stopCode"], stopped["containers"][0]["exitCode"]) == ("EssentialContainerExited", 3)
    assert starts(node, stopped, "web") == 1


def test_another_one_stays_down(node):
    task = run_task(
        node.ecs,
        register(
            node.ecs,
            container("web", wait_for_term),
            container("side", fails, essential=False, restartPolicy=policy),
        ),
    )
    wait_status(node.ecs, task, "RUNNING")
    wait_until(lambda: describe(node.ecs, task)["containers"][1].get("exitCode") == 3, "its end")
    running = describe(node.ecs, task)
    assert running["lastStatus"] == "RUNNING"
    assert starts(node, running, "side") == 1


def test_a_task_that_is_stopped_stays_stopped(node):
    task = run_task(node.ecs, register(node.ecs, container("web", f"echo starts; {wait_for_term}", restartPolicy=policy)))
    wait_status(node.ecs, task, "RUNNING")
    node.ecs.stop_task(task=task)
    stopped = wait_status(node.ecs, task, "STOPPED")
    assert stopped["containers"][0]["exitCode"] == 0
    assert starts(node, stopped, "web") == 1


def test_a_policy_that_is_not_enabled_is_none(node):
    task = run_task(
        node.ecs, register(node.ecs, container("web", "exit 3", restartPolicy={"enabled": False}))
    )
    assert wait_status(node.ecs, task, "STOPPED")["containers"][0]["exitCode"] == 3
