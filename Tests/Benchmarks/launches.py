"""Simulated agents and API clients at the real API, by the load generator: launches, latencies, rest, restarts."""

import contextlib
import json
import os
import sqlite3
import subprocess
import time

from harness.controlplane import ControlPlane
from harness.places import executable, region
from harness.tasks import container, register

from figures import row, say

cluster = "load"
#: Seconds between two batches of one simulated agent at least; what queued meanwhile goes in one.
report_interval = float(os.environ.get("BENCH_REPORT_INTERVAL", "5"))
start_delay = 0.2
agent_timeout = 30
api_connections = int(os.environ.get("BENCH_CONNECTIONS", "32"))
report_connections = 64
agents = int(os.environ.get("BENCH_AGENTS", "10000"))
#: Of the machine's processor time, for figures that say what a process took.
ticks = os.sysconf("SC_CLK_TCK")


class Generator:
    """The load generator's process: one command at a time."""

    def __init__(self, plane, folder):
        signing = plane.signing
        settings = {
            "port": plane.port, "access-key": signing.access_key, "secret-key": signing.secret_key, "region": region,
            "join-token": plane.join_token, "cluster": cluster, "start-delay": start_delay,
            "report-interval": report_interval, "connections": api_connections,
            "report-connections": report_connections,
        }  # fmt: skip
        self.process = subprocess.Popen(
            [executable("stevedore-load-generator"), *(f"{name}={value}" for name, value in settings.items())],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def begin(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()

    def end(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("the load generator ended")
        return json.loads(line)

    def do(self, *words):
        self.begin(*words)
        return self.end()

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)


class Site:
    """A control plane with its agents."""

    def __init__(self, folder, count):
        self.plane = ControlPlane(
            folder, auth="on", agent_timeout_seconds=agent_timeout, arguments=["--log-level", "warning"])
        self.plane.start()
        client = self.plane.client()
        client.create_cluster(clusterName=cluster)
        register(client, container(name="main", cpu=1, memory=8), family="load")
        self.generator = Generator(self.plane, folder)
        self.registered = self.generator.do("agents", count)
        #: With all agents connected and no tasks.
        self.memory_at_rest = self.memory_mib

    @property
    def pid(self):
        return self.plane.process.pid

    def close(self):
        self.generator.close()
        self.plane.close()

    def processor_seconds(self):
        return processor_seconds(self.pid), processor_seconds(self.generator.process.pid)

    @property
    def memory_mib(self):
        return self.plane.process.resident_memory_kib() / 1024

    def restart(self):
        """kill -9, start again. Returns seconds until it serves."""
        self.plane.kill()
        begun = time.monotonic()
        self.plane.start()
        return time.monotonic() - begun


def processor_seconds(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / ticks


@contextlib.contextmanager
def site(folder, count=agents):
    opened = Site(folder, count)
    try:
        yield opened
    finally:
        opened.close()


def sqlite_rows_per_second(folder, rows=200_000, batch=100):
    """Plain SQLite as the store uses it: so many rows of 256 bytes a transaction, each transaction on disk."""
    path = folder / "reference.sqlite"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE record (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID")
    value = os.urandom(256)
    begun = time.monotonic()
    for first in range(0, rows, batch):
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO record VALUES (?, ?)", ((f"{number:032x}", value) for number in range(first, first + batch)))
        connection.execute("COMMIT")
    rate = rows / (time.monotonic() - begun)
    connection.close()
    path.unlink()
    return rate


def confirm(generator, what):
    found = generator.do("verify")
    if found["missing"]:
        raise SystemExit(f"{what}: {found['missing']} of {found['acknowledged']} acknowledged tasks are missing")
    return found


def launches(folder, hello):
    seconds = int(os.environ.get("BENCH_SECONDS", "60"))
    requests = int(os.environ.get("BENCH_REQUESTS", "0"))
    say(f"launches: RunTask of 10 with 2 KB for {seconds} s, {agents} agents, a batch of reports each {report_interval} s")
    reference = sqlite_rows_per_second(folder)
    with site(folder / "launches") as here:
        probe = here.generator.do("launch", 500, "max", api_connections)
        if probe["failures"]:
            raise SystemExit("launches: tasks cannot be placed")
        requests = requests or int(probe["tasks"] / probe["seconds"] / 10 * seconds)
        before = here.processor_seconds()
        done = here.generator.do("launch", requests, "max", api_connections)
        after = here.processor_seconds()
        here.generator.do("settle")
        if done["failures"]:
            raise SystemExit(f"launches: {done['failures']} failures")
        row("durable launches", done["tasks"] / done["seconds"], "tasks/s", reference, "plain SQLite, rows/s")
        row("RunTask of 10, p50", done["p50"] / 1000, "ms")
        row("RunTask of 10, p99", done["p99"] / 1000, "ms")
        row("processor of the control plane", (after[0] - before[0]) / done["seconds"], "cores")
        row("processor of the load generator", (after[1] - before[1]) / done["seconds"], "cores")
        row("memory of the control plane", here.memory_mib, "MiB")
        grown_mib = here.memory_mib - here.memory_at_rest
        row("memory a task, all included but what agents take", 1024 * grown_mib / (done["tasks"] + 5000), "KiB")
        row("last tenth to first", done["lastTenth"] / max(1, done["firstTenth"]), "")
        confirm(here.generator, "before the crash")
        row("kill -9 to serving", here.restart(), "s")
        back = here.generator.do("reconnected")
        row("all agents reconnected", back["seconds"], "s")
        found = confirm(here.generator, "after the crash")
        row("acknowledged tasks that are there", found["acknowledged"] - found["missing"], "tasks")


def two_million(folder, hello):
    """As many tasks as HashiCorp's C2M, which took 22 min 14 s with three servers."""
    tasks = int(os.environ.get("BENCH_TASKS", "2000000"))
    say(f"two-million: {tasks} tasks by RunTask of 10 with 2 KB on {agents} agents, each durable")
    reference = sqlite_rows_per_second(folder)
    with site(folder / "two-million") as here:
        before = here.processor_seconds()
        done = here.generator.do("launch", tasks // 10, "max", api_connections)
        after = here.processor_seconds()
        settled = here.generator.do("settle")
        row("all tasks placed", done["seconds"], "s")
        row("all tasks RUNNING", done["seconds"] + settled["seconds"], "s")
        row("rate", done["tasks"] / done["seconds"], "tasks/s", reference, "plain SQLite, rows/s")
        row("last tenth", done["lastTenth"], "tasks/s", done["firstTenth"], "first tenth")
        row("processor of the control plane, a task", 1e6 * (after[0] - before[0]) / done["tasks"], "us")
        row("memory of the control plane", here.memory_mib, "MiB")
        row("failures", done["failures"], "")
        row("kill -9 to serving", here.restart(), "s")
        here.generator.do("reconnected")
        found = confirm(here.generator, "after the crash")
        row("acknowledged tasks that are there", found["acknowledged"] - found["missing"], "tasks")


def grown(here, tasks):
    done = here.generator.do("launch", tasks // 10, "max", api_connections)
    here.generator.do("settle")
    if done["failures"]:
        raise SystemExit("tasks cannot be placed")


def latency(folder, hello):
    """Open loop: each request at its time, whether or not the one before was answered."""
    seconds = int(os.environ.get("BENCH_SECONDS", "20"))
    say(f"latency: steady rates for {seconds} s each, {agents} agents")
    with site(folder / "latency") as here:
        grown(here, 100_000)
        reads = here.generator.do("read", 20_000 * seconds, 20_000)
        row("Describe and List at 20,000/s, p50", reads["p50"] / 1000, "ms")
        row("Describe and List at 20,000/s, p99", reads["p99"] / 1000, "ms")
        row("Describe and List, answered", reads["requests"] / reads["seconds"], "requests/s")
        calls = here.generator.do("launch", 1_000 * seconds, 1_000, api_connections)
        row("RunTask of 10 at 1,000/s, p50", calls["p50"] / 1000, "ms")
        row("RunTask of 10 at 1,000/s, p99", calls["p99"] / 1000, "ms")
        row("RunTask of 10, answered", calls["requests"] / calls["seconds"], "requests/s")


def fleet(folder, hello):
    """Agents at rest, and after a crash of the control plane."""
    seconds = int(os.environ.get("BENCH_SECONDS", "60"))
    tasks = int(os.environ.get("BENCH_TASKS", "100000"))
    say(f"fleet: {agents} agents at rest with {tasks} tasks for {seconds} s, then kill -9")
    with site(folder / "fleet") as here:
        grown(here, tasks)
        before = here.processor_seconds()
        time.sleep(seconds)
        after = here.processor_seconds()
        row("processor of the control plane at rest", 100 * (after[0] - before[0]) / seconds, "% of a core")
        row("memory of the control plane", here.memory_mib, "MiB")
        refused = here.generator.do("reconnected")["refused"]
        say(f"refused until now: {refused}")
        row("kill -9 to serving", here.restart(), "s")
        back = here.generator.do("reconnected")
        row("all agents reconnected", back["seconds"], "s")
        for what in {"stream 503": 0, **back["refused"]}:
            row(f"refused meanwhile: {what}", back["refused"].get(what, 0) - refused.get(what, 0), "")
        confirm(here.generator, "after the crash")
