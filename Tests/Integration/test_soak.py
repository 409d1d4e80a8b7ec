"""Five hundred short tasks while agent, control plane and engine are killed: nothing of them is left.

What docker loses by itself is told apart. A dockerd 20.10 that is killed in the middle of a start never finds again
what was made by then: the container's shim, its process that waits to be started, its cgroups, its veth, and the rule
that lets it reach its own published port. The rest of that port's mapping (two more rules and docker-proxy) it even
makes again when it is started, for a container that it does not have, and only its next start ends that: so it is
stopped and started in peace before anything is counted. (`docker run` alone, three at a time: after 8 of 15 kills there
were such mappings, after the next start none; 18 shims, and after 7 kills rules of the first kind, stayed.)

STEVEDORE_CRASH_SEED replays the choices (not the interleaving); STEVEDORE_SOAK_TASKS says how many tasks.
"""

import os
import random
import re
import time

import pytest

from harness.tasks import container, describe, register, remaining, story
from harness.waiting import wait_until

pytestmark = [pytest.mark.docker, pytest.mark.crash]

tasks = int(os.environ.get("STEVEDORE_SOAK_TASKS", "500"))
#: At most so many at a time.
window = 40
#: Seconds between two kills, at random.
pause = (2.0, 6.0)


@pytest.fixture(scope="module")
def soaked(module_workshop):
    from conftest import _node  # the fixtures made there are shared with others

    return _node(module_workshop, agent_timeout_seconds=30)


class Leftovers:
    """What tasks leave behind if something is forgotten, counted."""

    def __init__(self, node):
        self.node = node
        #: Of every task and container that there was.
        self.ids = set()
        #: Of the containers that docker has lost.
        self.lost = set()
        #: Whether dockerd was ever ended without a chance to put things in order.
        self.engine_was_killed = False
        self.rules_before = self._rules()

    def new_rules(self):
        return [rule for rule in self._rules() if rule not in self.rules_before]

    def note(self, task):
        self.ids |= {c["runtimeId"] for c in task["containers"] if c.get("runtimeId")}
        self.ids.add(task["taskArn"].split("/")[-1])

    def count(self):
        host = self.node.host
        lines = lambda *command: len(host.in_network(*command).stdout.splitlines())  # noqa: E731
        return {
            "containers": len(host.containers()),
            "volumes": len(host.docker("volume", "ls", "--quiet").stdout.split()),
            "cgroups": self._cgroups(),
            "interfaces": len(self._interfaces()),
            "addresses": lines("ip", "-4", "-o", "address"),
            "routes": lines("ip", "route"),
            "rules": len(self._rules()),
            "listening": len(self._listening()),
        }

    def _cgroups(self):
        """Those named after a container or task that there was: other engines on this machine have their own."""
        names = set().union(*(folders for _, folders, _ in os.walk("/sys/fs/cgroup")))
        ids = self.ids - self.lost
        return sum(1 for name in names if not ids.isdisjoint(re.split(r"[^0-9a-f]", name)))

    def _interfaces(self):
        """Without the ends of docker's veths that are in no container any more, if it lost any."""
        links = self.node.host.in_network("ip", "-o", "link").stdout.splitlines()
        return [link for link in links if not (self.lost and link.split()[1].startswith("veth"))]

    def _rules(self):
        """Without docker's for a container's way to itself, if it may have lost any."""
        rules = self.node.host.in_network("iptables-save").stdout.splitlines()
        own = re.compile(r"-A POSTROUTING -s (\S+)/32 -d \1/32 -p tcp -m tcp --dport \d+ -j MASQUERADE")
        return [rule for rule in rules if not (self.engine_was_killed and own.fullmatch(rule))]

    def _listening(self):
        return self.node.host.in_network("ss", "-Hltnp").stdout.splitlines()

    def find_lost(self):
        """The containers that have a shim and that docker does not know."""
        known = set(self.node.host.containers())
        self.lost = set(self.node.host.shims()) - known

    def processes(self):
        return {
            process.name: (len(os.listdir(f"/proc/{process.pid}/fd")), process.resident_memory_kib() / 1024)
            for process in (self.node.agent.process, self.node.plane.process)
        }


class Saboteur:
    """Ends one of the three, and starts it again: by SIGKILL, the engine by SIGTERM as often."""

    def __init__(self, node, choices):
        self.node = node
        self.choices = choices
        self.kills = {"agent": 0, "engine": 0, "engine, by SIGTERM": 0, "control plane": 0}

    def strike(self):
        what = self.choices.choices(list(self.kills), weights=[5, 1, 1, 4])[0]
        self.kills[what] += 1
        if what == "agent":
            self.node.agent.kill()
            self.node.agent.start(connected=False)
        elif what == "control plane":
            self.node.plane.kill()
            self.node.plane.start()
        elif what == "engine":
            self.node.host.dockerd.kill()
            self.node.host.start_engine()
        else:
            self.restart_engine_in_peace()

    def restart_engine_in_peace(self):
        self.node.host.dockerd.stop(60)
        self.node.host.start_engine()


def definitions(ecs):
    """Short lives of several kinds, each with the exit codes that it may have when nothing kills it."""
    ports = [{"containerPort": 80}]
    side = container("side", "while :; do sleep 0.1; done", essential=False, stopTimeout=1)
    return [
        register(ecs, container("main", "exit 3", portMappings=ports)),
        register(ecs, container("main", "sleep 0.3; exit 3"), side, networkMode="none"),
        register(ecs, container("main", "sleep 0.1; exit 3"), networkMode="host"),
    ]


def test_soak(soaked, capsys):
    node = soaked
    seed = int(os.environ.get("STEVEDORE_CRASH_SEED", random.SystemRandom().randrange(1 << 32)))
    choices = random.Random(seed)
    say = lambda text: print(text, flush=True)  # noqa: E731
    node.agent.stop()
    node.agent.settings = {"ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION": "2s"}
    node.agent.start()
    instance = node.agent.instances(node.ecs)[0]["containerInstanceArn"]
    kinds = definitions(node.ecs)
    free = remaining(node.ecs, "default", instance)
    leftovers = Leftovers(node)
    before = leftovers.count()
    with capsys.disabled():
        say(f"\nsoak: seed {seed}, {tasks} tasks")

    saboteur = Saboteur(node, choices)
    ended, open_tasks, begun = [], [], time.monotonic()
    next_strike = begun + choices.uniform(*pause)
    while len(ended) < tasks:
        room = min(window - len(open_tasks), tasks - len(ended) - len(open_tasks))
        if room >= 10 or (room > 0 and len(ended) + window > tasks):
            answer = node.ecs.run_task(taskDefinition=choices.choice(kinds), count=min(10, room))
            open_tasks += [task["taskArn"] for task in answer["tasks"]]
        if time.monotonic() >= next_strike:
            saboteur.strike()
            next_strike = time.monotonic() + choices.uniform(*pause)
        described = node.ecs.describe_tasks(tasks=open_tasks)["tasks"] if open_tasks else []
        for task in described:
            leftovers.note(task)
        ended += [task for task in described if task["lastStatus"] == "STOPPED"]
        open_tasks = [task["taskArn"] for task in described if task["lastStatus"] != "STOPPED"]
        if not room and not any(task["lastStatus"] == "STOPPED" for task in described):
            time.sleep(0.1)
        assert time.monotonic() - begun < 600, [story(describe(node.ecs, arn)) for arn in open_tasks[:5]]
    seconds = time.monotonic() - begun

    wait_until(lambda: node.host.containers() == [], "clean-up", 120, interval=0.5)
    wait_until(lambda: remaining(node.ecs, "default", instance) == free, "everything given back")
    if saboteur.kills["engine"]:
        saboteur.restart_engine_in_peace()
        leftovers.engine_was_killed = True

    def is_clean():
        if leftovers.engine_was_killed:
            leftovers.find_lost()
        after = leftovers.count()
        left = {name: (before[name], count) for name, count in after.items() if count > before[name]}
        assert not left, f"before and after: {left}, and new of the rules: {leftovers.new_rules()}"
        return True

    wait_until(is_clean, "nothing left on the host", 20, interval=0.5)
    codes = {}
    for task in ended:
        code = next(c for c in task["containers"] if c["name"] == "main").get("exitCode")
        codes[code] = codes.get(code, 0) + 1
    with capsys.disabled():
        say(f"soak: {seconds:.0f} s, killed {saboteur.kills}, exit codes of main: {codes}")
        say(f"soak: before {before}")
        say(f"soak: after  {leftovers.count()}, and lost by docker {len(leftovers.lost)}")
        for name, (files, memory) in leftovers.processes().items():
            say(f"soak: {name} has {files} files open and {memory:.1f} MiB resident")
    # What was running when its engine was killed did not end by itself; the others all did.
    assert codes.get(3, 0) >= tasks / 2, codes
