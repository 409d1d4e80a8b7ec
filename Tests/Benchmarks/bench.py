"""The figures of Tests/bench, which prepares what this needs and says what each figure is."""

import argparse
import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent / "Integration"))

from harness.controlplane import ControlPlane, free_port  # noqa: E402
from harness.processes import run  # noqa: E402
from harness.tasks import container, register, register_instance  # noqa: E402
from harness.waiting import wait_until  # noqa: E402

from api_scale import api_scale  # noqa: E402
from figures import row, rows, say, table  # noqa: E402
from hosts import death, memory, rest, start_burst, start_latency  # noqa: E402
from launches import fleet, latency, launches, two_million  # noqa: E402
from load import wrk  # noqa: E402
from lost_host import lost_host  # noqa: E402
from placement import placement  # noqa: E402
from services import idle_services_cost, services  # noqa: E402

window_seconds = 5
windows = 3
connections = 32

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
        "start-burst": start_burst,
        "death": death,
        "memory": memory,
        "rest": rest,
        "placement": placement,
        "api-scale": api_scale,
        "launches": launches,
        "latency": latency,
        "fleet": fleet,
        "two-million": two_million,
        "lost-host": lost_host,
        "services": services,
        "idle-services": idle_services_cost,
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
