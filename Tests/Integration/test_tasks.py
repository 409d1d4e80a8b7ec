"""RunTask, StartTask, StopTask, DescribeTasks, ListTasks against container instances that no agent stands behind."""

import threading
import uuid

import pytest

from harness.places import account, region
from harness.tasks import (
    container, describe, refused, register, register_instance, remaining, report, run_task, unique,
)  # fmt: skip

full = {"CPU": 2048, "MEMORY": 4096, "PORTS": [22], "PORTS_UDP": []}


@pytest.fixture
def instance(ecs, cluster):
    return register_instance(ecs, cluster)


def finish(ecs, cluster, task):
    ecs.stop_task(cluster=cluster, task=task)
    report(ecs, task, "STOPPED", cluster)


def test_life_of_a_task(ecs, cluster, instance):
    definition = register(ecs, container(cpu=100, memory=64, memoryReservation=32))
    answer = ecs.run_task(
        cluster=cluster, taskDefinition=definition, startedBy="ci/42", tags=[{"key": "k", "value": "v"}],
        enableECSManagedTags=True,
    )  # fmt: skip
    assert answer["failures"] == []
    task = answer["tasks"][0]
    arn = task["taskArn"]
    assert arn.startswith(f"arn:aws:ecs:{region}:{account}:task/{cluster}/") and len(arn.split("/")[-1]) == 32
    assert (task["lastStatus"], task["desiredStatus"], task["launchType"]) == ("PENDING", "RUNNING", "EC2")
    assert task["containerInstanceArn"] == instance
    assert task["clusterArn"].endswith(f":cluster/{cluster}")
    assert task["taskDefinitionArn"].endswith(definition)
    assert (task["group"], task["startedBy"]) == (f"family:{definition.split(':')[0]}", "ci/42")
    assert (task["cpu"], task["memory"], task["version"]) == ("100", "32", 1)
    assert {"key": "aws:ecs:clusterName", "value": cluster} in task["tags"]
    only = task["containers"][0]
    assert (only["name"], only["lastStatus"], only["cpu"], only["memory"]) == ("main", "PENDING", "100", "64")
    assert remaining(ecs, cluster, instance) == {**full, "CPU": 1948, "MEMORY": 4064}
    assert "startedAt" not in task and "stopCode" not in task

    report(ecs, arn, "RUNNING", cluster, containers=[{"containerName": "main", "status": "RUNNING", "runtimeId": "abc"}])
    running = describe(ecs, arn, cluster)
    assert running["lastStatus"] == "RUNNING" and running["startedAt"] >= running["createdAt"]
    assert (running["containers"][0]["lastStatus"], running["containers"][0]["runtimeId"]) == ("RUNNING", "abc")
    counts = ecs.describe_clusters(clusters=[cluster])["clusters"][0]
    assert (counts["runningTasksCount"], counts["pendingTasksCount"]) == (1, 0)

    stopping = ecs.stop_task(cluster=cluster, task=arn, reason="enough")["task"]
    assert (stopping["desiredStatus"], stopping["lastStatus"]) == ("STOPPED", "RUNNING")
    assert (stopping["stopCode"], stopping["stoppedReason"]) == ("UserInitiated", "enough")
    report(ecs, arn, "STOPPED", cluster, containers=[{"containerName": "main", "status": "STOPPED", "exitCode": 3}])
    stopped = describe(ecs, arn, cluster)
    assert (stopped["lastStatus"], stopped["containers"][0]["exitCode"]) == ("STOPPED", 3)
    assert stopped["stoppedAt"] >= stopped["stoppingAt"]
    assert stopped["version"] > running["version"] > 1
    assert remaining(ecs, cluster, instance) == full

    # Late reports do not move a state back, and stopping twice changes nothing.
    report(ecs, arn, "RUNNING", cluster)
    assert ecs.stop_task(cluster=cluster, task=arn, reason="again")["task"]["stoppedReason"] == "enough"
    assert describe(ecs, arn, cluster)["lastStatus"] == "STOPPED"


def test_submit_container_state_change_is_applied(ecs, cluster, instance):
    arn = run_task(ecs, register(ecs), cluster)
    ecs.submit_container_state_change(
        cluster=cluster, task=arn, containerName="main", status="RUNNING", runtimeId="r",
        networkBindings=[{"bindIP": "0.0.0.0", "containerPort": 80, "hostPort": 40000, "protocol": "tcp"}],
    )  # fmt: skip
    only = describe(ecs, arn, cluster)["containers"][0]
    assert (only["lastStatus"], only["runtimeId"]) == ("RUNNING", "r")
    assert only["networkBindings"][0]["hostPort"] == 40000


@pytest.mark.parametrize("count", [1, 2, 10])
def test_count(ecs, cluster, instance, count):
    tasks = ecs.run_task(cluster=cluster, taskDefinition=register(ecs), count=count)["tasks"]
    assert len({task["taskArn"] for task in tasks}) == count


@pytest.mark.parametrize("count", [0, 11, -1])
def test_count_out_of_range(ecs, cluster, instance, count):
    with refused("InvalidParameterException", "count"):
        ecs.run_task(cluster=cluster, taskDefinition=register(ecs), count=count)


def test_run_task_without_instances_definition_or_cluster(ecs, cluster):
    with refused("InvalidParameterException", "No Container Instances were found in your cluster."):
        ecs.run_task(cluster=cluster, taskDefinition=register(ecs))
    with refused("ClusterNotFoundException"):
        ecs.run_task(cluster="never-made", taskDefinition=register(ecs))
    register_instance(ecs, cluster)
    for unknown in ("unknown-family", "unknown-family:1"):
        with refused("ClientException", "TaskDefinition not found."):
            ecs.run_task(cluster=cluster, taskDefinition=unknown)


def test_overrides(ecs, cluster, instance):
    definition = register(ecs, container("a", cpu=10), container("b", cpu=20))
    overrides = {
        "containerOverrides": [
            {
                "name": "a", "command": ["x"], "environment": [{"name": "E", "value": "v"}], "cpu": 500,
                "memory": 300, "memoryReservation": 200,
            }
        ]
    }  # fmt: skip
    task = ecs.run_task(cluster=cluster, taskDefinition=definition, overrides=overrides)["tasks"][0]
    given = {override["name"]: override for override in task["overrides"]["containerOverrides"]}
    assert given["a"] == overrides["containerOverrides"][0]
    assert given["b"] == {"name": "b"}
    assert remaining(ecs, cluster, instance) == {**full, "CPU": 2048 - 520, "MEMORY": 4096 - 208}
    for wrong, text in (
        ([{"name": "c"}], "Override for container named c is not a container in the TaskDefinition."),
        ([{"name": "a"}, {"name": "a"}], "more than one"),
        ([{"name": "a", "memory": 6, "memoryReservation": 7}], "memory"),
        ([{"name": "a", "environment": [{"name": "E", "value": "x" * 8200}]}], "8192"),
        ([{"name": "a", "environment": [{"name": "a=b", "value": ""}]}], "a=b"),
    ):
        with refused("InvalidParameterException", text):
            ecs.run_task(cluster=cluster, taskDefinition=definition, overrides={"containerOverrides": wrong})
    for unsupported in (
        {"ephemeralStorage": {"sizeInGiB": 30}},
    ):
        with refused("InvalidParameterException", "not supported"):
            ecs.run_task(cluster=cluster, taskDefinition=definition, overrides=unsupported)


@pytest.mark.parametrize(
    "definition, options, text",
    [
        (
            {"firelensConfiguration": {"type": "fluentd"}, "logConfiguration": {"logDriver": "awsfirelens"}},
            {"executionRoleArn": "arn:aws:iam::123456789012:role/r"},
            "Container 'main': firelensConfiguration",
        ),
        ({}, {"enableFaultInjection": True}, "enableFaultInjection"),
    ],
)
def test_what_agents_cannot_honour_is_registered_and_not_run(ecs, cluster, instance, definition, options, text):
    registered = register(ecs, container(**definition), **options)
    for call in (
        lambda: ecs.run_task(cluster=cluster, taskDefinition=registered),
        lambda: ecs.start_task(cluster=cluster, taskDefinition=registered, containerInstances=[instance]),
    ):
        with refused("ClientException", f"{text} is not supported by this version of Stevedore"):
            call()
    assert remaining(ecs, cluster, instance) == full


def test_group_and_started_by(ecs, cluster, instance):
    definition = register(ecs)
    assert describe(ecs, run_task(ecs, definition, cluster, group="batch"), cluster)["group"] == "batch"
    for wrong in ({"group": "service:x"}, {"group": "x" * 256}, {"startedBy": "a\nb"}, {"startedBy": "x" * 129}):
        with refused("InvalidParameterException", next(iter(wrong))):
            ecs.run_task(cluster=cluster, taskDefinition=definition, **wrong)


@pytest.mark.parametrize(
    "options, text",
    [
        ({"launchType": "FARGATE"}, "Task definition does not support launch_type FARGATE."),
        ({"launchType": "EC2", "capacityProviderStrategy": [{"capacityProvider": "p"}]}, "but not both"),
        ({"capacityProviderStrategy": [{"capacityProvider": "p"}]}, "weight value greater than zero"),
        ({"capacityProviderStrategy": [{"capacityProvider": "p", "weight": 1}]}, "not associated with the cluster"),
        ({"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["s"]}}}, "networkMode"),
        ({"placementConstraints": [{"type": "distinctInstance", "expression": "x"}]}, "expression should not be"),
        ({"placementStrategy": [{"type": "random"}] * 6}, "Maximum number of strategies is 5"),
        ({"placementStrategy": [{"type": "spread", "field": "rack"}]}, "spread field 'rack' is invalid"),
        ({"propagateTags": "SERVICE"}, "propagateTags"),
        ({"platformVersion": "1.4.0"}, "platform version"),
    ],
)
def test_what_run_task_refuses(ecs, cluster, instance, options, text):
    with refused("InvalidParameterException", text):
        ecs.run_task(cluster=cluster, taskDefinition=register(ecs), **options)


def test_external_tasks_and_the_flag_for_exec(ecs, cluster, instance):
    task = run_task(ecs, register(ecs), cluster, launchType="EXTERNAL", enableExecuteCommand=True)
    described = describe(ecs, task, cluster)
    assert (described["launchType"], described["enableExecuteCommand"]) == ("EXTERNAL", True)
    assert described["containers"][0]["managedAgents"][0]["name"] == "ExecuteCommandAgent"
    assert ecs.list_tasks(cluster=cluster, launchType="EXTERNAL")["taskArns"] == [task]
    with refused("UnsupportedFeatureException", "ExecuteCommand"):
        ecs.execute_command(cluster=cluster, task=task, command="sh", interactive=True)


def test_protection_is_for_tasks_of_services(ecs, cluster, instance):
    task, unknown = run_task(ecs, register(ecs), cluster), "0" * 32
    for answer in (
        ecs.update_task_protection(cluster=cluster, tasks=[task, unknown], protectionEnabled=True),
        ecs.get_task_protection(cluster=cluster, tasks=[task, unknown]),
    ):
        assert answer["protectedTasks"] == []
        assert [failure["reason"] for failure in answer["failures"]] == ["TASK_NOT_VALID", "MISSING"]
    for minutes in (0, 2881):
        with refused("InvalidParameterException", "expiresInMinutes"):
            ecs.update_task_protection(
                cluster=cluster, tasks=[task], protectionEnabled=True, expiresInMinutes=minutes
            )


def test_propagated_tags(ecs, cluster, instance):
    definition = register(ecs, tags=[{"key": "a", "value": "definition"}, {"key": "b", "value": "definition"}])
    task = run_task(
        ecs, definition, cluster, propagateTags="TASK_DEFINITION", tags=[{"key": "a", "value": "request"}]
    )
    assert describe(ecs, task, cluster)["tags"] == []
    tags = ecs.describe_tasks(cluster=cluster, tasks=[task], include=["TAGS"])["tasks"][0]["tags"]
    assert {tag["key"]: tag["value"] for tag in tags} == {"a": "request", "b": "definition"}


def test_client_token_makes_run_task_idempotent(ecs, cluster, instance):
    definition, token = register(ecs), str(uuid.uuid4())
    request = {"cluster": cluster, "taskDefinition": definition, "count": 2, "clientToken": token}
    first = {task["taskArn"] for task in ecs.run_task(**request)["tasks"]}
    again = {task["taskArn"] for task in ecs.run_task(**request)["tasks"]}
    assert again == first
    with refused("ConflictException") as error:
        ecs.run_task(**{**request, "count": 3})
    assert len(error.value.response["resourceIds"]) == 2
    assert set(error.value.response["resourceIds"]) == first, "resourceIds are the ARNs of the existing tasks"
    assert len(ecs.list_tasks(cluster=cluster)["taskArns"]) == 2
    for wrong in ("x" * 65, "a b"):
        with refused("InvalidParameterException", "clientToken"):
            ecs.run_task(**{**request, "clientToken": wrong})


def test_client_token_holds_against_simultaneous_calls(plane, ecs, cluster, instance):
    definition, token = register(ecs), str(uuid.uuid4())
    answers = []

    def call():
        answer = plane.client().run_task(cluster=cluster, taskDefinition=definition, clientToken=token)
        answers.append(answer["tasks"][0]["taskArn"])

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8 and len(set(answers)) == 1
    assert ecs.list_tasks(cluster=cluster)["taskArns"] == answers[:1]


@pytest.mark.parametrize(
    "definition, reason",
    [
        ({"cpu": 1500}, "RESOURCE:CPU"),
        ({"memoryReservation": 3000}, "RESOURCE:MEMORY"),
        ({"memory": 3000, "memoryReservation": 3000}, "RESOURCE:MEMORY"),
        ({"portMappings": [{"containerPort": 80, "hostPort": 8080}]}, "RESOURCE:PORTS"),
        ({"portMappings": [{"containerPort": 80, "hostPort": 22}]}, "RESOURCE:PORTS"),
        ({"portMappings": [{"containerPort": 53, "hostPort": 53, "protocol": "udp"}]}, "RESOURCE:PORTS"),
    ],
)
def test_what_does_not_fit_is_a_failure_and_what_stops_is_given_back(ecs, cluster, instance, definition, reason):
    registered = register(ecs, container(**definition))
    answer = ecs.run_task(cluster=cluster, taskDefinition=registered, count=2)
    fits = 0 if definition.get("portMappings", [{}])[0].get("hostPort") == 22 else 1
    assert len(answer["tasks"]) == fits, "partial success is success"
    assert answer["failures"][0]["arn"] == instance
    assert answer["failures"][0]["reason"].startswith(reason)
    for task in answer["tasks"]:
        again = ecs.run_task(cluster=cluster, taskDefinition=registered)
        assert (again["tasks"], again["failures"][0]["reason"].startswith(reason)) == ([], True)
        # Asked to stop is not stopped: what it holds stays held.
        ecs.stop_task(cluster=cluster, task=task["taskArn"])
        assert ecs.run_task(cluster=cluster, taskDefinition=registered)["tasks"] == []
        report(ecs, task["taskArn"], "STOPPED", cluster)
    assert remaining(ecs, cluster, instance) == full
    assert len(ecs.run_task(cluster=cluster, taskDefinition=registered)["tasks"]) == fits


def test_static_tcp_and_udp_ports_are_accounted_apart(ecs, cluster, instance):
    for protocol in ("tcp", "udp"):
        mapping = {"containerPort": 53, "hostPort": 5353, "protocol": protocol}
        run_task(ecs, register(ecs, container(portMappings=[mapping])), cluster)
    assert remaining(ecs, cluster, instance)["PORTS"] == [22, 5353]
    assert remaining(ecs, cluster, instance)["PORTS_UDP"] == [5353]


def test_dynamic_ports_do_not_count_as_reserved(ecs, cluster, instance):
    """As in ECS. That they are distinct is seen where containers have them: test_containers."""
    mappings = [{"containerPort": 80}, {"containerPort": 81, "hostPort": 0}, {"containerPort": 82, "protocol": "udp"}]
    tasks = ecs.run_task(cluster=cluster, taskDefinition=register(ecs, container(portMappings=mappings)), count=10)
    assert len(tasks["tasks"]) == 10
    left = remaining(ecs, cluster, instance)
    assert (left["PORTS"], left["PORTS_UDP"]) == ([22], [])


def test_nothing_is_oversubscribed_by_simultaneous_calls(plane, ecs, cluster):
    instances = [register_instance(ecs, cluster, cpu=1000) for _ in range(3)]
    definition = register(ecs, container(cpu=100))
    placed, failed = [], []

    def call():
        client = plane.client()
        for _ in range(5):
            answer = client.run_task(cluster=cluster, taskDefinition=definition, count=2)
            placed.extend(answer["tasks"])
            failed.extend(answer["failures"])

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(placed) == 30 and failed
    for instance in instances:
        left = remaining(ecs, cluster, instance)
        assert left["CPU"] == 0


def test_a_static_port_is_given_once_by_simultaneous_calls(plane, ecs, cluster):
    instances = {register_instance(ecs, cluster) for _ in range(3)}
    definition = register(ecs, container(portMappings=[{"containerPort": 80, "hostPort": 8080}]))
    placed = []

    def call():
        placed.extend(plane.client().run_task(cluster=cluster, taskDefinition=definition)["tasks"])

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(task["containerInstanceArn"] for task in placed) == sorted(instances)


def test_random_placement_uses_every_host(ecs, cluster):
    instances = {register_instance(ecs, cluster) for _ in range(3)}
    definition = register(ecs)
    tasks = [
        task for _ in range(6) for task in ecs.run_task(cluster=cluster, taskDefinition=definition, count=10)["tasks"]
    ]
    # 60 throws among three: that one of them gets none happens less than once in 10^10 runs.
    assert {task["containerInstanceArn"] for task in tasks} == instances


def test_start_task(ecs, cluster):
    first, second = (register_instance(ecs, cluster, cpu=100) for _ in range(2))
    gone = register_instance(ecs, cluster)
    ecs.deregister_container_instance(cluster=cluster, containerInstance=gone)
    unknown = first[:-32] + "0" * 32
    definition = register(ecs, container(cpu=60))
    answer = ecs.start_task(
        cluster=cluster, taskDefinition=definition, containerInstances=[first, second, gone, unknown], startedBy="me"
    )
    assert [task["containerInstanceArn"] for task in answer["tasks"]] == [first, second]
    assert {(f["arn"], f["reason"]) for f in answer["failures"]} == {(gone, "INACTIVE"), (unknown, "MISSING")}
    again = ecs.start_task(cluster=cluster, taskDefinition=definition, containerInstances=[first.split("/")[-1]])
    assert (again["tasks"], again["failures"][0]["arn"]) == ([], first)
    assert again["failures"][0]["reason"].startswith("RESOURCE:CPU")
    with refused("InvalidParameterException"):
        ecs.start_task(cluster=cluster, taskDefinition=definition, containerInstances=[first] * 11)
    with refused("ClientException", "cannot be empty"):
        ecs.start_task(cluster=cluster, taskDefinition=definition, containerInstances=[])
    with refused("InvalidParameterException", "startedBy"):
        ecs.start_task(
            cluster=cluster, taskDefinition=definition, containerInstances=[first], startedBy="x" * 37
        )


def test_stop_task_of_what_is_not_there(ecs, cluster):
    for unknown in ("f" * 32, "nonsense", f"arn:aws:ecs:{region}:{account}:task/{cluster}/{'0' * 32}"):
        with refused("InvalidParameterException", "The referenced task was not found."):
            ecs.stop_task(cluster=cluster, task=unknown)
    with refused("ClusterNotFoundException"):
        ecs.stop_task(cluster="never-made", task="f" * 32)


def test_default_reason_of_stop_task(ecs, cluster, instance):
    task = run_task(ecs, register(ecs), cluster)
    assert ecs.stop_task(cluster=cluster, task=task)["task"]["stoppedReason"] == "Task stopped by user"


def test_describe_tasks_that_are_not_there(ecs, cluster, instance):
    there = run_task(ecs, register(ecs), cluster)
    answer = ecs.describe_tasks(cluster=cluster, tasks=[there.split("/")[-1], "0" * 32])
    assert [task["taskArn"] for task in answer["tasks"]] == [there]
    missing = f"arn:aws:ecs:{region}:{account}:task/{cluster}/{'0' * 32}"
    assert answer["failures"] == [{"arn": missing, "reason": "MISSING"}]
    with refused("ClientException", "cannot be empty"):
        ecs.describe_tasks(cluster=cluster, tasks=[])
    with refused("InvalidParameterException"):
        ecs.describe_tasks(cluster=cluster, tasks=["0" * 32] * 101)
    with refused("InvalidParameterException"):
        ecs.describe_tasks(cluster="default" if cluster != "default" else "other", tasks=[there])


def test_list_tasks_has_filters_and_pages(ecs, cluster):
    first, second = (register_instance(ecs, cluster, cpu=100_000, memory=100_000) for _ in range(2))
    a, b = register(ecs, family=unique("list-a")), register(ecs, family=unique("list-b"))

    def start(definition, instance, started_by, count):
        return [
            ecs.start_task(
                cluster=cluster, taskDefinition=definition, containerInstances=[instance], startedBy=started_by
            )["tasks"][0]["taskArn"]
            for _ in range(count)
        ]

    a1, a2, b2 = start(a, first, "x", 60), start(a, second, "y", 50), start(b, second, "y", 10)
    stopped = a1[0]
    finish(ecs, cluster, stopped)

    def listed(size=None, **options):
        if size:
            options["PaginationConfig"] = {"PageSize": size}
        pages = list(ecs.get_paginator("list_tasks").paginate(cluster=cluster, **options))
        return [arn for page in pages for arn in page["taskArns"]], len(pages)

    family_a, family_b = (definition.split(":")[0] for definition in (a, b))
    assert listed() == (a1[1:] + a2 + b2, 2)
    assert listed(size=7) == (a1[1:] + a2 + b2, 17)
    assert listed(desiredStatus="STOPPED")[0] == [stopped]
    assert listed(desiredStatus="PENDING")[0] == []
    assert listed(family=family_a, size=20)[0] == a1[1:] + a2
    assert listed(family=family_b)[0] == b2
    assert listed(containerInstance=second)[0] == a2 + b2
    assert listed(containerInstance=second.split("/")[-1], family=family_a)[0] == a2
    assert listed(startedBy="y", size=13)[0] == a2 + b2
    assert listed(launchType="EC2", size=100)[0] == a1[1:] + a2 + b2
    assert listed(launchType="FARGATE")[0] == []
    assert listed(family="nobody")[0] == []
    with refused("ServiceNotFoundException"):
        ecs.list_tasks(cluster=cluster, serviceName="nobody")
    with refused("InvalidParameterException", "startedBy"):
        ecs.list_tasks(cluster=cluster, startedBy="y", family=family_a)
    for wrong in (0, 101):
        with refused("InvalidParameterException"):
            ecs.list_tasks(cluster=cluster, maxResults=wrong)


def test_reports_about_tasks_that_are_not_there(ecs, cluster, instance):
    from botocore.exceptions import ClientError

    try:
        report(ecs, "0" * 32, "RUNNING", cluster)
    except ClientError as error:  # an agent may hold on to a task that expired here: either answer will do
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert ecs.describe_tasks(cluster=cluster, tasks=["0" * 32])["failures"]
