"""What an agent adds on a real host: to a start, to fifty starts, to an end, and when nothing happens."""

import contextlib
import datetime
import glob
import json
import os
import re
import statistics
import subprocess
import time

from harness.controlplane import ControlPlane
from harness.host import Agent, Host, image, remove_leftovers
from harness.places import clean_environment
from harness.tasks import container, register, wait_for_term
from harness.waiting import wait_until

from figures import row, say

#: Measured starts, beside as many of `docker run -d`.
starts = 200
deaths = 50
burst = 50
rest_seconds = 60


@contextlib.contextmanager
def node(folder, arguments=()):
    remove_leftovers()
    plane = ControlPlane(folder / "controlplane", address="0.0.0.0", arguments=arguments)
    host = Host(folder / "host")
    agent = None
    try:
        plane.start()
        host.start()
        agent = Agent(host, plane, folder / "agent")
        agent.start()
        yield plane, host, agent
    finally:
        if agent:
            agent.close()
        host.close()
        plane.close()


def percentile(values, share):
    """By nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def epoch(text):
    moment, fraction = re.fullmatch(r"(.*)\.(\d+)Z", text).groups()
    return datetime.datetime.fromisoformat(moment + "+00:00").timestamp() + float(f"0.{fraction}")


def started_at(host, container_id):
    """When the engine says that the container started, as seconds since the epoch."""
    return epoch(host.inspect(container_id)["State"]["StartedAt"])


def docker_run(network="bridge"):
    """The arguments of the container that the benchmarks' task definitions describe."""
    return [
        "run", "-d", "--network", network, "--memory", "64m", "--memory-reservation", "8m", "--cpu-shares", "2",
        "--entrypoint", "sh", image, "-c", wait_for_term,
    ]  # fmt: skip


def call(connection, operation, **members):
    return json.loads(connection.call(operation, members).body)


def status(connection, arn):
    return call(connection, "DescribeTasks", tasks=[arn])["tasks"][0]


def wait_task(connection, arn, wanted):
    def reached():
        task = status(connection, arn)
        return task if task["lastStatus"] == wanted else None

    return wait_until(reached, wanted, 60, interval=0.002)


def start_latency(folder, hello):
    say(f"start-latency: {starts} starts by RunTask and by docker run -d in turn")
    with node(folder / "latency") as (plane, host, agent):
        definition = register(plane.client(), container(script=wait_for_term, stopTimeout=2, memory=64))
        connection = plane.connection()
        ours, visible, theirs, returned = [], [], [], []

        def by_docker():
            begun = time.time()
            container_id = host.docker(*docker_run()).stdout.strip()
            returned.append(1000 * (time.time() - begun))
            theirs.append(1000 * (started_at(host, container_id) - begun))
            host.docker("rm", "-f", container_id)

        def by_run_task():
            begun = time.time()
            arn = call(connection, "RunTask", taskDefinition=definition)["tasks"][0]["taskArn"]
            task = wait_task(connection, arn, "RUNNING")
            visible.append(1000 * (time.time() - begun))
            ours.append(1000 * (started_at(host, task["containers"][0]["runtimeId"]) - begun))
            call(connection, "StopTask", task=arn)
            wait_task(connection, arn, "STOPPED")

        for _ in range(3):  # warm up: the first starts pay for caches
            by_docker()
            by_run_task()
        for values in (ours, visible, theirs, returned):
            values.clear()
        for _ in range(starts):
            by_docker()
            by_run_task()
        for name, share in (("p50", 0.5), ("p99", 0.99)):
            mine, reference = percentile(ours, share), percentile(theirs, share)
            row(f"start-latency-{name}", mine, "ms", reference, "docker run -d, container started")
            row(f"start-added-{name}", mine - reference, "ms", 20 if name == "p50" else 60, "aim")
            row(
                f"start-latency-seen-{name}", percentile(visible, share), "ms", percentile(returned, share),
                "docker run -d, command returned",
            )  # fmt: skip


def start_burst(folder, hello):
    say(f"start-burst: {burst} tasks at once, beside {burst} docker run -d at once")
    with node(folder / "burst") as (plane, host, agent):
        definition = register(plane.client(), container(script=wait_for_term, stopTimeout=2, memory=64))
        connection = plane.connection()

        def by_docker():
            begun = time.time()
            command = ["docker", "--host", host.docker_host, *docker_run()]
            running = [
                subprocess.Popen(command, stdout=subprocess.DEVNULL, env=clean_environment()) for _ in range(burst)
            ]
            assert all(process.wait(120) == 0 for process in running)
            ids = host.docker("ps", "-q", "--no-trunc").stdout.split()
            last = max(started_at(host, id) for id in ids)
            host.docker("rm", "-f", *ids)
            return last - begun

        def by_run_task():
            begun = time.time()
            answers = [call(connection, "RunTask", taskDefinition=definition, count=10) for _ in range(burst // 10)]
            arns = [task["taskArn"] for answer in answers for task in answer["tasks"]]
            assert len(arns) == burst
            tasks = [wait_task(connection, arn, "RUNNING") for arn in arns]
            last = max(started_at(host, task["containers"][0]["runtimeId"]) for task in tasks)
            for arn in arns:
                call(connection, "StopTask", task=arn)
            for arn in arns:
                wait_task(connection, arn, "STOPPED")
            return last - begun

        theirs, ours = [], []
        for _ in range(3):
            theirs.append(by_docker())
            ours.append(by_run_task())
        row("start-burst", statistics.median(ours), "s", statistics.median(theirs), f"{burst} docker run -d")


def death(folder, hello):
    say(f"death: from the end of a container to DescribeTasks that shows it, {deaths} times")
    with node(folder / "death") as (plane, host, agent):
        definition = register(plane.client(), container(script=wait_for_term, memory=64))
        connection = plane.connection()
        seen = []
        for _ in range(deaths):
            arn = call(connection, "RunTask", taskDefinition=definition)["tasks"][0]["taskArn"]
            container_id = wait_task(connection, arn, "RUNNING")["containers"][0]["runtimeId"]
            os.kill(host.inspect(container_id)["State"]["Pid"], 9)
            wait_task(connection, arn, "STOPPED")
            noticed = time.time()
            seen.append(1000 * (noticed - epoch(host.inspect(container_id)["State"]["FinishedAt"])))
        for name, share in (("p50", 0.5), ("p99", 0.99)):
            row(f"death-seen-{name}", percentile(seen, share), "ms", 100, "aim")


def run_fifty(plane):
    client = plane.client()
    definition = register(client, container(script=wait_for_sleep, cpu=1), networkMode="none")
    arns = [
        task["taskArn"] for _ in range(5) for task in client.run_task(taskDefinition=definition, count=10)["tasks"]
    ]
    if len(arns) != 50:
        raise SystemExit(f"only {len(arns)} of 50 tasks were placed")
    client.get_waiter("tasks_running").wait(tasks=arns, WaiterConfig={"Delay": 1, "MaxAttempts": 120})


#: At rest, unlike a shell that looks twenty times a second.
wait_for_sleep = 'trap "exit 0" TERM; sleep 100000 & wait'
#: The agent lets go of what only starting needed 5 s after it has registered; two heartbeats bring back what is
#: used again.
trim_seconds = 25


def memory(folder, hello):
    say("memory: resident, with 0 and 50 tasks")
    with node(folder / "memory") as (plane, host, agent):

        def measure(count, agent_aim):
            row(f"memory-agent-{count}", agent.process.resident_memory_kib() / 1024, "MiB", agent_aim, "aim")
            row(f"memory-controlplane-{count}", plane.process.resident_memory_kib() / 1024, "MiB", 60, "aim")

        time.sleep(trim_seconds)
        measure(0, 16)
        run_fifty(plane)
        measure(50, 24)


def rest(folder, hello):
    say(f"rest: processor time in {rest_seconds} s with 50 tasks at rest")
    with node(folder / "rest") as (plane, host, agent):
        run_fifty(plane)
        time.sleep(trim_seconds)
        ticks = os.sysconf("SC_CLK_TCK")

        def alone(pid):
            fields = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()
            return sum(map(int, fields[11:15])) / ticks  # its own and its ended children's

        def used(process):
            """With its children that run, such as the one that prints the engine's events."""
            children = [
                int(pid) for task in glob.glob(f"/proc/{process.pid}/task/*/children") for pid in open(task).read().split()
            ]
            return alone(process.pid) + sum(map(alone, children))

        before = used(agent.process), used(plane.process)
        time.sleep(rest_seconds)
        after = used(agent.process), used(plane.process)
        for name, index in (("agent", 0), ("controlplane", 1)):
            share = 100 * (after[index] - before[index]) / rest_seconds
            row(f"rest-{name}-50", share, "% of a core", 0.3 if name == "agent" else None, "aim")
