"""Services whose hosts are lost: agent and engine at once, by kill -9."""

import threading

import pytest

from harness.tasks import container, register, unique, wait_for_term
from harness.waiting import wait_until

pytestmark = pytest.mark.docker

desired = 4


class Watch:
    """The fewest tasks of a service that were RUNNING and to go on, each time that somebody looked."""

    def __init__(self, ecs, service):
        self.ecs = ecs
        self.service = service
        self.fewest = desired
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def _look(self):
        while not self._over.wait(0.05):
            tasks = tasks_of(self.ecs, self.service)
            going_on = [t for t in tasks if (t["lastStatus"], t["desiredStatus"]) == ("RUNNING", "RUNNING")]
            self.fewest = min(self.fewest, len(going_on))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()


def tasks_of(ecs, service):
    arns = ecs.list_tasks(serviceName=service)["taskArns"]
    return ecs.describe_tasks(tasks=arns)["tasks"] if arns else []


def running_on(ecs, service, instance):
    return [
        task for task in tasks_of(ecs, service)
        if task["lastStatus"] == "RUNNING" and task["containerInstanceArn"] == instance
    ]  # fmt: skip


@pytest.fixture
def plane(workshop):
    """One for each test: the hosts of the test before are not taken for this one's while nobody knows of their end."""
    arguments = ["--replace-after", "4", "--healthy-after", "1"]
    return workshop.control_plane(address="0.0.0.0", agent_timeout_seconds=3, arguments=arguments)


@pytest.mark.not_podman("it has no daemon, whose end is half of this")
@pytest.mark.parametrize("survives", [True, False], ids=["containers survive", "containers end"])
def test_the_tasks_of_a_lost_host_move_and_the_surplus_stops_when_it_is_back(workshop, plane, survives):
    """With live-restore an engine that comes back finds its containers running; without, it stops them."""
    ecs = plane.client()
    cluster_name = "default"
    first_host = workshop.host(engine_options=["--live-restore"] if survives else [])
    first = workshop.agent(first_host, plane, cluster=cluster_name)
    (one,) = [i["containerInstanceArn"] for i in first.instances(ecs)]
    second_host = workshop.host()
    second = workshop.agent(second_host, plane, start=False, cluster=cluster_name)
    second.start(connected=False)
    other = wait_until(
        lambda: [
            i["containerInstanceArn"] for i in second.instances(ecs)
            if i["agentConnected"] and i["containerInstanceArn"] != one
        ],
        "the second host", 30,
    )[0]  # fmt: skip
    service = unique("hosts")
    family = f"com.amazonaws.ecs.task-definition-family={service}"
    definition = register(ecs, container(script=wait_for_term), family=service)
    plane.aws("create-service", "--service-name", service, "--task-definition", definition,
              "--desired-count", str(desired), "--placement-strategy", "type=spread,field=instanceId")  # fmt: skip
    assert plane.aws("wait", "services-stable", "--services", service) is None
    assert [len(running_on(ecs, service, host)) for host in (one, other)] == [2, 2]

    first.kill()
    first_host.dockerd.kill()
    wait_until(lambda: len(running_on(ecs, service, other)) == desired, "all on the other host", 30)
    with Watch(ecs, service) as watch:
        first_host.start_engine()
        first.start(connected=False)
        wait_until(
            lambda: any(i["containerInstanceArn"] == one and i["agentConnected"] for i in first.instances(ecs)),
            "the first host is back", 30,
        )  # fmt: skip

        def counts():
            return [len(host.containers(family, all=False)) for host in (first_host, second_host)]

        def has_settled():
            (described,) = ecs.describe_services(services=[service])["services"]
            return described["runningCount"] == desired and described["pendingCount"] == 0 and sum(counts()) == desired

        wait_until(has_settled, "as many as there are to be", 60)
    assert watch.fewest == desired
    assert len(tasks_of(ecs, service)) == desired
    assert plane.aws("wait", "services-stable", "--services", service) is None
    ecs.delete_service(service=service, force=True)
    plane.aws("wait", "services-inactive", "--services", service)
    wait_until(lambda: sum(counts()) == 0, "no container is left", 20)
