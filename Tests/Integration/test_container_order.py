"""dependsOn, startTimeout and the order of a shutdown, on a real engine. ECS runtime rules, sections 2.1 and 2.2."""

import time

import pytest

from harness.places import has_systemd
from harness.tasks import container, describe, register, run_task, wait_for_term, wait_status
from harness.waiting import wait_until

pytestmark = [pytest.mark.docker, pytest.mark.lifecycle]


@pytest.fixture(autouse=True)
def recover(node):
    yield
    node.recover()


def depends(**conditions):
    return {"dependsOn": [{"containerName": name, "condition": condition} for name, condition in conditions.items()]}


def run(node, *containers):
    return run_task(node.ecs, register(node.ecs, *containers))


def moment(text):
    """A time of docker's, to compare: it leaves out zeros at the end."""
    seconds, _, fraction = text.removesuffix("Z").partition(".")
    return seconds, fraction.ljust(9, "0")


def times(node, task):
    """When each container began and ended."""
    states = {c["name"]: node.host.inspect(c["runtimeId"])["State"] for c in task["containers"]}
    return {name: (moment(state["StartedAt"]), moment(state["FinishedAt"])) for name, state in states.items()}


def reasons(task):
    return {c["name"]: c.get("reason", "") for c in task["containers"]}


@pytest.mark.not_podman("systemd runs its checks", unless=has_systemd)
def test_each_condition_has_its_time(node):
    task = run(
        node,
        container("last", wait_for_term, **depends(app="START")),
        container("app", wait_for_term, **depends(init="SUCCESS", migrate="COMPLETE", store="HEALTHY")),
        container("init", "sleep 0.3", essential=False),
        container("migrate", "sleep 0.6; exit 4", essential=False, **depends(init="COMPLETE")),
        container(
            "store", "touch /tmp/ready; " + wait_for_term,
            healthCheck={"command": ["CMD-SHELL", "test -e /tmp/ready"], "interval": 5},
        ),
    )  # fmt: skip
    wait_until(lambda: any(c["lastStatus"] == "STOPPED" for c in describe(node.ecs, task)["containers"]), "init's end")
    assert describe(node.ecs, task)["lastStatus"] == "PENDING"
    running = wait_status(node.ecs, task, "RUNNING")
    assert {c["name"]: c["lastStatus"] for c in running["containers"]} == {
        "last": "RUNNING", "app": "RUNNING", "init": "STOPPED", "migrate": "STOPPED", "store": "RUNNING",
    }  # fmt: skip
    when = times(node, running)
    assert when["init"][1] <= when["migrate"][0] < when["migrate"][1] <= when["app"][0] <= when["last"][0]
    store = next(c["runtimeId"] for c in running["containers"] if c["name"] == "store")
    probe = node.host.inspect(store)["State"]["Health"]["Log"][0]
    assert probe["ExitCode"] == 0
    assert when["store"][0] < when["app"][0] and moment(probe["Start"])[0] <= when["app"][0][0]


def test_what_must_succeed_and_does_not_ends_the_task(node):
    task = run(
        node,
        container("app", wait_for_term, **depends(init="SUCCESS")),
        container("side", wait_for_term, essential=False),
        container("init", "exit 3", essential=False),
    )
    stopped = wait_status(node.ecs, task, "STOPPED")
    reason = "TaskDependencyError: container app cannot start: container init ended with exit code 3"
    assert (stopped["stopCode"], stopped["stoppedReason"]) == ("TaskFailedToStart", reason)
    assert reasons(stopped)["app"] == reason
    app = next(c for c in stopped["containers"] if c["name"] == "app")
    assert "runtimeId" not in app and "exitCode" not in app
    node.host.wait_idle(f"com.amazonaws.ecs.task-arn={task}")


def test_what_cannot_start_is_waited_for_in_vain(node):
    task = run(
        node,
        container("app", wait_for_term, **depends(broken="START")),
        container("broken", essential=False, entryPoint=["/no/such/program"]),
    )
    stopped = wait_status(node.ecs, task, "STOPPED")
    assert "container broken has not started and will not start" in stopped["stoppedReason"]
    assert reasons(stopped)["broken"].startswith("CannotStartContainerError")


def test_what_is_not_essential_may_fail_to_start(node):
    task = run(
        node,
        container("app", wait_for_term),
        container("broken", essential=False, entryPoint=["/no/such/program"]),
    )
    running = wait_status(node.ecs, task, "RUNNING")
    assert reasons(running)["broken"].startswith("CannotStartContainerError")


def test_start_timeout(node):
    began = time.monotonic()
    task = run(
        node,
        container("app", wait_for_term, **depends(init="COMPLETE")),
        container("init", wait_for_term, essential=False, startTimeout=2),
    )
    stopped = wait_status(node.ecs, task, "STOPPED")
    assert 2 <= time.monotonic() - began < 10
    assert stopped["stoppedReason"] == (
        "TaskDependencyError: container app cannot start: container init did not get there within its startTimeout"
    )


def test_start_timeout_goes_on_while_the_agent_is_away(node):
    task = run(
        node,
        container("app", wait_for_term, **depends(init="COMPLETE")),
        container("init", wait_for_term, essential=False, startTimeout=3),
    )
    wait_until(lambda: describe(node.ecs, task)["containers"][1]["lastStatus"] == "RUNNING", "init runs")
    began = time.monotonic()
    node.agent.kill()
    node.agent.start()
    stopped = wait_status(node.ecs, task, "STOPPED")
    assert time.monotonic() - began < 8
    assert "did not get there within its startTimeout" in stopped["stoppedReason"]


def test_an_agent_that_was_away_goes_on_with_the_line(node):
    task = run(
        node,
        container("app", wait_for_term, **depends(init="SUCCESS")),
        container("init", "while [ ! -e /tmp/go ]; do sleep 0.05; done", essential=False),
    )
    init = wait_until(lambda: describe(node.ecs, task)["containers"][1].get("runtimeId"), "init runs")
    node.agent.kill()
    node.host.docker("exec", init, "touch", "/tmp/go")
    node.host.docker("wait", init)
    node.agent.start()
    wait_status(node.ecs, task, "RUNNING")


def test_a_shutdown_takes_the_line_from_its_end(node):
    slowly = 'trap "sleep 0.4; exit 0" TERM; while :; do sleep 0.05; done'
    task = run(
        node,
        container("store", wait_for_term),
        container("app", slowly, **depends(store="START")),
        container("proxy", slowly, **depends(app="START")),
        container("alone", wait_for_term),
    )
    wait_status(node.ecs, task, "RUNNING")
    node.ecs.stop_task(task=task)
    stopped = wait_status(node.ecs, task, "STOPPED")
    assert [c["exitCode"] for c in stopped["containers"]] == [0, 0, 0, 0]
    ends = {name: end for name, (_, end) in times(node, stopped).items()}
    assert ends["alone"] < ends["proxy"] < ends["app"] < ends["store"]


def test_each_of_the_line_has_its_own_time_to_stop(node):
    stubborn = 'trap "" TERM; while :; do sleep 0.05; done'
    task = run(
        node,
        container("store", stubborn, stopTimeout=1),
        container("app", stubborn, stopTimeout=1, **depends(store="START")),
    )
    wait_status(node.ecs, task, "RUNNING")
    began = time.monotonic()
    node.ecs.stop_task(task=task)
    stopped = wait_status(node.ecs, task, "STOPPED")
    assert 2 <= time.monotonic() - began < 8
    assert [c["exitCode"] for c in stopped["containers"]] == [137, 137]


def test_what_waits_is_stopped_without_having_run(node):
    task = run(
        node,
        container("app", wait_for_term, **depends(init="COMPLETE")),
        container("init", wait_for_term, essential=False),
    )
    wait_until(lambda: describe(node.ecs, task)["containers"][1]["lastStatus"] == "RUNNING", "init runs")
    node.ecs.stop_task(task=task)
    stopped = wait_status(node.ecs, task, "STOPPED")
    assert (stopped["stopCode"], "runtimeId" in stopped["containers"][0]) == ("UserInitiated", False)
