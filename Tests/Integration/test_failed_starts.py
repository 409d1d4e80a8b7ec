"""A container that cannot start ends in STOPPED with a reason that a person understands: runtime rules, 1.1."""

import pytest

from harness.places import has_unified_cgroups
from harness.tasks import container, register, remaining, run_task, story, wait_for_term, wait_status

pytestmark = [pytest.mark.docker, pytest.mark.lifecycle]


def end_of(node, *containers, seconds=60, **options):
    return wait_status(node.ecs, run_task(node.ecs, register(node.ecs, *containers, **options)), "STOPPED", seconds=seconds)


def assert_failed_to_start(task, error):
    failed = task["containers"][0]
    text = f"{failed.get('reason')} {task.get('stoppedReason')}"
    assert error in text, story(task)
    assert "exitCode" not in failed, "it never ran"
    assert task["stopCode"] == "TaskFailedToStart", story(task)
    assert task["stoppedReason"]


@pytest.mark.parametrize("image", ["127.0.0.1:1/no/such:image", "127.0.0.1:1/no/such@sha256:" + "0" * 64])
def test_no_such_image(node, image):
    task = end_of(node, container(image=image))
    assert_failed_to_start(task, "CannotPullContainerError")
    assert len(task["containers"][0]["reason"]) > len("CannotPullContainerError: ")


def test_invalid_image_reference(node):
    task = end_of(node, container(image="UPPER/case:::bad"))
    assert_failed_to_start(task, "Cannot")


def test_no_such_command(node):
    task = end_of(node, container(entryPoint=["/no/such/program"], command=[]))
    assert "CannotStartContainerError" in f"{task['containers'][0].get('reason')}", story(task)
    assert "/no/such/program" in task["containers"][0]["reason"]


def test_no_such_user_or_directory(node):
    task = end_of(node, container(script="true", user="nobody-here"))
    assert "Error" in task["containers"][0].get("reason", ""), story(task)
    assert "nobody-here" in task["containers"][0]["reason"]


def test_static_port_that_somebody_else_has(node):
    listener = node.host.listen(8123)
    try:
        task = end_of(node, container(script=wait_for_term, portMappings=[{"containerPort": 80, "hostPort": 8123}]))
    finally:
        listener.kill()
    assert "Cannot" in task["containers"][0].get("reason", ""), story(task)
    assert "8123" in task["containers"][0]["reason"]


def test_dynamic_port_that_somebody_else_has(node):
    """The control plane picks the port and cannot know; the agent takes another one, and says which."""
    probe = run_task(node.ecs, register(node.ecs, container(script=wait_for_term, portMappings=[{"containerPort": 80}])))
    first = wait_status(node.ecs, probe, "RUNNING")["containers"][0]["networkBindings"][0]["hostPort"]
    node.ecs.stop_task(task=probe)
    wait_status(node.ecs, probe, "STOPPED")
    # Whatever the control plane's choice, these are taken: the next ports it would come to, and the last one.
    listeners = [node.host.listen(port) for port in range(first, first + 6)]
    try:
        arn = run_task(node.ecs, register(node.ecs, container("web", portMappings=[{"containerPort": 80}])))
        task = wait_status(node.ecs, arn, "RUNNING", seconds=60)
        port = task["containers"][0]["networkBindings"][0]["hostPort"]
        assert port not in range(first, first + 6)
        assert "Hello" in node.host.fetch(port)
        node.ecs.stop_task(task=arn)
        wait_status(node.ecs, arn, "STOPPED")
    finally:
        for listener in listeners:
            listener.kill()


@pytest.mark.not_podman("it does not tell of it on cgroup version 1", unless=has_unified_cgroups)
def test_out_of_memory(node):
    # dd's buffer is four times what the container may have.
    script = "dd if=/dev/zero of=/dev/null bs=64M count=1"
    task = end_of(node, container(entryPoint=["sh", "-c", f"exec {script}"], command=[], memory=16))
    only = task["containers"][0]
    assert only["exitCode"] == 137, story(task)
    assert only["reason"].startswith("OutOfMemoryError"), story(task)


def test_failed_starts_give_everything_back_and_leave_nothing(node):
    instance = node.agent.instances(node.ecs)[0]["containerInstanceArn"]
    before = remaining(node.ecs, "default", instance)
    task = end_of(
        node,
        container("good", wait_for_term, portMappings=[{"containerPort": 80}]),
        container("bad", entryPoint=["/no/such/program"], command=[]),
    )
    assert remaining(node.ecs, "default", instance) == before
    label = f"com.amazonaws.ecs.task-arn={task['taskArn']}"
    node.host.wait_idle(label)
