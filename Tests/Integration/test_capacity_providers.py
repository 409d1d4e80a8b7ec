"""Capacity providers by boto3 and the aws command: ECS core rules, section 5, "Capacity providers" and "Clusters"."""

import json

import pytest

from harness.places import account, region
from harness.tasks import refused, unique


def make(ecs, name=None, **options):
    """A capacity provider of an Auto Scaling group of its own; returns its name."""
    name = name or unique("provider")
    group = f"arn:aws:autoscaling:{region}:{account}:autoScalingGroup:0a1b:autoScalingGroupName/{name}"
    ecs.create_capacity_provider(name=name, autoScalingGroupProvider={"autoScalingGroupArn": group, **options})
    return name


def describe(ecs, name):
    answer = ecs.describe_capacity_providers(capacityProviders=[name], include=["TAGS"])
    assert answer["failures"] == []
    return answer["capacityProviders"][0]


def test_life_of_a_capacity_provider(ecs, cluster):
    name = make(ecs, managedScaling={"status": "ENABLED", "targetCapacity": 80})
    assert describe(ecs, name)["status"] == "ACTIVE"
    ecs.update_capacity_provider(name=name, autoScalingGroupProvider={"managedScaling": {"targetCapacity": 50}})
    described = describe(ecs, name)
    assert described["updateStatus"] == "UPDATE_COMPLETE"
    assert described["autoScalingGroupProvider"]["managedScaling"] == {
        "status": "ENABLED", "targetCapacity": 50, "minimumScalingStepSize": 1, "maximumScalingStepSize": 10000,
        "instanceWarmupPeriod": 300,
    }  # fmt: skip

    put = ecs.put_cluster_capacity_providers(
        cluster=cluster, capacityProviders=[name],
        defaultCapacityProviderStrategy=[{"capacityProvider": name, "weight": 1}],
    )["cluster"]  # fmt: skip
    strategy = [{"capacityProvider": name, "weight": 1, "base": 0}]
    assert (put["capacityProviders"], put["defaultCapacityProviderStrategy"]) == ([name], strategy)
    refusal = ecs.delete_capacity_provider(capacityProvider=name)["capacityProvider"]
    assert (refusal["status"], refusal["updateStatus"]) == ("ACTIVE", "DELETE_FAILED")
    assert f"associated with cluster: {cluster}." in refusal["updateStatusReason"]

    ecs.put_cluster_capacity_providers(cluster=cluster, capacityProviders=[], defaultCapacityProviderStrategy=[])
    ecs.delete_capacity_provider(capacityProvider=described["capacityProviderArn"])
    assert describe(ecs, name)["status"] == "INACTIVE"
    with refused("ClientException", "does not exist"):
        ecs.delete_capacity_provider(capacityProvider=name)
    make(ecs, name)
    assert describe(ecs, name)["status"] == "ACTIVE"


def test_fargate_providers_are_there(ecs, cluster):
    answer = ecs.describe_capacity_providers(capacityProviders=["FARGATE", "FARGATE_SPOT", "nope"])
    assert [provider["status"] for provider in answer["capacityProviders"]] == ["ACTIVE", "ACTIVE"]
    assert answer["failures"] == [
        {"arn": f"arn:aws:ecs:{region}:{account}:capacity-provider/nope", "reason": "MISSING"}
    ]
    ecs.put_cluster_capacity_providers(
        cluster=cluster, capacityProviders=["FARGATE"], defaultCapacityProviderStrategy=[]
    )
    listed = ecs.describe_capacity_providers(cluster=cluster)["capacityProviders"]
    assert [provider["name"] for provider in listed] == ["FARGATE"]


def test_input_json_comes_back_as_it_was(plane, tmp_path):
    name = unique("provider")
    group = {
        "autoScalingGroupArn": f"group-{name}",
        "managedScaling": {
            "status": "ENABLED", "targetCapacity": 75, "minimumScalingStepSize": 2, "maximumScalingStepSize": 20,
            "instanceWarmupPeriod": 60,
        },
        "managedTerminationProtection": "ENABLED",
        "managedDraining": "DISABLED",
    }  # fmt: skip
    path = tmp_path / "provider.json"
    path.write_text(json.dumps({"name": name, "autoScalingGroupProvider": group, "tags": [{"key": "a", "value": "1"}]}))
    plane.aws("create-capacity-provider", "--cli-input-json", f"file://{path}")
    described = plane.aws("describe-capacity-providers", "--capacity-providers", name, "--include", "TAGS")
    provider = described["capacityProviders"][0]
    assert provider["autoScalingGroupProvider"] == group
    assert provider["tags"] == [{"key": "a", "value": "1"}]

    cluster = {
        "clusterName": unique("cluster"),
        "settings": [{"name": "containerInsights", "value": "enhanced"}],
        "configuration": {
            "executeCommandConfiguration": {
                "kmsKeyId": "alias/exec", "logging": "OVERRIDE",
                "logConfiguration": {
                    "cloudWatchLogGroupName": "/ecs/exec", "cloudWatchEncryptionEnabled": True,
                    "s3BucketName": "logs", "s3KeyPrefix": "exec/", "s3EncryptionEnabled": False,
                },
            },
            "managedStorageConfiguration": {"kmsKeyId": "alias/storage"},
        },
        "capacityProviders": [name],
        "defaultCapacityProviderStrategy": [{"capacityProvider": name, "weight": 3, "base": 1}],
        "serviceConnectDefaults": {"namespace": "shop"},
        "tags": [{"key": "team", "value": "a"}],
    }  # fmt: skip
    path.write_text(json.dumps(cluster))
    plane.aws("create-cluster", "--cli-input-json", f"file://{path}")
    described = plane.aws(
        "describe-clusters", "--clusters", cluster["clusterName"],
        "--include", "SETTINGS", "CONFIGURATIONS", "TAGS", "ATTACHMENTS", "STATISTICS",
    )["clusters"][0]  # fmt: skip
    assert {member: described[member] for member in cluster} == cluster


@pytest.mark.parametrize(
    "options, code",
    [
        ({"name": "ecs-mine", "autoScalingGroupProvider": {"autoScalingGroupArn": "g"}}, "ClientException"),
        ({"name": "mine"}, "InvalidParameterException"),
        (
            {
                "name": "mine",
                "autoScalingGroupProvider": {
                    "autoScalingGroupArn": "g",
                    "managedScaling": {"minimumScalingStepSize": 3, "maximumScalingStepSize": 2},
                },
            },
            "InvalidParameterException",
        ),
    ],
)
def test_what_is_wrong_is_refused(ecs, options, code):
    with refused(code):
        ecs.create_capacity_provider(**options)
    assert ecs.describe_capacity_providers(capacityProviders=[options["name"]])["failures"]
