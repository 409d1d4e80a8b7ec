"""The five-minute tour, with the real `aws` command."""

import pytest

from harness.host import image
from harness.places import repository

pytestmark = pytest.mark.docker


def test_tour(node, tmp_path):
    aws = node.plane.aws
    example = (repository / "Config" / "examples" / "hello.json").read_text()
    path = tmp_path / "hello.json"
    path.write_text(example.replace("stevedore-example/hello:latest", image))

    assert aws("create-cluster", "--cluster-name", "tour")["cluster"]["status"] == "ACTIVE"
    assert any(arn.endswith("/tour") for arn in aws("list-clusters")["clusterArns"])
    registered = aws("register-task-definition", "--cli-input-json", f"file://{path}")["taskDefinition"]
    assert (registered["family"], registered["revision"]) == ("hello", 1)
    assert aws("list-task-definitions")["taskDefinitionArns"] == [registered["taskDefinitionArn"]]
    assert aws("list-task-definition-families")["families"] == ["hello"]

    arn = aws("run-task", "--task-definition", "hello", "--started-by", "tour")["tasks"][0]["taskArn"]
    aws("wait", "tasks-running", "--tasks", arn)
    described = aws("describe-tasks", "--tasks", arn)["tasks"][0]
    port = described["containers"][0]["networkBindings"][0]["hostPort"]
    assert "Hello from Stevedore" in node.host.fetch(port)
    queried = aws(
        "describe-tasks", "--tasks", arn, "--query", "tasks[0].containers[0].networkBindings[0].hostPort"
    )
    assert queried == port
    assert aws("list-tasks", "--started-by", "tour")["taskArns"] == [arn]

    instances = aws("list-container-instances")["containerInstanceArns"]
    shown = aws("describe-container-instances", "--container-instances", *instances)["containerInstances"]
    assert shown[0]["runningTasksCount"] == 1

    stopped = aws("stop-task", "--task", arn, "--reason", "the tour ends")["task"]
    assert stopped["desiredStatus"] == "STOPPED"
    aws("wait", "tasks-stopped", "--tasks", arn)
    assert aws("describe-tasks", "--tasks", arn)["tasks"][0]["stoppedReason"] == "the tour ends"
    aws("deregister-task-definition", "--task-definition", "hello:1")
    assert aws("delete-cluster", "--cluster", "tour")["cluster"]["status"] == "INACTIVE"


def test_errors_are_shown_as_aws_shows_them(node):
    result = node.plane.aws("describe-task-definition", "--task-definition", "nothing", check=False)
    assert result.returncode in (254, 255)
    assert "(ClientException)" in result.stderr and "Unable to describe task definition." in result.stderr
    result = node.plane.aws("list-daemons", check=False)
    assert result.returncode in (254, 255)
    assert "ListDaemons" in result.stderr
