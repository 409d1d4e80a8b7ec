"""kill -9 at random instants while clients write: whatever was acknowledged is there afterwards.

STEVEDORE_CRASH_SEED replays the choices (not the interleaving); STEVEDORE_CRASH_ROUNDS says how many kills.
"""

import http.client
import os
import random
import threading
import time
from dataclasses import dataclass, field

import pytest

from harness.controlplane import ControlPlane
from harness.signing import Connection
from harness.waiting import wait_until

pytestmark = pytest.mark.crash

rounds = int(os.environ.get("STEVEDORE_CRASH_ROUNDS", "200"))
clients = 4
families = [f"crash-{number}" for number in range(3)]
#: What one task takes; the definition is registered once, before the first kill.
task_cpu, task_memory = 10, 8
reserved_ports = ["22"]
#: Task definitions `crash-port-PORT` want that one host port, so only one task of each can live.
static_ports = range(20_000, 20_040)


@dataclass
class Acknowledged:
    """What the control plane said that it did. Guarded by `lock`."""

    clusters: dict = field(default_factory=dict)
    revisions: dict = field(default_factory=dict)
    tasks: dict = field(default_factory=dict)
    tokens: dict = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    calls: int = 0


class Refused(Exception):
    """An answer that says no, as opposed to no answer."""


class Writer:
    """A client that writes until its connection breaks, and notes what was acknowledged."""

    def __init__(self, plane, known, seed, name):
        self.connection = Connection("127.0.0.1", plane.port, seconds=20)
        self.known = known
        self.random = random.Random(seed)
        self.name = name
        self.count = 0
        self.fault = None
        #: RunTask requests whose answer never came: they happened once or not at all.
        self.unanswered = None
        self.mine = []
        self.running = []

    def call(self, operation, body):
        answer = self.connection.call(operation, body)
        if answer.status != 200:
            raise Refused(f"{operation} {body}: {answer.status} {answer.body!r}")
        with self.known.lock:
            self.known.calls += 1
        return answer.json

    def run(self):
        actions = [self.create_cluster, self.register, self.run_task, self.run_task, self.stop_task, self.delete_cluster]
        try:
            while True:
                self.random.choice(actions)()
        except (OSError, http.client.HTTPException) as error:
            self.ended_by = error  # killed, as planned
        except Exception as error:  # judged by the test, in its own thread
            self.fault = error

    def unique(self):
        self.count += 1
        return f"{self.name}-{self.count}"

    def create_cluster(self):
        name = self.unique()
        self.call("CreateCluster", {"clusterName": name})
        with self.known.lock:
            self.known.clusters[name] = "ACTIVE"
        self.mine.append(name)

    def delete_cluster(self):
        if not self.mine:
            return
        name = self.mine.pop()
        with self.known.lock:
            # From here to the answer either is right.
            self.known.clusters[name] = None
        self.call("DeleteCluster", {"cluster": name})
        with self.known.lock:
            self.known.clusters[name] = "INACTIVE"

    def register(self):
        family, mark = self.random.choice(families), self.unique()
        container = {"name": "c", "image": "i", "memory": 8, "environment": [{"name": "MARK", "value": mark}]}
        answer = self.call("RegisterTaskDefinition", {"family": family, "containerDefinitions": [container]})
        key = (family, answer["taskDefinition"]["revision"])
        with self.known.lock:
            assert key not in self.known.revisions, f"revision {key} was given twice"
            self.known.revisions[key] = mark

    def run_task(self):
        token = self.unique()
        definition = self.random.choice(["crash-task", f"crash-port-{self.random.choice(static_ports)}"])
        body = {
            "cluster": "crash", "taskDefinition": definition, "clientToken": token, "startedBy": token,
            "count": self.random.choice([1, 1, 2, 3]),
        }  # fmt: skip
        self.unanswered = body
        answer = self.call("RunTask", body)
        self.unanswered = None
        arns = [task["taskArn"] for task in answer["tasks"]]
        with self.known.lock:
            self.known.tokens[token] = arns
            for arn in arns:
                self.known.tasks[arn] = "RUNNING"
        self.running += arns

    def stop_task(self):
        # Each writer stops its own, so that what it knows is all there is to know.
        if not self.running:
            return
        arn = self.running.pop()
        with self.known.lock:
            self.known.tasks[arn] = None
        self.call("StopTask", {"cluster": "crash", "task": arn})
        self.call("SubmitTaskStateChange", {"cluster": "crash", "task": arn, "status": "STOPPED"})
        with self.known.lock:
            self.known.tasks[arn] = "STOPPED"


class Checker:
    def __init__(self, plane, known):
        self.connection = Connection("127.0.0.1", plane.port, seconds=60)
        self.known = known

    def call(self, operation, body):
        answer = self.connection.call(operation, body)
        assert answer.status == 200, (operation, answer.body)
        return answer.json

    def pages(self, operation, key, **body):
        token = None
        while True:
            answer = self.call(operation, {**body, **({"nextToken": token} if token else {})})
            yield from answer[key]
            token = answer.get("nextToken")
            if not token:
                return

    def check_clusters(self, names):
        for start in range(0, len(names), 100):
            part = names[start : start + 100]
            answer = self.call("DescribeClusters", {"clusters": part})
            status = {cluster["clusterName"]: cluster["status"] for cluster in answer["clusters"]}
            for name in part:
                expected = self.known.clusters[name]
                found = status.get(name)
                assert found == expected or (expected is None and found in ("ACTIVE", "INACTIVE")), (
                    f"cluster {name} is {found}, acknowledged as {expected}"
                )

    def check_revisions(self, keys):
        for family, revision in keys:
            body = {"taskDefinition": f"{family}:{revision}"}
            found = self.call("DescribeTaskDefinition", body)["taskDefinition"]["containerDefinitions"][0]
            mark = found["environment"][0]["value"]
            assert mark == self.known.revisions[family, revision], f"{family}:{revision} is another's: {mark}"

    def check_tasks(self, arns):
        for start in range(0, len(arns), 100):
            part = arns[start : start + 100]
            answer = self.call("DescribeTasks", {"cluster": "crash", "tasks": part})
            assert answer["failures"] == [], answer["failures"]
            for task in answer["tasks"]:
                expected = self.known.tasks[task["taskArn"]]
                if expected == "STOPPED":
                    assert task["lastStatus"] == "STOPPED", task
                elif expected == "RUNNING":
                    assert task["desiredStatus"] == "RUNNING", task

    def settle_unanswered(self, writers):
        """The same request again gives the tasks of the first, or makes them now: exactly one set either way."""
        for body in (writer.unanswered for writer in writers if writer.unanswered):
            arns = [task["taskArn"] for task in self.call("RunTask", body)["tasks"]]
            listed = list(self.pages("ListTasks", "taskArns", cluster="crash", startedBy=body["startedBy"]))
            assert sorted(listed) == sorted(arns), f"{body['clientToken']} ran more than once"
            self.known.tokens[body["clientToken"]] = arns
            for arn in arns:
                self.known.tasks[arn] = "RUNNING"

    def check_reservations(self, instance):
        """What the host has left is what it has, less what its live tasks take: no more, no less, no port twice."""
        live = []
        running = list(self.pages("ListTasks", "taskArns", cluster="crash"))
        # Those that were asked to stop, and whose end was not acknowledged.
        stopping = [arn for arn, state in self.known.tasks.items() if state is None]
        for arns in (running, [arn for arn in stopping if arn not in set(running)]):
            for start in range(0, len(arns), 100):
                tasks = self.call("DescribeTasks", {"cluster": "crash", "tasks": arns[start : start + 100]})["tasks"]
                live += [task for task in tasks if task["lastStatus"] != "STOPPED"]
        described = self.call("DescribeContainerInstances", {"cluster": "crash", "containerInstances": [instance]})
        only = described["containerInstances"][0]

        def resources(key):
            return {
                r["name"]: r["stringSetValue"] if r["type"] == "STRINGSET" else r["integerValue"] for r in only[key]
            }

        has, left = resources("registeredResources"), resources("remainingResources")
        assert has["CPU"] - left["CPU"] == task_cpu * len(live)
        assert has["MEMORY"] - left["MEMORY"] == task_memory * len(live)
        families = [task["taskDefinitionArn"].split("/")[-1].split(":")[0] for task in live]
        ports = [family.removeprefix("crash-port-") for family in families if family.startswith("crash-port-")]
        assert len(ports) == len(set(ports)), f"two live tasks have the same host port: {sorted(ports)}"
        assert sorted(left["PORTS"]) == sorted(reserved_ports + ports)
        self.make_room([task["taskArn"] for task in live])

    def make_room(self, live):
        """All but the newest tasks end, so that neither the host nor the test's own work grows with the rounds."""
        for arn in live[:-20]:
            self.call("StopTask", {"cluster": "crash", "task": arn})
            self.call("SubmitTaskStateChange", {"cluster": "crash", "task": arn, "status": "STOPPED"})
            self.known.tasks[arn] = "STOPPED"


def register_instance(checker, arn=None):
    resources = [
        {"name": "CPU", "type": "INTEGER", "integerValue": 1_000_000},
        {"name": "MEMORY", "type": "INTEGER", "integerValue": 1_000_000},
        {"name": "PORTS", "type": "STRINGSET", "stringSetValue": reserved_ports},
    ]
    body = {"cluster": "crash", "totalResources": resources, **({"containerInstanceArn": arn} if arn else {})}
    return checker.call("RegisterContainerInstance", body)["containerInstance"]["containerInstanceArn"]


def test_kill_at_random_instants(scratch, capsys):
    seed = int(os.environ.get("STEVEDORE_CRASH_SEED", random.SystemRandom().randrange(1 << 32)))
    with capsys.disabled():
        print(f"\ncrash test: seed {seed}, {rounds} kills", flush=True)
    choices = random.Random(seed)
    plane = ControlPlane(scratch / "crash", auth="off", agent_timeout_seconds=3600)
    known = Acknowledged()
    restarts = []
    try:
        plane.start()
        checker = Checker(plane, known)
        checker.call("CreateCluster", {"clusterName": "crash"})
        for family, port in [("crash-task", 0), *((f"crash-port-{port}", port) for port in static_ports)]:
            container = {
                "name": "c", "image": "i", "cpu": task_cpu, "memory": task_memory,
                "portMappings": [{"containerPort": 80, "hostPort": port}],
            }  # fmt: skip
            checker.call("RegisterTaskDefinition", {"family": family, "containerDefinitions": [container]})
        instance = register_instance(checker)

        for number in range(rounds):
            before = {key: set(getattr(known, key)) for key in ("clusters", "revisions", "tasks")}
            unsettled = [arn for arn, state in known.tasks.items() if state != "STOPPED"]
            writers = [Writer(plane, known, choices.random(), f"r{number}w{n}") for n in range(clients)]
            threads = [threading.Thread(target=writer.run, daemon=True) for writer in writers]
            for thread in threads:
                thread.start()
            if choices.random() < 0.5:
                # Right after a call was acknowledged: the next instant at which the number of answers grows.
                goal = known.calls + choices.randrange(1, 60)
                wait_until(lambda: known.calls >= goal or not all(t.is_alive() for t in threads), "calls", 20, 0.0)
            else:
                time.sleep(choices.uniform(0.0, 0.15))
            plane.kill()
            for thread in threads:
                thread.join(30)
                assert not thread.is_alive(), "a client still waits for an answer of a dead server"
            for writer in writers:
                assert writer.fault is None, f"round {number}, seed {seed}: {writer.fault!r}"

            started = time.monotonic()
            plane.start()
            restarts.append(time.monotonic() - started)
            checker = Checker(plane, known)
            assert register_instance(checker, instance) == instance
            checker.settle_unanswered(writers)
            new = {key: [item for item in getattr(known, key) if item not in before[key]] for key in before}
            # The old is looked at by samples, and all of it at the end.
            old = {key: choices.sample(sorted(before[key]), min(20, len(before[key]))) for key in before}
            checker.check_clusters(new["clusters"] + old["clusters"])
            checker.check_revisions(new["revisions"] + old["revisions"])
            checker.check_tasks(new["tasks"] + old["tasks"] + unsettled)
            checker.check_reservations(instance)

        checker.check_clusters(list(known.clusters))
        checker.check_revisions(list(known.revisions))
        checker.check_tasks(list(known.tasks))
        listed = {arn.split("/")[-1] for arn in checker.pages("ListClusters", "clusterArns")}
        assert {name for name, status in known.clusters.items() if status == "ACTIVE"} <= listed
        assert not {name for name, status in known.clusters.items() if status == "INACTIVE"} & listed
    except BaseException:
        with capsys.disabled():
            print(f"crash test: seed {seed} failed", flush=True)
        raise
    finally:
        plane.close()
    restarts.sort()
    with capsys.disabled():
        print(
            f"crash test: {known.calls} acknowledged calls, {len(known.tasks)} tasks, {len(known.revisions)} revisions, "
            f"{len(known.clusters)} clusters; ready again after {restarts[len(restarts) // 2]:.2f} s (median), "
            f"{restarts[-1]:.2f} s (longest)",
            flush=True,
        )
