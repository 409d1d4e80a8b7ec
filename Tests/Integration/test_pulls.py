"""ECS_IMAGE_PULL_BEHAVIOR against a registry: ECS runtime rules, section 2.4."""

import hashlib
import pathlib
import sys
from dataclasses import dataclass

import pytest

from harness import registry
from harness.host import image
from harness.places import clean_environment
from harness.processes import ManagedProcess
from harness.tasks import container, register, story, unique, wait_status
from harness.waiting import wait_until

pytestmark = pytest.mark.docker

port = 5000


class Registry:
    def __init__(self, host, folder):
        self.host = host
        self.folder = folder
        self.log = folder.parent / "registry.log"
        folder.parent.mkdir(parents=True, exist_ok=True)
        archive = folder.parent / "image.tar"
        host.docker("save", "--output", archive, image)
        registry.fill(folder, archive)
        self.process = None

    def start(self):
        self.process = ManagedProcess(
            "registry",
            [*self.host._enter, sys.executable, pathlib.Path(registry.__file__), port, self.folder],
            self.log,
            environment=clean_environment(),
        )
        listening = f":{port} "
        wait_until(lambda: listening in self.host.in_network("ss", "-Hltn").stdout, "the registry listens")

    def stop(self):
        self.process.kill()

    def pulls(self, name):
        """How often the manifest of the image was asked for."""
        lines = self.process.log().splitlines()
        return sum(1 for line in lines if f"/v2/{name}/manifests/" in line)


@pytest.fixture(scope="module")
def served(node, scratch):
    served = Registry(node.host, scratch / "registry" / "blobs")
    served.start()
    yield served
    served.stop()


@dataclass
class Runner:
    """An agent with a pull behaviour, in a cluster of its own: tasks must not land on the agent of another test."""

    node: object
    cluster: str

    def start(self, image, count=1):
        definition = register(self.node.ecs, container(script="exit 0", image=image))
        answer = self.node.ecs.run_task(cluster=self.cluster, taskDefinition=definition, count=count)
        assert answer["failures"] == []
        return [task["taskArn"] for task in answer["tasks"]]

    def end(self, arn):
        return wait_status(self.node.ecs, arn, "STOPPED", self.cluster, seconds=60)

    def run(self, name, reference=":1"):
        (arn,) = self.start(f"127.0.0.1:{port}/{name}{reference}")
        return self.end(arn)


@pytest.fixture
def runner(node, workshop):
    def with_behaviour(behaviour):
        cluster = unique(behaviour)
        node.ecs.create_cluster(clusterName=cluster)
        settings = {"ECS_IMAGE_PULL_BEHAVIOR": behaviour}
        workshop.agent(node.host, node.plane, cluster=cluster, settings=settings)
        return Runner(node, cluster)

    return with_behaviour


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
    served.stop()
    try:
        assert ran(runner.run("by-default"))
        never = runner.run("never-seen")
        assert "CannotPullContainerError" in never["containers"][0]["reason"]
    finally:
        served.start()


def test_always_fails_without_the_registry(runner, served):
    runner = runner("always")
    assert ran(runner.run("always"))
    served.stop()
    try:
        task = runner.run("always")
    finally:
        served.start()
    assert "CannotPullContainerError" in task["containers"][0]["reason"], story(task)
    assert task["stopCode"] == "TaskFailedToStart"


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
