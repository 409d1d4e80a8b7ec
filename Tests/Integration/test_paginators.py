"""Every list with pages, and every waiter, as botocore describes them: each item found once, each wait ended rightly.

What is tested is what the executable says it has: an operation that comes to work needs a recipe here.
"""

import botocore.paginate
import botocore.session
import pytest
from botocore import xform_name
from botocore.exceptions import WaiterError

from harness.controlplane import done_operations
from harness.places import account, region
from harness.tasks import container, register, register_instance, report, run_task, unique

_session = botocore.session.get_session()
_model = _session.get_service_model("ecs")
_loader = _session.get_component("data_loader")
paginators = _loader.load_service_model("ecs", "paginators-1")["pagination"]
waiters = _loader.load_service_model("ecs", "waiters-2")["waiters"]

#: More than the largest page there is, which holds 100.
many = 105


def has_pages(operation):
    """Whether an operation takes and gives a `nextToken`, whether or not botocore has a paginator for it."""
    shapes = (_model.operation_model(operation).input_shape, _model.operation_model(operation).output_shape)
    return all(shape is not None and "nextToken" in shape.members for shape in shapes)


lists = [name for name in _model.operation_names if has_pages(name)]


def paginator_of(ecs, operation):
    """boto3's own; for an operation that botocore has none for, one of the same kind."""
    method = xform_name(operation)
    if ecs.can_paginate(method):
        return ecs.get_paginator(method)
    output = _model.operation_model(operation).output_shape
    results = [name for name, shape in output.members.items() if shape.type_name == "list" and name != "failures"]
    model = {
        "input_token": "nextToken", "output_token": "nextToken", "limit_key": "maxResults", "result_key": results[0]
    }  # fmt: skip
    return botocore.paginate.Paginator(getattr(ecs, method), model, _model.operation_model(operation))


# --- Recipes: items, and the request that lists them. A recipe returns (parameters, items, whether these are all).


def clusters(ecs):
    names = [unique("paged") for _ in range(many)]
    arns = [ecs.create_cluster(clusterName=name)["cluster"]["clusterArn"] for name in names]
    return {}, arns, False


def new_cluster(ecs):
    name = unique("paged")
    ecs.create_cluster(clusterName=name)
    return name


def container_instances(ecs):
    cluster = new_cluster(ecs)
    return {"cluster": cluster}, [register_instance(ecs, cluster) for _ in range(many)], True


def task_definitions(ecs):
    family = unique("revisions")
    references = [register(ecs, family=family) for _ in range(many)]
    arns = [f"arn:aws:ecs:{region}:{account}:task-definition/{reference}" for reference in references]
    return {"familyPrefix": family}, arns, True


def families(ecs):
    prefix = unique("families")
    names = [f"{prefix}-{number}" for number in range(many)]
    for name in names:
        register(ecs, family=name)
    return {"familyPrefix": prefix}, names, True


def tasks(ecs):
    cluster = new_cluster(ecs)
    register_instance(ecs, cluster, cpu=1_000_000, memory=1_000_000)
    definition = register(ecs, container(cpu=1))
    counts = [10] * (many // 10) + [many % 10]
    answers = [ecs.run_task(cluster=cluster, taskDefinition=definition, count=count) for count in counts]
    arns = [task["taskArn"] for answer in answers for task in answer["tasks"]]
    assert len(arns) == many, answers[0]["failures"]
    return {"cluster": cluster}, arns, True


def attributes(ecs):
    cluster = new_cluster(ecs)
    name = unique("attribute")
    instances = [register_instance(ecs, cluster) for _ in range(many)]
    for start in range(0, many, 10):
        ecs.put_attributes(
            cluster=cluster,
            attributes=[
                {"name": name, "value": arn[-8:], "targetType": "container-instance", "targetId": arn}
                for arn in instances[start : start + 10]
            ],
        )
    items = [(arn, name, arn[-8:]) for arn in instances]
    return {"cluster": cluster, "targetType": "container-instance", "attributeName": name}, items, True


def account_settings(ecs):
    """Ten a page; every setting has an effective value, and there are more than ten settings."""
    answers = [ecs.list_account_settings(effectiveSettings=True, name=name)["settings"] for name in setting_names()]
    items = [setting["name"] for found in answers for setting in found]
    assert len(items) > 10
    return {"effectiveSettings": True}, items, True


def setting_names():
    return _model.shape_for("SettingName").enum


def capacity_providers(ecs):
    names = [unique("provider") for _ in range(12)]
    for name in names:
        group = f"arn:aws:autoscaling:{region}:{account}:autoScalingGroup:0:autoScalingGroupName/{name}"
        ecs.create_capacity_provider(name=name, autoScalingGroupProvider={"autoScalingGroupArn": group})
    return {}, [*names, "FARGATE", "FARGATE_SPOT"], False


def services(ecs):
    cluster = new_cluster(ecs)
    definition = register(ecs)
    names = [unique("paged") for _ in range(many)]
    answers = [
        ecs.create_service(cluster=cluster, serviceName=name, taskDefinition=definition, desiredCount=0)
        for name in names
    ]
    return {"cluster": cluster}, [answer["service"]["serviceArn"] for answer in answers], True


def service_deployments(ecs):
    cluster = new_cluster(ecs)
    answers = [ecs.create_service(cluster=cluster, serviceName="s", taskDefinition=register(ecs), desiredCount=0)]
    for _ in range(many - 1):
        answers.append(ecs.update_service(cluster=cluster, service="s", forceNewDeployment=True))
    arns = [answer["service"]["currentServiceDeployment"] for answer in answers]
    return {"cluster": cluster, "service": "s"}, arns, True


recipes = {
    "ListServices": services,
    "ListServiceDeployments": service_deployments,
    "ListClusters": clusters,
    "ListContainerInstances": container_instances,
    "ListTaskDefinitions": task_definitions,
    "ListTaskDefinitionFamilies": families,
    "ListTasks": tasks,
    "ListAttributes": attributes,
    "ListAccountSettings": account_settings,
    "DescribeCapacityProviders": capacity_providers,
}

#: Lists that work and have nothing in them yet.
always_empty = {"ListServicesByNamespace"}

#: What tells items apart that are no strings.
identities = {
    "ListServiceDeployments": lambda item: item["serviceDeploymentArn"],
    "ListAttributes": lambda item: (item["targetId"], item["name"], item["value"]),
    "ListAccountSettings": lambda item: item["name"],
    "DescribeCapacityProviders": lambda item: item["name"],
}


def test_botocore_paginates_nothing_else():
    assert set(paginators) <= set(lists)
    assert set(recipes) <= set(lists)


@pytest.mark.parametrize("operation", lists)
def test_every_item_is_found_once(ecs, operation):
    if operation not in done_operations():
        pytest.skip(f"{operation} is refused in this version")
    if operation in always_empty:
        pytest.skip(f"{operation} finds nothing in this version")
    assert operation in recipes, f"{operation} works and has pages, so it needs a recipe"
    parameters, items, are_all = recipes[operation](ecs)
    paginator = paginator_of(ecs, operation)
    (key,) = paginator.result_keys
    identity = identities.get(operation, lambda item: item)

    def listed(**configuration):
        pages = [page[key.expression] for page in paginator.paginate(**parameters, PaginationConfig=configuration)]
        return [identity(item) for page in pages for item in page], pages

    for configuration in ({}, {"PageSize": 3}):
        found, pages = listed(**configuration)
        assert len(found) == len(set(found)), "none twice"
        assert set(items) == set(found) if are_all else set(items) <= set(found), "all of them"
        assert len(pages) > 1, "more items than fit on one page"
        if configuration:
            assert all(len(page) <= 3 for page in pages)
    # boto3's own token, made of where it stopped, goes on from there.
    first = paginator.paginate(**parameters, PaginationConfig={"MaxItems": 4, "PageSize": 3}).build_full_result()
    rest, _ = listed(StartingToken=first["NextToken"])
    assert [identity(item) for item in first[key.expression]] + rest == listed()[0]


# --- Waiters


@pytest.fixture
def running(ecs, cluster):
    """Three tasks that somebody must report on."""
    register_instance(ecs, cluster)
    definition = register(ecs)
    return [run_task(ecs, definition, cluster) for _ in range(3)]


class Wait:
    """A waiter and what happens while it waits: a step before each question but the first."""

    def __init__(self, plane, ecs, waiter, steps):
        self.client = plane.client()
        self.waiter = self.client.get_waiter(xform_name(waiter))
        self.questions = 0
        self.ecs = ecs
        self.steps = list(steps)
        self.client.meta.events.register("before-call.ecs", self._before)

    def _before(self, **_):
        self.questions += 1
        if self.questions > 1 and self.steps:
            self.steps.pop(0)()

    def __call__(self, attempts=20, **parameters):
        self.waiter.wait(WaiterConfig={"Delay": 0, "MaxAttempts": attempts}, **parameters)
        return self.questions


def tasks_running(plane, ecs, cluster, tasks):
    steps = [lambda task=task: report(ecs, task, "RUNNING", cluster) for task in tasks]
    assert Wait(plane, ecs, "TasksRunning", steps)(cluster=cluster, tasks=tasks) == 4

    with pytest.raises(WaiterError, match="Max attempts"):
        ecs.stop_task(cluster=cluster, task=tasks[0])
        fresh = run_task(ecs, register(ecs), cluster)
        Wait(plane, ecs, "TasksRunning", [])(attempts=3, cluster=cluster, tasks=[tasks[1], fresh])
    with pytest.raises(WaiterError, match="STOPPED"):
        stop = lambda: report(ecs, tasks[0], "STOPPED", cluster)  # noqa: E731
        Wait(plane, ecs, "TasksRunning", [stop])(cluster=cluster, tasks=[tasks[0], fresh])
    with pytest.raises(WaiterError, match="MISSING"):
        Wait(plane, ecs, "TasksRunning", [])(cluster=cluster, tasks=[tasks[1], "f" * 32])


def tasks_stopped(plane, ecs, cluster, tasks):
    for task in tasks:
        report(ecs, task, "RUNNING", cluster)
        ecs.stop_task(cluster=cluster, task=task)
    steps = [lambda task=task: report(ecs, task, "STOPPED", cluster) for task in tasks]
    assert Wait(plane, ecs, "TasksStopped", steps)(cluster=cluster, tasks=tasks) == 4
    with pytest.raises(WaiterError, match="Max attempts"):
        fresh = run_task(ecs, register(ecs), cluster)
        Wait(plane, ecs, "TasksStopped", [])(attempts=3, cluster=cluster, tasks=[tasks[0], fresh])


def new_service(ecs, cluster, count):
    """The name of a service that no host can take tasks of."""
    name = unique("s")
    definition = register(ecs, container(cpu=1_000_000))
    ecs.create_service(cluster=cluster, serviceName=name, taskDefinition=definition, desiredCount=count)
    return name


def services_stable(plane, ecs, cluster, _):
    name = new_service(ecs, cluster, 0)
    assert Wait(plane, ecs, "ServicesStable", [])(cluster=cluster, services=[name]) == 1
    scale = lambda count: ecs.update_service(cluster=cluster, service=name, desiredCount=count)  # noqa: E731
    scale(1)
    assert Wait(plane, ecs, "ServicesStable", [lambda: scale(0)])(cluster=cluster, services=[name]) == 2
    scale(1)
    with pytest.raises(WaiterError, match="Max attempts"):
        Wait(plane, ecs, "ServicesStable", [])(attempts=3, cluster=cluster, services=[name])
    scale(0)
    with pytest.raises(WaiterError, match="MISSING"):
        Wait(plane, ecs, "ServicesStable", [])(cluster=cluster, services=["nope"])
    ecs.delete_service(cluster=cluster, service=name)
    with pytest.raises(WaiterError, match="INACTIVE"):
        Wait(plane, ecs, "ServicesStable", [])(cluster=cluster, services=[name])


def services_inactive(plane, ecs, cluster, _):
    name = new_service(ecs, cluster, 1)
    delete = lambda: ecs.delete_service(cluster=cluster, service=name, force=True)  # noqa: E731
    assert Wait(plane, ecs, "ServicesInactive", [delete])(cluster=cluster, services=[name]) == 2
    with pytest.raises(WaiterError, match="MISSING"):
        Wait(plane, ecs, "ServicesInactive", [])(cluster=cluster, services=["nope"])


waits = {
    "TasksRunning": tasks_running,
    "TasksStopped": tasks_stopped,
    "ServicesStable": services_stable,
    "ServicesInactive": services_inactive,
}


@pytest.mark.parametrize("waiter", waiters)
def test_waiter(plane, ecs, cluster, running, waiter):
    operation = waiters[waiter]["operation"]
    if operation not in done_operations():
        pytest.skip(f"{operation}, which {xform_name(waiter)} asks, is refused in this version")
    assert waiter in waits, f"{operation} works, so {xform_name(waiter)} needs a story here"
    waits[waiter](plane, ecs, cluster, running)


@pytest.mark.parametrize("waiter", ["tasks-running", "tasks-stopped"])
def test_aws_wait(plane, ecs, cluster, running, waiter):
    status = waiter.split("-")[1].upper()
    for task in running:
        report(ecs, task, status, cluster)
    assert plane.aws("wait", waiter, "--cluster", cluster, "--tasks", *running) is None
