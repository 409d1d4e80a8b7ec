"""An engine that hangs, restarts, or has no space left: tasks keep their state, and reasons are the engine's words."""

import os
import signal

import pytest

from harness.served import Registry
from harness.tasks import container, describe, register, run_task, story, unique, wait_for_term, wait_status
from harness.waiting import wait_until

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def agent_settings():
    return {"STEVEDORE_RUNTIME_CHECK_INTERVAL": "1s"}


@pytest.fixture(scope="module")
def host_options():
    """Containers outlive the engine, and its disk is small."""
    return {"engine_options": ["--live-restore"], "data_size": "64m"}


@pytest.fixture(autouse=True)
def recover(node):
    yield
    node.host.dockerd.signal(signal.SIGCONT)
    node.recover()


def start(ecs, script=wait_for_term):
    arn = run_task(ecs, register(ecs, container(script=script)))
    return arn, wait_status(ecs, arn, "RUNNING")["containers"][0]["runtimeId"]


def run(ecs, cluster="default", **options):
    """A task that should end with 7; what became of its container."""
    arn = run_task(ecs, register(ecs, container(script="exit 7", **options)), cluster)
    return wait_status(ecs, arn, "STOPPED", cluster)["containers"][0]


def health(node):
    arns = node.ecs.list_container_instances()["containerInstanceArns"]
    answer = node.ecs.describe_container_instances(containerInstances=arns, include=["CONTAINER_INSTANCE_HEALTH"])
    (instance,) = answer["containerInstances"]
    (check,) = instance["healthStatus"]["details"]
    assert check["type"] == "CONTAINER_RUNTIME"
    assert instance["healthStatus"]["overallStatus"] == check["status"]
    return check


def test_engine_that_hangs_and_comes_back(node, workshop):
    ecs = node.ecs
    well = wait_until(lambda: (c := health(node))["status"] == "OK" and c, "the engine is well")
    impatient = unique("impatient")
    ecs.create_cluster(clusterName=impatient)
    settings = {"ECS_IMAGE_PULL_BEHAVIOR": "always", "ECS_IMAGE_PULL_TIMEOUT": "1s"}
    workshop.agent(node.host, node.plane, cluster=impatient, settings=settings)
    stays, _ = start(ecs)
    dies, runtime_id = start(ecs)
    process = node.host.inspect(runtime_id)["State"]["Pid"]

    node.host.dockerd.signal(signal.SIGSTOP)
    check = wait_until(lambda: (c := health(node))["status"] == "IMPAIRED" and c, "the engine is impaired")
    assert check["statusReason"].startswith("DockerTimeoutError: ")
    assert check["lastStatusChange"] > well["lastStatusChange"]
    late = run_task(ecs, register(ecs, container(script="exit 7")))
    reason = run(ecs, impatient)["reason"]
    assert reason == "DockerTimeoutError: Could not transition to pulled; timed out after waiting 1s"
    os.kill(process, signal.SIGKILL)
    assert [describe(ecs, arn)["lastStatus"] for arn in (stays, dies, late)] == ["RUNNING", "RUNNING", "PENDING"]

    node.host.dockerd.signal(signal.SIGCONT)
    wait_until(lambda: health(node)["status"] == "OK", "the engine is well again")
    assert wait_status(ecs, dies, "STOPPED")["containers"][0]["exitCode"] == 137
    assert wait_status(ecs, late, "STOPPED")["containers"][0]["exitCode"] == 7, "it was only late"
    assert describe(ecs, stays)["lastStatus"] == "RUNNING"
    assert node.agent.process.is_running


def test_engine_restarts_while_tasks_run(node):
    stays, runtime_id = start(node.ecs)
    ends, other = start(node.ecs, "while [ ! -e /tmp/go ]; do sleep 0.05; done; exit 5")
    inside = f"/proc/{node.host.inspect(other)['State']['Pid']}/root/tmp/go"
    node.host.dockerd.stop(30)
    # It ends while there is no engine.
    open(inside, "w").close()
    node.host.start_engine()
    task = wait_status(node.ecs, ends, "STOPPED")
    assert task["containers"][0]["exitCode"] == 5, story(task)
    assert describe(node.ecs, stays)["lastStatus"] == "RUNNING"
    assert node.host.inspect(runtime_id)["State"]["Running"]
    assert run(node.ecs)["exitCode"] == 7


def test_full_disk_is_named_with_the_engines_words(node, scratch):
    registry = Registry(node.host, scratch / "big" / "blobs", 5200).start()
    filler = node.host.data / "filler"
    try:
        space = os.statvfs(node.host.data)
        with open(filler, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, space.f_bavail * space.f_frsize)
        pull = run(node.ecs, image=registry.name("big"))
        assert pull["reason"].startswith("CannotPullContainerError: ") and "no space left on device" in pull["reason"]
        made = run(node.ecs)
        assert made["reason"].startswith("CannotCreateContainerError: ") and "no space left on device" in made["reason"]
        filler.unlink()
        assert run(node.ecs, image=registry.name("big")).get("exitCode") == 7
    finally:
        filler.unlink(missing_ok=True)
        registry.close()
