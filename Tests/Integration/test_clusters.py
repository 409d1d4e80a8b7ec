"""CreateCluster, DescribeClusters, ListClusters, DeleteCluster: ECS core rules, sections 3, 5 and 6."""

import pytest

from harness.places import account, region
from harness.tasks import refused, register, register_instance, run_task, unique

prefix = f"arn:aws:ecs:{region}:{account}:cluster/"


def test_created_cluster_is_described_and_listed(ecs):
    tags = [{"key": "team", "value": "a"}]
    created = ecs.create_cluster(clusterName="described", tags=tags)["cluster"]
    assert created["clusterArn"] == prefix + "described"
    assert created["status"] == "ACTIVE"
    assert created["tags"] == tags
    assert created["settings"] == [{"name": "containerInsights", "value": "disabled"}]

    for reference in ("described", created["clusterArn"]):
        answer = ecs.describe_clusters(clusters=[reference])
        assert answer["failures"] == []
        described = answer["clusters"][0]
        assert described["clusterName"] == "described"
        # Gated by `include`.
        assert (described["tags"], described["settings"], described["statistics"]) == ([], [], [])
        for counter in (
            "registeredContainerInstancesCount", "runningTasksCount", "pendingTasksCount", "activeServicesCount",
        ):  # fmt: skip
            assert described[counter] == 0
    full = ecs.describe_clusters(clusters=["described"], include=["TAGS", "SETTINGS", "STATISTICS"])["clusters"][0]
    assert full["tags"] == tags
    assert {"name": "runningEC2TasksCount", "value": "0"} in full["statistics"]
    assert created["clusterArn"] in [
        arn for page in ecs.get_paginator("list_clusters").paginate() for arn in page["clusterArns"]
    ]


def test_default_is_the_name_when_none_is_given(ecs):
    assert ecs.create_cluster()["cluster"]["clusterName"] == "default"
    assert ecs.describe_clusters()["clusters"][0]["clusterName"] == "default"


def test_creating_an_active_cluster_again_returns_it_unchanged(ecs):
    first = ecs.create_cluster(clusterName="twice", tags=[{"key": "a", "value": "1"}])["cluster"]
    again = ecs.create_cluster(clusterName="twice", tags=[{"key": "b", "value": "2"}])["cluster"]
    assert again == first


def test_unknown_cluster_is_a_failure_with_its_full_arn(ecs):
    answer = ecs.describe_clusters(clusters=["nope"])
    assert answer["clusters"] == []
    assert answer["failures"] == [{"arn": prefix + "nope", "reason": "MISSING"}]


def test_deleted_cluster_is_inactive_describable_unlisted_and_can_be_made_anew(ecs):
    arn = ecs.create_cluster(clusterName="deleted")["cluster"]["clusterArn"]
    assert ecs.delete_cluster(cluster=arn)["cluster"]["status"] == "INACTIVE"
    assert ecs.describe_clusters(clusters=["deleted"])["clusters"][0]["status"] == "INACTIVE"
    listed = [arn for page in ecs.get_paginator("list_clusters").paginate() for arn in page["clusterArns"]]
    assert arn not in listed
    with refused("ClusterNotFoundException"):
        ecs.delete_cluster(cluster="deleted")
    with refused("ClusterNotFoundException"):
        ecs.list_tasks(cluster="deleted")
    fresh = ecs.create_cluster(clusterName="deleted")["cluster"]
    assert (fresh["clusterArn"], fresh["status"]) == (arn, "ACTIVE")


def test_cluster_with_instances_or_tasks_is_not_deleted(ecs, cluster):
    instance = register_instance(ecs, cluster)
    with refused("ClusterContainsContainerInstancesException", "active or draining"):
        ecs.delete_cluster(cluster=cluster)
    task = run_task(ecs, register(ecs), cluster)
    described = ecs.describe_clusters(clusters=[cluster])["clusters"][0]
    assert (described["registeredContainerInstancesCount"], described["pendingTasksCount"]) == (1, 1)
    ecs.stop_task(cluster=cluster, task=task)
    ecs.submit_task_state_change(cluster=cluster, task=task, status="STOPPED")
    ecs.deregister_container_instance(cluster=cluster, containerInstance=instance)
    assert ecs.delete_cluster(cluster=cluster)["cluster"]["status"] == "INACTIVE"


@pytest.mark.parametrize("name", [" ", "a b", "a/b", "..", "a\nb", "ü", "x" * 256, "-" * 256, "a;b", "$(id)"])
def test_bad_names_are_refused(ecs, name):
    with refused("InvalidParameterException"):
        ecs.create_cluster(clusterName=name)


@pytest.mark.parametrize("name", ["a", "A-b_9", "-x", "x" * 255])
def test_good_names_are_taken(ecs, name):
    assert ecs.create_cluster(clusterName=name)["cluster"]["clusterName"] == name


@pytest.mark.parametrize(
    "options",
    [
        {"capacityProviders": ["no-such-provider"]},
        {"serviceConnectDefaults": {"namespace": "a b"}},
        {"settings": [{"name": "containerInsights", "value": "on"}]},
        {"configuration": {"executeCommandConfiguration": {"logging": "OVERRIDE"}}},
        {"tags": [{"key": "aws:x", "value": ""}]},
        {"tags": [{"key": "k", "value": ""}] * 2},
        {"tags": [{"key": f"k{n}", "value": ""} for n in range(51)]},
    ],
)
def test_what_cannot_be_honoured_is_refused_by_name(ecs, options):
    name = unique("refused")
    with refused("InvalidParameterException"):
        ecs.create_cluster(clusterName=name, **options)
    assert ecs.describe_clusters(clusters=[name])["failures"]


@pytest.mark.parametrize("arn", ["arn:aws:ecs:us-east-1:123456789012:task/default/x", "arn:", "arn:aws:ecs"])
def test_malformed_arns_are_refused(ecs, arn):
    with refused("InvalidParameterException", "ARN"):
        ecs.describe_clusters(clusters=[arn])


def test_at_most_100_clusters_are_described(ecs):
    with refused("InvalidParameterException"):
        ecs.describe_clusters(clusters=[f"c{n}" for n in range(101)])


def test_list_has_pages(workshop):
    ecs = workshop.control_plane().client()
    names = {f"page-{n:03}" for n in range(120)}
    for name in names:
        ecs.create_cluster(clusterName=name)
    for size in (None, 7, 100):
        options = {"PaginationConfig": {"PageSize": size}} if size else {}
        pages = list(ecs.get_paginator("list_clusters").paginate(**options))
        assert len(pages) == -(-120 // (size or 100))
        listed = [arn.split("/")[1] for page in pages for arn in page["clusterArns"]]
        assert len(listed) == len(set(listed)), "a cluster is on two pages"
        assert set(listed) == names
        assert "nextToken" not in pages[-1]
    for wrong in (0, -1, 101):
        with refused("InvalidParameterException"):
            ecs.list_clusters(maxResults=wrong)
    with refused("InvalidParameterException", "token"):
        ecs.list_clusters(nextToken="bm9uc2Vuc2U=")
