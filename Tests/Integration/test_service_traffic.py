"""Releases of a service that is asked all the while: good ones take over and bad ones go back, and every request is answered."""

import pytest

from harness.tasks import container, register, unique
from harness.traffic import Traffic
from harness.waiting import wait_until

pytestmark = pytest.mark.docker

#: Serves its release, and goes on with that for as long as clients may think that it is there.
serve = (
    "echo %s > /www/index.html; httpd -f -p 80 -h /www & "
    'trap "sleep 3; exit 0" TERM; wait'
)  # fmt: skip
#: As soon as ECS allows.
check = {"command": ["CMD-SHELL", "wget -q -O /dev/null http://127.0.0.1/"], "interval": 5, "timeout": 4, "retries": 1}
sick = {**check, "command": ["CMD-SHELL", "false"]}


@pytest.fixture
def service(node):
    """The name of a service that is gone after the test."""
    name = unique("traffic")
    yield name
    node.ecs.delete_service(service=name, force=True)
    node.plane.aws("wait", "services-inactive", "--services", name)
    node.host.wait_idle(f"com.amazonaws.ecs.task-definition-family={name}")


def release(node, name, page, health=check, **options):
    options = {"entryPoint": ["sh", "-c"], "command": [serve % page], **options}
    mapping = [{"containerPort": 80, "hostPort": 0}]
    return register(
        node.ecs, container(healthCheck=health, portMappings=mapping, **{**options, "stopTimeout": 10}), family=name)


def newest(node, name):
    """The status of its newest service deployment."""
    return node.ecs.list_service_deployments(service=name)["serviceDeployments"][0]["status"]


def revisions(node, name):
    tasks = node.ecs.describe_tasks(tasks=node.ecs.list_tasks(serviceName=name)["taskArns"])["tasks"]
    return {task["taskDefinitionArn"].rpartition("/")[2] for task in tasks}


@pytest.mark.parametrize(
    "bad", [{"health": sick}, {"entryPoint": ["/no/such/program"]}], ids=["is never healthy", "does not start"])
def test_every_request_is_answered_through_good_and_bad_releases(node, service, bad):
    aws = node.plane.aws
    first = release(node, service, "v1")
    aws("create-service", "--service-name", service, "--task-definition", first, "--desired-count", "2",
        "--deployment-configuration", "minimumHealthyPercent=100,maximumPercent=200,"
        "deploymentCircuitBreaker={enable=true,rollback=true}")  # fmt: skip
    wait_until(lambda: newest(node, service) == "SUCCESSFUL", "v1 is healthy", 60)
    with Traffic(node, service) as traffic:
        wait_until(lambda: traffic.answers["v1"] > 50, "v1 answers", 20)
        second = release(node, service, "v2")
        aws("update-service", "--service", service, "--task-definition", second)
        assert aws("wait", "services-stable", "--services", service) is None
        wait_until(lambda: newest(node, service) == "SUCCESSFUL", "v2 has taken over", 60)
        seen = traffic.answers["v2"]
        wait_until(lambda: traffic.answers["v2"] > seen + 50, "v2 answers", 20)

        third = release(node, service, "v3", **bad)
        aws("update-service", "--service", service, "--task-definition", third)
        wait_until(lambda: newest(node, service) == "ROLLBACK_SUCCESSFUL", "v3 is taken back", 120)
        assert aws("wait", "services-stable", "--services", service) is None
        seen = traffic.answers["v2"]
        wait_until(lambda: traffic.answers["v2"] > seen + 50, "v2 answers again", 20)
    assert traffic.failures == []
    assert set(traffic.answers) == {"v1", "v2"}, "nobody was sent to a task that is not healthy"
    assert revisions(node, service) == {second}
