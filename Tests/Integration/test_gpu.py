"""GPUs. There need not be any: a program that says what nvidia-smi would say stands for the driver, and the engine's
own runtime for NVIDIA's, whose part is the environment. Section 8 of the ECS runtime rules."""

import os
import random

import pytest

from harness.tasks import (
    container, describe, refused, register, register_instance, remaining, report, run_task, story, unique, wait_for_term,
    wait_status,
)  # fmt: skip

pytestmark = pytest.mark.not_podman("GPUs are given to containers by docker only")

gpus = [f"GPU-8f6d1b4c-0000-4000-8000-00000000000{number}" for number in range(4)]

nvidia_smi = """#!/bin/sh
[ "$*" = "--query-gpu=uuid,driver_version --format=csv,noheader" ] || exit 2
printf '%s, 535.104.05\\n' """


def needs(count):
    return [{"type": "GPU", "value": str(count)}]


def gpu_ids(task):
    return {c["name"]: c.get("gpuIds") for c in task["containers"]}


@pytest.fixture(scope="module")
def agent_settings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("driver")
    program = folder / "nvidia-smi"
    program.write_text(f"{nvidia_smi}{' '.join(gpus)}\n")
    program.chmod(0o755)
    return {"ECS_ENABLE_GPU_SUPPORT": "true", "PATH": f"{folder}:{os.environ['PATH']}"}


@pytest.fixture(scope="module")
def host_options():
    return {"engine_options": ["--add-runtime", "nvidia=runc"]}


def agent_of_another_cluster(node, workshop, **settings):
    name = unique("gpus")
    node.ecs.create_cluster(clusterName=name)
    return workshop.agent(node.host, node.plane, cluster=name, settings=settings)


# --- hosts

@pytest.mark.docker
def test_a_host_registers_what_the_driver_names(node):
    instance = node.agent.instances(node.ecs)[0]
    for resources in (instance["registeredResources"], instance["remainingResources"]):
        found = next(resource for resource in resources if resource["name"] == "GPU")
        assert (found["type"], found["stringSetValue"]) == ("STRINGSET", gpus)
    attributes = {attribute["name"]: attribute.get("value") for attribute in instance["attributes"]}
    assert attributes["ecs.capability.gpu-driver-version"] == "535.104.05"
    assert "ecs.capability.nvidia-driver-version.535.104.05" in attributes


@pytest.mark.docker
def test_containers_get_theirs_and_no_others(node):
    """Whatever the definition says, a container that has GPUs sees those that it was given."""
    greedy = [{"name": "NVIDIA_VISIBLE_DEVICES", "value": "all"}]
    script = f"echo $NVIDIA_VISIBLE_DEVICES; {wait_for_term}"
    definition = register(
        node.ecs,
        container("one", script, resourceRequirements=needs(1), environment=greedy),
        container("two", script, resourceRequirements=needs(2)),
        container("none", script),
    )
    arn = run_task(node.ecs, definition)
    task = wait_status(node.ecs, arn, "RUNNING")
    instance = task["containerInstanceArn"]
    assert gpu_ids(task) == {"one": gpus[:1], "two": gpus[1:3], "none": None}
    assert remaining(node.ecs, "default", instance)["GPU"] == gpus[3:]
    for part in task["containers"]:
        inspected = node.host.inspect(part["runtimeId"])
        given = part.get("gpuIds")
        assert inspected["HostConfig"]["Runtime"] == ("nvidia" if given else "runc")
        assert node.host.docker("logs", part["runtimeId"]).stdout.strip() == ",".join(given or [])
    failure = node.ecs.run_task(taskDefinition=definition)["failures"][0]
    assert (failure["reason"], failure["detail"]) == ("RESOURCE:GPU", "needs 3 GPUs; 1 of 4 are free")

    # They stay with the task when agent and control plane are killed.
    node.agent.kill()
    node.plane.kill()
    node.plane.start()
    node.agent.start()
    assert gpu_ids(describe(node.ecs, arn)) == gpu_ids(task)
    assert remaining(node.ecs, "default", instance)["GPU"] == gpus[3:]
    node.ecs.stop_task(task=arn)
    assert gpu_ids(wait_status(node.ecs, arn, "STOPPED")) == gpu_ids(task)
    assert remaining(node.ecs, "default", instance)["GPU"] == gpus


@pytest.mark.docker
@pytest.mark.parametrize(
    "runtime, says",
    [
        # The engine's own way, which needs NVIDIA's toolkit on the host.
        ("", 'could not select device driver "" with capabilities: [[gpu]]'),
        ("not-there", "not-there"),
    ],
)
def test_an_engine_that_cannot_give_gpus_says_so(node, workshop, agent_settings, runtime, says):
    agent = agent_of_another_cluster(node, workshop, **agent_settings, ECS_NVIDIA_RUNTIME=runtime)
    definition = register(node.ecs, container(script="true", resourceRequirements=needs(4)))
    for _ in range(2):
        # The second has them again.
        arn = run_task(node.ecs, definition, agent.cluster)
        task = wait_status(node.ecs, arn, "STOPPED", agent.cluster)
        assert task["stopCode"] == "TaskFailedToStart", story(task)
        assert says in task["containers"][0]["reason"], story(task)
        assert gpu_ids(task) == {"main": gpus}


@pytest.mark.docker
def test_a_host_without_the_tool_registers_without_gpus(node, workshop):
    agent = agent_of_another_cluster(node, workshop, ECS_ENABLE_GPU_SUPPORT="true")
    assert "there is no program nvidia-smi in PATH" in agent.process.log()
    names = [resource["name"] for resource in agent.instances(node.ecs)[0]["registeredResources"]]
    assert "GPU" not in names and "CPU" in names


# --- accounting, on hosts that are only registered


def test_no_two_tasks_share_a_gpu(plane, cluster):
    ecs = plane.client()
    numbers = random.Random(4)
    devices = [{"id": f"GPU-{number}", "type": "GPU"} for number in range(5)]
    hosts = [register_instance(ecs, cluster, platformDevices=devices) for _ in range(2)]
    definitions = {
        count: register(ecs, container(resourceRequirements=needs(count))) for count in range(1, 4)
    }
    tasks = {}

    def check():
        for host in hosts:
            held = [gpu for arn, (where, ids) in tasks.items() if where == host for gpu in ids]
            assert len(held) == len(set(held)), "two tasks share a GPU"
            assert sorted(held + remaining(ecs, cluster, host)["GPU"]) == [device["id"] for device in devices]

    refusals = 0
    for step in range(120):
        if step == 60:
            plane.kill()
            plane.start()
            ecs = plane.client()
        if tasks and numbers.random() < 0.45:
            arn = numbers.choice(list(tasks))
            report(ecs, arn, "STOPPED", cluster)
            del tasks[arn]
        else:
            count = numbers.choice(list(definitions))
            answer = ecs.run_task(cluster=cluster, taskDefinition=definitions[count])
            for task in answer["tasks"]:
                ids = gpu_ids(task)["main"]
                assert len(ids) == count
                tasks[task["taskArn"]] = (task["containerInstanceArn"], ids)
            for failure in answer["failures"]:
                refusals += 1
                assert failure["reason"] == "RESOURCE:GPU"
        check()
    assert refusals > 0, "they were all taken at times"


def test_overrides(ecs, cluster):
    register_instance(ecs, cluster, platformDevices=[{"id": "a", "type": "GPU"}, {"id": "b", "type": "GPU"}])
    definition = register(ecs, container(resourceRequirements=needs(3)))
    overrides = {"containerOverrides": [{"name": "main", "resourceRequirements": needs(2)}]}
    assert gpu_ids(describe(ecs, run_task(ecs, definition, cluster, overrides=overrides), cluster)) == {"main": ["a", "b"]}
    for wrong in ([{"type": "GPU", "value": "0"}], [{"type": "InferenceAccelerator", "value": "x"}]):
        overrides = {"containerOverrides": [{"name": "main", "resourceRequirements": wrong}]}
        with refused("InvalidParameterException"):
            ecs.run_task(cluster=cluster, taskDefinition=definition, overrides=overrides)
