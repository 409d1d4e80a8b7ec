"""What tasks cost in processes of docker's command line: each takes 20 MiB and some milliseconds of both cores."""

import collections
import time

import pytest

from harness.served import Registry
from harness.tasks import container, register, wait_for_term, wait_status
from harness.waiting import wait_until

pytestmark = pytest.mark.docker

#: Starts and looks, pulls, and beside them the events, a look at whether docker is there, and image clean-up.
most_at_once = 6 + 3 + 3

port = 5000

#: Seconds; so often clean-up looks, too.
clean_up_wait = 2

# Before it becomes docker, it writes down how many processes the agent has, and what it is.
_wrapper = """#!/bin/sh
echo "$(cat /proc/$PPID/task/*/children | wc -w) $1" >>{log}
exec docker "$@"
"""


class Calls:
    def __init__(self, log):
        self.log = log

    def forget(self):
        self.log.write_text("")

    @property
    def lines(self):
        return [line.split() for line in self.log.read_text().splitlines()]

    def count(self):
        """By command. A look at whether docker is there costs what it costs, however many tasks there are."""
        counts = collections.Counter(command for _, command in self.lines)
        del counts["version"]
        return counts

    def most_at_once(self):
        return max(int(children) for children, _ in self.lines)


@pytest.fixture(scope="module")
def calls(scratch):
    folder = scratch / "process-counts"
    folder.mkdir()
    wrapper = folder / "docker"
    wrapper.write_text(_wrapper.format(log=folder / "calls.log"))
    wrapper.chmod(0o755)
    return Calls(folder / "calls.log")


@pytest.fixture(scope="module")
def counted(node, module_workshop, calls, scratch):
    """An agent of the node's host, in a cluster of its own, whose docker is counted."""
    module_workshop.keep(Registry(node.host, scratch / "counted" / "blobs", port)).start()
    node.ecs.create_cluster(clusterName="counted")
    settings = {
        "ECS_IMAGE_PULL_BEHAVIOR": "default", "ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION": f"{clean_up_wait}s",
        "ECS_ENABLE_TASK_ENI": "true",
    }  # fmt: skip
    runtime = calls.log.parent / "docker"
    node.counted_agent = module_workshop.agent(
        node.host, node.plane, cluster="counted", settings=settings, runtime=runtime
    )
    # One when it starts, and one when it has heard what it should have.
    wait_until(lambda: calls.count()["ps"] == 2, "the agent's looks at what there is")
    return node


def run(node, script, count=1, mode="bridge"):
    definition = register(
        node.ecs, container(script=script, image=f"127.0.0.1:{port}/counted:1"), networkMode=mode
    )
    options = {}
    if mode == "awsvpc":
        (instance,) = node.counted_agent.instances(node.ecs)
        subnet = next(a["value"] for a in instance["attributes"] if a["name"] == "ecs.subnet-id")
        options["networkConfiguration"] = {"awsvpcConfiguration": {"subnets": [subnet]}}
    arns = []
    while len(arns) < count:
        answer = node.ecs.run_task(
            cluster="counted", taskDefinition=definition, count=min(10, count - len(arns)), **options
        )
        assert answer["failures"] == []
        arns += [task["taskArn"] for task in answer["tasks"]]
    return arns


def wait_cleaned_up(counted):
    wait_until(lambda: counted.host.containers("com.amazonaws.ecs.cluster=counted") == [], "all are cleaned up", 30)


def start_and_stop(counted, calls, mode):
    """What a task costs: to start, and to stop."""
    calls.forget()
    (arn,) = run(counted, wait_for_term, mode=mode)
    wait_status(counted.ecs, arn, "RUNNING", "counted")
    started = calls.count()
    calls.forget()
    counted.ecs.stop_task(cluster="counted", task=arn)
    wait_status(counted.ecs, arn, "STOPPED", "counted")
    return started, calls.count()


@pytest.mark.parametrize("mode", ["bridge", "host", "none"])
def test_one_task_is_two_to_start_and_one_to_stop(counted, calls, mode):
    started, stopped = start_and_stop(counted, calls, mode)
    assert (started, stopped) == ({"pull": 1, "run": 1}, {"stop": 1})
    wait_cleaned_up(counted)
    # What docker's command line said to the engine for the first is said for the second without it.
    started, stopped = start_and_stop(counted, calls, mode)
    assert (started, stopped) == ({"pull": 1}, {"stop": 1})
    wait_cleaned_up(counted)


def own_part_taken_out(host, task):
    """What docker says of a task's container, without what each container has for itself."""
    found = host.inspect(task["containers"][0]["runtimeId"])
    settings, own = found["Config"], found["HostConfig"]
    values = dict(variable.split("=", 1) for variable in settings.pop("Env"))
    labels = settings.pop("Labels")
    assert settings.pop("Hostname") == found["Id"][:12]
    bound = own.pop("PortBindings")
    ports = sorted(int(binding["HostPort"]) for bindings in bound.values() for binding in bindings)
    told = [b["hostPort"] for b in task["containers"][0]["networkBindings"] if "hostPort" in b]
    assert set(told) < set(ports) and len(ports) == len(told) + 3
    assert labels["com.amazonaws.ecs.task-arn"] == task["taskArn"]
    return {
        "settings": settings, "host": own, "ports": sorted(bound), "labels": sorted(labels), "variables": sorted(values),
        "written": {name: values[name] for name in ("PLAIN", "QUOTED")}, "network": found["HostConfig"]["NetworkMode"],
    }  # fmt: skip


def test_what_starts_without_the_command_is_the_same(counted, calls):
    calls.forget()
    settings = {
        "portMappings": [{"containerPort": 80}, {"containerPort": 81, "protocol": "udp"}, {"containerPortRange": "90-92"}],
        "environment": [{"name": "PLAIN", "value": "x"}, {"name": "QUOTED", "value": "a \"b\" \\ c\nd"}],
        "dockerLabels": {"own": "la\"bel"}, "ulimits": [{"name": "nofile", "softLimit": 100, "hardLimit": 200}],
        "linuxParameters": {"initProcessEnabled": True, "capabilities": {"add": ["NET_ADMIN"], "drop": ["MKNOD"]},
                            "tmpfs": [{"containerPath": "/scratch", "size": 4}]},
        "healthCheck": {"command": ["CMD-SHELL", "true"], "interval": 5}, "user": "1000:1000", "workingDirectory": "/tmp",
        "extraHosts": [{"hostname": "there", "ipAddress": "10.1.2.3"}], "systemControls": [
            {"namespace": "net.ipv4.ip_unprivileged_port_start", "value": "0"}],
        "logConfiguration": {"logDriver": "json-file", "options": {"max-size": "1m"}}, "readonlyRootFilesystem": True,
        "stopTimeout": 3,
    }  # fmt: skip
    definition = register(
        counted.ecs, container(script=wait_for_term, image=f"127.0.0.1:{port}/counted:1", **settings),
        networkMode="bridge",
    )  # fmt: skip
    made = []
    for _ in range(3):
        (task,) = counted.ecs.run_task(cluster="counted", taskDefinition=definition)["tasks"]
        made.append(wait_status(counted.ecs, task["taskArn"], "RUNNING", "counted"))
    assert calls.count()["run"] == 1
    first, *others = [own_part_taken_out(counted.host, task) for task in made]
    for other in others:
        assert other == first
    for task in made:
        counted.ecs.stop_task(cluster="counted", task=task["taskArn"])
    wait_cleaned_up(counted)


def test_a_network_of_its_own_costs_that_task_alone(counted, calls):
    """The pause container that holds it is run, looked at, and removed at the end."""
    # The first one has the image made that pause containers are of, and the command say how they start.
    start_and_stop(counted, calls, "awsvpc")
    # The pause container goes when its task stops; clean-up makes sure of it once more.
    wait_until(lambda: calls.count()["rm"] == 3, "the clean-up", 30)
    calls.forget()
    (arn,) = run(counted, wait_for_term, mode="awsvpc")
    wait_status(counted.ecs, arn, "RUNNING", "counted")
    # The pause container has the task's address in its options, so that none is like the one before.
    assert calls.count() == {"pull": 1, "run": 1, "inspect": 1}
    for mode in ("bridge", "host"):
        assert start_and_stop(counted, calls, mode) == ({"pull": 1}, {"stop": 1})
        # What was cleaned up is not counted to the next.
        wait_until(lambda: "rm" in calls.count(), "the clean-up", 30)
    calls.forget()
    counted.ecs.stop_task(cluster="counted", task=arn)
    wait_status(counted.ecs, arn, "STOPPED", "counted")
    assert calls.count() == {"stop": 1, "rm": 1}


def test_hundred_tasks_are_no_storm(counted, calls):
    """They start, end by themselves, and are cleaned up in batches."""
    calls.forget()
    began = time.monotonic()
    arns = run(counted, "exit 3", count=100)
    for arn in arns:
        assert wait_status(counted.ecs, arn, "STOPPED", "counted", 120)["containers"][0]["exitCode"] == 3
    wait_cleaned_up(counted)
    rounds = (time.monotonic() - began) / clean_up_wait + 1
    counts = calls.count()
    # As many as start at once begin before the first of them was heard to the end.
    assert 1 <= counts["run"] <= 12 and counts["stop"] == 0
    # Those that want the same image at the same time share a pull.
    assert counts["pull"] <= 100
    # One a round, and another if it has more than 50.
    assert counts["rm"] <= rounds + 2, counts
    # Looks at containers whose end came while their start did are few, and events come from one stream.
    assert sum(counts.values()) - counts["run"] - counts["pull"] - counts["rm"] <= 10, counts
    assert calls.most_at_once() <= most_at_once
    print(dict(counts), "at most", calls.most_at_once(), "at once")
