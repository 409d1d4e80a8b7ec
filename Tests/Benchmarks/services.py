"""Services beside Docker Swarm's, both on the same engine in the same run; and services that nothing happens to."""

import contextlib
import os
import statistics
import time

from harness.tasks import container, register
from harness.waiting import wait_until

from figures import row, say
from hosts import call, node, wait_for_sleep
from launches import cluster, site
from swarm import swarm

#: Replicas, and how often each number is measured, ours and Swarm's in turn.
replica_rounds = {1: 9, 20: 5, 100: 3}
kills = 20
updated_replicas = 20
update_rounds = 3
idle_services = 1000
idle_seconds = 60
#: Between two questions: asking takes time from the engine, whose starts fill all processors.
poll_seconds = 0.005
slow_poll_seconds = 0.05


def until(condition, what, seconds=120, interval=poll_seconds):
    return wait_until(condition, what, seconds, interval=interval)


def timed(begin, condition, what):
    """Seconds from the call that begins it until the condition holds."""
    begun = time.monotonic()
    begin()
    until(condition, what, interval=slow_poll_seconds)
    return time.monotonic() - begun


class Service:
    """A service of ours, spoken to as Swarm's is: by one connection to the API."""

    def __init__(self, plane, name, definition, replicas):
        self.connection = plane.connection()
        self.name = name
        configuration = {"minimumHealthyPercent": 100, "maximumPercent": 200}
        call(
            self.connection, "CreateService", serviceName=name, taskDefinition=definition, desiredCount=replicas,
            deploymentConfiguration=configuration,
        )  # fmt: skip

    def described(self):
        return call(self.connection, "DescribeServices", services=[self.name])["services"][0]

    def running(self):
        return self.described()["runningCount"]

    def running_tasks(self):
        arns = call(self.connection, "ListTasks", serviceName=self.name)["taskArns"]
        tasks = call(self.connection, "DescribeTasks", tasks=arns)["tasks"] if arns else []
        return {task["taskArn"]: task for task in tasks if task["lastStatus"] == "RUNNING"}

    def update(self, definition):
        call(self.connection, "UpdateService", service=self.name, taskDefinition=definition)

    @property
    def is_updated(self):
        """Every task of before has ended, too."""
        found = self.described()
        deployments = found["deployments"]
        return len(deployments) == 1 and deployments[0]["rolloutState"] == "COMPLETED" and (
            found["runningCount"] == found["desiredCount"])

    def remove(self):
        call(self.connection, "DeleteService", service=self.name, force=True)
        until(lambda: self.described()["status"] == "INACTIVE", f"{self.name} INACTIVE")


class Stage:
    """One engine, ours and Swarm's manager at it in turn, each finding it empty."""

    def __init__(self, plane, host, the_swarm):
        self.plane = plane
        self.host = host
        self.swarm = the_swarm
        self._count = 0
        client = plane.client()
        self.releases = [
            register(
                client, container(script=wait_for_sleep, memory=64, environment=[{"name": "RELEASE", "value": value}]))
            for value in ("1", "2")
        ]  # fmt: skip

    def _name(self):
        self._count += 1
        return f"bench-{self._count}"

    @contextlib.contextmanager
    def _empty_afterwards(self, service):
        try:
            yield service
        finally:
            service.remove()
            until(lambda: self.host.containers(all=False) == [], "no container runs")
            ended = self.host.containers()
            if ended:
                # Swarm removes its own, and may be at it.
                self.host.docker("rm", "--force", *ended, check=False)
            until(lambda: self.host.containers() == [], "no container is left")

    def ours(self, replicas):
        return self._empty_afterwards(Service(self.plane, self._name(), self.releases[0], replicas))

    def theirs(self, replicas, network=None):
        return self._empty_afterwards(self.swarm.service(self._name(), wait_for_sleep, replicas, network=network))


@contextlib.contextmanager
def stage(folder, healthy_after=0):
    with node(folder, arguments=["--healthy-after", str(healthy_after)]) as (plane, host, agent):
        with swarm(host) as the_swarm:
            yield Stage(plane, host, the_swarm)


def replicas_running(stage, count):
    """From the request that makes the service to the answer that says that all its tasks run."""

    def seconds(make):
        begun = time.monotonic()
        with make(count) as service:
            interval = poll_seconds if count == 1 else slow_poll_seconds
            until(lambda: service.running() == count, f"{count} run", interval=interval)
            return time.monotonic() - begun

    ours, theirs = [], []
    for _ in range(replica_rounds[count]):
        ours.append(seconds(stage.ours))
        theirs.append(seconds(stage.theirs))
    row(f"service of {count} running", statistics.median(ours), "s", statistics.median(theirs), "Docker Swarm, bridge")


def killed_to_replaced(stage):
    """From SIGKILL to the answer that shows another task running."""

    def seconds(service, process):
        (before,) = until(service.running_tasks, "one runs").items()
        os.kill(process(before[1]), 9)
        begun = time.monotonic()
        until(lambda: service.running_tasks().keys() - {before[0]}, "another runs")
        return time.monotonic() - begun

    def pid(container_id):
        return stage.host.inspect(container_id)["State"]["Pid"]

    with stage.ours(1) as service:
        ours = [seconds(service, lambda task: pid(task["containers"][0]["runtimeId"])) for _ in range(kills)]
    with stage.theirs(1) as service:
        theirs = [
            seconds(service, lambda task: pid(task["Status"]["ContainerStatus"]["ContainerID"])) for _ in range(kills)
        ]
    row(
        "killed container to its replacement running", statistics.median(ours), "s", statistics.median(theirs),
        "Docker Swarm, restart delay 0",
    )  # fmt: skip
    row("the slowest of these", max(ours), "s", max(theirs), "Docker Swarm, restart delay 0")


def rolling_update(stage, parallelisms, monitor_seconds, what):
    """Start-first, at most twice the replicas: from the request to all of the new release running and none of the old."""
    ours, theirs = [], {parallelism: [] for parallelism in parallelisms}

    def first_run(service):
        until(lambda: service.is_updated if isinstance(service, Service) else service.running() == updated_replicas, "v1")

    for _ in range(update_rounds):
        with stage.ours(updated_replicas) as service:
            first_run(service)
            ours.append(timed(lambda: service.update(stage.releases[1]), lambda: service.is_updated, "the update"))
        for parallelism in parallelisms:
            with stage.theirs(updated_replicas) as service:
                first_run(service)
                before = service.running_tasks().keys()
                theirs[parallelism].append(
                    timed(
                        lambda: service.update(parallelism, max(1, int(monitor_seconds * 1e9)), RELEASE="2"),
                        lambda: service.is_updated and service.running() == updated_replicas
                        and not service.running_tasks().keys() & before, "the update"))  # fmt: skip
    medians = {parallelism: statistics.median(values) for parallelism, values in theirs.items()}
    best = min(medians, key=medians.get)
    for parallelism, value in medians.items():
        say(f"Docker Swarm, parallelism {parallelism or 'unlimited'}: {value:.2f} s")
    row(
        f"update of {updated_replicas}, {what}", statistics.median(ours), "s", medians[best],
        f"Docker Swarm, parallelism {best or 'unlimited'}, monitor {monitor_seconds:g} s",
    )  # fmt: skip


def services(folder, hello):
    say("services: ours and Docker Swarm's on the same engine in turn")
    with stage(folder / "services") as here:
        killed_to_replaced(here)
        for count in replica_rounds:
            replicas_running(here, count)
        # Swarm watches an update for a while, and here a task counts as healthy when it has run for a while: once with
        # neither, and once with the default of both, 5 s.
        rolling_update(here, (0, 1, 5), 0, "healthy when RUNNING")
    with stage(folder / "services-default", healthy_after=5) as here:
        rolling_update(here, (0,), 5, "healthy after 5 s")


def idle_services_cost(folder, hello):
    """A thousand services that nothing happens to: half with two tasks each, half with none."""
    say(f"idle-services: processor time in {idle_seconds} s with {idle_services} idle services, 100 agents")
    with site(folder / "idle", 100) as here:
        client = here.plane.client()
        definition = register(client, container(name="main", cpu=1, memory=8), family="idle")

        def used():
            before = here.processor_seconds()[0]
            time.sleep(idle_seconds)
            return 100 * (here.processor_seconds()[0] - before) / idle_seconds

        without = used()
        for number in range(idle_services):
            client.create_service(
                cluster=cluster, serviceName=f"idle-{number}", taskDefinition=definition, desiredCount=2 * (number % 2))

        def are_steady():
            return all(
                service["deployments"][0]["rolloutState"] == "COMPLETED" and service["runningCount"] == service["desiredCount"]
                for number in range(0, idle_services, 10)
                for service in client.describe_services(
                    cluster=cluster, services=[f"idle-{number + offset}" for offset in range(10)])["services"]
            )  # fmt: skip

        wait_until(are_steady, "all services steady", 120, interval=1)
        row(f"{idle_services} idle services", used(), "% of a core", without, "none")
