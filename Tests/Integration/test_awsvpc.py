"""Network mode awsvpc: tasks with an interface, an address and a localhost of their own, on two hosts."""

import json
from dataclasses import dataclass

import pytest

from harness import host as hosts
from harness.host import Agent, Host
from harness.tasks import container, describe, register, run_task, story, unique, wait_for_term, wait_status
from harness.waiting import wait_until

pytestmark = pytest.mark.docker

#: Serves on $PORT (80) a page that says who asked.
who = (
    "mkdir -p /www/cgi-bin; printf '#!/bin/sh\\necho; echo $REMOTE_ADDR' >/www/cgi-bin/who; chmod +x /www/cgi-bin/who;"
    ' trap "exit 0" TERM; httpd -f -p "${PORT:-80}" -h /www & wait'
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
            "rules": [line for line in self.host.in_network("iptables-save").stdout.splitlines() if "STEVEDORE" in line],
            "pauses": self.host.docker("ps", "--quiet", "--filter", "name=pause").stdout.split(),
            "notes": sorted(path.name for path in (self.agent.data / "cni").glob("*")),
        }

    def json(self, *command):
        return json.loads(self.host.in_network(*command).stdout or "[]")

    def wait_clean(self):
        nothing = {"interfaces": [], "routes": [], "rules": [], "pauses": [], "notes": []}
        wait_until(lambda: self.traces() == nothing or print(self.traces()), f"nothing left on {self.host.name}", 20)

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


@pytest.fixture(scope="module")
def pair(module_workshop):
    return make_pair(module_workshop)


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


def test_containers_of_a_task_share_localhost_and_one_interface(pair):
    ask = (
        "until wget -qO- http://127.0.0.1:8080/cgi-bin/who; do sleep 0.05; done; "
        "cat /sys/class/net/eth0/address; hostname; ip -4 -o address show eth0; echo done; " + wait_for_term
    )
    definition = awsvpc(
        pair.ecs,
        container("web", who, environment=[{"name": "PORT", "value": "127.0.0.1:8080"}]),
        container("client", ask),
    )
    task = pair.run(definition, pair.first)
    wait_until(lambda: "done" in output(pair.first, task, "client"), "the client has its answer", 10)
    said = output(pair.first, task, "client").split("\n")

    (attachment,) = task["attachments"]
    assert (attachment["type"], attachment["status"]) == ("ElasticNetworkInterface", "ATTACHED")
    known = details(task)
    assert known["subnetId"] == pair.subnet and known["networkInterfaceId"].startswith("eni-")
    address = known["privateIPv4Address"]
    for one in task["containers"]:
        assert one["networkInterfaces"] == [{"attachmentId": attachment["id"], "privateIpv4Address": address}]
        assert one["networkBindings"] == []
    assert said[0] == "127.0.0.1"
    assert said[1] == known["macAddress"]
    assert said[2] == known["privateDnsName"]
    assert f" {address}/16 " in said[3]

    (stopped,) = pair.stop(task)
    assert stopped["attachments"][0]["status"] == "DETACHED"
    pair.first.wait_clean()


def test_tasks_of_one_host_listen_on_the_same_port(pair):
    definition = awsvpc(pair.ecs, container("web", who, portMappings=[{"containerPort": 80}]))
    tasks = [pair.run(definition, pair.first) for _ in range(2)]
    one, other = map(address_of, tasks)
    assert one != other
    for address in (one, other):
        assert wait_until(lambda: pair.first.get(address), "a page", 10)
    wait_until(lambda: execute(pair.first, tasks[1], "web", "timeout", "2", "wget", "-qO-", f"http://{one}/cgi-bin/who") == other, "a page")
    pair.stop(*tasks)
    pair.first.wait_clean()


def test_a_task_reaches_one_of_another_host_by_its_address(pair):
    definition = awsvpc(pair.ecs, container("web", who, portMappings=[{"containerPort": 80}]))
    here = pair.run(definition, pair.first)
    there = pair.run(definition, pair.second)

    def ask(place, task, address):
        return execute(place, task, "web", "timeout", "2", "wget", "-qO-", f"http://{address}/cgi-bin/who")

    wait_until(lambda: ask(pair.second, there, address_of(here)) == address_of(there), "an answer from the first host", 10)
    wait_until(lambda: ask(pair.first, here, address_of(there)) == address_of(here), "an answer from the second host", 10)
    # What is outside of the VPC hears the host's own address, and can answer.
    pair.stop(here, there)
    pair.first.wait_clean()
    pair.second.wait_clean()


def test_an_unknown_subnet_and_a_security_group_are_refused(pair):
    from harness.tasks import refused

    definition = awsvpc(pair.ecs, container("web", wait_for_term))
    for configuration, message in (
        ({"subnets": ["subnet-0"]}, "InvalidSubnetID.NotFound"),
        ({"subnets": [pair.subnet], "securityGroups": ["sg-1"]}, "InvalidGroup.NotFound"),
    ):
        with refused("InvalidParameterException", message):
            pair.ecs.run_task(taskDefinition=definition, networkConfiguration={"awsvpcConfiguration": configuration})


def test_the_end_of_the_namespace_is_the_end_of_the_task(pair):
    task = pair.run(awsvpc(pair.ecs, container("web", wait_for_term)), pair.first)
    pause = pair.first.traces()["pauses"]
    pair.first.host.docker("kill", *pause)
    stopped = wait_status(pair.ecs, task["taskArn"], "STOPPED")
    assert stopped["stopCode"] == "EssentialContainerExited", story(stopped)
    pair.first.wait_clean()
