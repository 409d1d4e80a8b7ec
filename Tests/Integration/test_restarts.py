"""Tasks outlive the agent and the control plane, and everything is reported right afterwards."""

import signal
import time

import pytest

from harness.tasks import container, describe, register, remaining, run_task, wait_for_term, wait_status
from harness.waiting import wait_until

pytestmark = [pytest.mark.docker, pytest.mark.lifecycle]


@pytest.fixture(autouse=True)
def recover(node):
    yield
    node.recover()


#: Exits with 5 when somebody makes the file.
until_told = "while [ ! -e /tmp/go ]; do sleep 0.05; done; exit 5"


def start(node, count=3, script=wait_for_term, **options):
    definition = register(node.ecs, container(script=script, portMappings=[{"containerPort": 80}], **options))
    arns = [task["taskArn"] for task in node.ecs.run_task(taskDefinition=definition, count=count)["tasks"]]
    assert len(arns) == count
    return {arn: wait_status(node.ecs, arn, "RUNNING")["containers"][0] for arn in arns}


def ids(node):
    return {i: node.host.inspect(i)["State"]["StartedAt"] for i in node.host.containers(all=False)}


def assert_unchanged(node, before, tasks):
    """The same containers, never stopped since, and the API says so."""
    # docker lists a container for a moment after its end was told: that of the probe that was just waited for.
    wait_until(lambda: ids(node) == before, "the same containers, and no others", 5)
    for arn, earlier in tasks.items():
        now = describe(node.ecs, arn)
        assert now["lastStatus"] == "RUNNING"
        only = now["containers"][0]
        assert (only["runtimeId"], only["networkBindings"]) == (earlier["runtimeId"], earlier["networkBindings"])


def stop_all(node, tasks):
    for arn in tasks:
        node.ecs.stop_task(task=arn)
    for arn in tasks:
        wait_status(node.ecs, arn, "STOPPED")


def wait_reconnected(node):
    """Until the agent has been heard since now."""
    probe = run_task(node.ecs, register(node.ecs, container(script="exit 0")))
    assert wait_status(node.ecs, probe, "STOPPED", seconds=60)["containers"][0]["exitCode"] == 0


def test_agent_killed(node):
    tasks = start(node)
    before = ids(node)
    node.agent.kill()
    node.agent.start()
    wait_reconnected(node)
    assert_unchanged(node, before, tasks)
    assert len(node.agent.instances(node.ecs)) == 1, "it is the same container instance"
    stop_all(node, tasks)
    node.host.wait_idle()


def test_agent_stopped_and_started(node):
    tasks = start(node)
    before = ids(node)
    code, seconds = node.agent.stop()
    assert code == 0 and seconds < 10
    assert ids(node) == before
    node.agent.start()
    wait_reconnected(node)
    assert_unchanged(node, before, tasks)
    stop_all(node, tasks)


def test_control_plane_killed(node):
    tasks = start(node)
    before = ids(node)
    node.plane.kill()
    node.plane.start()
    wait_reconnected(node)
    assert_unchanged(node, before, tasks)
    assert len(node.agent.instances(node.ecs)) == 1
    stop_all(node, tasks)


def test_both_killed(node):
    tasks = start(node)
    before = ids(node)
    node.agent.kill()
    node.plane.kill()
    node.plane.start()
    node.agent.start()
    wait_reconnected(node)
    assert_unchanged(node, before, tasks)
    stop_all(node, tasks)


def tell(node, runtime_id):
    node.host.docker("exec", runtime_id, "touch", "/tmp/go")
    wait_until(lambda: not node.host.inspect(runtime_id)["State"]["Running"], "the container's end")


def test_container_that_exits_while_the_agent_is_down(node):
    tasks = start(node, count=2, script=until_told)
    (gone, first), (stays, second) = tasks.items()
    node.agent.kill()
    tell(node, first["runtimeId"])
    assert describe(node.ecs, gone)["lastStatus"] == "RUNNING", "nobody could have said otherwise"
    node.agent.start()
    task = wait_status(node.ecs, gone, "STOPPED")
    assert (task["containers"][0]["exitCode"], task["stoppedReason"]) == (5, "Essential container in task exited")
    assert describe(node.ecs, stays)["lastStatus"] == "RUNNING"
    node.host.docker("exec", second["runtimeId"], "touch", "/tmp/go")
    wait_status(node.ecs, stays, "STOPPED")


def test_container_that_exits_while_the_control_plane_is_down(node):
    (arn, only), = start(node, count=1, script=until_told).items()
    node.plane.kill()
    tell(node, only["runtimeId"])
    node.plane.start()
    task = wait_status(node.ecs, arn, "STOPPED", seconds=60)
    assert task["containers"][0]["exitCode"] == 5


def test_task_stopped_while_the_agent_is_down(node):
    (arn, only), = start(node, count=1).items()
    node.agent.kill()
    assert node.ecs.stop_task(task=arn)["task"]["lastStatus"] == "RUNNING"
    assert node.host.inspect(only["runtimeId"])["State"]["Running"]
    node.agent.start()
    wait_status(node.ecs, arn, "STOPPED", seconds=60)
    assert not node.host.inspect(only["runtimeId"])["State"]["Running"]


def test_task_placed_while_the_agent_is_down(node):
    definition = register(node.ecs, container(script=wait_for_term))
    node.agent.kill()
    answer = node.ecs.run_task(taskDefinition=definition)
    node.agent.start()
    # Within the liveness time-out the host still counts as connected.
    arn = answer["tasks"][0]["taskArn"]
    wait_status(node.ecs, arn, "RUNNING", seconds=60)
    stop_all(node, [arn])


def test_agent_killed_in_the_middle_of_starting_and_stopping(node):
    """At instants all over the start and the stop of tasks: no container is started twice, none is left behind."""
    instance = node.agent.instances(node.ecs)[0]["containerInstanceArn"]
    before = remaining(node.ecs, "default", instance)
    definition = register(node.ecs, container(script=wait_for_term, portMappings=[{"containerPort": 80}]))
    for step in range(8):
        arns = [task["taskArn"] for task in node.ecs.run_task(taskDefinition=definition, count=2)["tasks"]]
        # The instant is what this test varies: 0 to 0.7 s into the start of two containers.
        time.sleep(step * 0.1)
        node.agent.kill()
        node.agent.start(connected=False)
        for arn in arns:
            wait_status(node.ecs, arn, "RUNNING", seconds=60)
            assert len(node.host.containers(f"com.amazonaws.ecs.task-arn={arn}", all=False)) == 1
        for arn in arns:
            node.ecs.stop_task(task=arn)
        time.sleep(step * 0.05)
        node.agent.kill()
        node.agent.start(connected=False)
        for arn in arns:
            wait_status(node.ecs, arn, "STOPPED", seconds=60)
    node.host.wait_idle()
    assert remaining(node.ecs, "default", instance) == before


@pytest.mark.not_podman("it has no daemon")
def test_engine_restarted(node):
    """Without live-restore the engine takes its containers with it; they are reported, and new tasks run."""
    tasks = start(node, count=2)
    node.host.dockerd.stop(60)
    node.host.start_engine()
    for arn in tasks:
        wait_status(node.ecs, arn, "STOPPED", seconds=60)
    wait_reconnected(node)


@pytest.mark.not_podman("it has no daemon")
def test_engine_that_does_not_answer_for_a_while(node):
    """Nothing fails meanwhile: what runs is RUNNING, what was asked for starts when the engine answers again."""
    tasks = start(node, count=1)
    definition = register(node.ecs, container(script=wait_for_term))
    node.host.dockerd.signal(signal.SIGSTOP)
    try:
        arns = [task["taskArn"] for task in node.ecs.run_task(taskDefinition=definition, count=2)["tasks"]]
        # The time without an engine is what this test is about.
        time.sleep(5)
        assert [describe(node.ecs, arn)["lastStatus"] for arn in (*tasks, *arns)] == ["RUNNING", "PENDING", "PENDING"]
    finally:
        node.host.dockerd.signal(signal.SIGCONT)
    for arn in arns:
        wait_status(node.ecs, arn, "RUNNING", seconds=60)
        assert len(node.host.containers(f"com.amazonaws.ecs.task-arn={arn}", all=False)) == 1
    stop_all(node, [*tasks, *arns])


@pytest.mark.not_podman("it has no daemon")
def test_engine_killed(node):
    """kill -9 of dockerd: after it is back everything is as it says, and tasks run again."""
    tasks = start(node, count=2)
    node.host.dockerd.kill()
    node.host.start_engine()
    wait_reconnected(node)
    for arn in tasks:
        # With live-restore off, an engine that comes back stops what it finds.
        wait_status(node.ecs, arn, "STOPPED", seconds=60)
    node.host.wait_idle()


def test_container_removed_by_somebody_else(node):
    (arn, only), = start(node, count=1).items()
    node.host.docker("rm", "--force", only["runtimeId"])
    task = wait_status(node.ecs, arn, "STOPPED")
    assert task["stopCode"] == "EssentialContainerExited"


def test_container_killed_by_somebody_else(node):
    (arn, only), = start(node, count=1).items()
    node.host.docker("kill", only["runtimeId"])
    task = wait_status(node.ecs, arn, "STOPPED")
    assert task["containers"][0]["exitCode"] == 137
    assert "OutOfMemory" not in task["containers"][0].get("reason", "")


def test_control_plane_that_does_not_answer_for_a_while(node):
    tasks = start(node, count=1, script=until_told)
    ((arn, only),) = tasks.items()
    node.plane.process.signal(signal.SIGSTOP)
    try:
        tell(node, only["runtimeId"])
        time.sleep(3)
    finally:
        node.plane.process.signal(signal.SIGCONT)
    task = wait_status(node.ecs, arn, "STOPPED", seconds=60)
    assert task["containers"][0]["exitCode"] == 5
