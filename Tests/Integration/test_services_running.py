"""Services on a real engine, by the aws command: what runs, what takes its place, and what is taken back."""

import collections

import pytest

from harness.tasks import container, describe, register, unique, wait_for_term
from harness.waiting import wait_until

pytestmark = pytest.mark.docker


@pytest.fixture
def service(node):
    """The name of a service that is gone after the test."""
    name = unique("service")
    yield name
    found = node.ecs.describe_services(services=[name])["services"]
    if found and found[0]["status"] == "ACTIVE":
        node.ecs.delete_service(service=name, force=True)
        node.plane.aws("wait", "services-inactive", "--services", name)
    node.host.wait_idle(f"com.amazonaws.ecs.task-definition-family={name}")


def described(node, name):
    return node.ecs.describe_services(services=[name])["services"][0]


def release(node, name, script=wait_for_term, **options):
    return register(node.ecs, container(script=script, **options), family=name)


def tasks_of(node, name):
    arns = node.ecs.list_tasks(serviceName=name)["taskArns"]
    return [describe(node.ecs, arn) for arn in arns]


def running(node, name):
    """How many tasks of each revision are RUNNING."""
    tasks = [task for task in tasks_of(node, name) if task["lastStatus"] == "RUNNING"]
    return collections.Counter(task["taskDefinitionArn"].rpartition("/")[2] for task in tasks)


def statuses(node, name):
    """Of its service deployments, the newest first."""
    return [item["status"] for item in node.ecs.list_service_deployments(service=name)["serviceDeployments"]]


def test_a_service_lives(node, service):
    aws = node.plane.aws
    first = release(node, service)
    aws("create-service", "--service-name", service, "--task-definition", first, "--desired-count", "3",
        "--enable-ecs-managed-tags", "--propagate-tags", "SERVICE", "--tags", "key=a,value=1",
        "--deployment-configuration", "deploymentCircuitBreaker={enable=true,rollback=true}")  # fmt: skip
    assert aws("wait", "services-stable", "--services", service) is None
    assert running(node, service) == {first: 3}
    task = node.ecs.describe_tasks(tasks=node.ecs.list_tasks(serviceName=service)["taskArns"], include=["TAGS"])
    tags = {tag["key"]: tag["value"] for tag in task["tasks"][0]["tags"]}
    assert tags == {"a": "1", "aws:ecs:clusterName": "default", "aws:ecs:serviceName": service}

    victim = tasks_of(node, service)[0]
    node.host.docker("kill", victim["containers"][0]["runtimeId"])
    wait_until(lambda: describe(node.ecs, victim["taskArn"])["lastStatus"] == "STOPPED", "the task STOPPED", 10)
    wait_until(lambda: running(node, service) == {first: 3}, "another in its place", 10)
    assert victim["taskArn"] not in [task["taskArn"] for task in tasks_of(node, service)]

    second = release(node, service)
    aws("update-service", "--service", service, "--task-definition", second)
    assert aws("wait", "services-stable", "--services", service) is None
    assert running(node, service) == {second: 3}

    bad = release(node, service, image="stevedore-test/no-such-image:1")
    aws("update-service", "--service", service, "--task-definition", bad)
    wait_until(lambda: statuses(node, service)[0] == "ROLLBACK_SUCCESSFUL", "the rollback", 60)
    assert running(node, service) == {second: 3}
    messages = [event["message"] for event in described(node, service)["events"]]
    assert any("deployment failed: tasks failed to start." in message for message in messages)
    assert any("rolling back to deployment ecs-svc/" in message for message in messages)

    aws("delete-service", "--service", service, "--force")
    assert aws("wait", "services-inactive", "--services", service) is None
    wait_until(lambda: tasks_of(node, service) == [], "no task left", 10)


def test_a_deployment_goes_on_after_a_kill_of_the_control_plane(node, service):
    aws = node.plane.aws
    first = release(node, service)
    aws("create-service", "--service-name", service, "--task-definition", first, "--desired-count", "4")
    assert aws("wait", "services-stable", "--services", service) is None
    second = release(node, service)
    aws("update-service", "--service", service, "--task-definition", second)
    node.plane.kill()
    node.plane.start()
    assert aws("wait", "services-stable", "--services", service) is None
    assert running(node, service) == {second: 4}


def test_a_health_check_decides(node, service):
    """A release whose check fails is replaced and counted; the one before goes on all the while."""
    aws = node.plane.aws
    check = {"interval": 5, "timeout": 2, "retries": 1}
    first = release(node, service, healthCheck={"command": ["CMD-SHELL", "true"], **check})
    aws("create-service", "--service-name", service, "--task-definition", first, "--desired-count", "1",
        "--deployment-configuration", "deploymentCircuitBreaker={enable=true,rollback=true}")  # fmt: skip
    # The waiter counts tasks that run; only a deployment whose tasks were healthy can be gone back to.
    wait_until(lambda: statuses(node, service) == ["SUCCESSFUL"], "the first deployment", 30)
    sick = release(node, service, healthCheck={"command": ["CMD-SHELL", "false"], **check})
    aws("update-service", "--service", service, "--task-definition", sick)
    wait_until(lambda: statuses(node, service)[0] == "ROLLBACK_SUCCESSFUL", "the rollback", 90)
    assert running(node, service) == {first: 1}
