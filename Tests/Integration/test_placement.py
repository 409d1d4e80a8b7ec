"""Constraints, strategies, capacity providers and the dry run, by boto3 and the aws command: ECS scheduling rules,
sections 1, 2 and 6."""

import collections
import json

import pytest

from harness.tasks import container, describe, refused, register, register_instance, run_task, unique

zones = ("zone-a", "zone-b", "zone-c")


@pytest.fixture
def instances(ecs, cluster):
    """Two hosts in each of three zones, one of them with an SSD; by ARN, what they are."""
    made = {}
    for zone in zones:
        for disk in ("ssd", "hdd"):
            attributes = {"ecs.availability-zone": zone, "disk": disk}
            arn = register_instance(
                ecs, cluster, attributes=[{"name": name, "value": value} for name, value in attributes.items()]
            )
            made[arn] = (zone, disk)
    return made


def hosts(answer):
    return [task["containerInstanceArn"] for task in answer["tasks"]]


def test_spread_over_zones_then_binpack(ecs, cluster, instances):
    answer = ecs.run_task(
        cluster=cluster, taskDefinition=register(ecs, container(cpu=10)), count=9,
        placementStrategy=[
            {"type": "spread", "field": "attribute:ecs.availability-zone"}, {"type": "binpack", "field": "memory"},
        ],
    )  # fmt: skip
    assert answer["failures"] == []
    assert collections.Counter(instances[host][0] for host in hosts(answer)) == dict.fromkeys(zones, 3)
    assert len(set(hosts(answer))) == 3


def test_constraints_of_task_definition_and_request(ecs, cluster, instances):
    definition = register(
        ecs, container(cpu=10), placementConstraints=[{"type": "memberOf", "expression": "attribute:disk == ssd"}]
    )
    constraints = [
        {"type": "memberOf", "expression": "attribute:ecs.availability-zone in [zone-a, zone-b]"},
        {"type": "distinctInstance"},
    ]
    answer = ecs.run_task(cluster=cluster, taskDefinition=definition, count=4, placementConstraints=constraints)
    assert sorted(instances[host] for host in hosts(answer)) == [("zone-a", "ssd"), ("zone-b", "ssd")]
    reasons = collections.Counter(failure["reason"] for failure in answer["failures"])
    assert reasons == {
        "MemberOf placement constraint unsatisfied.": 4, "DistinctInstance placement constraint unsatisfied.": 2,
    }  # fmt: skip
    assert all(failure["detail"] for failure in answer["failures"])
    # Another group is another matter.
    other = ecs.run_task(
        cluster=cluster, taskDefinition=definition, placementConstraints=constraints, group=unique("group")
    )
    assert len(other["tasks"]) == 1


def test_affinity_by_task_group(ecs, cluster, instances):
    first = describe(ecs, run_task(ecs, register(ecs), cluster, group="database"), cluster)["containerInstanceArn"]
    for expression, are_equal in (("task:group == database", True), ("not(task:group == database)", False)):
        constraints = [{"type": "memberOf", "expression": expression}]
        answer = ecs.run_task(
            cluster=cluster, taskDefinition=register(ecs), count=5, placementConstraints=constraints
        )
        assert {host == first for host in hosts(answer)} == {are_equal}


def test_wrong_expressions_name_the_column(ecs, cluster, instances):
    with refused("InvalidParameterException", "at column 16"):
        ecs.run_task(
            cluster=cluster, taskDefinition=register(ecs),
            placementConstraints=[{"type": "memberOf", "expression": "attribute:disk = ssd"}],
        )  # fmt: skip


def test_capacity_providers(ecs, cluster):
    providers = [unique("provider"), unique("provider")]
    instances = {}
    for name in providers:
        ecs.create_capacity_provider(
            name=name, autoScalingGroupProvider={"autoScalingGroupArn": f"group-of-{name}"}
        )
        attribute = {"name": "stevedore.auto-scaling-group", "value": f"group-of-{name}"}
        instances[name] = register_instance(ecs, cluster, attributes=[attribute])
    register_instance(ecs, cluster)
    ecs.put_cluster_capacity_providers(
        cluster=cluster, capacityProviders=providers, defaultCapacityProviderStrategy=[]
    )
    answer = ecs.run_task(
        cluster=cluster, taskDefinition=register(ecs, container(cpu=10)), count=10,
        capacityProviderStrategy=[
            {"capacityProvider": providers[0], "base": 1, "weight": 1},
            {"capacityProvider": providers[1], "weight": 2},
        ],
    )  # fmt: skip
    assert collections.Counter(task["capacityProviderName"] for task in answer["tasks"]) == {
        providers[0]: 4, providers[1]: 6,
    }  # fmt: skip
    for task in answer["tasks"]:
        assert task["containerInstanceArn"] == instances[task["capacityProviderName"]]
        assert describe(ecs, task["taskArn"], cluster)["capacityProviderName"] == task["capacityProviderName"]
    described = ecs.describe_container_instances(cluster=cluster, containerInstances=[instances[providers[1]]])
    assert described["containerInstances"][0]["capacityProviderName"] == providers[1]


def explain(plane, request, is_signed=True):
    """Asks for the dry run as any program would: a POST, signed for the service ecs."""
    path = "/stevedore/v1/placements/explain"
    body, headers = json.dumps(request).encode(), {"content-type": "application/json"}
    connection = plane.connection()
    if is_signed:
        headers = plane.signing.headers("POST", path, connection.host, headers, body)
    answer = connection.send("POST", path, headers, body)
    connection.close()
    return answer


def test_dry_run(plane, ecs, cluster, instances):
    definition = register(ecs, container(cpu=2000))
    request = {
        "cluster": cluster, "taskDefinition": definition, "count": 4,
        "placementConstraints": [{"type": "memberOf", "expression": "attribute:disk == ssd"}],
    }  # fmt: skip
    answer = explain(plane, request)
    assert answer.status == 200
    part = answer.json["parts"][0]
    assert {instances[placed["containerInstanceArn"]][1] for placed in part["placed"]} == {"ssd"}
    assert (len(part["placed"]), part["active"], part["fitting"]) == (3, 6, 3)
    assert part["removed"] == [{"reason": "MemberOf placement constraint unsatisfied.", "containerInstances": 3}]
    assert "needs 2000 CPU units; 48 of 2048 are free" in part["summary"]
    assert ecs.list_tasks(cluster=cluster)["taskArns"] == []
    assert len(hosts(ecs.run_task(**request))) == 3

    assert explain(plane, request, is_signed=False).status == 400
    refusal = explain(plane, {**request, "count": 11})
    assert (refusal.status, refusal.json["__type"]) == (400, "InvalidParameterException")


def test_by_the_aws_command(plane, ecs, cluster, instances):
    definition = register(ecs, container(cpu=10))
    answer = plane.aws(
        "run-task", "--cluster", cluster, "--task-definition", definition, "--count", "3",
        "--placement-constraints", "type=distinctInstance",
        "--placement-strategy", "type=spread,field=attribute:disk", "type=random",
    )  # fmt: skip
    assert len(set(hosts(answer))) == 3
