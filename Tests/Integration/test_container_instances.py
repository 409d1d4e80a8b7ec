"""Container instances that boto3 registers as an agent would: ECS core rules, section 5."""

import pytest

from harness.places import account, region
from harness.tasks import container, describe, refused, register, register_instance, remaining, run_task


def test_registered_instance_is_described(ecs, cluster):
    arn = register_instance(
        ecs, cluster, cpu=1024, memory=2000, ports=("22", "2375"),
        attributes=[{"name": "zone", "value": "a"}], tags=[{"key": "k", "value": "v"}],
    )  # fmt: skip
    assert arn.startswith(f"arn:aws:ecs:{region}:{account}:container-instance/{cluster}/")
    for reference in (arn, arn.split("/")[-1]):
        answer = ecs.describe_container_instances(cluster=cluster, containerInstances=[reference])
        assert answer["failures"] == []
        instance = answer["containerInstances"][0]
        assert instance["containerInstanceArn"] == arn
        assert (instance["status"], instance["agentConnected"]) == ("ACTIVE", True)
        assert (instance["runningTasksCount"], instance["pendingTasksCount"]) == (0, 0)
        assert {"name": "zone", "value": "a"} in instance["attributes"]
        assert instance["tags"] == []
    tagged = ecs.describe_container_instances(cluster=cluster, containerInstances=[arn], include=["TAGS"])
    assert tagged["containerInstances"][0]["tags"] == [{"key": "k", "value": "v"}]
    assert remaining(ecs, cluster, arn) == {"CPU": 1024, "MEMORY": 2000, "PORTS": [22, 2375], "PORTS_UDP": []}


def test_registering_again_with_the_arn_is_the_same_instance(ecs, cluster):
    arn = register_instance(ecs, cluster, cpu=1024)
    task = run_task(ecs, register(ecs, container(cpu=100)), cluster)
    assert register_instance(ecs, cluster, cpu=512, containerInstanceArn=arn) == arn
    assert len(ecs.list_container_instances(cluster=cluster)["containerInstanceArns"]) == 1
    assert remaining(ecs, cluster, arn)["CPU"] == 412
    assert describe(ecs, task, cluster)["containerInstanceArn"] == arn
    unknown = arn[:-32] + "0" * 32
    with refused("ClientException"):
        register_instance(ecs, cluster, containerInstanceArn=unknown)


def test_first_instance_makes_the_default_cluster_and_no_other(workshop):
    ecs = workshop.control_plane().client()
    assert ecs.describe_clusters()["failures"]
    register_instance(ecs, "default")
    assert ecs.describe_clusters()["clusters"][0]["registeredContainerInstancesCount"] == 1
    with refused("ClusterNotFoundException", "Cluster not found."):
        register_instance(ecs, "other")


@pytest.mark.parametrize(
    "resources",
    [
        [],
        [{"name": "CPU", "type": "INTEGER", "integerValue": 1}],
        [{"name": "CPU", "type": "INTEGER", "integerValue": -1}, {"name": "MEMORY", "integerValue": 1}],
        [{"name": "CPU", "integerValue": 1}, {"name": "MEMORY", "integerValue": 1}, {"name": "HATS"}],
        [
            {"name": "CPU", "integerValue": 1},
            {"name": "MEMORY", "integerValue": 1},
            {"name": "PORTS", "stringSetValue": ["x"]},
        ],
    ],
)
def test_senseless_resources_are_refused(ecs, cluster, resources):
    with refused("InvalidParameterException"):
        ecs.register_container_instance(cluster=cluster, totalResources=resources)


def test_deregistering(ecs, cluster):
    arn = register_instance(ecs, cluster)
    task = run_task(ecs, register(ecs), cluster)
    with refused("InvalidParameterException", "Found running tasks on the instance."):
        ecs.deregister_container_instance(cluster=cluster, containerInstance=arn)
    answer = ecs.deregister_container_instance(cluster=cluster, containerInstance=arn, force=True)
    assert answer["containerInstance"]["status"] == "INACTIVE"
    assert answer["containerInstance"]["agentConnected"] is False
    stopped = describe(ecs, task, cluster)
    assert (stopped["lastStatus"], stopped["stoppedReason"]) == (
        "STOPPED", "Container instance deregistration forced by user",
    )  # fmt: skip
    assert ecs.list_container_instances(cluster=cluster)["containerInstanceArns"] == []
    described = ecs.describe_container_instances(cluster=cluster, containerInstances=[arn])
    assert described["containerInstances"][0]["status"] == "INACTIVE"
    with refused("InvalidParameterException"):
        ecs.run_task(cluster=cluster, taskDefinition=register(ecs))


def test_unknown_instances(ecs, cluster):
    unknown = "f" * 32
    answer = ecs.describe_container_instances(cluster=cluster, containerInstances=[unknown])
    arn = f"arn:aws:ecs:{region}:{account}:container-instance/{cluster}/{unknown}"
    assert answer["failures"] == [{"arn": arn, "reason": "MISSING"}]
    with refused("InvalidParameterException"):
        ecs.deregister_container_instance(cluster=cluster, containerInstance=unknown)
    with refused("ClientException", "cannot be empty"):
        ecs.describe_container_instances(cluster=cluster, containerInstances=[])
    with refused("InvalidParameterException"):
        ecs.describe_container_instances(cluster=cluster, containerInstances=[unknown] * 101)
    other = f"arn:aws:ecs:{region}:{account}:container-instance/elsewhere/{unknown}"
    with refused("InvalidParameterException"):
        ecs.describe_container_instances(cluster=cluster, containerInstances=[other])
    for operation in (ecs.list_container_instances, ecs.list_tasks):
        with refused("ClusterNotFoundException", "Cluster not found."):
            operation(cluster="never-made")


def test_list_has_pages_and_a_status_filter(ecs, cluster):
    arns = [register_instance(ecs, cluster) for _ in range(105)]
    paginator = ecs.get_paginator("list_container_instances")

    def listed(**options):
        pages = list(paginator.paginate(cluster=cluster, **options))
        return [arn for page in pages for arn in page["containerInstanceArns"]], len(pages)

    assert listed() == (arns, 2)
    assert listed(PaginationConfig={"PageSize": 10}) == (arns, 11)
    assert listed(status="ACTIVE") == (arns, 2)
    assert listed(status="DRAINING")[0] == []
    ecs.deregister_container_instance(cluster=cluster, containerInstance=arns[3])
    assert listed()[0] == arns[:3] + arns[4:]


def test_discover_poll_endpoint_is_an_address_that_answers(ecs, plane, cluster):
    arn = register_instance(ecs, cluster)
    answer = ecs.discover_poll_endpoint(cluster=cluster, containerInstance=arn)
    assert str(plane.port) in answer["endpoint"]
