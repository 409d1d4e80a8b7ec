"""Placements a second by the core alone: a Swift program times them, and its rows are taken over."""

import json
import os
import pathlib
import subprocess

from figures import row, say


def placement(folder, hello):
    say("placement: the core alone, in one thread, beside a naive scan of the same cluster")
    binary = pathlib.Path(os.environ["STEVEDORE_BINARIES"]) / "stevedore-placement-benchmark"
    process = subprocess.Popen([binary], stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        found = json.loads(line)
        row(found["name"], found["value"], found["unit"], found.get("reference"), found.get("of", ""))
    if process.wait() != 0:
        raise RuntimeError(f"{binary} ended with {process.returncode}")
