"""The whole life of each resource, as people live it with the real `aws` command."""

import json

import pytest

from harness.places import account, region, repository
from harness.tasks import refused, report, unique

data = repository / "Tests" / "Integration" / "data"

#: What DescribeTaskDefinition answers and RegisterTaskDefinition does not take.
answer_only = {
    "taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities", "registeredAt", "registeredBy",
}  # fmt: skip


@pytest.fixture(scope="module")
def aws(plane):
    return plane.aws


def refusal(plane, *arguments):
    """What `aws` prints when it must fail."""
    result = plane.aws(*arguments, check=False)
    assert result.returncode in (254, 255), result.stdout
    return result.stderr


def contains(actual, expected, path="$"):
    """Everything that was asked for is there; the server may have filled in more."""
    if isinstance(expected, dict):
        for key, value in expected.items():
            assert key in actual, f"{path}.{key} is missing"
            contains(actual[key], value, f"{path}.{key}")
    elif isinstance(expected, list):
        assert len(actual) == len(expected), f"{path}: {actual} != {expected}"
        for index, value in enumerate(expected):
            contains(actual[index], value, f"{path}[{index}]")
    else:
        assert actual == expected, f"{path}: {actual!r} != {expected!r}"


# --- task definitions


@pytest.mark.parametrize("name", ["everything-ec2", "everything-fargate"])
def test_task_definition_comes_back_as_it_was_registered(aws, tmp_path, name):
    source = data / f"{name}.json"
    asked = json.loads(source.read_text())
    registered = aws("register-task-definition", "--cli-input-json", f"file://{source}")
    assert registered["tags"] == asked.pop("tags")
    contains(registered["taskDefinition"], asked)
    assert (registered["taskDefinition"]["status"], registered["taskDefinition"]["revision"]) == ("ACTIVE", 1)
    described = aws("describe-task-definition", "--task-definition", name, "--include", "TAGS")
    assert described == registered
    assert asked["requiresCompatibilities"][0] in described["taskDefinition"]["compatibilities"]

    # The way of every deploy script: what is described, changed a little or not at all, is registered again.
    again = {key: value for key, value in described["taskDefinition"].items() if key not in answer_only}
    (tmp_path / "again.json").write_text(json.dumps(again))
    second = aws("register-task-definition", "--cli-input-json", f"file://{tmp_path / 'again.json'}")["taskDefinition"]
    assert second["revision"] == 2
    unlike = {"taskDefinitionArn", "revision", "registeredAt"}
    assert {k: v for k, v in second.items() if k not in unlike} == {
        k: v for k, v in described["taskDefinition"].items() if k not in unlike
    }


def test_skeleton_of_the_cli_is_refused_in_words(plane, tmp_path):
    """`--generate-cli-skeleton` fills every field with an empty value; tags are refused by the command itself."""
    skeleton = plane.aws("register-task-definition", "--generate-cli-skeleton", "input")
    del skeleton["tags"]
    (tmp_path / "skeleton.json").write_text(json.dumps(skeleton))
    stderr = refusal(plane, "register-task-definition", "--cli-input-json", f"file://{tmp_path / 'skeleton.json'}")
    assert "(ClientException)" in stderr or "(InvalidParameterException)" in stderr


def test_life_of_a_task_definition(plane, aws):
    container = json.dumps([{"name": "c", "image": "busybox", "memory": 16}])

    def register(**options):
        arguments = [word for key, value in options.items() for word in (f"--{key}", value)]
        return aws(
            "register-task-definition", "--family", "life", "--container-definitions", container, *arguments
        )["taskDefinition"]

    arns = [register()["taskDefinitionArn"] for _ in range(3)]
    assert arns[0] == f"arn:aws:ecs:{region}:{account}:task-definition/life:1"
    assert aws("list-task-definitions", "--family-prefix", "life")["taskDefinitionArns"] == arns
    assert aws("list-task-definitions", "--family-prefix", "life", "--sort", "DESC")["taskDefinitionArns"] == arns[::-1]

    stderr = refusal(plane, "deregister-task-definition", "--task-definition", "life")
    assert "Revision is missing." in stderr
    gone = aws("deregister-task-definition", "--task-definition", "life:3")["taskDefinition"]
    assert gone["status"] == "INACTIVE" and gone["deregisteredAt"]
    assert aws("describe-task-definition", "--task-definition", "life")["taskDefinition"]["revision"] == 2
    assert aws("describe-task-definition", "--task-definition", arns[2])["taskDefinition"]["status"] == "INACTIVE"
    assert aws("list-task-definitions", "--family-prefix", "life", "--status", "INACTIVE")["taskDefinitionArns"] == [
        arns[2]
    ]

    answer = aws("delete-task-definitions", "--task-definitions", "life:3", "life:2", "life:9")
    assert [(d["revision"], d["status"]) for d in answer["taskDefinitions"]] == [(3, "DELETE_IN_PROGRESS")]
    assert len(answer["failures"]) == 2
    assert "still in ACTIVE status" in answer["failures"][0]["reason"]
    # A number is never given again.
    assert register()["revision"] == 4

    for revision in (1, 2, 4):
        aws("deregister-task-definition", "--task-definition", f"life:{revision}")
    assert "life" not in aws("list-task-definition-families", "--status", "ACTIVE")["families"]
    assert "life" in aws("list-task-definition-families", "--status", "INACTIVE")["families"]
    assert "Unable to describe task definition." in refusal(
        plane, "describe-task-definition", "--task-definition", "life"
    )


# --- clusters


def test_life_of_a_cluster(plane, aws):
    configuration = {
        "executeCommandConfiguration": {
            "logging": "OVERRIDE",
            "logConfiguration": {"cloudWatchLogGroupName": "exec", "cloudWatchEncryptionEnabled": False},
        }
    }
    created = aws(
        "create-cluster", "--cluster-name", "life",
        "--tags", "key=team,value=a",
        "--settings", "name=containerInsights,value=enabled",
        "--configuration", json.dumps(configuration),
        "--capacity-providers", "FARGATE", "FARGATE_SPOT",
        "--default-capacity-provider-strategy", "capacityProvider=FARGATE,weight=1,base=1",
    )["cluster"]  # fmt: skip
    assert created["settings"] == [{"name": "containerInsights", "value": "enabled"}]
    assert created["capacityProviders"] == ["FARGATE", "FARGATE_SPOT"]
    strategy = [{"capacityProvider": "FARGATE", "weight": 1, "base": 1}]
    assert created["defaultCapacityProviderStrategy"] == strategy

    def described(*include):
        arguments = ["--include", *include] if include else []
        return aws("describe-clusters", "--clusters", "life", *arguments)["clusters"][0]

    full = described("CONFIGURATIONS", "SETTINGS", "STATISTICS", "TAGS", "ATTACHMENTS")
    assert full["configuration"] == configuration
    assert full["tags"] == [{"key": "team", "value": "a"}]
    assert {pair["name"] for pair in full["statistics"]} >= {"runningEC2TasksCount", "pendingFargateTasksCount"}
    plain = described()
    assert "configuration" not in plain and plain["settings"] == plain["tags"] == plain["statistics"] == []

    aws("update-cluster-settings", "--cluster", "life", "--settings", "name=containerInsights,value=disabled")
    assert described("SETTINGS")["settings"] == [{"name": "containerInsights", "value": "disabled"}]
    aws("update-cluster", "--cluster", "life", "--settings", "name=containerInsights,value=enhanced")
    assert described("SETTINGS")["settings"] == [{"name": "containerInsights", "value": "enhanced"}]
    put = aws(
        "put-cluster-capacity-providers", "--cluster", "life", "--capacity-providers", "FARGATE_SPOT",
        "--default-capacity-provider-strategy", "[]",
    )["cluster"]  # fmt: skip
    assert (put["capacityProviders"], put["defaultCapacityProviderStrategy"]) == (["FARGATE_SPOT"], [])
    stderr = refusal(
        plane, "put-cluster-capacity-providers", "--cluster", "life", "--capacity-providers", "nothing",
        "--default-capacity-provider-strategy", "[]",
    )  # fmt: skip
    assert "nothing" in stderr and "(InvalidParameterException)" in stderr

    aws("delete-cluster", "--cluster", "life")
    assert described()["status"] == "INACTIVE"
    for command in (
        ["update-cluster", "--cluster", "life", "--settings", "name=containerInsights,value=enabled"],
        ["list-tasks", "--cluster", "life"],
        ["list-container-instances", "--cluster", "life"],
    ):
        assert "(ClusterNotFoundException)" in refusal(plane, *command)


# --- capacity providers and account settings


def test_life_of_a_capacity_provider(plane, aws):
    group = f"arn:aws:autoscaling:{region}:{account}:autoScalingGroup:a1b2:autoScalingGroupName/hosts"
    created = aws(
        "create-capacity-provider", "--name", "hosts",
        "--auto-scaling-group-provider",
        json.dumps({"autoScalingGroupArn": group, "managedScaling": {"status": "ENABLED", "targetCapacity": 80}}),
        "--tags", "key=team,value=a",
    )["capacityProvider"]  # fmt: skip
    assert created["status"] == "ACTIVE"
    provider = created["autoScalingGroupProvider"]
    assert provider["autoScalingGroupArn"] == group
    contains(
        provider["managedScaling"],
        {"status": "ENABLED", "targetCapacity": 80, "minimumScalingStepSize": 1, "maximumScalingStepSize": 10000},
    )
    names = {p["name"] for p in aws("describe-capacity-providers")["capacityProviders"]}
    assert names >= {"FARGATE", "FARGATE_SPOT", "hosts"}
    answer = aws("describe-capacity-providers", "--capacity-providers", "hosts", "none", "--include", "TAGS")
    assert answer["capacityProviders"][0]["tags"] == [{"key": "team", "value": "a"}]
    assert answer["failures"][0]["reason"] == "MISSING"
    updated = aws(
        "update-capacity-provider", "--name", "hosts", "--auto-scaling-group-provider",
        json.dumps({"managedScaling": {"targetCapacity": 50}}),
    )["capacityProvider"]  # fmt: skip
    assert updated["autoScalingGroupProvider"]["managedScaling"]["targetCapacity"] == 50

    aws("create-cluster", "--cluster-name", "provided", "--capacity-providers", "hosts")
    kept = aws("delete-capacity-provider", "--capacity-provider", "hosts")["capacityProvider"]
    assert (kept["status"], kept["updateStatus"]) == ("ACTIVE", "DELETE_FAILED")
    assert "provided" in kept["updateStatusReason"]
    aws(
        "put-cluster-capacity-providers", "--cluster", "provided", "--capacity-providers", "[]",
        "--default-capacity-provider-strategy", "[]",
    )  # fmt: skip
    aws("delete-capacity-provider", "--capacity-provider", "hosts")
    active = [
        p["name"] for p in aws("describe-capacity-providers")["capacityProviders"] if p["status"] == "ACTIVE"
    ]
    assert "hosts" not in active
    assert refusal(plane, "delete-capacity-provider", "--capacity-provider", "FARGATE")


def test_life_of_an_account_setting(plane, aws):
    def effective(name):
        (setting,) = aws("list-account-settings", "--name", name, "--effective-settings")["settings"]
        return setting["value"]

    assert effective("taskLongArnFormat") == "enabled"
    assert effective("containerInsights") == "disabled"
    put = aws("put-account-setting-default", "--name", "containerInsights", "--value", "enabled")["setting"]
    assert (put["name"], put["value"]) == ("containerInsights", "enabled")
    assert effective("containerInsights") == "enabled"
    created = aws("create-cluster", "--cluster-name", "insights")["cluster"]
    assert created["settings"] == [{"name": "containerInsights", "value": "enabled"}]
    aws("put-account-setting", "--name", "containerInsights", "--value", "disabled")
    aws("delete-account-setting", "--name", "containerInsights")
    refusal(plane, "put-account-setting", "--name", "taskLongArnFormat", "--value", "disabled")
    refusal(plane, "put-account-setting", "--name", "noSuchThing", "--value", "enabled")
    aws("put-account-setting-default", "--name", "containerInsights", "--value", "disabled")


# --- container instances


def test_life_of_a_container_instance(plane, aws, cluster):
    resources = [
        {"name": "CPU", "type": "INTEGER", "integerValue": 1024},
        {"name": "MEMORY", "type": "INTEGER", "integerValue": 1024},
        {"name": "PORTS", "type": "STRINGSET", "stringSetValue": ["22"]},
    ]

    def join(rack):
        return aws(
            "register-container-instance", "--cluster", cluster, "--total-resources", json.dumps(resources),
            "--attributes", f"name=rack,value={rack}", "--tags", "key=owner,value=a",
        )["containerInstance"]  # fmt: skip

    first, second = join("r1"), join("r2")
    arn = first["containerInstanceArn"]

    def listed(*arguments):
        return aws("list-container-instances", "--cluster", cluster, *arguments)["containerInstanceArns"]

    assert listed() == [arn, second["containerInstanceArn"]]
    assert listed("--filter", "attribute:rack == r1") == [arn]
    assert listed("--filter", "attribute:rack =~ r[12] and runningTasksCount < 1") == listed()
    assert listed("--filter", "not (attribute:rack in [r1, r3])") == [second["containerInstanceArn"]]
    stderr = refusal(plane, "list-container-instances", "--cluster", cluster, "--filter", "attribute:rack = r1")
    assert "(InvalidParameterException)" in stderr

    aws("put-attributes", "--cluster", cluster, "--attributes", f"name=tier,value=gold,targetId={arn}")
    attributes = aws(
        "list-attributes", "--cluster", cluster, "--target-type", "container-instance", "--attribute-name", "tier"
    )["attributes"]
    assert [(a["name"], a["value"]) for a in attributes] == [("tier", "gold")]
    assert attributes[0]["targetId"] in (arn, arn.rpartition("/")[2])
    assert listed("--filter", "attribute:tier exists") == [arn]
    aws("delete-attributes", "--cluster", cluster, "--attributes", f"name=tier,targetId={arn}")
    assert listed("--filter", "attribute:tier exists") == []

    state = aws(
        "update-container-instances-state", "--cluster", cluster, "--container-instances", arn, "a" * 32,
        "--status", "DRAINING",
    )  # fmt: skip
    assert [i["status"] for i in state["containerInstances"]] == ["DRAINING"]
    assert [f["reason"] for f in state["failures"]] == ["MISSING"]
    assert listed("--status", "DRAINING") == [arn]
    aws(
        "update-container-instances-state", "--cluster", cluster, "--container-instances", arn, "--status", "ACTIVE"
    )
    refusal(plane, "update-container-agent", "--cluster", cluster, "--container-instance", arn)

    def described(*arguments):
        return aws(
            "describe-container-instances", "--cluster", cluster, "--container-instances", arn, *arguments
        )["containerInstances"][0]

    assert described()["tags"] == []
    assert described("--include", "TAGS")["tags"] == [{"key": "owner", "value": "a"}]
    assert described("--include", "CONTAINER_INSTANCE_HEALTH")["healthStatus"]["overallStatus"]
    assert {r["name"] for r in described()["registeredResources"]} >= {"CPU", "MEMORY", "PORTS", "PORTS_UDP"}

    gone = aws("deregister-container-instance", "--cluster", cluster, "--container-instance", arn)
    assert gone["containerInstance"]["status"] == "INACTIVE"
    assert listed() == [second["containerInstanceArn"]]


# --- tasks


def test_life_of_a_task(plane, aws, cluster):
    ecs = plane.client()
    resources = [
        {"name": "CPU", "type": "INTEGER", "integerValue": 1024},
        {"name": "MEMORY", "type": "INTEGER", "integerValue": 1024},
    ]
    aws("register-container-instance", "--cluster", cluster, "--total-resources", json.dumps(resources))
    family = unique("life")
    aws(
        "register-task-definition", "--family", family, "--tags", "key=from,value=definition",
        "--container-definitions", json.dumps([{"name": "c", "image": "busybox", "memory": 64, "cpu": 128}]),
    )  # fmt: skip
    overrides = {
        "containerOverrides": [
            {"name": "c", "command": ["sleep", "1"], "environment": [{"name": "A", "value": "b"}], "memory": 128}
        ]
    }

    def run(token):
        return aws(
            "run-task", "--cluster", cluster, "--task-definition", family, "--overrides", json.dumps(overrides),
            "--count", "2", "--started-by", "tests", "--group", "batch", "--client-token", token,
            "--enable-ecs-managed-tags", "--propagate-tags", "TASK_DEFINITION", "--tags", "key=of,value=task",
        )  # fmt: skip

    answer = run("token")
    assert answer["failures"] == []
    arns = [task["taskArn"] for task in answer["tasks"]]
    assert [task["taskArn"] for task in run("token")["tasks"]] == arns
    stderr = refusal(
        plane, "run-task", "--cluster", cluster, "--task-definition", family, "--client-token", "token"
    )
    assert "(ConflictException)" in stderr
    tags = {t["key"]: t["value"] for t in answer["tasks"][0]["tags"]}
    assert tags == {"from": "definition", "of": "task", "aws:ecs:clusterName": cluster}
    contains(answer["tasks"][0]["overrides"], overrides)
    assert answer["tasks"][0]["group"] == "batch"

    for task in arns:
        report(ecs, task, "RUNNING", cluster)
    aws("wait", "tasks-running", "--cluster", cluster, "--tasks", *arns)
    for arguments in (
        [], ["--family", family], ["--started-by", "tests"], ["--launch-type", "EC2"],
        ["--family", family, "--launch-type", "EC2", "--desired-status", "RUNNING"],
    ):  # fmt: skip
        assert aws("list-tasks", "--cluster", cluster, *arguments)["taskArns"] == arns
    assert aws("list-tasks", "--cluster", cluster, "--desired-status", "STOPPED")["taskArns"] == []
    stderr = refusal(plane, "list-tasks", "--cluster", cluster, "--service-name", "none")
    assert "(ServiceNotFoundException)" in stderr

    protection = aws("get-task-protection", "--cluster", cluster, "--tasks", *arns)
    assert [failure["reason"] for failure in protection["failures"]] == ["TASK_NOT_VALID"] * 2
    protection = aws("update-task-protection", "--cluster", cluster, "--tasks", arns[0], "--protection-enabled")
    assert [failure["reason"] for failure in protection["failures"]] == ["TASK_NOT_VALID"]

    stopped = aws("stop-task", "--cluster", cluster, "--task", arns[0], "--reason", "enough")["task"]
    assert (stopped["desiredStatus"], stopped["stopCode"], stopped["stoppedReason"]) == (
        "STOPPED", "UserInitiated", "enough",
    )  # fmt: skip
    report(ecs, arns[0], "STOPPED", cluster)
    aws("wait", "tasks-stopped", "--cluster", cluster, "--tasks", arns[0])
    assert aws("list-tasks", "--cluster", cluster, "--desired-status", "STOPPED")["taskArns"] == [arns[0]]
    described = aws("describe-tasks", "--cluster", cluster, "--tasks", arns[0], "f" * 32, "--include", "TAGS")
    assert described["failures"][0]["reason"] == "MISSING"
    assert {t["key"] for t in described["tasks"][0]["tags"]} == set(tags)


# --- tags


def test_tags_of_every_resource(plane, aws, cluster):
    resources = [
        {"name": "CPU", "type": "INTEGER", "integerValue": 1024},
        {"name": "MEMORY", "type": "INTEGER", "integerValue": 1024},
    ]
    instance = aws("register-container-instance", "--cluster", cluster, "--total-resources", json.dumps(resources))
    family = unique("tagged")
    definition = aws(
        "register-task-definition", "--family", family, "--container-definitions",
        json.dumps([{"name": "c", "image": "busybox", "memory": 64}]),
    )  # fmt: skip
    group = f"arn:aws:autoscaling:{region}:{account}:autoScalingGroup:a1b2:autoScalingGroupName/{family}"
    provider = aws(
        "create-capacity-provider", "--name", family, "--auto-scaling-group-provider",
        json.dumps({"autoScalingGroupArn": group}),
    )  # fmt: skip
    task = aws("run-task", "--cluster", cluster, "--task-definition", family)["tasks"][0]
    arns = [
        task["clusterArn"],
        task["taskArn"],
        instance["containerInstance"]["containerInstanceArn"],
        definition["taskDefinition"]["taskDefinitionArn"],
        provider["capacityProvider"]["capacityProviderArn"],
    ]
    # A command takes most of a second to start, so only the first resource is tagged with it.
    first = arns.pop()
    aws("tag-resource", "--resource-arn", first, "--tags", "key=a,value=1", "key=b,value=2")
    aws("untag-resource", "--resource-arn", first, "--tag-keys", "b", "not-there")
    assert aws("list-tags-for-resource", "--resource-arn", first)["tags"] == [{"key": "a", "value": "1"}]
    assert refusal(plane, "list-tags-for-resource", "--resource-arn", first + "-not-there")

    ecs = plane.client()

    def tag(**tags):
        ecs.tag_resource(resourceArn=arn, tags=[{"key": key, "value": value} for key, value in tags.items()])

    for arn in arns:
        tag(a="1", b="2")
        tag(a="3")
        ecs.untag_resource(resourceArn=arn, tagKeys=["b", "not-there"])
        with refused("LimitExceededException"):
            tag(**{f"k{number}": "v" for number in range(50)})
        with refused("InvalidParameterException", "aws:"):
            tag(**{"aws:x": "1"})
        assert ecs.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "a", "value": "3"}]
