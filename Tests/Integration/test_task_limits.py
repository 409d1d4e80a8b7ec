"""CPU and memory of a task as a whole, and the namespaces that its containers share with the host."""

import os
import pathlib

import pytest

from harness.tasks import container, register, run_task, story, wait_for_term, wait_status
from harness.waiting import wait_until

pytestmark = [pytest.mark.docker, pytest.mark.lifecycle]

cgroups = pathlib.Path("/sys/fs/cgroup")
is_version_2 = (cgroups / "cgroup.controllers").exists()


@pytest.fixture(scope="module")
def agent_settings():
    return {"ECS_CGROUP_CPU_PERIOD": "50ms"}


def cgroup(task, controller):
    """A slice of systemd's, where that makes the engine's cgroups."""
    tree = cgroups / ("" if is_version_2 else controller)
    name = task["taskArn"].split("/")[-1]
    in_slice = tree / "ecstasks.slice" / f"ecstasks-{name}.slice"
    return in_slice if in_slice.exists() else tree / "ecs" / name


def cgroups_left(task):
    name = task["taskArn"].split("/")[-1]
    return [folder for folder, names, _ in os.walk(cgroups) if any(name in each for each in names)]


def setting(task, controller, version_1, version_2):
    return (cgroup(task, controller) / (version_2 if is_version_2 else version_1)).read_text().strip()


def start(node, stop_afterwards, *containers, overrides=None, **options):
    arn = run_task(node.ecs, register(node.ecs, *containers, **options), overrides=overrides or {})
    stop_afterwards(arn)
    return wait_status(node.ecs, arn, "RUNNING")


def test_limits_are_those_of_the_cgroup_above_the_containers(node):
    definition = register(
        node.ecs, container("a", wait_for_term), container("b", wait_for_term), cpu="512", memory="64"
    )
    arn = run_task(node.ecs, definition)
    task = wait_status(node.ecs, arn, "RUNNING")
    assert setting(task, "memory", "memory.limit_in_bytes", "memory.max") == str(64 << 20)
    if is_version_2:
        assert setting(task, "cpu", "", "cpu.max") == "25000 50000"
    else:
        assert setting(task, "cpu", "cpu.cfs_quota_us", "") == "25000"
        assert setting(task, "cpu", "cpu.cfs_period_us", "") == "50000"
    children = {path.name for path in cgroup(task, "memory").iterdir() if path.is_dir() and "conmon" not in path.name}
    # ID, libpod-ID, docker-ID.scope, libpod-ID.scope
    ids = {name.removesuffix(".scope").split("-")[-1] for name in children}
    assert ids == {c["runtimeId"] for c in task["containers"]}
    node.ecs.stop_task(task=arn)
    assert cgroups_left(wait_status(node.ecs, arn, "STOPPED")) == []


def test_overrides_of_the_size_count(node, stop_afterwards):
    overrides = {"memory": "96", "cpu": "1024"}
    task = start(node, stop_afterwards, container(script=wait_for_term), memory="64", overrides=overrides)
    assert setting(task, "memory", "memory.limit_in_bytes", "memory.max") == str(96 << 20)
    assert setting(task, "cpu", "cpu.cfs_quota_us", "cpu.max").split()[0] == "50000"
    assert (task["cpu"], task["memory"]) == ("1024", "96")


def test_memory_of_the_task_without_cpu_has_the_sum_of_shares(node, stop_afterwards):
    task = start(
        node, stop_afterwards, container("a", wait_for_term, cpu=100), container("b", wait_for_term), memory="64"
    )
    assert setting(task, "cpu", "cpu.shares", "cpu.weight") == ("4" if is_version_2 else "102")


def test_a_task_without_limits_has_no_cgroup_of_its_own(node, stop_afterwards):
    task = start(node, stop_afterwards, container(script=wait_for_term))
    assert cgroups_left(task) == []
    assert node.host.inspect(task["containers"][0]["runtimeId"])["HostConfig"]["CgroupParent"] == ""


@pytest.mark.not_podman("it does not tell of a cgroup's memory, nor of a container's on cgroup version 1")
def test_the_tasks_memory_kills(node):
    # dd's buffer is four times what the task may have; the container itself has no limit.
    hungry = container(entryPoint=["dd", "if=/dev/zero", "of=/dev/null", "bs=64M", "count=1"])
    del hungry["memoryReservation"]
    definition = register(node.ecs, hungry, memory="16")
    task = wait_status(node.ecs, run_task(node.ecs, definition), "STOPPED")
    only = task["containers"][0]
    assert only["exitCode"] == 137, story(task)
    assert only["reason"].startswith("OutOfMemoryError"), story(task)
    assert cgroups_left(task) == []


def test_a_task_that_cannot_start_leaves_no_cgroup(node):
    definition = register(node.ecs, container(entryPoint=["/no/such/program"]), memory="64", cpu="256")
    task = wait_status(node.ecs, run_task(node.ecs, definition), "STOPPED")
    assert task["stopCode"] == "TaskFailedToStart"
    assert cgroups_left(task) == []


def test_an_agent_that_was_killed_removes_the_cgroup_too(node):
    arn = run_task(node.ecs, register(node.ecs, container(script=wait_for_term), memory="64"))
    task = wait_status(node.ecs, arn, "RUNNING")
    node.agent.kill()
    assert cgroups_left(task) != []
    node.ecs.stop_task(task=arn)
    node.agent.start()
    assert cgroups_left(wait_status(node.ecs, arn, "STOPPED")) == []


def namespace(node, task, kind):
    pid = node.host.inspect(task["containers"][0]["runtimeId"])["State"]["Pid"]
    return os.readlink(f"/proc/{pid}/ns/{kind}")


def test_process_and_ipc_namespaces_of_the_host(node, stop_afterwards):
    task = start(node, stop_afterwards, container(script=wait_for_term), pidMode="host", ipcMode="host")
    for kind in ("pid", "ipc"):
        assert namespace(node, task, kind) == os.readlink(f"/proc/self/ns/{kind}")


def test_process_and_ipc_namespaces_of_the_task(node, stop_afterwards):
    """Its containers see each other's processes; a pause container of ours is process 1, and takes in orphans."""
    task = start(
        node, stop_afterwards,
        container("one", script=f"sleep 0.2 & {wait_for_term}"), container("two", script=wait_for_term),
        pidMode="task", ipcMode="task",
    )  # fmt: skip
    ids = {c["name"]: c["runtimeId"] for c in task["containers"]}
    assert sorted(ids) == ["one", "two"]
    pids = {name: node.host.inspect(id)["State"]["Pid"] for name, id in ids.items()}
    for kind in ("pid", "ipc"):
        one, two = (os.readlink(f"/proc/{pid}/ns/{kind}") for pid in pids.values())
        assert one == two != os.readlink(f"/proc/self/ns/{kind}")
    seen = node.host.docker("exec", ids["two"], "ps", "-o", "pid,args").stdout
    assert "/pause" in seen.splitlines()[1] and "sleep 0.2 &" in seen, seen


def test_the_end_of_the_namespaces_is_the_end_of_the_task(node):
    arn = run_task(node.ecs, register(node.ecs, container(script=wait_for_term), pidMode="task"))
    task = wait_status(node.ecs, arn, "RUNNING")
    ours = f"com.amazonaws.ecs.task-arn={arn}"
    (pause,) = set(node.host.containers(ours)) - {task["containers"][0]["runtimeId"]}
    node.host.docker("kill", pause)
    assert wait_status(node.ecs, arn, "STOPPED")["stoppedReason"] == "Essential container in task exited"
    # podman removes what others joined after them.
    assert pause not in node.host.containers(ours, all=False)


def test_no_ipc_namespace_to_share(node, stop_afterwards):
    script = f"grep -q ' /dev/shm ' /proc/mounts && exit 1; {wait_for_term}"
    task = start(node, stop_afterwards, container(script=script), ipcMode="none")
    assert namespace(node, task, "pid") != os.readlink("/proc/self/ns/pid")


@pytest.mark.not_podman("its own processes for a container count too")
def test_processes_are_limited_by_a_setting(node, workshop):
    node.ecs.create_cluster(clusterName="pids")
    agent = workshop.agent(node.host, node.plane, cluster="pids", settings={"ECS_TASK_PIDS_LIMIT": "8"})
    try:
        # The shell, and seven more.
        script = "for n in 1 2 3 4 5 6 7 8 9 10; do sleep 30 & done; wait"
        arn = run_task(node.ecs, register(node.ecs, container(script=script)), cluster="pids")
        task = wait_status(node.ecs, arn, "STOPPED", cluster="pids")
        assert task["containers"][0]["exitCode"] not in (0, None), story(task)
        wait_until(lambda: cgroups_left(task) == [], "the cgroup is gone")
    finally:
        agent.stop()
