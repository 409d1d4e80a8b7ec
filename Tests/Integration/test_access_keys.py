"""Keys of people and programs, and what their policies let them do: the command, the `aws` tool and boto3."""

import configparser
import json
import os
import pathlib
import stat
import subprocess

import pytest

from harness.controlplane import ControlPlane
from harness.places import aws_command, clean_environment, executable, region
from harness.processes import run
from harness.signing import Connection, Signing
from harness.tasks import refused

ecs_arn = f"arn:aws:ecs:{region}:123456789012"


def allow(action, resource="*", **condition):
    return {"Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition}


def deny(action, resource="*"):
    return {"Effect": "Deny", "Action": action, "Resource": resource}


def policy_file(directory, *statements):
    path = directory / "policy.json"
    path.write_text(json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))
    return path


def ask(plane, signing, method, path, body=b"{}"):
    """A signed request to a path that is no operation of ECS's."""
    connection = Connection("127.0.0.1", plane.port)
    return connection.send(method, path, signing.headers(method, path, connection.host, {}, body), body)


class Keys:
    def __init__(self, plane, directory):
        self.plane = plane
        self.directory = directory

    def command(self, *arguments, check=True):
        command = [executable("stevedore-controlplane"), "access-key", *arguments, "--data-dir", self.plane.data]
        return run(command, environment=clean_environment(), check=check)

    def refused(self, *arguments):
        result = self.command(*arguments, check=False)
        assert result.returncode == 64, result
        return result.stderr

    @staticmethod
    def signing(text):
        """Of what create and rotate print."""
        profile = configparser.ConfigParser()
        profile.read_string(text)
        (name,) = profile.sections()
        return Signing(profile[name]["aws_access_key_id"], profile[name]["aws_secret_access_key"])

    def create(self, name, *statements):
        policy = ["--policy", policy_file(self.directory, *statements)] if statements else []
        return self.signing(self.command("create", "--name", name, *policy).stdout)

    def client(self, signing):
        return self.plane.client(signing.access_key, signing.secret_key)


@pytest.fixture
def keys(plane, tmp_path):
    made = Keys(plane, tmp_path)
    yield made
    for line in made.command("list").stdout.splitlines():
        made.command("delete", line.split("\t")[0])


def test_a_profile_for_the_aws_tool(plane, keys, tmp_path):
    """What create prints is a credentials file."""
    credentials = tmp_path / "credentials"
    policy = policy_file(tmp_path, allow("ecs:ListClusters"))
    credentials.write_text(keys.command("create", "--name", "ci", "--policy", policy).stdout)
    environment = clean_environment(
        AWS_SHARED_CREDENTIALS_FILE=credentials, AWS_CONFIG_FILE="/dev/null", AWS_PROFILE="ci", NO_PROXY="127.0.0.1",
        AWS_EC2_METADATA_DISABLED="true", AWS_MAX_ATTEMPTS="1",
    )  # fmt: skip

    def aws(*arguments):
        command = [aws_command(), "ecs", *arguments, "--endpoint-url", plane.url, "--output", "json"]
        return run(command, environment=environment, check=False)

    assert "clusterArns" in json.loads(aws("list-clusters").stdout)
    failed = aws("create-cluster", "--cluster-name", "prod")
    assert failed.returncode != 0
    assert (
        "An error occurred (AccessDeniedException) when calling the CreateCluster operation: User: "
        f"arn:aws:iam::123456789012:user/ci is not authorized to perform: ecs:CreateCluster on resource: {ecs_arn}:cluster/prod "
        "because no identity-based policy allows the ecs:CreateCluster action"
    ) in failed.stderr


def test_life_of_a_key(plane, keys):
    signing = keys.create("ops", allow("ecs:*"))
    ecs = keys.client(signing)
    ecs.list_clusters()
    assert "already" in keys.refused("create", "--name", "OPS")

    keys.command("disable", signing.access_key)
    with refused("UnrecognizedClientException"):
        ecs.list_clusters()
    keys.command("enable", signing.access_key)
    ecs.list_clusters()

    second = Keys.signing(keys.command("rotate", signing.access_key, "--keep-old").stdout)
    ecs.list_clusters()
    keys.client(second).list_clusters()
    third = Keys.signing(keys.command("rotate", signing.access_key).stdout)
    with refused("UnrecognizedClientException"):
        ecs.list_clusters()
    keys.client(third).list_clusters()

    listed = [line.split("\t") for line in keys.command("list").stdout.splitlines()]
    assert {(line[0], line[1], line[2], line[4]) for line in listed} == {
        (key.access_key, "enabled", "policy", "ops") for key in (second, third)
    }
    assert signing.secret_key not in plane.process.tail(1000) and third.secret_key not in plane.process.tail(1000)

    keys.command("delete", third.access_key)
    with refused("UnrecognizedClientException"):
        keys.client(third).list_clusters()
    keys.client(second).list_clusters()


def test_no_policy_is_nothing_and_a_new_one_counts_at_once(plane, keys, tmp_path):
    signing = keys.create("nobody")
    ecs = keys.client(signing)
    with refused("AccessDeniedException"):
        ecs.list_clusters()
    keys.command("set-policy", signing.access_key, policy_file(tmp_path, allow("ecs:List*")))
    ecs.list_clusters()
    policy = policy_file(tmp_path, allow("*"), deny("ecs:ListClusters"))
    keys.command("set-policy", signing.access_key, policy)
    with refused("AccessDeniedException", "with an explicit deny in an identity-based policy"):
        ecs.list_clusters()
    assert keys.command("policy", signing.access_key).stdout == policy.read_text() + "\n"


def test_a_document_is_refused_as_a_whole(keys, tmp_path):
    signing = keys.create("ci", allow("ecs:ListClusters"))
    said = keys.refused("set-policy", signing.access_key, policy_file(tmp_path, allow("*"), deny("ecs:DeleteKluster")))
    assert "Statement[1].Action: there is no action ecs:DeleteKluster" in said
    assert "ecs:ListClusters" in keys.command("policy", signing.access_key).stdout
    assert "no file" in keys.refused("set-policy", signing.access_key, tmp_path / "none")
    assert "--name" in keys.refused("create")
    assert "expected access-key" in keys.refused("explode")


def test_the_example_is_taken(plane, keys, ecs):
    example = pathlib.Path(__file__).parents[2] / "Config" / "examples" / "policies" / "deployer.json"
    signing = Keys.signing(keys.command("create", "--name", "example", "--policy", example).stdout)
    container = {"name": "app", "image": "busybox", "memory": 64}
    deployer = keys.client(signing)
    definition = deployer.register_task_definition(family="example", containerDefinitions=[container])["taskDefinition"]
    with refused("AccessDeniedException", "with an explicit deny"):
        deployer.register_task_definition(family="example", containerDefinitions=[{**container, "privileged": True}])
    ecs.create_cluster(clusterName="default")
    ecs.create_service(serviceName="example", taskDefinition="example", desiredCount=0)
    deployer.update_service(service="example", taskDefinition=definition["taskDefinitionArn"])
    with refused("AccessDeniedException", "ecs:DeleteService"):
        deployer.delete_service(service="example")
    ecs.delete_service(service="example", force=True)


def test_tasks_of_one_cluster(plane, keys, ecs):
    """A deployer of one cluster and one family: what it may run, see and stop."""
    for cluster in ("blue", "green"):
        ecs.create_cluster(clusterName=cluster)
    container = {"name": "app", "image": "busybox", "memory": 64}
    for family in ("web", "db"):
        ecs.register_task_definition(family=family, containerDefinitions=[container])
    on_blue = {"ArnEquals": {"ecs:cluster": f"{ecs_arn}:cluster/blue"}}
    deployer = keys.client(
        keys.create(
            "deployer",
            allow("ecs:RunTask", f"{ecs_arn}:task-definition/web:*", **on_blue),
            allow(["ecs:CreateService", "ecs:UpdateService"], f"{ecs_arn}:service/blue/*"),
            allow(["ecs:DescribeTasks", "ecs:StopTask"], f"{ecs_arn}:task/blue/*"),
            allow("ecs:ListTasks", **on_blue),
        )
    )
    # Allowed, and then refused because there is no host.
    with refused("InvalidParameterException", "No Container Instances"):
        deployer.run_task(cluster="blue", taskDefinition="web")
    for arguments in ({"cluster": "green", "taskDefinition": "web"}, {"cluster": "blue", "taskDefinition": "db"}):
        with refused("AccessDeniedException", "ecs:RunTask"):
            deployer.run_task(**arguments)
    with refused("AccessDeniedException", "iam:PassRole"):
        deployer.run_task(cluster="blue", taskDefinition="web", overrides={"taskRoleArn": "admin"})
    deployer.create_service(cluster="blue", serviceName="web", taskDefinition="web", desiredCount=0)
    with refused("AccessDeniedException", "service/green/web"):
        deployer.create_service(cluster="green", serviceName="web", taskDefinition="web", desiredCount=0)
    assert deployer.list_tasks(cluster="blue")["taskArns"] == []
    with refused("AccessDeniedException"):
        deployer.list_tasks(cluster="green")
    with refused("AccessDeniedException", "ecs:TagResource"):
        deployer.create_service(
            cluster="blue", serviceName="tagged", taskDefinition="web", desiredCount=0,
            tags=[{"key": "a", "value": "b"}],
        )  # fmt: skip
    ecs.delete_service(cluster="blue", service="web")
    for cluster in ("blue", "green"):
        ecs.delete_cluster(cluster=cluster)


def test_paths_of_stevedores_own(plane, keys, ecs):
    """The dry runs have actions of their own, and no policy makes an agent of a user."""
    ecs.create_cluster(clusterName="default")
    ecs.register_task_definition(
        family="dry", containerDefinitions=[{"name": "a", "image": "busybox", "memory": 64}]
    )
    ecs.create_service(serviceName="dry", taskDefinition="dry", desiredCount=0)
    everything_of_ecs = keys.create("all-of-ecs", allow("ecs:*"))
    dry = keys.create("dry", allow("stevedore:*"))
    everything = keys.create("everything", allow("*"))


    explain = ("POST", "/stevedore/v1/placements/explain", b'{"taskDefinition": "dry"}')
    plan = ("GET", "/stevedore/v1/services/default/dry/plan", b"")
    for request, action in ((explain, "stevedore:ExplainPlacement"), (plan, "stevedore:PlanService")):
        answer = ask(plane, everything_of_ecs, *request)
        assert (answer.status, answer.error_code) == (400, "AccessDeniedException")
        assert action in answer.message
        assert ask(plane, dry, *request).error_code != "AccessDeniedException"
    for method, path in (
        ("GET", "/stevedore/v1/agent/stream"), ("POST", "/stevedore/v1/agent/reports"), ("POST", "/stevedore/v1/agent/secrets"),
    ):  # fmt: skip
        answer = ask(plane, everything, method, path)
        assert answer.status != 200 and answer.error_code == "AccessDeniedException"
    ecs.delete_service(service="dry", force=True)


def test_keys_outlive_the_control_plane(workshop, tmp_path):
    plane = workshop.keep(ControlPlane(tmp_path / "a-directory-with-a-name-that-is-too-long-for-a-socket" / ("x" * 60)))
    plane.start()
    keys = Keys(plane, tmp_path)
    works = keys.create("works", allow("ecs:ListClusters"))
    disabled = keys.create("disabled", allow("ecs:ListClusters"))
    keys.command("disable", disabled.access_key)
    plane.kill()
    assert "no control plane answers" in keys.command("list", check=False).stderr
    plane.start()
    keys.client(works).list_clusters()
    with refused("AccessDeniedException"):
        keys.client(works).create_cluster(clusterName="a")
    with refused("UnrecognizedClientException"):
        keys.client(disabled).list_clusters()


def test_only_the_owner_reaches_the_socket(plane):
    socket = plane.data / "operator.sock"
    assert stat.S_ISSOCK(socket.stat().st_mode)
    assert stat.S_IMODE(socket.stat().st_mode) == 0o600
    # Nothing of it is on the port, not even for the root key.
    answer = ask(plane, plane.signing, "POST", "/stevedore/v1/access-keys", b'{"list":{}}')
    assert answer.status == 404
    if os.geteuid() == 0:
        command = [executable("stevedore-controlplane"), "access-key", "list", "--data-dir", str(plane.data)]
        result = subprocess.run(command, user="nobody", env=clean_environment(), capture_output=True, text=True, cwd="/")
        assert result.returncode != 0
