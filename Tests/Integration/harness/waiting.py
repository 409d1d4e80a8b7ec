"""Waiting on conditions. No test sleeps for a time that somebody guessed."""

import os
import time

#: How many times as long as usual everything may take: on an emulated machine, say.
patience = float(os.environ.get("STEVEDORE_TEST_PATIENCE", "1"))


def wait_until(condition, what, seconds=30.0, interval=0.05):
    """Calls `condition` until it returns something true, and returns that.

    What it returned last, or the exception that it raised last, is part of the failure.
    """
    seconds, interval = seconds * patience, interval * patience
    deadline = time.monotonic() + seconds
    last = None
    while True:
        try:
            last = condition()
            if last:
                return last
        except Exception as error:  # the thing waited for may answer with an error until it is there
            last = error
        if time.monotonic() >= deadline:
            raise AssertionError(f"{what}: not within {seconds:g} s; last: {last!r}")
        time.sleep(interval)
