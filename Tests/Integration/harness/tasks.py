"""Short ways to say what most tests say."""

import itertools

import pytest
from botocore.exceptions import ClientError

from .host import image
from .waiting import wait_until

_numbers = itertools.count(1)

#: Stops at once on SIGTERM, as a well-behaved program does.
wait_for_term = 'trap "exit 0" TERM; while :; do sleep 0.05; done'


def unique(prefix="t"):
    return f"{prefix}-{next(_numbers)}"


def container(name="main", script=None, **options):
    """A container definition: a shell script in the test image, or whatever the options say."""
    definition = {"name": name, "image": image, "memoryReservation": 8, "stopTimeout": 2, **options}
    if script is not None:
        definition["entryPoint"] = ["sh", "-c"]
        definition["command"] = [script]
    return definition


def register(ecs, *containers, family=None, **options):
    """Registers a task definition and returns `family:revision`."""
    definition = ecs.register_task_definition(
        family=family or unique("family"), containerDefinitions=list(containers) or [container()], **options
    )["taskDefinition"]
    return f"{definition['family']}:{definition['revision']}"


#: What an agent says that it and its engine can do; a task definition's requiresAttributes are looked for among them.
capabilities = [
    {"name": "ecs.capability.container-health-check"},
    {"name": "ecs.capability.container-ordering"},
    {"name": "ecs.capability.increased-task-cpu-limit"},
    {"name": "com.amazonaws.ecs.capability.privileged-container"},
    {"name": "com.amazonaws.ecs.capability.logging-driver.json-file"},
    {"name": "ecs.capability.container-restart-policy"},
    {"name": "ecs.capability.network.container-port-range"},
    {"name": "ecs.capability.docker-plugin.local"},
    {"name": "ecs.capability.env-files.s3"},
    {"name": "ecs.capability.pid-ipc-namespace-sharing"},
    {"name": "ecs.capability.task-cpu-mem-limit"},
    {"name": "ecs.capability.task-eni"},
    {"name": "com.amazonaws.ecs.capability.task-iam-role"},
    {"name": "com.amazonaws.ecs.capability.task-iam-role-network-host"},
    {"name": "ecs.capability.private-registry-authentication.secretsmanager"},
    {"name": "ecs.capability.secrets.asm.environment-variables"},
    {"name": "ecs.capability.secrets.ssm.environment-variables"},
    *({"name": f"com.amazonaws.ecs.capability.docker-remote-api.1.{minor}"} for minor in range(17, 45)),
]


def register_instance(ecs, cluster, cpu=2048, memory=4096, ports=("22",), **options):
    """A container instance that no agent stands behind; returns its ARN."""
    resources = [
        {"name": "CPU", "type": "INTEGER", "integerValue": cpu},
        {"name": "MEMORY", "type": "INTEGER", "integerValue": memory},
        {"name": "PORTS", "type": "STRINGSET", "stringSetValue": list(ports)},
        {"name": "PORTS_UDP", "type": "STRINGSET", "stringSetValue": []},
    ]
    attributes = [*capabilities, *options.pop("attributes", [])]
    answer = ecs.register_container_instance(
        cluster=cluster, totalResources=resources, attributes=attributes, **options
    )
    return answer["containerInstance"]["containerInstanceArn"]


def remaining(ecs, cluster, instance):
    """CPU, MEMORY, PORTS, PORTS_UDP and GPU that a container instance has left (ports: those in use)."""
    described = ecs.describe_container_instances(cluster=cluster, containerInstances=[instance])
    return {
        resource["name"]: sorted(map(int, resource["stringSetValue"]))
        if resource["name"].startswith("PORTS")
        else resource["stringSetValue" if resource["type"] == "STRINGSET" else "integerValue"]
        for resource in described["containerInstances"][0]["remainingResources"]
    }


def run_task(ecs, definition, cluster="default", **options):
    """Runs one task and returns its ARN."""
    answer = ecs.run_task(cluster=cluster, taskDefinition=definition, **options)
    assert answer["failures"] == [], answer["failures"]
    return answer["tasks"][0]["taskArn"]


def describe(ecs, task, cluster="default"):
    answer = ecs.describe_tasks(cluster=cluster, tasks=[task])
    assert answer["failures"] == [], answer["failures"]
    return answer["tasks"][0]


def wait_status(ecs, task, status, cluster="default", seconds=30):
    """Waits until the task has the status, and returns it. A task that STOPPED instead fails at once."""

    def reached():
        described = describe(ecs, task, cluster)
        if described["lastStatus"] == "STOPPED" and status != "STOPPED":
            pytest.fail(f"{task} is STOPPED, not {status}: {story(described)}")
        return described if described["lastStatus"] == status else None

    try:
        return wait_until(reached, f"{task} {status}", seconds)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{story(describe(ecs, task, cluster))}") from None


def story(task):
    """What one wants to know of a task when a test fails."""
    containers = [
        {key: c.get(key) for key in ("name", "lastStatus", "exitCode", "reason")} for c in task["containers"]
    ]
    return {key: task.get(key) for key in ("lastStatus", "desiredStatus", "stopCode", "stoppedReason")} | {
        "containers": containers
    }


def report(ecs, task, status, cluster, **options):
    """What an agent would say of a task."""
    return ecs.submit_task_state_change(cluster=cluster, task=task, status=status, **options)


def code_of(error):
    return error.value.response["Error"]["Code"]


def message_of(error):
    return error.value.response["Error"]["Message"]


def refused(code, message=None):
    """`with refused("ClientException", "text"):` expects that error, with that text somewhere in its message."""
    return _Refusal(code, message)


class _Refusal:
    def __init__(self, code, message):
        self.code = code
        self.message = message
        self._raises = pytest.raises(ClientError)

    def __enter__(self):
        self.error = self._raises.__enter__()
        return self.error

    def __exit__(self, *details):
        result = self._raises.__exit__(*details)
        if result:
            assert code_of(self.error) == self.code, self.error.value
            assert (self.message or "") in message_of(self.error)
            assert self.error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
        return result
