"""Secrets in containers: where a value arrives, and where it must not. ECS runtime rules, sections 1.1 and 2.1."""

import configparser
import contextlib
import json
import sqlite3

import pytest

from harness.processes import CommandLines
from harness.signing import Connection, Signing
from harness.tasks import container, describe, register, run_task, story, unique, wait_for_term, wait_status
from harness.waiting import wait_until

pytestmark = [pytest.mark.docker, pytest.mark.lifecycle]

role = "arn:aws:iam::123456789012:role/execution"
path = "/stevedore/v1/agent/secrets"
unable = "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "


def secret(name):
    return f"arn:aws:secretsmanager:us-east-1:123456789012:secret:{name}"


def define(ecs, script, secrets, **options):
    references = [{"name": name, "valueFrom": value_from} for name, value_from in secrets.items()]
    return register(ecs, container(script=script, secrets=references, **options), executionRoleArn=role)


def end(node, definition):
    return wait_status(node.ecs, run_task(node.ecs, definition), "STOPPED")


def test_a_value_arrives_and_is_found_nowhere_else(node):
    value = "s3cr3t-Zk41-value"
    lines = "first-Qx77-line\nsecond-Qx78-line"
    member = "member-Wv90-value"
    name = unique("everywhere")
    node.plane.put_secret(secret(name), json.dumps({"password": member, "port": 5432}))
    node.plane.put_secret(f"/{name}/value", value)
    node.plane.put_secret(f"{name}-lines", lines)
    script = f"""
        [ "$VALUE" = "{value[:6]}""{value[6:]}" ] && [ "$BY_ARN" = "$VALUE" ] || exit 3
        [ "$(printf %s "$LINES_" | wc -l)" = 1 ] || exit 4
        case "$MEMBER" in member-*-value) ;; *) exit 5;; esac
        [ "$PORT" = 5432 ] || exit 6
        {wait_for_term}
    """
    definition = define(
        node.ecs,
        script,
        {
            "VALUE": f"/{name}/value",
            "BY_ARN": f"arn:aws:ssm:us-east-1:123456789012:parameter/{name}/value",
            "LINES_": f"{name}-lines",
            "MEMBER": f"{secret(name)}-AbCdEf:password::",
            "PORT": f"{secret(name)}:port:AWSCURRENT:",
        },
        dockerLabels={"own": "label"},
    )
    with CommandLines() as watch:
        task = run_task(node.ecs, definition)
        running = wait_status(node.ecs, task, "RUNNING")
    (runtime_id,) = [item["runtimeId"] for item in running["containers"]]
    inspected = node.host.inspect(runtime_id)
    labels = json.dumps(inspected["Config"]["Labels"])
    started = [line for line in watch.seen if b"--env-file=/dev/stdin" in line]
    assert started, "the start was not seen"
    node.ecs.stop_task(task=task)
    ended = wait_status(node.ecs, task, "STOPPED")
    # Whoever stops at the signal has got past every comparison.
    assert ended["containers"][0]["exitCode"] == 0, story(ended)

    places = {
        "docker inspect's labels": labels,
        "docker inspect's arguments": json.dumps([inspected["Args"], inspected["Config"]["Cmd"]]),
        "DescribeTasks": json.dumps(describe(node.ecs, task), default=str),
        "DescribeTaskDefinition": json.dumps(
            node.ecs.describe_task_definition(taskDefinition=definition), default=str
        ),
        "ps": b"\n".join(watch.seen),
    }
    for folder in (node.agent.directory, node.plane.directory, node.host.directory):
        for file in folder.rglob("*"):
            # The store of secrets itself is where they belong.
            if file.is_file() and node.plane.data / "secrets" not in file.parents:
                places[str(file)] = file.read_bytes()
    assert any(place.endswith("-wal") for place in places), "the write-ahead logs were not looked at"
    for text in (value, "first-Qx77", "second-Qx78", member):
        for place, content in places.items():
            needle = text.encode() if isinstance(content, bytes) else text
            assert needle not in content, place


def test_a_value_is_read_at_each_start(node):
    name = unique("rotated")
    definition = define(node.ecs, 'exit "$CODE"', {"CODE": name})
    for code in (3, 4):
        # As `echo` writes it: the line break at the end is no part of the value.
        node.plane.put_secret(name, f"{code}\n")
        assert end(node, definition)["containers"][0]["exitCode"] == code


def test_an_override_cannot_take_its_place(node):
    definition = define(node.ecs, "exit 0", {"CODE": unique("place")})
    overrides = {"containerOverrides": [{"name": "main", "environment": [{"name": "CODE", "value": "6"}]}]}
    with pytest.raises(node.ecs.exceptions.InvalidParameterException, match="secret name must be unique"):
        run_task(node.ecs, definition, overrides=overrides)


@pytest.mark.parametrize(
    "value_from, problem",
    [
        ("/not/there", "unable to retrieve secrets from ssm: invalid ssm parameters: not/there"),
        (
            secret("not-there"),
            "unable to retrieve secret from asm: ResourceNotFoundException: Secrets Manager can't find the specified "
            "secret: not-there",
        ),
        (
            secret("there") + ":key::",
            "unable to retrieve secret from asm: retrieved secret from Secrets Manager did not contain json key key: "
            "there",
        ),
        (
            secret("there") + "::AWSPREVIOUS:",
            "unable to retrieve secret from asm: only the current version (AWSCURRENT) of a secret is kept here, and "
            "there is asked for with version stage AWSPREVIOUS",
        ),
    ],
)
def test_what_cannot_be_read_fails_the_task(node, value_from, problem):
    node.plane.put_secret(secret("there"), '{"other":"hunter2"}')
    # Not essential, and long after the others: all the same nothing of the task is begun.
    references = [{"name": "A", "valueFrom": value_from}]
    definition = register(
        node.ecs,
        container("first", script="exit 0"),
        container(
            "second",
            script="exit 0",
            essential=False,
            secrets=references,
            dependsOn=[{"containerName": "first", "condition": "START"}],
        ),
        executionRoleArn=role,
    )
    task = end(node, definition)
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"] == unable + problem
    assert "pullStartedAt" not in task
    assert all("exitCode" not in item and "runtimeId" not in item for item in task["containers"])


@contextlib.contextmanager
def unreadable(node, name):
    """The control plane cannot read a secret for a while: 503, as from one that is not there."""
    folder = node.plane.data / "secrets" / "ssm"
    hidden = folder / name
    moved = folder / "moved.away"
    hidden.rename(moved)
    hidden.mkdir()
    try:
        yield f"unable to retrieve secrets from ssm: read {hidden}"
    finally:
        hidden.rmdir()
        moved.rename(hidden)


def test_a_control_plane_that_comes_back_is_asked_again(node):
    name = unique("late")
    node.plane.put_secret(name, "7")
    definition = define(node.ecs, 'exit "$CODE"', {"CODE": name})
    with unreadable(node, name) as refusal:
        task = run_task(node.ecs, definition)
        wait_until(lambda: refusal in node.plane.process.log(), "the control plane was asked")
    assert wait_status(node.ecs, task, "STOPPED")["containers"][0]["exitCode"] == 7


def test_a_task_that_waits_for_its_secrets_can_be_stopped(node):
    name = unique("stopped")
    node.plane.put_secret(name, "7")
    definition = define(node.ecs, 'exit "$CODE"', {"CODE": name})
    with unreadable(node, name) as refusal:
        task = run_task(node.ecs, definition)
        wait_until(lambda: refusal in node.plane.process.log(), "the control plane was asked")
        node.ecs.stop_task(task=task, reason="enough")
        ended = wait_status(node.ecs, task, "STOPPED", seconds=5)
    assert (ended["stopCode"], ended["stoppedReason"]) == ("UserInitiated", "enough")
    assert "exitCode" not in ended["containers"][0]


def test_another_hosts_key_reads_nothing(node, workshop):
    name = unique("private")
    node.plane.put_secret(name, "hunter2")
    task = run_task(node.ecs, define(node.ecs, wait_for_term, {"A": name}))
    wait_status(node.ecs, task, "RUNNING")
    other = unique("other")
    node.ecs.create_cluster(clusterName=other)
    stranger = workshop.agent(node.host, node.plane, cluster=other)
    own = node.ecs.describe_tasks(tasks=[task])["tasks"][0]["containerInstanceArn"]
    theirs = node.ecs.list_container_instances(cluster=other)["containerInstanceArns"][0]

    def ask(agent, instance, **changes):
        body = {
            "protocolVersion": 1, "containerInstanceArn": instance, "taskArn": task, "containerName": "main",
            "use": "environment", **changes,
        }  # fmt: skip
        connection = Connection("127.0.0.1", node.plane.port)
        encoded = json.dumps(body).encode()
        headers = Signing(*key_of(agent)).headers("POST", path, connection.host, {}, encoded)
        answer = connection.send("POST", path, headers, encoded)
        connection.close()
        return answer.status, answer.body

    assert ask(node.agent, own)[0] == 200
    for attempt in (
        ask(stranger, own),
        ask(stranger, theirs),
        ask(node.agent, theirs),
        ask(node.agent, own, containerName="other"),
        ask(node.agent, own, taskArn=task[:-1] + ("0" if task[-1] != "0" else "1")),
    ):
        assert attempt[0] == 403, attempt
        assert b"hunter2" not in attempt[1]
    node.ecs.stop_task(task=task)
    wait_status(node.ecs, task, "STOPPED")
    assert ask(node.agent, own)[0] == 403


def key_of(agent):
    """The key that joining gave to an agent's host."""
    with contextlib.closing(sqlite3.connect(f"file:{agent.data}/journal.db?mode=ro", uri=True)) as journal:
        ((row,),) = journal.execute("SELECT value FROM facts WHERE name = 'registration'")
    key = json.loads(row)["key"]
    return key["accessKeyID"], key["secretAccessKey"]


def test_the_administrators_command(node):
    name = secret(unique("listed"))
    node.plane.put_secret(name, "v")
    files = [file for file in (node.plane.data / "secrets").rglob("*") if file.is_file()]
    assert files and all(file.stat().st_mode & 0o777 == 0o600 for file in files)
    assert (node.plane.data / "secrets").stat().st_mode & 0o777 == 0o700
    assert name in node.plane.secret("list").stdout.splitlines()
    assert node.plane.secret("put", f"{name}:key::", value="v", check=False).returncode == 64
    node.plane.secret("remove", name)
    assert name not in node.plane.secret("list").stdout.splitlines()
    assert node.plane.secret("remove", name, check=False).returncode == 64
    for arguments in ([], ["put"], ["frob", "x"]):
        assert node.plane.secret(*(arguments or [""]), check=False).returncode == 64
