"""A host that leaves service: `stevedore-agent drain`, and deregistration. ECS runtime rules, section 8."""

import pytest

from harness.places import clean_environment, executable
from harness.processes import run
from harness.tasks import container, describe, refused, register, run_task, wait_for_term, wait_status
from harness.waiting import wait_until

pytestmark = pytest.mark.docker


def drain(node, *arguments, seconds=60):
    """The command as it is run on the host: with the agent's settings in the environment."""
    url = f"http://{node.host.outside_address}:{node.plane.port}"
    environment = clean_environment(ECS_DATADIR=node.agent.data, STEVEDORE_CONTROL_PLANE=url)
    command = [*node.host._enter, executable("stevedore-agent"), "drain", *arguments]
    return run(command, environment=environment, check=False, seconds=seconds)


def instance(node):
    (found,) = node.agent.instances(node.ecs)
    return found


@pytest.fixture(autouse=True)
def in_service(node):
    yield
    drain(node, "--undo")
    node.recover()


def start(node, script=wait_for_term):
    arn = run_task(node.ecs, register(node.ecs, container(script=script)))
    wait_status(node.ecs, arn, "RUNNING")
    return arn


def test_no_new_tasks_and_others_finish(node):
    arn = start(node, "while [ ! -e /tmp/go ]; do sleep 0.05; done; exit 4")
    result = drain(node)
    assert (result.returncode, result.stderr) == (0, "")
    assert f"{instance(node)['containerInstanceArn']} is DRAINING; tasks: 1" in result.stdout
    assert instance(node)["status"] == "DRAINING"
    answer = node.ecs.run_task(taskDefinition=register(node.ecs))
    assert answer["tasks"] == [] and answer["failures"] != []
    task = describe(node.ecs, arn)
    assert (task["lastStatus"], task["desiredStatus"]) == ("RUNNING", "RUNNING"), "a standalone task is left alone"
    node.host.docker("exec", task["containers"][0]["runtimeId"], "touch", "/tmp/go")
    assert wait_status(node.ecs, arn, "STOPPED")["containers"][0]["exitCode"] == 4
    assert drain(node, "--undo").returncode == 0
    assert instance(node)["status"] == "ACTIVE"
    arn = start(node)
    node.ecs.stop_task(task=arn)
    wait_status(node.ecs, arn, "STOPPED")


def test_waiting_ends_with_the_last_task_or_in_time(node):
    arn = start(node)
    result = drain(node, "--wait", "--timeout", "1s")
    assert (result.returncode, result.stdout) == (1, "")
    assert "tasks left: 1" in result.stderr
    node.ecs.stop_task(task=arn)
    result = drain(node, "--wait", "--timeout=1m")
    assert result.returncode == 0 and "no task is left" in result.stdout
    assert describe(node.ecs, arn)["lastStatus"] == "STOPPED"
    assert node.host.containers(all=False) == []


def test_it_lasts_over_restarts(node):
    drain(node)
    node.agent.stop()
    node.agent.start()
    assert instance(node)["status"] == "DRAINING"
    # The agent need not run.
    node.agent.stop()
    assert drain(node, "--undo").returncode == 0
    node.agent.start()
    assert instance(node)["status"] == "ACTIVE"


def test_mistakes(node, tmp_path):
    assert drain(node, "--timeout", "1s").returncode == 64
    assert drain(node, "now").returncode == 64
    result = drain(node, "--data-dir", tmp_path / "none")
    assert result.returncode == 78 and "no agent has run here" in result.stderr
    result = drain(node, "--control-plane", "http://127.0.0.1:1")
    assert result.returncode == 1 and len(result.stderr.strip().splitlines()) == 1


def test_help(node):
    result = drain(node, "--help")
    assert result.returncode == 0 and result.stderr == ""
    assert all(flag in result.stdout for flag in ("--wait", "--timeout", "--undo", "--data-dir", "ECS_DATADIR"))
    general = run([executable("stevedore-agent"), "--help"], environment=clean_environment())
    assert "drain" in general.stdout


def test_deregistered_with_force(node):
    """Last: the host comes back as another container instance."""
    arn = start(node)
    assert drain(node).returncode == 0
    old = instance(node)["containerInstanceArn"]
    with refused("InvalidParameterException"):
        node.ecs.deregister_container_instance(containerInstance=old)
    answer = node.ecs.deregister_container_instance(containerInstance=old, force=True)["containerInstance"]
    assert answer["status"] == "INACTIVE"
    task = describe(node.ecs, arn)
    assert task["lastStatus"] == "STOPPED"
    assert task["stoppedReason"] == "Container instance deregistration forced by user"
    node.host.wait_idle(seconds=30)
    new = wait_until(lambda: node.ecs.list_container_instances(status="ACTIVE")["containerInstanceArns"], "it is back", 30)
    assert new != [old]
