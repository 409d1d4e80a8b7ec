"""Services through the real clients and the real store; what starts and stops their tasks has tests of its own."""

import json

import pytest

from harness.tasks import container, refused, register, unique


@pytest.fixture
def definition(ecs):
    """No host can take tasks of it."""
    return register(ecs, container(cpu=1_000_000))


def described(ecs, cluster, name):
    return ecs.describe_services(cluster=cluster, services=[name], include=["TAGS"])["services"][0]


def test_a_service_from_the_command_line(plane, ecs, cluster, definition):
    def aws(*arguments):
        return plane.aws(*arguments, "--cluster", cluster)

    created = aws(
        "create-service", "--service-name", "web", "--task-definition", definition, "--desired-count", "0",
        "--deployment-configuration", "deploymentCircuitBreaker={enable=true,rollback=true},maximumPercent=150",
    )["service"]  # fmt: skip
    assert created["deploymentConfiguration"]["minimumHealthyPercent"] == 100
    assert aws("wait", "services-stable", "--services", "web") is None
    other = register(ecs, container(cpu=1_000_000))
    updated = aws("update-service", "--service", "web", "--task-definition", other, "--desired-count", "2")["service"]
    assert [deployment["desiredCount"] for deployment in updated["deployments"]] == [2, 0]
    revision = updated["currentServiceRevisions"][0]["arn"]
    shown = plane.aws("describe-service-revisions", "--service-revision-arns", revision)["serviceRevisions"][0]
    assert shown["taskDefinition"].endswith(other)
    history = aws("list-service-deployments", "--service", "web")["serviceDeployments"]
    assert [deployment["status"] for deployment in history] == ["IN_PROGRESS", "SUCCESSFUL"]
    with refused("InvalidParameterException", "scaled above 0"):
        ecs.delete_service(cluster=cluster, service="web")
    assert aws("delete-service", "--service", "web", "--force")["service"]["status"] == "DRAINING"
    assert aws("wait", "services-inactive", "--services", "web") is None
    assert aws("list-services")["serviceArns"] == []


def test_an_update_is_planned_and_not_done(plane, ecs, cluster, definition):
    ecs.create_service(cluster=cluster, serviceName="web", taskDefinition=definition, desiredCount=2)
    other = register(ecs, container(cpu=1_000_000))
    path = f"/stevedore/v1/services/{cluster}/web/plan"

    def plan(method, body):
        connection = plane.connection()
        headers = plane.signing.headers(method, path, connection.host, {"content-type": "application/json"}, body)
        answer = connection.send(method, path, headers, body)
        connection.close()
        return answer

    for method in ("GET", "POST"):
        answer = plan(method, json.dumps({"taskDefinition": other, "desiredCount": 3}).encode())
        assert answer.status == 200, answer.body
        report = json.loads(answer.body)
        assert report["outcome"] == "STEADY"
        assert any("start 3 tasks" in action for action in report["steps"][0]["actions"])
    assert plan("GET", json.dumps({"taskDefinition": "none:1"}).encode()).status == 400
    assert plan("DELETE", b"").status == 405
    assert len(described(ecs, cluster, "web")["deployments"]) == 1


def test_everything_is_there_after_a_restart(workshop):
    plane = workshop.control_plane(auth="off")
    ecs = plane.client()
    ecs.create_cluster(clusterName="c")
    definition = register(ecs, container(cpu=1_000_000))
    options = {"cluster": "c", "taskDefinition": definition, "desiredCount": 2}
    ecs.create_service(**options, serviceName="web", tags=[{"key": "a", "value": "é"}], propagateTags="SERVICE")
    for _ in range(3):
        ecs.update_service(cluster="c", service="web", forceNewDeployment=True)
    ecs.create_service(cluster="c", serviceName="sets", deploymentController={"type": "EXTERNAL"}, desiredCount=3)
    scale = {"value": 33.3, "unit": "PERCENT"}
    sets = {"cluster": "c", "service": "sets"}
    first = ecs.create_task_set(**sets, taskDefinition=definition, scale=scale)["taskSet"]
    ecs.update_service_primary_task_set(**sets, primaryTaskSet=first["id"])
    ecs.create_service(**options, serviceName="gone")
    ecs.delete_service(cluster="c", service="gone", force=True)

    def everything():
        deployments = ecs.list_service_deployments(cluster="c", service="web")["serviceDeployments"]
        arns = [deployment["serviceDeploymentArn"] for deployment in deployments]
        revisions = [deployment["targetServiceRevisionArn"] for deployment in deployments]
        return [
            [described(ecs, "c", name) for name in ("web", "sets", "gone")],
            ecs.describe_service_deployments(serviceDeploymentArns=arns)["serviceDeployments"],
            ecs.describe_service_revisions(serviceRevisionArns=revisions)["serviceRevisions"],
            ecs.describe_clusters(clusters=["c"], include=["STATISTICS"])["clusters"],
        ]

    before = everything()
    assert len(before[1]) == 4
    plane.kill()
    plane.start()
    assert everything() == before
    assert ecs.create_service(**options, serviceName=unique())["service"]["status"] == "ACTIVE"
