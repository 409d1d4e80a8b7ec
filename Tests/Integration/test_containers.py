"""Tasks on a real engine: what the container gets, and what the API says of it. ECS runtime rules, sections 1 to 4."""

import os
import re

import pytest

from harness.host import image
from harness.tasks import (
    container, describe, register, remaining, run_task, story, unique, wait_for_term, wait_status,
)  # fmt: skip
from harness.waiting import wait_until

pytestmark = [pytest.mark.docker, pytest.mark.lifecycle]


def start(node, stop_afterwards, *containers, overrides=None, **options):
    """Runs the containers as one task, waits until it is RUNNING, and returns the task and its docker containers."""
    definition = register(node.ecs, *containers, **options)
    arn = run_task(node.ecs, definition, **({"overrides": overrides} if overrides else {}))
    stop_afterwards(arn)
    task = wait_status(node.ecs, arn, "RUNNING")
    return task, {c["name"]: node.host.inspect(c["runtimeId"]) for c in task["containers"]}


def run_to_end(node, *containers, seconds=30, overrides=None, **options):
    """Runs the containers as one task to its end; returns the task."""
    definition = register(node.ecs, *containers, **options)
    arn = run_task(node.ecs, definition, **({"overrides": overrides} if overrides else {}))
    return wait_status(node.ecs, arn, "STOPPED", seconds=seconds)


def output(node, task, name="main"):
    runtime_id = next(c["runtimeId"] for c in task["containers"] if c["name"] == name)
    return node.host.docker("logs", runtime_id).stdout


def test_the_agent_is_at_home(node):
    """What programs that it runs leave where they are is in its own directory: podman's monitor leaves a file `oom`."""
    assert os.readlink(f"/proc/{node.agent.process.pid}/cwd") == str(node.agent.data)


def test_host_registers_what_it_has(node):
    instance = node.agent.instances(node.ecs)[0]
    assert instance["agentConnected"] and instance["status"] == "ACTIVE"
    resources = {resource["name"]: resource for resource in instance["registeredResources"]}
    cpus = os.cpu_count()
    assert resources["CPU"]["integerValue"] == cpus * 1024
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 1048576
    assert 0.9 * memory <= resources["MEMORY"]["integerValue"] <= memory
    assert {"22", "2375", "2376"} <= set(resources["PORTS"]["stringSetValue"])
    names = {attribute["name"] for attribute in instance["attributes"]}
    assert {"ecs.os-type", "ecs.cpu-architecture"} <= names or "ecs.os-family" in names, names
    assert instance["versionInfo"].get("dockerVersion"), instance["versionInfo"]


def test_bridge_with_a_dynamic_port(node, stop_afterwards):
    web = container("web", portMappings=[{"containerPort": 80}])
    first, _ = start(node, stop_afterwards, web)
    second, _ = start(node, stop_afterwards, web)
    ports = []
    for task in (first, second):
        binding = task["containers"][0]["networkBindings"][0]
        assert (binding["containerPort"], binding["protocol"]) == (80, "tcp")
        assert 32768 <= binding["hostPort"] <= 60999
        page = wait_until(lambda: node.host.fetch(binding["hostPort"]), "the page", 10)
        assert "Hello from Stevedore" in page
        ports.append(binding["hostPort"])
    assert len(set(ports)) == 2


def test_dynamic_ports_are_distinct(node, stop_afterwards):
    mappings = [{"containerPort": 80}, {"containerPort": 81}, {"containerPort": 82, "protocol": "udp"}]
    definition = register(node.ecs, container(script=wait_for_term, portMappings=mappings))
    tasks = [task["taskArn"] for task in node.ecs.run_task(taskDefinition=definition, count=6)["tasks"]]
    assert len(tasks) == 6
    for task in tasks:
        stop_afterwards(task)
    described = [wait_status(node.ecs, task, "RUNNING", seconds=60) for task in tasks]
    bindings = [binding for task in described for binding in task["containers"][0]["networkBindings"]]
    assert {binding["containerPort"] for binding in bindings} == {80, 81, 82}
    taken = [(binding["protocol"], binding["hostPort"]) for binding in bindings]
    assert len(set(taken)) == 18
    assert all(32768 <= port <= 60999 for _, port in taken)


def test_bridge_with_a_static_port(node, stop_afterwards):
    task, _ = start(node, stop_afterwards, container("web", portMappings=[{"containerPort": 80, "hostPort": 8080}]))
    assert task["containers"][0]["networkBindings"][0]["hostPort"] == 8080
    assert "Hello" in wait_until(lambda: node.host.fetch(8080), "the page", 10)
    assert 8080 in remaining(node.ecs, "default", task["containerInstanceArn"])["PORTS"]


def test_static_port_is_free_once_its_task_is_stopped(node):
    """STOPPED gives the port back, so the next task may have it that instant."""
    definition = register(
        node.ecs, container(script=wait_for_term, portMappings=[{"containerPort": 80, "hostPort": 8085}])
    )
    for _ in range(6):
        arn = run_task(node.ecs, definition)
        wait_status(node.ecs, arn, "RUNNING")
        node.ecs.stop_task(task=arn)
        wait_status(node.ecs, arn, "STOPPED")


def test_udp_port(node, stop_afterwards):
    task, inspected = start(
        node, stop_afterwards, container(script=wait_for_term, portMappings=[{"containerPort": 53, "protocol": "udp"}])
    )
    binding = task["containers"][0]["networkBindings"][0]
    assert binding["protocol"] == "udp"
    published = inspected["main"]["HostConfig"]["PortBindings"]["53/udp"]
    assert published[0]["HostPort"] == str(binding["hostPort"])


def test_host_network(node, stop_afterwards):
    web = container("web", environment=[{"name": "PORT", "value": "8090"}], portMappings=[{"containerPort": 8090}])
    _, inspected = start(node, stop_afterwards, web, networkMode="host")
    assert inspected["web"]["HostConfig"]["NetworkMode"] == "host"
    assert "Hello" in wait_until(lambda: node.host.fetch(8090), "the page", 10)


def test_no_network(node):
    task = run_to_end(node, container(script="ls /sys/class/net; ip -o link | wc -l"), networkMode="none")
    lines = output(node, task).split()
    assert lines[-1] == "1" and "eth0" not in lines


def test_what_a_container_is_given(node):
    script = 'echo "$1|$2|$A|$B|$C|$(pwd)|$(id -u):$(id -g)"'
    task = run_to_end(
        node,
        container(
            entryPoint=["sh", "-c", script, "zero"],
            command=["--flag", "two words; $(false)"],
            environment=[{"name": "A", "value": "a=b"}, {"name": "B", "value": "line\nnext"}, {"name": "C", "value": ""}],
            workingDirectory="/tmp",
            user="1000:1000",
        ),
    )
    assert output(node, task) == "--flag|two words; $(false)|a=b|line\nnext||/tmp|1000:1000\n"
    assert task["containers"][0]["exitCode"] == 0


def test_user_by_name(node):
    assert output(node, run_to_end(node, container(script="id -un", user="app"))) == "app\n"


def test_image_defaults_are_kept_where_nothing_is_given(node, stop_afterwards):
    _, inspected = start(node, stop_afterwards, container("web"))
    given = node.host.inspect(image)["Config"]
    assert inspected["web"]["Config"]["Cmd"] == given["Cmd"]
    assert (inspected["web"]["Config"].get("Entrypoint") or None) == given.get("Entrypoint")


def test_values_never_become_options(node):
    hostile = ["--privileged", "-v/:/host", "--help", "a b", "$(id)", "`id`", ";", "x\ny", "--"]
    script = 'for a; do printf "%s\\n" "[$a]"; done; printf "%s\\n" "[$V]"'
    task = run_to_end(
        node,
        container(
            entryPoint=["sh", "-c", script, "zero"],
            command=hostile,
            environment=[{"name": "V", "value": "--privileged $(id)"}, {"name": "-e", "value": "x"}],
            dockerLabels={"--privileged": "true", "l": "-v=/:/host"},
        ),
    )
    assert output(node, task) == "".join(f"[{value}]\n" for value in [*hostile, "--privileged $(id)"])
    inspected = node.host.inspect(task["containers"][0]["runtimeId"])
    assert inspected["HostConfig"]["Privileged"] is False
    assert inspected["HostConfig"]["Binds"] in (None, [])
    assert inspected["Config"]["Labels"]["--privileged"] == "true"
    assert inspected["Config"]["Labels"]["l"] == "-v=/:/host"


def test_overrides_reach_the_container(node):
    overrides = {
        "containerOverrides": [
            {
                "name": "main", "command": ['echo "$A $B $C"'], "memory": 40, "cpu": 300,
                "environment": [{"name": "B", "value": "over"}, {"name": "C", "value": "new"}],
            }
        ]
    }  # fmt: skip
    definition = container(
        script="echo no", environment=[{"name": "A", "value": "kept"}, {"name": "B", "value": "under"}]
    )
    task = run_to_end(node, definition, overrides=overrides)
    assert output(node, task) == "kept over new\n"
    host = node.host.inspect(task["containers"][0]["runtimeId"])["HostConfig"]
    assert (host["Memory"], host["CpuShares"]) == (40 << 20, 300)


@pytest.mark.parametrize(
    "given, expected",
    [
        ({"cpu": 256, "memory": 64, "memoryReservation": 32}, (256, 64 << 20, 32 << 20)),
        ({"cpu": 0, "memoryReservation": 32}, (2, 0, 32 << 20)),
        ({"cpu": 1, "memory": 64, "memoryReservation": None}, (2, 64 << 20, None)),
    ],
)
def test_limits(node, stop_afterwards, given, expected):
    definition = container(script=wait_for_term, **given)
    definition = {key: value for key, value in definition.items() if value is not None}
    _, inspected = start(node, stop_afterwards, definition)
    host = inspected["main"]["HostConfig"]
    cpu, memory, reservation = expected
    assert (host["CpuShares"], host["Memory"]) == (cpu, memory)
    if reservation is not None:
        assert host["MemoryReservation"] == reservation


def test_labels_and_names_are_those_of_ecs(node, stop_afterwards):
    family = unique("labelled")
    task, inspected = start(
        node, stop_afterwards, container("my-web", wait_for_term, dockerLabels={"com.example": "x"}), family=family
    )
    labels = inspected["my-web"]["Config"]["Labels"]
    assert labels["com.amazonaws.ecs.task-arn"] == task["taskArn"]
    assert labels["com.amazonaws.ecs.container-name"] == "my-web"
    assert labels["com.amazonaws.ecs.task-definition-family"] == family
    assert labels["com.amazonaws.ecs.task-definition-version"] == "1"
    assert labels["com.amazonaws.ecs.cluster"] == "default"
    assert labels["com.example"] == "x"
    assert re.fullmatch(rf"/ecs-{family}-1-my-?web-[0-9a-f]+", inspected["my-web"]["Name"])


def test_what_describe_tasks_says(node, stop_afterwards):
    task, inspected = start(node, stop_afterwards, container(script=wait_for_term))
    only = task["containers"][0]
    assert (only["lastStatus"], only["runtimeId"]) == ("RUNNING", inspected["main"]["Id"])
    assert "exitCode" not in only
    assert (task["connectivity"], task["desiredStatus"]) == ("CONNECTED", "RUNNING")
    assert task["createdAt"] <= task["startedAt"]
    assert describe(node.ecs, task["taskArn"])["version"] >= 2


@pytest.mark.parametrize("code", [0, 1, 42, 255])
def test_exit_codes(node, code):
    task = run_to_end(node, container(script=f"exit {code}"))
    assert task["containers"][0]["exitCode"] == code
    assert (task["stopCode"], task["stoppedReason"]) == (
        "EssentialContainerExited", "Essential container in task exited",
    )  # fmt: skip
    assert task["desiredStatus"] == "STOPPED" and task["stoppedAt"] >= task["createdAt"]
    assert "executionStoppedAt" in task


def test_essential_container_takes_the_others_with_it(node):
    task = run_to_end(
        node, container("main", "sleep 0.3; exit 9"), container("other", 'trap "exit 4" TERM; while :; do sleep 0.05; done')
    )
    codes = {c["name"]: c["exitCode"] for c in task["containers"]}
    assert codes == {"main": 9, "other": 4}, story(task)
    assert task["stoppedReason"] == "Essential container in task exited"


def test_other_container_leaves_the_task_running(node, stop_afterwards):
    task, _ = start(
        node, stop_afterwards, container("main", wait_for_term), container("side", "exit 5", essential=False)
    )

    def side():
        described = describe(node.ecs, task["taskArn"])
        return described, next(c for c in described["containers"] if c["name"] == "side")

    wait_until(lambda: side()[1]["lastStatus"] == "STOPPED", "the side container's end")
    described, container_ = side()
    assert container_["exitCode"] == 5
    assert (described["lastStatus"], described["desiredStatus"]) == ("RUNNING", "RUNNING")


def test_side_container_that_cannot_start_does_not_stop_the_task(node, stop_afterwards):
    task, _ = start_with_broken_side(node, stop_afterwards)

    def broken():
        described = describe(node.ecs, task["taskArn"])
        side = next(c for c in described["containers"] if c["name"] == "side")
        return side["lastStatus"] == "STOPPED" and side.get("reason")

    assert "CannotPullContainerError" in wait_until(broken, "the side container's reason")
    assert describe(node.ecs, task["taskArn"])["lastStatus"] == "RUNNING"


def start_with_broken_side(node, stop_afterwards):
    definition = register(
        node.ecs,
        container("main", wait_for_term),
        container("side", image="127.0.0.1:1/no/such:image", essential=False),
    )
    arn = run_task(node.ecs, definition)
    stop_afterwards(arn)
    return wait_status(node.ecs, arn, "RUNNING", seconds=60), None


def test_stop_task_sends_sigterm(node):
    definition = register(node.ecs, container(script='trap "exit 143" TERM; while :; do sleep 0.05; done', stopTimeout=20))
    arn = run_task(node.ecs, definition)
    wait_status(node.ecs, arn, "RUNNING")
    node.ecs.stop_task(task=arn, reason="test")
    # Well before its stop time-out, so it was SIGTERM that ended it.
    task = wait_status(node.ecs, arn, "STOPPED", seconds=15)
    assert task["containers"][0]["exitCode"] == 143
    assert (task["stopCode"], task["stoppedReason"]) == ("UserInitiated", "test")
    took = task["stoppedAt"] - task["stoppingAt"]
    assert took.total_seconds() < 10


def test_stop_task_sends_sigkill_after_the_stop_timeout(node):
    definition = register(node.ecs, container(script='trap "" TERM; while :; do sleep 0.05; done', stopTimeout=2))
    arn = run_task(node.ecs, definition)
    wait_status(node.ecs, arn, "RUNNING")
    node.ecs.stop_task(task=arn)
    task = wait_status(node.ecs, arn, "STOPPED", seconds=20)
    assert task["containers"][0]["exitCode"] == 137
    took = (task["stoppedAt"] - task["stoppingAt"]).total_seconds()
    assert 1.5 <= took <= 8, took


def test_stop_before_the_task_runs(node):
    definition = register(node.ecs, container(script=wait_for_term))
    tasks = node.ecs.run_task(taskDefinition=definition, count=5)["tasks"]
    for task in tasks:
        node.ecs.stop_task(task=task["taskArn"])
    for task in tasks:
        stopped = wait_status(node.ecs, task["taskArn"], "STOPPED", seconds=30)
        assert stopped["stopCode"] == "UserInitiated"
    for task in tasks:
        label = f"com.amazonaws.ecs.task-arn={task['taskArn']}"
        node.host.wait_idle(label)


def test_waiters_and_resources_given_back(node):
    instance = node.agent.instances(node.ecs)[0]["containerInstanceArn"]
    before = remaining(node.ecs, "default", instance)
    definition = register(
        node.ecs, container(script=wait_for_term, cpu=100), container("b", wait_for_term)
    )
    tasks = [task["taskArn"] for task in node.ecs.run_task(taskDefinition=definition, count=4)["tasks"]]
    assert len(tasks) == 4
    quick = {"Delay": 1, "MaxAttempts": 60}
    node.ecs.get_waiter("tasks_running").wait(tasks=tasks, WaiterConfig=quick)
    during = remaining(node.ecs, "default", instance)
    assert during["CPU"] == before["CPU"] - 400 and during["MEMORY"] == before["MEMORY"] - 64
    assert node.agent.instances(node.ecs)[0]["runningTasksCount"] >= 4
    for task in tasks:
        node.ecs.stop_task(task=task)
    node.ecs.get_waiter("tasks_stopped").wait(tasks=tasks, WaiterConfig=quick)
    assert remaining(node.ecs, "default", instance) == before


def test_twenty_tasks_at_once(node, stop_afterwards):
    definition = register(node.ecs, container(script=wait_for_term), networkMode="none")
    tasks = [t["taskArn"] for _ in range(2) for t in node.ecs.run_task(taskDefinition=definition, count=10)["tasks"]]
    assert len(tasks) == 20
    for task in tasks:
        stop_afterwards(task)
    described = [wait_status(node.ecs, task, "RUNNING", seconds=90) for task in tasks]
    assert len({task["containers"][0]["runtimeId"] for task in described}) == 20


def test_ten_containers_in_a_task(node, stop_afterwards):
    task, inspected = start(node, stop_afterwards, *(container(f"c{n}", wait_for_term) for n in range(10)))
    assert len(inspected) == 10
    assert {c["lastStatus"] for c in task["containers"]} == {"RUNNING"}


def test_start_task_on_this_host(node, stop_afterwards):
    instance = node.agent.instances(node.ecs)[0]["containerInstanceArn"]
    definition = register(node.ecs, container(script=wait_for_term))
    answer = node.ecs.start_task(taskDefinition=definition, containerInstances=[instance])
    arn = answer["tasks"][0]["taskArn"]
    stop_afterwards(arn)
    assert wait_status(node.ecs, arn, "RUNNING")["containerInstanceArn"] == instance
