"""The agent leaves nothing behind on its host, and works on without a control plane: runtime rules, sections 7 and 9."""

from dataclasses import dataclass

import pytest

from harness.host import Agent, image
from harness.served import Registry
from harness.tasks import container, describe, register, run_task, story, unique, wait_for_term, wait_status
from harness.waiting import wait_until

pytestmark = pytest.mark.docker

#: Exits with 5 when somebody makes the file.
until_told = "while [ ! -e /tmp/go ]; do sleep 0.05; done; exit 5"


@pytest.fixture(scope="module")
def agent_settings():
    return {"ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION": "2s"}


@pytest.fixture(autouse=True)
def recover(node):
    yield
    node.recover()


def start(ecs, cluster="default", script=wait_for_term, **options):
    arn = run_task(ecs, register(ecs, container(script=script, **options)), cluster)
    return arn, wait_status(ecs, arn, "RUNNING", cluster)["containers"][0]["runtimeId"]


def label(arn):
    return f"com.amazonaws.ecs.task-arn={arn}"


# --- What is left of tasks


def test_stopped_tasks_are_cleaned_up_after_the_wait(node):
    stays, _ = start(node.ecs)
    arns = [run_task(node.ecs, register(node.ecs, container(script="exit 3"))) for _ in range(3)]
    for arn in arns:
        assert wait_status(node.ecs, arn, "STOPPED")["containers"][0]["exitCode"] == 3
    wait_until(lambda: not any(node.host.containers(label(arn)) for arn in arns), "nothing is left of them", 15)
    assert len(node.host.containers(label(stays))) == 1
    assert describe(node.ecs, arns[0])["lastStatus"] == "STOPPED", "ECS shows it for longer"
    node.ecs.stop_task(task=stays)


# --- Images


@dataclass
class ImageHost:
    """An agent in a cluster of its own, and images that differ."""

    node: object
    agent: Agent
    cluster: str
    names: list

    def use(self, name):
        definition = register(self.node.ecs, container(script="exit 0", image=name))
        arn = run_task(self.node.ecs, definition, self.cluster)
        task = wait_status(self.node.ecs, arn, "STOPPED", self.cluster)
        assert task["containers"][0].get("exitCode") == 0, story(task)
        wait_until(lambda: self.node.host.containers(label(arn)) == [], "its container is cleaned up", 15)

    def present(self):
        return set(self.node.host.docker("image", "ls", "--format={{.Repository}}:{{.Tag}}").stdout.split())

    def round(self, **settings):
        """One round of clean-up: there is one when an agent starts. Returns the images that it removed."""
        before = self.present()
        self.agent.stop()
        self.agent.settings |= settings
        done = self._rounds()
        self.agent.start()
        wait_until(lambda: self._rounds() > done, "a round of image clean-up", 20)
        return before - self.present()

    def _rounds(self):
        log = self.agent.process.log()
        return log.count("no image to clean up") + log.count("images cleaned up")


@pytest.fixture
def images(node, workshop, scratch):
    cluster = unique("images")
    node.ecs.create_cluster(clusterName=cluster)
    settings = {
        "ECS_IMAGE_PULL_BEHAVIOR": "once",
        "ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION": "1s",
        "ECS_NUM_IMAGES_DELETE_PER_CYCLE": "2",
        "ECS_LOGLEVEL": "debug",
    }
    agent = workshop.agent(node.host, node.plane, cluster=cluster, settings=settings)
    names = []
    for number in range(4):
        own = derive(node.host, f"variant-{number}")
        registry = workshop.keep(Registry(node.host, scratch / own / "blobs", 5100 + number, own)).start()
        node.host.docker("image", "rm", own)
        names.append(registry.name(own))
    return ImageHost(node, agent, cluster, names)


def derive(host, name):
    """Another image with the same files."""
    made = host.docker("create", image).stdout.strip()
    host.docker("commit", f"--change=LABEL variant={name}", made, name)
    host.docker("rm", made)
    return name


def test_images_go_by_age_and_number_and_never_what_is_in_use_or_not_ours(node, images):
    first, second, third, fourth = images.names
    used, _ = start(node.ecs, images.cluster, image=fourth)
    for name in (first, second, third, first):
        images.use(name)
    assert images.round() == set(), "they are too young"
    settings = {"ECS_IMAGE_MINIMUM_CLEANUP_AGE": "0s"}
    assert images.round(**settings) == {second, third}, "two at a time, the least recently used first"
    derive(node.host, "other")
    assert images.round() == {first}, "a task uses the fourth, and the others are not ours"
    settings = {"ECS_ENABLE_UNTRACKED_IMAGE_CLEANUP": "true", "NON_ECS_IMAGE_MINIMUM_CLEANUP_AGE": "0s"}
    assert images.round(**settings, ECS_EXCLUDE_UNTRACKED_IMAGE=image) == {"other:latest"}
    # What was removed is pulled again, although this agent pulls once.
    again = run_task(node.ecs, register(node.ecs, container(script="exit 0", image=second)), images.cluster)
    assert wait_status(node.ecs, again, "STOPPED", images.cluster)["containers"][0].get("exitCode") == 0
    node.ecs.stop_task(cluster=images.cluster, task=used)
    wait_status(node.ecs, used, "STOPPED", images.cluster)


# --- A control plane that is away


def test_tasks_live_on_while_the_control_plane_is_away(node):
    """Three seconds or an hour: the agent counts neither."""
    ecs = node.ecs
    pair = register(ecs, container("side", wait_for_term), container("main", until_told))
    both = run_task(ecs, pair)
    ids = {c["name"]: c["runtimeId"] for c in wait_status(ecs, both, "RUNNING")["containers"]}
    second, second_id = start(ecs, script=until_told)
    again, again_id = start(
        ecs, script="sleep 1; exit 9", restartPolicy={"enabled": True, "restartAttemptPeriod": 60}, essential=True
    )
    stays, _ = start(ecs)
    node.plane.stop()
    wait_until(lambda: not node.host.inspect(again_id)["State"]["Running"], "a container's end by its own rule")
    for runtime_id in (ids["main"], second_id):
        node.host.docker("exec", runtime_id, "touch", "/tmp/go")
        wait_until(lambda: not node.host.inspect(runtime_id)["State"]["Running"], "the container's end")
    wait_until(lambda: not node.host.inspect(ids["side"])["State"]["Running"], "the essential rule")
    assert node.agent.process.is_running
    node.plane.start()
    ended = [wait_status(ecs, arn, "STOPPED") for arn in (again, both, second)]
    codes = [[c["exitCode"] for c in task["containers"]] for task in ended]
    assert codes == [[9], [0, 5], [5]]
    assert all(task["stopCode"] == "EssentialContainerExited" for task in ended)
    times = [task["executionStoppedAt"] for task in ended]
    assert times == sorted(times) and max(times) < min(task["stoppedAt"] for task in ended)
    assert [task["stoppedAt"] for task in ended] == sorted(task["stoppedAt"] for task in ended), "in order"
    assert describe(ecs, stays)["lastStatus"] == "RUNNING"
    arns = [task["taskArn"] for task in ended]
    wait_until(lambda: not any(node.host.containers(label(arn)) for arn in arns), "they are cleaned up", 15)
    ecs.stop_task(task=stays)
    wait_status(ecs, stays, "STOPPED")
