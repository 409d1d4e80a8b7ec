"""What containers find of themselves at 169.254.170.2, and people at the agent's introspection port. ECS runtime rules, 5, 6."""

import json
import os
import re
import subprocess

import pytest

from harness.endpoints import ask, environment, introspect, own, runtime_id
from harness.host import image
from harness.places import clean_environment, executable
from harness.tasks import container, register, run_task, wait_for_term, wait_status
from harness.waiting import wait_until

pytestmark = pytest.mark.docker

@pytest.fixture(scope="module")
def pair(node):
    """Two tasks on one host: `one` has two containers on the bridge, `host` shares the host's network."""
    listening = "mkdir /www; echo hi > /www/index.html; httpd -p 80 -h /www; " + wait_for_term
    one = register(
        node.ecs,
        container("main", listening, portMappings=[{"containerPort": 80}], dockerLabels={"mine": "yes"}),
        container("side", wait_for_term),
        family="one",
    )
    other = register(node.ecs, container("main", wait_for_term), family="host", networkMode="host")
    tasks = [
        run_task(node.ecs, one, tags=[{"key": "team", "value": "blue"}], group="mine"),
        run_task(node.ecs, other),
    ]
    yield {name: wait_status(node.ecs, task, "RUNNING") for name, task in zip(("one", "host"), tasks, strict=True)}
    for task in tasks:
        node.ecs.stop_task(task=task)
    for task in tasks:
        wait_status(node.ecs, task, "STOPPED")


def test_environment_says_where(node, pair):
    variables = environment(node, pair["one"])
    assert re.fullmatch(r"http://169\.254\.170\.2/v4/[0-9a-f]{32}-[0-9a-f]{20}", variables["ECS_CONTAINER_METADATA_URI_V4"])
    assert variables["ECS_CONTAINER_METADATA_URI"].startswith("http://169.254.170.2/v3/")
    assert variables["AWS_EXECUTION_ENV"] == "AWS_ECS_EC2"
    assert "ECS_AGENT_URI" not in variables and "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI" not in variables


def test_a_container_sees_itself(node, pair):
    task = pair["one"]
    me, inspected = own(node, task), node.host.inspect(runtime_id(task))
    shown = next(c for c in task["containers"] if c["name"] == "main")
    assert me["DockerId"] == runtime_id(task) and me["Name"] == "main" and "/" + me["DockerName"] == inspected["Name"]
    assert (me["Image"], me["ImageID"]) == (image, inspected["Image"])
    assert me["Labels"] == {
        "mine": "yes",
        "com.amazonaws.ecs.cluster": "default",
        "com.amazonaws.ecs.container-name": "main",
        "com.amazonaws.ecs.task-arn": task["taskArn"],
        "com.amazonaws.ecs.task-definition-family": "one",
        "com.amazonaws.ecs.task-definition-version": "1",
    }
    assert me["DesiredStatus"] == me["KnownStatus"] == "RUNNING" and me["Type"] == "NORMAL"
    assert me["Limits"] == {"CPU": 0, "Memory": 0} and me["ContainerARN"] == shown["containerArn"]
    # By the agent's clock: when it asked docker, and when docker had started it.
    assert me["CreatedAt"] <= inspected["Created"][:23] + "Z" <= inspected["State"]["StartedAt"][:23] + "Z" <= me["StartedAt"]
    address = inspected["NetworkSettings"]["Networks"]["bridge"]["IPAddress"]
    assert me["Networks"] == [{"NetworkMode": "bridge", "IPv4Addresses": [address]}]
    port = shown["networkBindings"][0]["hostPort"]
    assert me["Ports"] == [{"ContainerPort": 80, "Protocol": "tcp", "HostPort": port, "HostIp": "0.0.0.0"}]
    assert me["LogDriver"] == "json-file"
    assert "FinishedAt" not in me and "RestartCount" not in me
    assert "HostIp" not in own(node, task, version=3)["Ports"][0]


@pytest.mark.parametrize("path", ["/task", "/tasks"])
def test_a_container_sees_its_task(node, pair, path):
    task = pair["one"]
    document = own(node, task, path)
    assert document["Cluster"] == "default" and document["TaskARN"] == task["taskArn"]
    assert (document["Family"], document["Revision"]) == ("one", "1")
    assert document["DesiredStatus"] == document["KnownStatus"] == "RUNNING" and document["LaunchType"] == "EC2"
    assert [c["Name"] for c in document["Containers"]] == ["main", "side"]
    assert document["PullStartedAt"] <= document["PullStoppedAt"]
    assert "TaskTags" not in document and own(node, task, "/taskWithTags")["TaskTags"] == {"team": "blue"}
    # The other container's view of the task is the same.
    assert own(node, task, path, "side") == document


def test_host_mode_sees_itself(node, pair):
    document = own(node, pair["host"], "/task")
    assert document["TaskARN"] == pair["host"]["taskArn"]
    assert document["Containers"][0]["Networks"] == [{"NetworkMode": "host"}]


def test_tasks_see_only_themselves(node, pair):
    for mine, others in (("one", "host"), ("host", "one")):
        stolen = environment(node, pair[others])["ECS_CONTAINER_METADATA_URI_V4"]
        status, _ = ask(node, pair[mine], stolen)
        assert status == 404, f"{mine} read {others}"


@pytest.mark.parametrize("path", ["/v4/unknown", "/v4/unknown/task", "/v3/0-0/stats", "/v4/", "/v5/x", "/v2/metadata"])
def test_unknown_is_404_with_a_json_string(node, pair, path):
    answer = node.host.in_network("curl", "-sS", "-w", "\n%{http_code}", f"http://169.254.170.2{path}")
    body, _, status = answer.stdout.rpartition("\n")
    assert status == "404" and isinstance(json.loads(body), str)


def members(document):
    """The paths of an object's members, but for what depends on the moment."""
    if not isinstance(document, dict):
        return {""}
    return {f".{key}{rest}" for key, value in document.items() for rest in members(value)}


def test_stats_look_like_dockers(node, pair):
    task = pair["one"]
    url = f"http://docker/containers/{runtime_id(task)}/stats?stream=false"
    curl = ["curl", "-sS", "--unix-socket", str(node.host.socket), url]
    docker = json.loads(subprocess.run(curl, capture_output=True, check=True, timeout=20).stdout)
    first = own(node, task, "/stats")
    assert first["preread"] < first["read"]

    def second():
        stats = own(node, task, "/stats")
        return stats if stats["read"] > first["read"] and stats["preread"] == first["read"] else None

    stats = wait_until(second, "a second reading")
    assert {"rx_bytes_per_sec", "tx_bytes_per_sec"} == set(stats.pop("network_rate_stats"))
    # docker adds these to its version 1.50 of the API; null lists of old figures are empty ones here.
    assert {key for key in docker if key not in stats} <= {"os_type"}
    for part in ("pids_stats", "cpu_stats", "precpu_stats", "memory_stats", "networks"):
        ours, theirs = members(stats[part]), members(docker[part])
        assert theirs - ours == set(), part
        # The kernel says more of memory than docker passes on; docker leaves out a count of failures that is 0.
        assert {name for name in ours - theirs if not name.startswith(".stats.")} <= {".failcnt"}, part
    assert stats["name"] == docker["name"] and stats["id"] == docker["id"]
    assert stats["cpu_stats"]["cpu_usage"]["total_usage"] >= docker["cpu_stats"]["cpu_usage"]["total_usage"]
    assert stats["cpu_stats"]["online_cpus"] == docker["cpu_stats"]["online_cpus"]
    assert stats["cpu_stats"]["system_cpu_usage"] >= docker["cpu_stats"]["system_cpu_usage"]
    assert stats["memory_stats"]["limit"] == docker["memory_stats"]["limit"]
    assert abs(stats["memory_stats"]["usage"] - docker["memory_stats"]["usage"]) < 8 << 20
    assert stats["networks"]["eth0"]["rx_bytes"] >= docker["networks"]["eth0"]["rx_bytes"] > 0


def test_stats_of_the_task(node, pair):
    stats = own(node, pair["one"], "/task/stats")
    assert set(stats) == {runtime_id(pair["one"], name) for name in ("main", "side")}
    assert all(entry["pids_stats"]["current"] >= 1 for entry in stats.values())
    assert "networks" not in own(node, pair["host"], "/stats")


def test_host_mode_may_listen_on_port_80(node, pair):
    listening = "mkdir /www; echo port 80 > /www/index.html; httpd -p 80 -h /www; " + wait_for_term
    definition = register(node.ecs, container("web", listening), networkMode="host")
    task = run_task(node.ecs, definition)
    wait_status(node.ecs, task, "RUNNING")
    try:
        wait_until(lambda: node.host.fetch(80).strip() == "port 80", "its page")
        assert own(node, pair["host"])["Name"] == "main"
        assert own(node, pair["one"])["Name"] == "main"
    finally:
        node.ecs.stop_task(task=task)
        wait_status(node.ecs, task, "STOPPED")


def test_without_a_network_nothing_is_promised(node):
    definition = register(node.ecs, container("main", "env"), networkMode="none")
    task = wait_status(node.ecs, run_task(node.ecs, definition), "STOPPED")
    printed = node.host.docker("logs", runtime_id(task)).stdout
    assert "AWS_EXECUTION_ENV=AWS_ECS_EC2" in printed and "169.254.170.2" not in printed


def test_the_first_thing_a_container_does_may_be_to_ask(node):
    definition = register(node.ecs, container("main", 'wget -q -O - "$ECS_CONTAINER_METADATA_URI_V4"'))
    task = wait_status(node.ecs, run_task(node.ecs, definition), "STOPPED")
    assert task["containers"][0]["exitCode"] == 0
    assert json.loads(node.host.docker("logs", runtime_id(task)).stdout)["DockerId"] == runtime_id(task)


# --- introspection and status


def test_introspection(node, pair):
    status, body = introspect(node, "/v1/metadata")
    instance = node.agent.instances(node.ecs)[0]["containerInstanceArn"]
    metadata = json.loads(body)
    assert status == 200 and metadata.pop("Version").startswith("Stevedore Agent - v")
    assert metadata == {"Cluster": "default", "ContainerInstanceArn": instance}
    tasks = {task["Arn"]: task for task in json.loads(introspect(node, "/v1/tasks")[1])["Tasks"]}
    assert {pair["one"]["taskArn"], pair["host"]["taskArn"]} <= set(tasks)
    one = tasks[pair["one"]["taskArn"]]
    assert (one["Family"], one["Version"], one["KnownStatus"]) == ("one", "1", "RUNNING")
    assert [c["DockerId"] for c in one["Containers"]] == [runtime_id(pair["one"], n) for n in ("main", "side")]
    for query in (
        f"taskarn={pair['one']['taskArn']}",
        f"dockerid={runtime_id(pair['one'])}",
        f"dockerid={runtime_id(pair['one'], 'side')[:12]}",
    ):
        assert json.loads(introspect(node, f"/v1/tasks?{query}")[1]) == one, query
    assert introspect(node, "/v1/tasks?dockerid=nothing")[0] == 404
    assert introspect(node, "/v1/tasks?dockerid=")[0] == 404
    assert "/v1/tasks" in json.loads(introspect(node, "/")[1])["AvailableCommands"]
    assert introspect(node, "/license")[0] == 200 and introspect(node, "/nothing")[0] == 404


def test_introspection_is_for_the_host_and_its_containers(node, pair):
    gateway = node.host.inspect(runtime_id(pair["one"]))["NetworkSettings"]["Networks"]["bridge"]["Gateway"]
    assert ask(node, pair["one"], f"http://{gateway}:51678/v1/metadata")[0] == 200
    off_host = subprocess.run(
        ["curl", "-s", "-o", os.devnull, "-w", "%{http_code}", f"http://{node.host.address}:51678/v1/metadata"],
        capture_output=True, text=True, timeout=10, env=clean_environment(),
    )  # fmt: skip
    assert off_host.stdout == "403"


def test_status_for_people(node, pair):
    text = node.host.in_network(executable("stevedore-agent"), "status").stdout
    assert ", connected since" in text and "reachable for tasks" in text and pair["one"]["taskArn"] in text
    status = json.loads(node.host.in_network(executable("stevedore-agent"), "status", "--json").stdout)
    assert status["connection"]["isConnected"] and status["cluster"] == "default"
    task = next(t for t in status["tasks"] if t["arn"] == pair["one"]["taskArn"])
    assert task["status"] == "RUNNING" and [c["name"] for c in task["containers"]] == ["main", "side"]
    assert node.host.in_network(executable("stevedore-agent"), "status", "--nonsense", check=False).returncode == 64
