"""The agent leaves its host as it found it, and outlives what is wrong with it: runtime rules, sections 7 and 9."""

import os
import signal
from dataclasses import dataclass

import pytest

from harness.host import Agent, Host, image
from harness.served import Registry
from harness.tasks import container, describe, register, run_task, story, unique, wait_for_term, wait_status
from harness.waiting import wait_until

pytestmark = pytest.mark.docker

#: Exits with 5 when somebody makes the file.
until_told = "while [ ! -e /tmp/go ]; do sleep 0.05; done; exit 5"


@pytest.fixture(scope="module")
def agent_settings():
    return {"ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION": "2s", "STEVEDORE_RUNTIME_CHECK_INTERVAL": "1s"}


@pytest.fixture(autouse=True)
def recover(node):
    yield
    node.host.dockerd.signal(signal.SIGCONT)
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
        own = f"variant-{number}"
        node.host.docker("import", f"--change=LABEL variant={number}", *_archive(node.host, scratch), own)
        registry = workshop.keep(Registry(node.host, scratch / "images" / own, own, 5100 + number)).start()
        node.host.docker("image", "rm", own)
        names.append(registry.name(own))
    yield ImageHost(node, agent, cluster, names)


def _archive(host, scratch):
    """The test image's files, as an image is made from."""
    path = scratch / "files.tar"
    if not path.exists():
        made = host.docker("create", image).stdout.strip()
        host.docker("export", "--output", path, made)
        host.docker("rm", made)
    return ["--change=ENV PATH=/bin", path]


def test_images_go_by_age_and_number_and_never_what_is_in_use_or_not_ours(node, images):
    first, second, third, fourth = images.names
    used, _ = start(node.ecs, images.cluster, image=fourth)
    for name in (first, second, third, first):
        images.use(name)
    node.host.docker("tag", image, "somebody:else")
    assert images.round() == set(), "they are too young"
    settings = {"ECS_IMAGE_MINIMUM_CLEANUP_AGE": "0s"}
    assert images.round(**settings) == {second, third}, "two at a time, the least recently used first"
    assert images.round() == {first}, "a task uses the fourth, and the others are not ours"
    settings = {"ECS_ENABLE_UNTRACKED_IMAGE_CLEANUP": "true", "NON_ECS_IMAGE_MINIMUM_CLEANUP_AGE": "0s"}
    node.host.docker("import", "--change=LABEL other=1", _archive(node.host, images.agent.directory.parent)[1], "other")
    assert images.round(**settings, ECS_EXCLUDE_UNTRACKED_IMAGE="somebody:else") == {"other:latest"}
    # What was removed is pulled again, although this agent pulls once.
    images.use(second)
    node.ecs.stop_task(cluster=images.cluster, task=used)
    wait_status(node.ecs, used, "STOPPED", images.cluster)


# --- An engine that is not well


def health(node):
    arns = node.ecs.list_container_instances()["containerInstanceArns"]
    answer = node.ecs.describe_container_instances(containerInstances=arns, include=["CONTAINER_INSTANCE_HEALTH"])
    (instance,) = answer["containerInstances"]
    (check,) = instance["healthStatus"]["details"]
    assert check["type"] == "CONTAINER_RUNTIME"
    assert instance["healthStatus"]["overallStatus"] == check["status"]
    return check


def test_engine_that_hangs_and_comes_back(node, workshop):
    ecs = node.ecs
    wait_until(lambda: health(node)["status"] == "OK", "the engine is well")
    impatient = unique("impatient")
    ecs.create_cluster(clusterName=impatient)
    settings = {"ECS_IMAGE_PULL_BEHAVIOR": "always", "ECS_IMAGE_PULL_TIMEOUT": "1s"}
    workshop.agent(node.host, node.plane, cluster=impatient, settings=settings)
    stays, _ = start(ecs)
    dies, runtime_id = start(ecs)
    process = node.host.inspect(runtime_id)["State"]["Pid"]

    node.host.dockerd.signal(signal.SIGSTOP)
    check = wait_until(lambda: (c := health(node))["status"] == "IMPAIRED" and c, "the engine is impaired")
    assert "DockerTimeoutError" in check["statusReason"]
    late = run_task(ecs, register(ecs, container(script="exit 7")))
    failed = run_task(ecs, register(ecs, container(script="exit 0")), impatient)
    only = wait_status(ecs, failed, "STOPPED", impatient)["containers"][0]
    assert only["reason"] == "DockerTimeoutError: Could not transition to pulled; timed out after waiting 1s"
    os.kill(process, signal.SIGKILL)
    assert [describe(ecs, arn)["lastStatus"] for arn in (stays, dies, late)] == ["RUNNING", "RUNNING", "PENDING"]

    node.host.dockerd.signal(signal.SIGCONT)
    wait_until(lambda: health(node)["status"] == "OK", "the engine is well again")
    assert wait_status(ecs, dies, "STOPPED")["containers"][0]["exitCode"] == 137
    assert wait_status(ecs, late, "STOPPED")["containers"][0]["exitCode"] == 7, "it was only late"
    assert describe(ecs, stays)["lastStatus"] == "RUNNING"
    assert node.agent.process.is_running
    ecs.stop_task(task=stays)
    wait_status(ecs, stays, "STOPPED")


# --- A host whose disk is small, and whose containers outlive their engine


@dataclass
class SmallHost:
    host: Host
    ecs: object
    cluster: str


@pytest.fixture(scope="module")
def small(node, module_workshop):
    cluster = unique("small")
    node.ecs.create_cluster(clusterName=cluster)
    host = module_workshop.host(engine_options=["--live-restore"], data_size="64m")
    module_workshop.agent(
        host, node.plane, cluster=cluster,
        settings={"ECS_IMAGE_PULL_BEHAVIOR": "default", "STEVEDORE_RUNTIME_CHECK_INTERVAL": "1s"},
    )  # fmt: skip
    return SmallHost(host, node.ecs, cluster)


def test_engine_restarts_while_tasks_run(small):
    stays, runtime_id = start(small.ecs, small.cluster)
    ends, other = start(small.ecs, small.cluster, script=until_told)
    small.host.docker("exec", "--detach", other, "sh", "-c", "sleep 0.5; touch /tmp/go")
    small.host.dockerd.stop(30)
    small.host.start_engine()
    task = wait_status(small.ecs, ends, "STOPPED", small.cluster)
    assert task["containers"][0]["exitCode"] == 5, story(task)
    assert describe(small.ecs, stays, small.cluster)["lastStatus"] == "RUNNING"
    assert small.host.inspect(runtime_id)["State"]["Running"]
    again, _ = start(small.ecs, small.cluster)
    for arn in (stays, again):
        small.ecs.stop_task(cluster=small.cluster, task=arn)
        wait_status(small.ecs, arn, "STOPPED", small.cluster)


def test_full_disk_is_named_with_the_engines_words(small, scratch):
    registry = Registry(small.host, scratch / "big", image, 5200).start()
    filler = small.host.data / "filler"
    try:
        space = os.statvfs(small.host.data)
        with open(filler, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, space.f_bavail * space.f_frsize)
        definition = register(small.ecs, container(script="exit 0", image=registry.name("big")))
        task = wait_status(small.ecs, run_task(small.ecs, definition, small.cluster), "STOPPED", small.cluster)
        reason = task["containers"][0]["reason"]
        assert reason.startswith("CannotPullContainerError: ") and "no space left on device" in reason, story(task)
        definition = register(small.ecs, container(script="exit 0"))
        task = wait_status(small.ecs, run_task(small.ecs, definition, small.cluster), "STOPPED", small.cluster)
        reason = task["containers"][0]["reason"]
        assert reason.startswith("Cannot") and "no space left on device" in reason, story(task)
        filler.unlink()
        definition = register(small.ecs, container(script="exit 0", image=registry.name("big")))
        task = wait_status(small.ecs, run_task(small.ecs, definition, small.cluster), "STOPPED", small.cluster)
        assert task["containers"][0]["exitCode"] == 0, story(task)
    finally:
        filler.unlink(missing_ok=True)
        registry.close()


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
    # The clean-up wait is over for some; nobody has heard of their end, and so they stay.
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
