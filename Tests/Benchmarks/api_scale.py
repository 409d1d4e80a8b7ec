"""api-scale: what a call costs with 10,000 and 100,000 tasks in the cluster, beside the same call with 1,000.

Two control planes run side by side: one keeps its 1,000 tasks, the other grows. Each call is measured on both in turn,
over one connection, so that latency is the server's own time. Of a few windows the best one counts: what else the
machine does can only add to a latency.
"""

import http.client
import json
import threading
import time

from harness.controlplane import ControlPlane, done_operations
from harness.signing import request_headers
from harness.tasks import capabilities, container, register

from figures import row, say
from load import wrk

sizes = (10_000, 100_000)
reference_size = 1_000
tasks_per_instance = 20
revisions = 1_000
stopped_share = 0.125
#: Of five RunTask calls one is of the second family and starter, so that filters select a part.
rare_every = 5
window_seconds = 1
windows = 5
clients = 8
#: Timed RunTask calls in a window.
run_task_calls = 30
cluster = "scale"


class Site:
    """A control plane with a cluster that grows."""

    def __init__(self, folder):
        self.plane = ControlPlane(folder, auth="off", agent_timeout_seconds=3600, arguments=["--log-level", "error"])
        self.plane.start()
        self.client = self.plane.client()
        self.client.create_cluster(clusterName=cluster)
        self.instances = []
        self.tasks = 0
        self.families = 0
        for family in ("common", "rare"):
            register(self.client, container(cpu=1), family=family)

    def close(self):
        self.plane.close()

    def grow(self, size):
        """More instances and tasks through the API, until there are `size`. Returns the last tenth's tasks/s."""
        begun = time.monotonic()
        resources = [
            {"name": "CPU", "type": "INTEGER", "integerValue": 1_000_000},
            {"name": "MEMORY", "type": "INTEGER", "integerValue": 1_000_000},
            {"name": "PORTS", "type": "STRINGSET", "stringSetValue": ["22"]},
            {"name": "PORTS_UDP", "type": "STRINGSET", "stringSetValue": []},
        ]
        instance = {"cluster": cluster, "totalResources": resources, "attributes": capabilities}
        register_one = ("RegisterContainerInstance", instance)
        answers = self._all([register_one] * (size // tasks_per_instance - len(self.instances)))
        self.instances += [answer["containerInstance"]["containerInstanceArn"] for answer in answers]
        calls = []
        for number in range((size - self.tasks) // 10):
            kind = "rare" if number % rare_every == 0 else "common"
            calls.append(
                ("RunTask", {"cluster": cluster, "taskDefinition": kind, "count": 10, "startedBy": f"{kind}-starter"})
            )
        last = max(min(100, len(calls)), len(calls) // 10)
        self._all(calls[:-last], parse=False)
        timed = time.monotonic()
        self._all(calls[-last:], parse=False)
        rate = 10 * last / (time.monotonic() - timed)
        self.tasks = size
        seconds = time.monotonic() - begun
        say(f"api-scale: {size} tasks on {len(self.instances)} instances after {seconds:.0f} s")
        self.arns, self.middle = self._walk()
        stop = self.arns[:: int(1 / stopped_share)]
        self._all(
            [("SubmitTaskStateChange", {"cluster": cluster, "task": arn, "status": "STOPPED"}) for arn in stop],
            parse=False,
        )
        self.arns = sorted(set(self.arns) - set(stop))
        return rate

    def _walk(self):
        """Every running task, and the token of the page in the middle."""
        arns, tokens, token = [], [], None
        while True:
            request = {"cluster": cluster} | ({"nextToken": token} if token else {})
            (answer,) = self._all([("ListTasks", request)])
            arns += answer["taskArns"]
            token = answer.get("nextToken")
            if not token:
                return arns, tokens[len(tokens) // 2]
            tokens.append(token)

    def _all(self, calls, parse=True):
        """Sends many calls over some connections; answers in order. A refusal or a failure ends the run."""
        answers = [None] * len(calls)
        wrong = []
        numbers = iter(range(len(calls)))
        lock = threading.Lock()

        def work():
            connection = http.client.HTTPConnection("127.0.0.1", self.plane.port, timeout=60)
            while not wrong:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    break
                operation, body = calls[number]
                connection.request("POST", "/", json.dumps(body), request_headers(operation))
                response = connection.getresponse()
                data = response.read()
                if response.status != 200 or (operation == "RunTask" and b'"failures":[]' not in data):
                    wrong.append(f"{operation}: {response.status} {data[:300]}")
                answers[number] = json.loads(data) if parse and not wrong else None
            connection.close()

        threads = [threading.Thread(target=work) for _ in range(min(clients, len(calls)))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if wrong:
            raise SystemExit(wrong[0])
        return answers

    def time_calls(self, operation, body, count):
        """Microseconds of each of some calls, one after the other."""
        connection = http.client.HTTPConnection("127.0.0.1", self.plane.port, timeout=60)
        times = []
        for _ in range(count):
            begun = time.perf_counter()
            connection.request("POST", "/", json.dumps(body), request_headers(operation))
            response = connection.getresponse()
            data = response.read()
            times.append(1e6 * (time.perf_counter() - begun))
            if response.status != 200 or b'"failures":[]' not in data:
                raise SystemExit(f"{operation}: {response.status} {data[:300]}")
        connection.close()
        return times

    def new_family(self):
        """A family with a thousand revisions. Calls that register more need one that nobody has added to."""
        self.families += 1
        family = f"revisions-{self.families}"
        body = {"family": family, "containerDefinitions": [{"name": "c", "image": "i", "memory": 8}]}
        self._all([("RegisterTaskDefinition", body)] * revisions, parse=False)
        return body

    def calls(self):
        """Name, operation and body of everything that is measured."""
        registration = self.new_family()
        family = registration["family"]
        (page,) = self._all([("ListTaskDefinitions", {"familyPrefix": family})])
        spread = self.arns[:: max(1, len(self.arns) // 100)][:100]
        here = {"cluster": cluster}
        yield "DescribeTasks of 100", "DescribeTasks", here | {"tasks": spread}
        yield "ListTasks first page", "ListTasks", here
        yield "ListTasks middle page", "ListTasks", here | {"nextToken": self.middle}
        yield "ListTasks by family", "ListTasks", here | {"family": "rare"}
        yield "ListTasks by startedBy", "ListTasks", here | {"startedBy": "rare-starter"}
        instance = self.instances[len(self.instances) // 2]
        yield "ListTasks by instance", "ListTasks", here | {"containerInstance": instance}
        yield "ListTasks stopped", "ListTasks", here | {"desiredStatus": "STOPPED"}
        yield "DescribeClusters statistics", "DescribeClusters", {"clusters": [cluster], "include": ["STATISTICS"]}
        yield "ListContainerInstances page", "ListContainerInstances", here | {"maxResults": 50}
        yield "DescribeContainerInstances of 10", "DescribeContainerInstances", here | {
            "containerInstances": self.instances[:10]
        }
        if "ListAttributes" in done_operations():
            yield "ListAttributes page", "ListAttributes", here | {"targetType": "container-instance"}
        yield "ListTaskDefinitions page", "ListTaskDefinitions", {
            "familyPrefix": family, "nextToken": page["nextToken"]
        }  # fmt: skip
        yield "RegisterTaskDefinition", "RegisterTaskDefinition", registration


def api_scale(folder, hello):
    say(f"api-scale: {windows} windows of {window_seconds} s a call, one connection, beside {reference_size} tasks")
    small, large = Site(folder / "small"), Site(folder / "large")
    try:
        reference_rate = small.grow(reference_size)
        for size in sizes:
            rate = large.grow(size)
            name = f"RunTask of 10, {clients} connections, up to {size} tasks"
            row(name, rate, "tasks/s", reference_rate, "1,000 tasks")
            compare(size, small, large)
            compare_run_task(size, small, large)
            memory = [site.plane.process.resident_memory_kib() / 1024 for site in (large, small)]
            row(f"memory, {size} tasks", memory[0], "MiB", memory[1], "1,000 tasks")
    finally:
        small.close()
        large.close()


def compare_run_task(size, small, large):
    """Few calls, by hand: each adds ten tasks, and the small cluster is to stay small."""
    body = {"cluster": cluster, "taskDefinition": "common", "count": 10}
    samples = {small: [], large: []}
    for _ in range(windows):
        for site in (small, large):
            samples[site].append(sorted(site.time_calls("RunTask", body, run_task_calls)))
    for percentile, index in (("p50", 0.5), ("p99", 0.99)):
        value, reference = (min(times[int(index * len(times))] for times in samples[site]) for site in (large, small))
        row(f"RunTask of 10, {size} tasks, {percentile}", value, "us", reference, "1,000 tasks")


def compare(size, small, large):
    for (name, operation, theirs), (_, _, ours) in zip(small.calls(), large.calls(), strict=True):
        samples = {site: [] for site in (small, large)}
        for _ in range(windows):
            for site, body in ((small, theirs), (large, ours)):
                samples[site].append(wrk(site.plane.port, operation, body, 1, window_seconds))
        for percentile in ("p50", "p99"):
            value, reference = (min(getattr(load, percentile) for load in samples[site]) for site in (large, small))
            row(f"{name}, {size} tasks, {percentile}", value, "us", reference, "1,000 tasks")
