"""Two hosts that are joined by a cable, whose tasks have interfaces of their own (network mode awsvpc)."""

import json
from dataclasses import dataclass

from . import host as hosts
from .host import Agent, Host
from .tasks import register, wait_status
from .waiting import wait_until

#: Serves on $PORT a page that says who asked.
who = (
    "mkdir -p /www/cgi-bin; printf '#!/bin/sh\\necho; echo $REMOTE_ADDR' >/www/cgi-bin/who; chmod +x /www/cgi-bin/who;"
    ' trap "exit 0" TERM; httpd -f -p "${PORT:-0.0.0.0:80}" -h /www & wait'
)


@dataclass
class Place:
    """One of the two hosts."""

    host: Host
    agent: Agent
    instance: dict

    def traces(self):
        """What tasks with interfaces could leave here."""
        return {
            "interfaces": sorted(i["ifname"] for i in self.json("ip", "-json", "link") if i["ifname"].startswith("veth")),
            "routes": sorted(r["dst"] for r in self.json("ip", "-json", "route") if r.get("scope") == "host"),
            "rules": [
                line
                for line in self.host.in_network("iptables-save").stdout.splitlines()
                if "STEVEDORE-FORWARD" in line or "STEVEDORE-POSTROUTING" in line
            ],
            "pauses": self.host.docker("ps", "--quiet", "--filter", "name=pause").stdout.split(),
            "notes": sorted(path.name for path in (self.agent.data / "cni").glob("*")),
            "namespaces": sorted(self.host.container_namespaces()),
        }

    def json(self, *command):
        return json.loads(self.host.in_network(*command).stdout or "[]")

    def wait_clean(self):
        def clean():
            left = {kind: things for kind, things in self.traces().items() if things}
            assert not left, left
            return True

        wait_until(clean, f"nothing left on {self.host.name}", 20)

    def get(self, address, path="/cgi-bin/who", port=80):
        """A page, as the host itself gets it."""
        return self.host.in_network("timeout", "2", "busybox", "wget", "-qO-", f"http://{address}:{port}{path}").stdout.strip()


@dataclass
class Pair:
    plane: object
    ecs: object
    first: Place
    second: Place

    @property
    def subnet(self):
        return next(a["value"] for a in self.first.instance["attributes"] if a["name"] == "ecs.subnet-id")

    def start(self, definition, place):
        answer = self.ecs.start_task(
            taskDefinition=definition, containerInstances=[place.instance["containerInstanceArn"]],
            networkConfiguration={"awsvpcConfiguration": {"subnets": [self.subnet]}},
        )  # fmt: skip
        assert answer["failures"] == [], answer["failures"]
        return answer["tasks"][0]["taskArn"]

    def run(self, definition, place):
        return wait_status(self.ecs, self.start(definition, place), "RUNNING")

    def stop(self, *tasks):
        for task in tasks:
            self.ecs.stop_task(task=task["taskArn"])
        return [wait_status(self.ecs, task["taskArn"], "STOPPED") for task in tasks]


def make_pair(workshop, settings=None):
    hosts.remove_leftovers()
    plane = workshop.control_plane(address="0.0.0.0", agent_timeout_seconds=30)
    first, second = workshop.host(), workshop.host()
    ecs = plane.client()
    places = []
    for host, (address, interface) in zip((first, second), hosts.join(first, second)):
        own = {
            "STEVEDORE_HOST_ADDRESS": address, "ECS_ENABLE_TASK_ENI": "true",
            "ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION": "1s",
            "ECS_INSTANCE_ATTRIBUTES": json.dumps({"host": host.name}),
            **{key: value.format(interface=interface) for key, value in (settings or {}).items()},
        }  # fmt: skip
        agent = workshop.agent(host, plane, settings=own)

        def registered():
            return next((i for i in agent.instances(ecs) if {"name": "host", "value": host.name} in i["attributes"]), None)

        places.append(Place(host, agent, wait_until(registered, f"{host.name} is registered")))
    return Pair(plane, ecs, *places)


def awsvpc(ecs, *containers):
    return register(ecs, *containers, networkMode="awsvpc")


def address_of(task):
    return task["containers"][0]["networkInterfaces"][0]["privateIpv4Address"]


def details(task):
    (attachment,) = task["attachments"]
    return {detail["name"]: detail["value"] for detail in attachment["details"]}


def output(place, task, name):
    (id,) = place.host.containers(
        f"com.amazonaws.ecs.task-arn={task['taskArn']}", f"com.amazonaws.ecs.container-name={name}"
    )
    return place.host.docker("logs", id).stdout


def execute(place, task, name, *command):
    (id,) = place.host.containers(
        f"com.amazonaws.ecs.task-arn={task['taskArn']}", f"com.amazonaws.ecs.container-name={name}"
    )
    return place.host.docker("exec", id, *command).stdout.strip()
