"""Pulls: ECS_IMAGE_PULL_BEHAVIOR, credentials, registries that stall. ECS runtime rules, section 2.4."""

import base64
import functools
import hashlib
import json
import pathlib
from dataclasses import dataclass

import pytest

from harness.host import image
from harness.processes import CommandLines
from harness.served import Registry
from harness.tasks import container, register, story, unique, wait_status
from harness.waiting import wait_until

pytestmark = [pytest.mark.docker, pytest.mark.lifecycle]

port = 5000
private_port = 5001
nobodys_port = 5002
password = "correct-horse-battery"


@pytest.fixture(scope="module")
def served(node, scratch):
    served = Registry(node.host, scratch / "registry" / "blobs", port)
    served.start()
    yield served
    served.close()


@pytest.fixture(scope="module")
def guarded(node, scratch):
    """One that wants to see a user and password."""
    guarded = Registry(node.host, scratch / "guarded" / "blobs", private_port, login=f"user:{password}")
    guarded.start()
    yield guarded
    guarded.close()


@dataclass
class Runner:
    """An agent with a pull behaviour, in a cluster of its own: tasks must not land on the agent of another test."""

    node: object
    cluster: str
    agent: object = None

    def start(self, image, count=1, credentials=None):
        options = {}
        task = {}
        if credentials:
            options["repositoryCredentials"] = {"credentialsParameter": credentials}
            task["executionRoleArn"] = "arn:aws:iam::123456789012:role/execution"
        definition = register(self.node.ecs, container(script="exit 0", image=image, **options), **task)
        answer = self.node.ecs.run_task(cluster=self.cluster, taskDefinition=definition, count=count)
        assert answer["failures"] == []
        return [task["taskArn"] for task in answer["tasks"]]

    def end(self, arn):
        return wait_status(self.node.ecs, arn, "STOPPED", self.cluster, seconds=60)

    def run(self, name, reference=":1", port=port, credentials=None):
        (arn,) = self.start(f"127.0.0.1:{port}/{name}{reference}", credentials=credentials)
        return self.end(arn)


def make_runner(node, workshop, behaviour, **settings):
    cluster = unique(behaviour)
    node.ecs.create_cluster(clusterName=cluster)
    settings["ECS_IMAGE_PULL_BEHAVIOR"] = behaviour
    return Runner(node, cluster, workshop.agent(node.host, node.plane, cluster=cluster, settings=settings))


@pytest.fixture
def runner(node, workshop):
    return functools.partial(make_runner, node, workshop)


@pytest.fixture(scope="module", autouse=True)
def patient(node, module_workshop, served):
    """Tasks by name whose pulls are tried five times, in 11 to 16 seconds; other tests run meanwhile."""
    runner = functools.partial(make_runner, node, module_workshop)
    by_default, always, stalling = (
        runner("default"),
        runner("always"),
        runner("always", ECS_IMAGE_PULL_INACTIVITY_TIMEOUT="1s"),
    )
    # Of a registry that is not there.
    known, unknown = (f"127.0.0.1:{nobodys_port}/{name}:1" for name in ("known", "unknown"))
    node.host.docker("tag", image, known)
    begun = {
        "known by default": (by_default, known),
        "known always": (always, known),
        "unknown by default": (by_default, unknown),
        "dead": (stalling, f"127.0.0.1:{port}/dead/image:1"),
        "stall": (stalling, f"127.0.0.1:{port}/stall/image:1"),
    }
    tasks = {name: (runner, runner.start(reference)[0]) for name, (runner, reference) in begun.items()}
    return lambda name: tasks[name][0].end(tasks[name][1])


def ran(task):
    assert task["containers"][0].get("exitCode") == 0, story(task)
    return True


def test_default_pulls_and_falls_back_to_what_is_there(runner, served):
    runner = runner("default")
    task = runner.run("by-default")
    assert ran(task)
    assert task["createdAt"] <= task["pullStartedAt"] <= task["pullStoppedAt"] <= task["stoppedAt"]
    first = served.pulls("by-default")
    assert first > 0
    assert ran(runner.run("by-default"))
    assert served.pulls("by-default") > first, "it asks again each time"


def test_once_pulls_once(runner, served):
    runner = runner("once")
    assert ran(runner.run("only-once"))
    first = served.pulls("only-once")
    assert first > 0
    assert ran(runner.run("only-once"))
    assert served.pulls("only-once") == first


def test_prefer_cached_pulls_what_is_not_there(runner, served):
    runner = runner("prefer-cached")
    assert ran(runner.run("cached"))
    first = served.pulls("cached")
    assert first > 0
    assert ran(runner.run("cached"))
    assert served.pulls("cached") == first


def test_ten_tasks_of_a_new_image_pull_it_once(runner, served):
    runner = runner("prefer-cached")
    for arn in runner.start(f"127.0.0.1:{port}/together:1", count=10):
        assert ran(runner.end(arn))
    # One pull asks for the manifest by tag and by digest, with HEAD and GET; ten would ask ten times.
    assert served.pulls("together") <= 3


def test_by_digest(runner, served):
    digest = hashlib.sha256((served.folder / "manifest.json").read_bytes()).hexdigest()
    task = runner("prefer-cached").run("digested", f"@sha256:{digest}")
    assert ran(task)
    assert task["containers"][0]["image"].endswith(digest)
    assert task["containers"][0]["imageDigest"] == f"sha256:{digest}"


@pytest.mark.not_podman("its pulls do not tell it")
def test_the_digest_that_a_pull_tells_is_shown(runner, served):
    digest = hashlib.sha256((served.folder / "manifest.json").read_bytes()).hexdigest()
    task = runner("always").run("told")
    assert ran(task)
    assert task["containers"][0]["imageDigest"] == f"sha256:{digest}"


def test_a_pull_that_takes_too_long(runner, served):
    failure = reason(runner("always", ECS_IMAGE_PULL_TIMEOUT="1s").run("dead/slow"))
    assert failure == "DockerTimeoutError: Could not transition to pulled; timed out after waiting 1s"


def reason(task):
    assert task["stopCode"] == "TaskFailedToStart", story(task)
    return task["containers"][0]["reason"]


def test_credentials_of_the_task_definition(runner, guarded, node):
    runner = runner("always")
    node.plane.put_secret(secret("right"), json.dumps({"username": "user", "password": password}))
    node.plane.put_secret(secret("wrong"), json.dumps({"username": "user", "password": "hunter2"}))
    node.plane.put_secret(secret("no-login"), "hunter2")
    assert reason(runner.run("own", port=private_port)).startswith("CannotPullContainerError: ")
    with CommandLines() as watch:
        assert ran(runner.run("own", port=private_port, credentials=secret("right")))
    assert any(b"pull\0--\0" in line for line in watch.seen), "the pull was not seen"
    login = base64.b64encode(f"user:{password}".encode())
    # The registry's own says what it wants to see.
    lines = [line for line in watch.seen if b"registry.py" not in line]
    assert not [line for line in lines if password.encode() in line or login in line]
    # By its name alone it is a secret too.
    assert ran(runner.run("own", port=private_port, credentials="right"))
    denied = reason(runner.run("own", port=private_port, credentials=secret("wrong")))
    assert denied.startswith("CannotPullContainerAuthError: "), denied
    for name in ("no-login", "missing"):
        unable = runner.run("own", port=private_port, credentials=secret(name))["stoppedReason"]
        assert unable.startswith("ResourceInitializationError: unable to pull secrets or registry auth: "), unable
        assert "hunter2" not in unable
    for folder in (runner.agent.directory, node.plane.directory):
        for file in folder.rglob("*"):
            if file.is_file() and node.plane.data / "secrets" not in file.parents:
                content = file.read_bytes()
                assert not any(text in content for text in (password.encode(), login, b"hunter2")), file
    # What docker was shown was never a file, and nobody logged in.
    folder = runner.agent.data / "registry"
    assert [path.name for path in folder.iterdir()] == ["config.json"]
    assert (folder / "config.json").readlink() == pathlib.Path("/dev/stdin")


def secret(name):
    return f"arn:aws:secretsmanager:us-east-1:123456789012:secret:{name}"


@pytest.mark.parametrize(
    "form, login",
    [
        ("docker", {"username": "user", "password": password, "email": "mail@example.com"}),
        ("dockercfg", {"auth": base64.b64encode(f"user:{password}".encode()).decode()}),
    ],
)
def test_credentials_of_the_host(runner, guarded, form, login):
    data = json.dumps({f"http://127.0.0.1:{private_port}": login})
    runner = runner("always", ECS_ENGINE_AUTH_TYPE=form, ECS_ENGINE_AUTH_DATA=data)
    assert ran(runner.run("of-the-host", port=private_port))
    assert password not in runner.agent.process.log()


def test_a_pull_that_stalls_is_begun_again(patient, served):
    """And one that stalls for ever holds up no other of the same agent."""
    stalled, dead = patient("stall"), patient("dead")
    assert ran(stalled)
    assert served.pulls("stall/image") > 1
    assert stalled["stoppedAt"] < dead["stoppedAt"]
    expected = "ref pull has been retried 4 time(s): inactivity time exceeded timeout while pulling image"
    assert reason(dead) == f"CannotPullContainerError: {expected}"


def test_without_the_registry_what_is_on_the_host_serves(patient):
    assert ran(patient("known by default"))
    for name in ("known always", "unknown by default"):
        failure = reason(patient(name))
        assert failure.startswith("CannotPullContainerError: ref pull has been retried 4 time(s): "), failure
