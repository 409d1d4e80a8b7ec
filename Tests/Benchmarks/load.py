"""wrk: many times the same request, timed by something that costs less than what it measures."""

import json
import pathlib
import re
from dataclasses import dataclass

from harness.places import clean_environment
from harness.processes import run

_here = pathlib.Path(__file__).resolve().parent


@dataclass
class Load:
    requests_per_second: float
    #: Latency in microseconds, half and 99 of 100 requests.
    p50: float
    p99: float


def wrk(port, operation, body, connections, seconds):
    """One window. Anything but 200 for every request is a failure, not a figure."""
    environment = clean_environment(BENCH_OPERATION=operation, BENCH_BODY=json.dumps(body))
    output = run(
        ["wrk", "-t", "1", "-c", connections, "-d", f"{seconds}s", "-s", _here / "post.lua",
         f"http://127.0.0.1:{port}/"],
        environment=environment,
    ).stdout  # fmt: skip
    if "Non-2xx" in output or "Socket errors" in output:
        raise SystemExit(f"{operation}: not every request was answered with 200\n{output}")
    p50, p99 = map(float, re.search(r"latency-us ([\d.]+) ([\d.]+)", output).groups())
    return Load(float(re.search(r"Requests/sec:\s*([\d.]+)", output)[1]), p50, p99)
