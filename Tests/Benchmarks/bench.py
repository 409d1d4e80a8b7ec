"""The figures of Tests/bench, which prepares what this needs and says what each figure is."""

import argparse
import contextlib
import datetime
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent / "Integration"))

from harness.controlplane import ControlPlane, free_port  # noqa: E402
from harness.host import Agent, Host, image, remove_leftovers  # noqa: E402
from harness.processes import run  # noqa: E402
from harness.tasks import container, register, register_instance, wait_for_term  # noqa: E402
from harness.waiting import wait_until  # noqa: E402

from api_scale import api_scale  # noqa: E402
from figures import row, rows, say, table  # noqa: E402
from load import wrk  # noqa: E402

window_seconds = 5
windows = 3
connections = 32
#: Measured starts, beside as many of `docker run -d`.
starts = 25

# --- requests a second


def requests_of(port, operation, body):
    return wrk(port, operation, body, connections, window_seconds).requests_per_second


@contextlib.contextmanager
def bare_server(binary, size):
    port = free_port()
    threads = os.cpu_count() or 1
    process = subprocess.Popen([binary, str(port), str(threads), str(size)], stdin=subprocess.PIPE)
    try:
        wait_until(lambda: run(["curl", "-sf", f"http://127.0.0.1:{port}/"]), "the bare server", 5)
        yield port
    finally:
        process.stdin.close()
        process.wait(10)


def requests_per_second(folder, hello, name):
    say(f"{name}: {windows} windows of {window_seconds} s, beside a bare libmicrohttpd server")
    plane = ControlPlane(folder / name, auth="off", agent_timeout_seconds=3600)
    try:
        plane.start()
        client = plane.client()
        client.create_cluster(clusterName="default")
        for _ in range(100):
            register_instance(client, "default", cpu=1_000_000_000, memory=1_000_000_000)
        definition = register(client, container(cpu=1))
        task = client.run_task(taskDefinition=definition)["tasks"][0]["taskArn"]
        operation, body = {
            "describe-tasks": ("DescribeTasks", {"tasks": [task]}),
            "run-task": ("RunTask", {"taskDefinition": definition}),
        }[name]
        size = len(plane.connection().call(operation, body).body)
        ours, theirs = [], []
        with bare_server(hello, size) as bare:
            for _ in range(windows):
                theirs.append(requests_of(bare, operation, body))
                ours.append(requests_of(plane.port, operation, body))
        row(name, statistics.median(ours), "requests/s", statistics.median(theirs), "bare libmicrohttpd")
    finally:
        plane.close()


# --- a host with an engine


@contextlib.contextmanager
def node(folder):
    remove_leftovers()
    plane = ControlPlane(folder / "controlplane", address="0.0.0.0")
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


def started_at(host, container_id):
    """When the engine says that the container started, as seconds since the epoch."""
    text = host.inspect(container_id)["State"]["StartedAt"]
    moment, fraction = re.fullmatch(r"(.*)\.(\d+)Z", text).groups()
    return datetime.datetime.fromisoformat(moment + "+00:00").timestamp() + float(f"0.{fraction}")


def start_latency(folder, hello):
    say(f"start-latency: {starts} starts by RunTask and by docker run -d in turn")
    with node(folder / "latency") as (plane, host, agent):
        client = plane.client()
        definition = register(client, container(script=wait_for_term, stopTimeout=2, memory=64))
        ours, visible, theirs, returned = [], [], [], []

        def by_docker():
            begun = time.time()
            container_id = host.docker(
                "run", "-d", "--memory", "64m", "--memory-reservation", "8m", "--cpu-shares", "2",
                "--entrypoint", "sh", image, "-c", wait_for_term,
            ).stdout.strip()  # fmt: skip
            returned.append(time.time() - begun)
            theirs.append(started_at(host, container_id) - begun)
            host.docker("rm", "-f", container_id)

        def by_run_task():
            begun = time.time()
            arn = client.run_task(taskDefinition=definition)["tasks"][0]["taskArn"]

            def running():
                task = client.describe_tasks(tasks=[arn])["tasks"][0]
                return task if task["lastStatus"] == "RUNNING" else None

            task = wait_until(running, "RUNNING", 30, interval=0.005)
            visible.append(time.time() - begun)
            ours.append(started_at(host, task["containers"][0]["runtimeId"]) - begun)
            client.stop_task(task=arn)
            wait_until(
                lambda: client.describe_tasks(tasks=[arn])["tasks"][0]["lastStatus"] == "STOPPED", "STOPPED", 30
            )

        for _ in range(3):  # warm up: the first starts pay for caches
            by_docker()
            by_run_task()
        for values in (ours, visible, theirs, returned):
            values.clear()
        for _ in range(starts):
            by_docker()
            by_run_task()
        median = {name: 1000 * statistics.median(v) for name, v in
                  (("ours", ours), ("visible", visible), ("theirs", theirs), ("returned", returned))}  # fmt: skip
        row("start-latency", median["ours"], "ms", median["theirs"], "docker run -d, container started")
        row("start-latency-seen", median["visible"], "ms", median["returned"], "docker run -d, command returned")


def memory(folder, hello):
    say("memory: resident, with 0 and 50 tasks")
    with node(folder / "memory") as (plane, host, agent):
        client = plane.client()

        def measure(count):
            # Aims, and no measurements: 25 MiB for the agent, 60 for the control plane.
            row(f"memory-agent-{count}", agent.process.resident_memory_kib() / 1024, "MiB", 25, "aim")
            row(f"memory-controlplane-{count}", plane.process.resident_memory_kib() / 1024, "MiB", 60, "aim")

        measure(0)
        definition = register(client, container(script=wait_for_term, cpu=1), networkMode="none")
        arns = [
            task["taskArn"]
            for _ in range(5)
            for task in client.run_task(taskDefinition=definition, count=10)["tasks"]
        ]
        if len(arns) != 50:
            raise SystemExit(f"only {len(arns)} of 50 tasks were placed")
        client.get_waiter("tasks_running").wait(tasks=arns, WaiterConfig={"Delay": 1, "MaxAttempts": 120})
        measure(50)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--hello", required=True)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    benchmarks = {
        "describe-tasks": lambda folder, hello: requests_per_second(folder, hello, "describe-tasks"),
        "run-task": lambda folder, hello: requests_per_second(folder, hello, "run-task"),
        "start-latency": start_latency,
        "memory": memory,
        "api-scale": api_scale,
    }
    with tempfile.TemporaryDirectory(prefix="stevedore-bench-") as folder:
        for name in arguments.names or benchmarks:
            benchmarks[name](pathlib.Path(folder), arguments.hello)
    if arguments.json:
        json.dump(rows, sys.stdout, indent=2)
        print()
    else:
        table()


main()
