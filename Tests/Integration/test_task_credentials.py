"""Credentials of tasks' roles, from a file at the control plane to the AWS SDK in a container. ECS runtime rules, 6.1."""

import json
import subprocess
import sys

import pytest

from harness.endpoints import ask, environment, runtime_id, write_role
from harness.places import clean_environment
from harness.tasks import container, refused, register, run_task, wait_for_term, wait_status
from harness.waiting import wait_until

pytestmark = pytest.mark.docker

ROLE = "app-role"
KEY = "AKIAROLEOFTHETASK000"
SECRET = "the/secret+of+the+role"


@pytest.fixture(scope="module", params=["bridge", "host"])
def task(node, request):
    """A task with a role."""
    write_role(node, ROLE, KEY, SECRET)
    definition = register(node.ecs, container("main", wait_for_term), networkMode=request.param, taskRoleArn=ROLE)
    arn = run_task(node.ecs, definition)
    yield wait_status(node.ecs, arn, "RUNNING")
    node.ecs.stop_task(task=arn)
    wait_status(node.ecs, arn, "STOPPED")


def test_boto3_finds_the_roles_credentials(node, task):
    """In the container's own network, with the one variable that the container has."""
    script = "import boto3; c = boto3.Session().get_credentials().get_frozen_credentials(); print(c.access_key, c.secret_key)"
    relative = environment(node, task)["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"]
    network = f"--net=/proc/{node.host.inspect(runtime_id(task))['State']['Pid']}/ns/net"
    found = subprocess.run(
        ["nsenter", network, sys.executable, "-c", script],
        env=clean_environment(AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=relative, AWS_EC2_METADATA_DISABLED="true", HOME="/nonexistent"),
        capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert found.stdout.split() == [KEY, SECRET], found.stderr


def test_credentials_are_the_tasks_alone(node, task):
    relative = environment(node, task)["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"]
    status, body = ask(node, task, f"http://169.254.170.2{relative}")
    assert status == 200
    assert set(body) == {"RoleArn", "AccessKeyId", "SecretAccessKey", "Token", "Expiration"}
    assert body["RoleArn"] == f"arn:aws:iam::123456789012:role/{ROLE}"
    assert ask(node, task, "http://169.254.170.2/v1/credentials?id=" + relative.rsplit("/", 1)[1])[0] == 200
    neighbour = run_task(node.ecs, register(node.ecs, container("main", wait_for_term)))
    try:
        answer = ask(node, wait_status(node.ecs, neighbour, "RUNNING"), f"http://169.254.170.2{relative}")
        assert answer[0] == 400
    finally:
        node.ecs.stop_task(task=neighbour)


@pytest.mark.parametrize(
    "path, code", [("/v2/credentials/x", "InvalidIdInRequest"), ("/v2/credentials", "NoIdInRequest"), ("/v1/credentials", "NoIdInRequest")]
)
def test_credentials_that_are_not_there(node, path, code):
    answer = json.loads(node.host.in_network("curl", "-sS", f"http://169.254.170.2{path}").stdout)
    assert answer["code"] == code and answer["message"] and answer["HTTPErrorCode"] == 400


def test_a_roles_values_are_written_nowhere(node, task):
    assert SECRET not in node.agent.process.log() + node.plane.process.log()
    for path in node.agent.data.iterdir():
        # The agent's socket for docker's command line is there, too.
        assert not path.is_file() or SECRET.encode() not in path.read_bytes(), path
    assert SECRET not in json.dumps(node.host.inspect(runtime_id(task)))


def test_a_role_without_credentials_is_refused(node):
    definition = register(node.ecs, container(), taskRoleArn="nobody")
    with refused("ClientException", "unable to assume the role 'arn:aws:iam::123456789012:role/nobody'"):
        node.ecs.run_task(taskDefinition=definition)
    write_role(node, "expired", KEY, SECRET, Expiration="2020-01-01T00:00:00+00:00")
    with refused("ClientException", "unable to assume the role"):
        node.ecs.run_task(taskDefinition=definition, overrides={"taskRoleArn": "expired"})


def test_a_new_key_reaches_running_tasks(node, task):
    relative = environment(node, task)["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"]
    write_role(node, ROLE, "AKIAANOTHERKEY000000", SECRET, SessionToken="token", Expiration="2099-01-01T00:00:00Z")

    def renewed():
        body = ask(node, task, f"http://169.254.170.2{relative}")[1]
        return body if body["AccessKeyId"] == "AKIAANOTHERKEY000000" else None

    body = wait_until(renewed, "the new key", 40)
    assert (body["Token"], body["Expiration"]) == ("token", "2099-01-01T00:00:00Z")
    write_role(node, ROLE, KEY, SECRET)
