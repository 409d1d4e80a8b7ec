"""A client that asks the tasks of a service without a break, and knows them as service discovery would."""

import collections
import itertools
import threading
import time


class Traffic:
    """Asks tasks in turn. Those are asked that DescribeTasks shows RUNNING, HEALTHY and to go on: found out anew every
    `refresh_seconds`, and never older than `stale_seconds` when a request begins. Such a request must be answered, since
    a task that is to stop has its stop time-out to go on serving: that is all that can be had without a load balancer.

    A context: ask it within, and look at `answers` and `failures` afterwards.
    """

    refresh_seconds = 0.1
    stale_seconds = 1.0

    def __init__(self, node, service):
        self.node = node
        self.service = service
        #: How often each page was seen.
        self.answers = collections.Counter()
        self.failures = []
        self._targets = (0.0, [])
        self._over = threading.Event()
        self._threads = [threading.Thread(target=part) for part in (self._discover, self._ask, self._ask)]

    def _found(self):
        """The ports of those that may be asked."""
        arns = self.node.ecs.list_tasks(serviceName=self.service, desiredStatus="RUNNING")["taskArns"]
        tasks = self.node.ecs.describe_tasks(tasks=arns)["tasks"] if arns else []
        return [
            task["containers"][0]["networkBindings"][0]["hostPort"]
            for task in tasks
            if (task["lastStatus"], task["desiredStatus"], task["healthStatus"]) == ("RUNNING", "RUNNING", "HEALTHY")
        ]

    def _discover(self):
        while not self._over.wait(self.refresh_seconds):
            asked = time.monotonic()
            try:
                self._targets = (asked, self._found())
            except Exception as error:  # whatever it is, it is what the test is about
                self.failures.append(f"discovery: {error!r}")

    def _ask(self):
        for turn in itertools.count():
            if self._over.wait(0.005):
                return
            asked, ports = self._targets
            if time.monotonic() - asked > self.stale_seconds:
                continue  # this machine is busy, and the list says nothing of now
            if not ports:
                self.failures.append("there is nobody to ask")
                continue
            port = ports[turn % len(ports)]
            try:
                self.answers[self.node.host.fetch(port).strip()] += 1
            except OSError as error:
                self.failures.append(f"port {port}: {error!r}")

    def __enter__(self):
        self._targets = (time.monotonic(), self._found())
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        for thread in self._threads:
            thread.join()
