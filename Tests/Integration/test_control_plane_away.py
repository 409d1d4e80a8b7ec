"""A control plane that is away while tasks go on, start what they have left to start, fail and end by their own rules.

STEVEDORE_AWAY_SECONDS says for how long. What happens meanwhile is spread over that time; the agent is killed once, too.
"""

import datetime
import os
import time

import pytest

from harness.endpoints import ask, environment, own, runtime_id, write_role
from harness.tasks import container, describe, register, run_task, story, wait_for_term, wait_status
from harness.waiting import wait_until

pytestmark = [pytest.mark.docker, pytest.mark.lifecycle, pytest.mark.not_podman("systemd runs its checks, and test hosts have none")]

#: More than the minute that is ECS's shortest period of a restart policy, so that something is started again.
away = float(os.environ.get("STEVEDORE_AWAY_SECONDS", "75"))
role, key, secret = "app-role", "AKIAROLEOFTHETASK000", "the/secret+of+the+role"

check = {"interval": 5, "retries": 1}
#: Not well every other 15 s: news that nobody can be told.
flaps = {"command": ["CMD-SHELL", "test $(( $(date +%s) / 15 % 2 )) = 0"], **check}


@pytest.fixture(scope="module")
def agent_settings():
    # What ended is cleaned up while nobody has heard of its end.
    return {"ECS_ENABLE_TASK_ENI": "true", "ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION": "1s"}


def at(fraction):
    return f"sleep {away * fraction:.1f}"


def depends(**conditions):
    return {"dependsOn": [{"containerName": name, "condition": condition} for name, condition in conditions.items()]}


def definitions(ecs):
    """Every kind of life, by name."""
    well = {"command": ["CMD-SHELL", "test ! -e /tmp/sick"], **check}
    restarts = {"enabled": True, "restartAttemptPeriod": 60}
    return {
        "quiet": register(
            ecs, container("main", wait_for_term, healthCheck=well, portMappings=[{"containerPort": 80}]), taskRoleArn=role
        ),
        "sick": register(ecs, container("main", wait_for_term, healthCheck=well)),
        "flaps": register(ecs, container("main", wait_for_term, healthCheck=flaps)),
        "restarts": register(
            ecs,
            container("main", wait_for_term),
            container("again", "sleep 62; exit 3", essential=False, restartPolicy=restarts),
        ),
        "ends": register(ecs, container("main", f"{at(0.3)}; exit 7")),
        "killed": register(ecs, container("main", wait_for_term), container("side", 'trap "exit 0" TERM; while :; do sleep 0.1; done')),
        "chain": register(
            ecs,
            container("last", wait_for_term, **depends(app="START")),
            container("app", wait_for_term, **depends(init="SUCCESS")),
            container("init", at(0.5), essential=False),
        ),
        "breaks": register(
            ecs,
            container("app", wait_for_term, **depends(init="SUCCESS")),
            container("init", f"{at(0.6)}; exit 4", essential=False),
        ),
        "own-network": register(ecs, container("main", wait_for_term), networkMode="awsvpc"),
    }  # fmt: skip


def start(node, name, definition):
    options = {}
    if name == "own-network":
        (instance,) = node.agent.instances(node.ecs)
        subnet = next(a["value"] for a in instance["attributes"] if a["name"] == "ecs.subnet-id")
        options["networkConfiguration"] = {"awsvpcConfiguration": {"subnets": [subnet]}}
    return run_task(node.ecs, definition, **options)


def status(task, name):
    return next(c["lastStatus"] for c in task["containers"] if c["name"] == name)


class Watch:
    """Looks after the endpoints, the containers and the agent itself while the control plane is away."""

    def __init__(self, node, tasks):
        self.node = node
        self.tasks = tasks
        self.agents = []
        #: Credentials are in the agent's memory alone: one that starts now has none until the control plane is back.
        self.forgot = False
        self.note()

    def note(self):
        """Files open, resident MiB and MiB of journal of the agent that runs now."""
        pid = self.node.agent.process.pid
        journal = sum(path.stat().st_size for path in self.node.agent.data.glob("journal.db*"))
        sample = (len(os.listdir(f"/proc/{pid}/fd")), self.node.agent.process.resident_memory_kib() / 1024, journal / 2**20)
        if not self.agents or self.agents[-1][0] != pid:
            self.agents.append((pid, []))
        self.agents[-1][1].append(sample)

    def look(self):
        self.note()
        quiet = self.tasks["quiet"]
        assert own(self.node, quiet, "/task")["TaskARN"] == quiet["taskArn"]
        assert own(self.node, self.tasks["own-network"], "/task")["KnownStatus"] == "RUNNING"
        relative = environment(self.node, quiet)["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"]
        answer, body = ask(self.node, quiet, f"http://169.254.170.2{relative}")
        if self.forgot:
            assert (answer, body) == (503, None), "what an SDK asks for again"
        else:
            assert (answer, body["AccessKeyId"], body["SecretAccessKey"]) == (200, key, secret)

    def assert_small(self):
        for _, samples in self.agents:
            first, last = samples[min(2, len(samples) - 1)], samples[-1]
            assert last[0] <= first[0] + 4, f"files: {samples}"
            assert last[1] <= first[1] + 4, f"memory: {samples}"

    def summary(self):
        for pid, samples in self.agents:
            for label, sample in (("first", samples[0]), ("last", samples[-1])):
                files, memory, journal = sample
                yield f"agent {pid}, {label} of {len(samples)}: {files} files, {memory:.1f} MiB, journal {journal:.2f} MiB"


def wait_for_moment(begun, fraction, watch):
    """Until that part of the absence is over. The absence is what this test is about, so it is slept through."""
    while (left := begun + away * fraction - time.monotonic()) > 0:
        time.sleep(min(left, max(2, away / 120)))
        watch.look()


def seconds_of(moment):
    return moment.astimezone(datetime.timezone.utc).timestamp()


def times_of(task):
    names = ("createdAt", "pullStartedAt", "pullStoppedAt", "startedAt", "executionStoppedAt", "stoppingAt", "stoppedAt")
    return [(name, seconds_of(task[name])) for name in names if name in task]


def assert_in_order(task):
    times = [moment for _, moment in times_of(task)]
    assert times == sorted(times), times_of(task)


def starts_of(node, runtime_ids):
    return {i: node.host.inspect(i)["State"]["StartedAt"] for i in runtime_ids}


#: In the order in which a task goes through them.
ranks = ["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING", "DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED"]


def test_tasks_go_on_and_everything_is_told_afterwards(node, capsys):
    write_role(node, role, key, secret)
    arns = {name: start(node, name, definition) for name, definition in definitions(node.ecs).items()}
    tasks = {n: wait_status(node.ecs, arn, "RUNNING") for n, arn in arns.items() if n not in ("chain", "breaks")}
    for name in ("chain", "breaks"):
        wait_until(lambda: status(describe(node.ecs, arns[name]), "init") == "RUNNING", f"init of {name}")
        tasks[name] = describe(node.ecs, arns[name])
        assert tasks[name]["lastStatus"] == "PENDING"
    for name in ("quiet", "sick"):
        wait_until(lambda: describe(node.ecs, arns[name])["healthStatus"] == "HEALTHY", f"{name} is well")
    stays = starts_of(node, [runtime_id(tasks[name]) for name in ("quiet", "sick", "flaps", "restarts", "own-network")])
    (binding,) = tasks["quiet"]["containers"][0]["networkBindings"]

    watch = Watch(node, tasks)
    node.plane.kill()
    begun, left = time.monotonic(), time.time()
    wait_for_moment(begun, 0.1, watch)
    node.host.docker("exec", runtime_id(tasks["sick"]), "touch", "/tmp/sick")
    wait_for_moment(begun, 0.4, watch)
    killed_at = time.time()
    node.host.docker("kill", runtime_id(tasks["killed"]))
    wait_for_moment(begun, 0.45, watch)
    assert node.host.containers(f"com.amazonaws.ecs.task-arn={arns['killed']}", all=False) == [], "its other container"
    wait_for_moment(begun, 0.55, watch)
    chain = node.host.containers(f"com.amazonaws.ecs.task-arn={arns['chain']}", all=False)
    assert len(chain) == 2, "app and last, with no control plane to ask"
    stays |= starts_of(node, chain)
    wait_for_moment(begun, 0.7, watch)
    node.agent.kill()
    node.agent.start(connected=False)
    watch.forgot = True
    wait_until(lambda: own(node, tasks["quiet"], "/task"), "metadata of an agent that has seen no control plane")
    wait_for_moment(begun, 1, watch)
    assert starts_of(node, stays) == stays
    running = sorted(node.host.containers(all=False))
    counted = node.host.inspect(runtime_id(tasks["restarts"], "again"))["RestartCount"]

    returned = time.time()
    node.plane.start()
    seen = {name: [] for name in arns}

    def all_told():
        for name, arn in arns.items():
            seen[name].append(describe(node.ecs, arn))
        now = {name: story[-1]["lastStatus"] for name, story in seen.items()}
        ended = {name for name, last in now.items() if last == "STOPPED"}
        return ended == {"ends", "killed", "breaks"} and set(now.values()) == {"RUNNING", "STOPPED"}

    wait_until(all_told, "everything is told", 60)
    told = {name: story[-1] for name, story in seen.items()}
    for name, versions in seen.items():
        places = [ranks.index(version["lastStatus"]) for version in versions]
        assert places == sorted(places), f"{name} went back: {places}"
        assert_in_order(told[name])

    # Times are those of the events, not of the day the control plane heard of them.
    ends = told["ends"]
    assert (ends["stopCode"], ends["stoppedReason"]) == ("EssentialContainerExited", "Essential container in task exited")
    assert ends["containers"][0]["exitCode"] == 7
    ran = seconds_of(ends["executionStoppedAt"]) - seconds_of(ends["startedAt"])
    assert abs(ran - away * 0.3) < 3, story(ends)
    killed = told["killed"]
    assert [c["exitCode"] for c in killed["containers"]] == [137, 0], story(killed)
    assert (killed["stopCode"], killed["stoppedReason"]) == ("EssentialContainerExited", "Essential container in task exited")
    assert killed_at - 1 < seconds_of(killed["executionStoppedAt"]) <= seconds_of(killed["stoppingAt"]) < killed_at + 10
    breaks = told["breaks"]
    assert breaks["stopCode"] == "TaskFailedToStart" and "init ended with exit code 4" in breaks["stoppedReason"]
    assert "startedAt" not in breaks and seconds_of(breaks["stoppingAt"]) < returned
    chain = told["chain"]
    assert {c["name"]: c["lastStatus"] for c in chain["containers"]} == {"last": "RUNNING", "app": "RUNNING", "init": "STOPPED"}
    assert left + away * 0.3 < seconds_of(chain["startedAt"]) < left + away * 0.6

    # What went on is what it was.
    wait_until(lambda: describe(node.ecs, arns["sick"])["healthStatus"] == "UNHEALTHY", "it is told to be ill")
    assert describe(node.ecs, arns["quiet"])["healthStatus"] == "HEALTHY"
    assert told["quiet"]["containers"][0]["networkBindings"] == [binding]
    assert status(told["restarts"], "main") == "RUNNING"
    restarts = own(node, tasks["restarts"], "/task")["Containers"]
    again = next(c for c in restarts if c["Name"] == "again").get("RestartCount", 0)
    assert again >= 1, "started again by the agent alone"
    assert counted == 0, "by the agent, not by docker"
    assert starts_of(node, stays) == stays
    assert len(node.agent.instances(node.ecs)) == 1 and len(node.ecs.list_tasks()["taskArns"]) == len(arns) - 3
    watch.forgot = False
    wait_until(lambda: watch.look() or True, "the endpoints as before", 10)
    watch.assert_small()
    with capsys.disabled():
        print(f"\naway {away:.0f} s: {again} restarts, {len(running)} containers ran at the end")
        print(*watch.summary(), sep="\n")
    for name in set(arns) - {"ends", "killed", "breaks"}:
        node.ecs.stop_task(task=arns[name])
    for name in set(arns) - {"ends", "killed", "breaks"}:
        assert wait_status(node.ecs, arns[name], "STOPPED")["stopCode"] == "UserInitiated"
    node.host.wait_idle()
