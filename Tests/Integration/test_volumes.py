"""Volumes on a real engine. ECS runtime rules, section 11."""

import pathlib
import shutil
import tempfile

import pytest

from harness.tasks import container, refused, register, run_task, story, unique, wait_for_term, wait_status
from harness.waiting import wait_until

pytestmark = [pytest.mark.docker, pytest.mark.lifecycle]


@pytest.fixture(scope="module")
def agent_settings():
    return {"ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION": "1s"}


@pytest.fixture
def folder():
    """A directory of the host, which containers see under the same name."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="stevedore-volumes-"))
    yield path
    shutil.rmtree(path)


def run_to_end(node, *containers, seconds=30, **options):
    arn = run_task(node.ecs, register(node.ecs, *containers, **options))
    return wait_status(node.ecs, arn, "STOPPED", seconds=seconds)


def exit_codes(task):
    return {c["name"]: c.get("exitCode") for c in task["containers"]}


def volumes(node):
    return set(node.host.docker("volume", "ls", "--quiet").stdout.split())


def wait_cleaned_up(node, task):
    label = f"com.amazonaws.ecs.task-arn={task['taskArn']}"
    wait_until(lambda: node.host.containers(label) == [], "the containers are gone", 30)


def at(path, volume="data", **options):
    return {"sourceVolume": volume, "containerPath": path, **options}


def test_a_missing_directory_of_the_host_is_made_and_stays(node, folder):
    source = folder / "not" / "there, \"yet\" a=b"
    volume = {"name": "data", "host": {"sourcePath": str(source)}}
    writer = container(script="echo hello > /mnt/a,b/file", mountPoints=[at("/mnt/a,b")])
    assert exit_codes(run_to_end(node, writer, volumes=[volume])) == {"main": 0}
    assert source.stat().st_mode & 0o777 == 0o755
    reader = container(
        script="grep -q hello /in/file && ! touch /in/other", mountPoints=[at("/in", readOnly=True)]
    )
    task = run_to_end(node, reader, volumes=[volume])
    assert exit_codes(task) == {"main": 0}, story(task)
    assert [path.name for path in source.iterdir()] == ["file"]


def test_a_file_of_the_host(node, folder):
    (folder / "file").write_text("there")
    volume = {"name": "data", "host": {"sourcePath": str(folder / "file")}}
    task = run_to_end(
        node, container(script='[ "$(cat /etc/one)" = there ]', mountPoints=[at("/etc/one")]), volumes=[volume]
    )
    assert exit_codes(task) == {"main": 0}, story(task)


def test_a_directory_that_cannot_be_made(node):
    volume = {"name": "data", "host": {"sourcePath": "/proc/no/such"}}
    task = run_to_end(node, container(script="true", mountPoints=[at("/x")]), volumes=[volume])
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith("CannotCreateVolumeError: "), story(task)


def test_two_containers_share_an_empty_volume_which_goes_with_them(node):
    before = volumes(node)
    task = run_to_end(
        node,
        container(
            "main",
            "until [ -e /here/ready ]; do sleep 0.05; done; ! touch /here/mine",
            mountPoints=[at("/here", readOnly=True)],
        ),
        container("writer", "touch /there/ready", essential=False, mountPoints=[at("/there")]),
        volumes=[{"name": "data"}],
    )
    assert exit_codes(task) == {"main": 0, "writer": 0}, story(task)
    wait_until(lambda: volumes(node) == before, "its volume is gone", 30)


def test_volumes_from_sees_what_the_source_wrote(node):
    """The source is declared last, and made first all the same."""
    task = run_to_end(
        node,
        container(
            "main",
            "until [ -e /data/file ]; do sleep 0.05; done; ! touch /data/other",
            volumesFrom=[{"sourceContainer": "source", "readOnly": True}],
        ),
        container("source", f"touch /data/file; {wait_for_term}", essential=False, mountPoints=[at("/data")]),
        volumes=[{"name": "data"}],
    )
    assert exit_codes(task) == {"main": 0, "source": 0}, story(task)


@pytest.mark.not_podman("a size is a quota of the disk")
def test_a_docker_volume_of_the_task(node):
    """With driver options, so that the agent has to make it: a tmpfs of 1 MiB."""
    family = unique("own")
    configuration = {
        "scope": "task", "driver": "local", "labels": {"a": "b=c, \"d\""},
        "driverOpts": {"type": "tmpfs", "device": "tmpfs", "o": "size=1m"},
    }  # fmt: skip
    script = f"df -k /data | grep -q 1024 && touch /data/ready; {wait_for_term}"
    definition = register(
        node.ecs, container(script=script, mountPoints=[at("/data")]), family=family,
        volumes=[{"name": "data", "dockerVolumeConfiguration": configuration}],
    )  # fmt: skip
    arn = run_task(node.ecs, definition)
    task = wait_status(node.ecs, arn, "RUNNING")
    own = [name for name in volumes(node) if name.startswith(f"ecs-{family}-1-data-")]
    assert len(own) == 1
    labels = node.host.docker("volume", "inspect", "--format", "{{.Labels}}", own[0]).stdout.strip()
    assert labels == 'map[a:b=c, "d"]'
    runtime_id = task["containers"][0]["runtimeId"]
    wait_until(
        lambda: node.host.docker("exec", runtime_id, "ls", "/data", check=False).stdout == "ready\n", "1 MiB of tmpfs"
    )
    node.ecs.stop_task(task=arn)
    wait_status(node.ecs, arn, "STOPPED")
    wait_until(lambda: own[0] not in volumes(node), "its volume is gone", 30)


def shared(name, **options):
    return [{"name": name, "dockerVolumeConfiguration": {"scope": "shared", **options}}]


def test_a_shared_volume_outlives_its_tasks(node):
    name = unique("shared")
    try:
        for options in ({"autoprovision": True}, {"autoprovision": True, "labels": {"x": "y"}}, {}):
            writer = container(script="echo line >> /data/file", mountPoints=[at("/data", name)])
            task = run_to_end(node, writer, volumes=shared(name, **options))
            assert exit_codes(task) == {"main": 0}, story(task)
            wait_cleaned_up(node, task)
        reader = container(script="[ $(wc -l < /data/file) = 3 ]", mountPoints=[at("/data", name)])
        task = run_to_end(node, reader, volumes=shared(name))
        assert exit_codes(task) == {"main": 0}
        wait_cleaned_up(node, task)
    finally:
        node.host.docker("volume", "rm", name)


def test_a_shared_volume_that_is_not_there(node):
    name = unique("absent")
    task = run_to_end(
        node, container(script="true", mountPoints=[at("/data", name)]), volumes=shared(name, autoprovision=False)
    )
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith(f"InvalidVolumeError: there is no volume {name}"), story(task)
    assert name not in volumes(node)


def test_a_driver_that_no_host_has(node):
    definition = register(
        node.ecs, container(script="true", mountPoints=[at("/data")]),
        volumes=[{"name": "data", "dockerVolumeConfiguration": {"driver": "rexray"}}],
    )  # fmt: skip
    answer = node.ecs.run_task(taskDefinition=definition)
    assert answer["tasks"] == [] and answer["failures"][0]["reason"] == "ATTRIBUTE"


def test_volumes_of_aws_are_refused_by_name(node):
    definition = register(
        node.ecs, container(script="true"),
        volumes=[{"name": "data", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}],
    )  # fmt: skip
    with refused("ClientException", "Volume 'data': volumes[].efsVolumeConfiguration is not supported"):
        node.ecs.run_task(taskDefinition=definition)
