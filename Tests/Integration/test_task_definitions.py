"""RegisterTaskDefinition and its relatives: ECS core rules, sections 5 to 7."""

import json

import pytest

from harness.places import account, region, repository
from harness.tasks import container, refused, register, unique


def test_defaults_are_filled_in_as_ecs_does(ecs):
    answer = ecs.register_task_definition(
        family="defaults",
        containerDefinitions=[
            {"name": "c", "image": "busybox", "memory": 64, "portMappings": [{"containerPort": 80}]}
        ],
        tags=[{"key": "k", "value": "v"}],
    )
    definition = answer["taskDefinition"]
    assert answer["tags"] == [{"key": "k", "value": "v"}]
    assert definition["taskDefinitionArn"] == f"arn:aws:ecs:{region}:{account}:task-definition/defaults:1"
    assert (definition["family"], definition["revision"], definition["status"]) == ("defaults", 1, "ACTIVE")
    assert "EC2" in definition["compatibilities"]
    assert definition["volumes"] == [] and definition["placementConstraints"] == []
    assert "registeredAt" in definition and "registeredBy" in definition
    assert "networkMode" not in definition, "an absent network mode stays absent"
    only = definition["containerDefinitions"][0]
    assert (only["cpu"], only["essential"], only["memory"]) == (0, True, 64)
    assert only["environment"] == only["mountPoints"] == only["volumesFrom"] == []
    assert only["portMappings"] == [{"containerPort": 80, "hostPort": 0, "protocol": "tcp"}]


def test_every_field_that_is_honoured_is_kept(ecs):
    given = {
        "family": "kept",
        "networkMode": "bridge",
        "requiresCompatibilities": ["EC2"],
        "containerDefinitions": [
            {
                "name": "main",
                "image": "registry.example:5000/a/b:tag",
                "cpu": 128,
                "memory": 256,
                "memoryReservation": 128,
                "essential": True,
                "entryPoint": ["sh", "-c"],
                "command": ["echo $X; sleep 1", "--", "-v/:/host"],
                "environment": [{"name": "X", "value": "a=b c\n"}, {"name": "EMPTY", "value": ""}],
                "portMappings": [
                    {"containerPort": 80, "hostPort": 8080, "protocol": "tcp", "name": "web"},
                    {"containerPort": 53, "hostPort": 0, "protocol": "udp"},
                ],
                "workingDirectory": "/tmp",
                "user": "1000:1000",
                "dockerLabels": {"com.example.a": "b=c"},
                "stopTimeout": 7,
            },
            {"name": "side", "image": "busybox", "memoryReservation": 6, "essential": False},
        ],
    }
    registered = ecs.register_task_definition(**given)["taskDefinition"]
    described = ecs.describe_task_definition(taskDefinition="kept")["taskDefinition"]
    assert described == registered
    for key, value in given.items():
        if key != "containerDefinitions":
            assert described[key] == value
    for mine, theirs in zip(given["containerDefinitions"], described["containerDefinitions"], strict=True):
        for key, value in mine.items():
            assert theirs[key] == value, key


@pytest.mark.parametrize("path", sorted((repository / "Config" / "examples").glob("*.json")), ids=lambda p: p.name)
def test_examples_are_accepted(ecs, path):
    assert ecs.register_task_definition(**json.loads(path.read_text()))["taskDefinition"]["status"] == "ACTIVE"


def test_revisions_count_up_and_are_never_reused(ecs):
    family = unique("revisions")
    assert [register(ecs, family=family) for _ in range(3)] == [f"{family}:{n}" for n in (1, 2, 3)]
    ecs.deregister_task_definition(taskDefinition=f"{family}:3")
    assert register(ecs, family=family) == f"{family}:4"


def test_describe_by_family_revision_and_arn(ecs):
    family = unique("described")
    for _ in range(2):
        register(ecs, family=family)
    arn = f"arn:aws:ecs:{region}:{account}:task-definition/{family}"
    for reference, revision in ((family, 2), (f"{family}:1", 1), (f"{arn}:1", 1), (arn, 2)):
        assert ecs.describe_task_definition(taskDefinition=reference)["taskDefinition"]["revision"] == revision
    for unknown in ("unknown-family", f"{family}:3"):
        with refused("ClientException", "Unable to describe task definition."):
            ecs.describe_task_definition(taskDefinition=unknown)
    for wrong in (f"{family}:0", f"{family}:x", f"{family}:", f"{family}:1:1"):
        with refused("InvalidParameterException"):
            ecs.describe_task_definition(taskDefinition=wrong)


def test_tags_come_when_asked_for(ecs):
    family = unique("tagged")
    tags = [{"key": "k", "value": "v"}]
    register(ecs, family=family, tags=tags)
    assert ecs.describe_task_definition(taskDefinition=family)["tags"] == []
    assert ecs.describe_task_definition(taskDefinition=family, include=["TAGS"])["tags"] == tags


def test_deregistered_revision_is_inactive_describable_and_not_run(ecs, cluster):
    family = unique("deregistered")
    register(ecs, family=family)
    for _ in range(2):  # the second time does no harm
        answer = ecs.deregister_task_definition(taskDefinition=f"{family}:1")["taskDefinition"]
        assert answer["status"] == "INACTIVE" and "deregisteredAt" in answer
    assert ecs.describe_task_definition(taskDefinition=f"{family}:1")["taskDefinition"]["status"] == "INACTIVE"
    with refused("ClientException", "Unable to describe task definition."):
        ecs.describe_task_definition(taskDefinition=family)
    with refused("ClientException", "inactive"):
        ecs.run_task(cluster=cluster, taskDefinition=f"{family}:1")
    with refused("ClientException", "Revision is missing."):
        ecs.deregister_task_definition(taskDefinition=family)


def one(**options):
    return {"containerDefinitions": [{"name": "c", "image": "i", "memory": 64, **options}]}


@pytest.mark.parametrize(
    "request_, text",
    [
        ({"containerDefinitions": []}, "empty"),
        ({"containerDefinitions": [container(f"c{n}") for n in range(11)]}, "Too many containers."),
        ({"containerDefinitions": [container("same"), container("same")]}, "unique"),
        ({"containerDefinitions": [{"image": "i", "memory": 64}]}, "Container.name should not be null or empty."),
        ({"containerDefinitions": [{"name": "c", "memory": 64}]}, "Container.image should not be null or empty."),
        ({"containerDefinitions": [{"name": "c", "image": "i"}]}, "At least one of 'memory' or 'memoryReservation'"),
        (one(name="-it; rm"), "Container.name"),
        (one(image="--privileged"), "invalid characters"),
        (one(image="a b"), "invalid characters"),
        (one(image="x" * 256), "invalid characters"),
        (one(essential=False), "essential container"),
        (one(memory=5), "memory"),
        (one(memory=64, memoryReservation=65), "'memory' must be greater than or equal to 'memoryReservation'"),
        (one(cpu=-1), "cpu"),
        (one(stopTimeout=0), "stopTimeout"),
        (one(portMappings=[{"containerPort": 0}]), "'containerPort'"),
        (one(portMappings=[{"containerPort": 65536}]), "'containerPort'"),
        (one(portMappings=[{"containerPort": 80, "hostPort": -1}]), "'hostPort'"),
        (one(portMappings=[{"containerPort": 80}, {"containerPort": 80}]), "multiple times"),
        (one(portMappings=[{"containerPort": 80, "hostPort": 1}, {"containerPort": 81, "hostPort": 1}]), "multiple"),
        ({**one(portMappings=[{"containerPort": 80, "hostPort": 81}]), "networkMode": "host"}, "must match"),
        ({**one(portMappings=[{"containerPort": 80}]), "networkMode": "none"}, "networkMode=none"),
        (one(environment=[{"name": "", "value": "x"}]), "name"),
        (one(environment=[{"name": "a=b", "value": "x"}]), "a=b"),
        (one(environment=[{"name": "a", "value": "x\0y"}]), "character"),
        (one(command=["a\0b"]), "NUL"),
        (one(workingDirectory="relative"), "absolute"),
        (one(user="--privileged"), "user"),
        (one(dockerLabels={"com.amazonaws.ecs.cluster": "x"}), "reserved"),
        ({**one(), "requiresCompatibilities": ["FARGATE"]}, "Fargate only supports network mode"),
        ({**one(), "cpu": "one"}, "Invalid 'cpu' setting for task."),
        (one(healthCheck={"command": ["CMD", "true"], "interval": 4}), "'interval'"),
        (one(logConfiguration={"logDriver": "awslogs"}), "requires options: awslogs-region, awslogs-group"),
        (one(dependsOn=[{"containerName": "d", "condition": "START"}]), "Cannot depend on container + 'd'"),
        (one(secrets=[{"name": "S", "valueFrom": "x"}]), "'executionRoleArn'"),
        (one(links=["x"]), "Unknown container: 'x'"),
        (one(mountPoints=[{"sourceVolume": "v", "containerPath": "/v"}]), "Unknown volume 'v'."),
    ],
)
def test_rules(ecs, request_, text):
    family = unique("rules")
    with refused("ClientException", text):
        ecs.register_task_definition(family=family, **request_)
    with refused("ClientException", "Unable to describe"):
        ecs.describe_task_definition(taskDefinition=family)


# What the host of a task could not do is refused when the task is to run, not when its definition is registered.
@pytest.mark.parametrize(
    "request_, compatibilities",
    [
        (one(), ["EXTERNAL", "EC2"]),
        ({**one(), "networkMode": "host", "pidMode": "host"}, ["EXTERNAL", "EC2", "MANAGED_INSTANCES"]),
        (
            {**one(), "networkMode": "awsvpc", "cpu": ".25 vCPU", "memory": "0.5 GB"},
            ["EC2", "MANAGED_INSTANCES", "FARGATE"],
        ),
        (
            {
                **one(mountPoints=[{"sourceVolume": "v", "containerPath": "/v"}], privileged=True),
                "volumes": [{"name": "v", "host": {"sourcePath": "/srv"}}],
            },
            ["EXTERNAL", "EC2"],
        ),
    ],
)
def test_compatibilities_are_the_launch_types_that_fit(ecs, request_, compatibilities):
    definition = ecs.register_task_definition(family=unique("fits"), **request_)["taskDefinition"]
    assert definition["compatibilities"] == compatibilities


@pytest.mark.parametrize("family", ["a b", "a:1", "../x", "x" * 256, "ü"])
def test_bad_families_are_refused(ecs, family):
    with refused("ClientException"):
        ecs.register_task_definition(family=family, containerDefinitions=[container()])


def test_more_than_64_kib_is_refused(ecs):
    environment = [{"name": f"V{n}", "value": "x" * 1000} for n in range(70)]
    with refused("ClientException", "65536"):
        ecs.register_task_definition(family="large", containerDefinitions=[container(environment=environment)])


def test_lists_have_pages_order_and_filters(workshop):
    ecs = workshop.control_plane().client()
    families = [f"fam-{letter}" for letter in "abcde"]
    for family in families:
        for _ in range(30):
            register(ecs, family=family)
    for revision in range(1, 6):
        ecs.deregister_task_definition(taskDefinition=f"fam-a:{revision}")
    register(ecs, family="gone")
    ecs.deregister_task_definition(taskDefinition="gone:1")

    def listed(operation, key, size=None, **options):
        if size:
            options["PaginationConfig"] = {"PageSize": size}
        pages = list(ecs.get_paginator(operation).paginate(**options))
        return [item.split("/")[-1] for page in pages for item in page[key]], len(pages)

    def definitions(**options):
        return listed("list_task_definitions", "taskDefinitionArns", **options)

    expected = [f"{family}:{n}" for family in families for n in range(1, 31) if family != "fam-a" or n > 5]
    assert definitions() == (expected, 2)
    assert definitions(size=7) == (expected, -(-145 // 7))
    assert definitions(sort="DESC", size=50) == (expected[::-1], 3)
    assert definitions(familyPrefix="fam-c") == ([f"fam-c:{n}" for n in range(1, 31)], 1)
    assert definitions(status="INACTIVE")[0] == [f"fam-a:{n}" for n in range(1, 6)] + ["gone:1"]

    def named(**options):
        return listed("list_task_definition_families", "families", **options)

    assert named() == ([*families, "gone"], 1)
    assert named(size=2) == ([*families, "gone"], 3)
    assert named(status="ACTIVE")[0] == families
    assert named(status="INACTIVE")[0] == ["gone"]
    assert named(familyPrefix="fam-")[0] == families
    assert named(familyPrefix="fam-a")[0] == ["fam-a"]
    assert named(familyPrefix="nothing")[0] == []
    for wrong in (0, 101):
        with refused("InvalidParameterException"):
            ecs.list_task_definitions(maxResults=wrong)
