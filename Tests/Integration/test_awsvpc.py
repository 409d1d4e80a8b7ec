"""Network mode awsvpc: tasks with an interface, an address and a localhost of their own, on two hosts."""

import pytest

from harness.awsvpc import address_of, awsvpc, details, execute, make_pair, output, who
from harness.tasks import container, refused, story, wait_for_term, wait_status
from harness.waiting import wait_until

pytestmark = [pytest.mark.docker, pytest.mark.lifecycle]


@pytest.fixture(scope="module")
def pair(module_workshop):
    return make_pair(module_workshop)


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

    traces = pair.first.traces()
    assert all(traces.values()), f"what is to be gone later is not even seen: {traces}"
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


def test_a_task_finds_its_endpoints(pair):
    task = pair.run(awsvpc(pair.ecs, container("web", wait_for_term)), pair.first)
    ask = 'wget -qO- "$ECS_CONTAINER_METADATA_URI_V4/task"'
    wait_until(lambda: task["taskArn"] in execute(pair.first, task, "web", "timeout", "2", "sh", "-c", ask), "metadata", 10)
    pair.stop(task)
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
    pair.stop(here, there)
    pair.first.wait_clean()
    pair.second.wait_clean()


def test_an_unknown_subnet_and_a_security_group_are_refused(pair):
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
