"""Network mode awsvpc with interfaces on the network of one that the host has: macvlan and ipvlan."""

import pytest

from harness.awsvpc import address_of, awsvpc, details, execute, make_pair, who
from harness.processes import run
from harness.tasks import container
from harness.waiting import wait_until

pytestmark = [pytest.mark.docker, pytest.mark.lifecycle]


@pytest.fixture(scope="module", params=["macvlan", "ipvlan"])
def pair(request, module_workshop):
    probe = f"ip link add svt0 type veth peer name svt1 && ip link add link svt0 name svt2 type {request.param}"
    if run(["unshare", "--net", "sh", "-c", probe], check=False).returncode != 0:
        pytest.skip(f"this kernel has no {request.param}")
    # Each host's end of the cable between them.
    return make_pair(
        module_workshop, {"STEVEDORE_AWSVPC_MODE": request.param, "STEVEDORE_AWSVPC_PARENT": "{interface}"}
    )


def test_tasks_reach_each_other_on_the_network_of_the_parent(pair):
    definition = awsvpc(pair.ecs, container("web", who, portMappings=[{"containerPort": 80}]))
    places = {"here": pair.first, "beside": pair.first, "there": pair.second}
    tasks = {name: pair.run(definition, place) for name, place in places.items()}
    for asking, asked in (("here", "beside"), ("here", "there"), ("there", "beside")):
        url = f"http://{address_of(tasks[asked])}/cgi-bin/who"

        def answer():
            return execute(places[asking], tasks[asking], "web", "timeout", "2", "wget", "-qO-", url)

        wait_until(lambda: answer() == address_of(tasks[asking]), f"an answer from {asked} to {asking}", 10)
    here = tasks["here"]
    if "macvlan" in pair.first.agent.settings.values():
        assert execute(pair.first, here, "web", "cat", "/sys/class/net/eth0/address") == details(here)["macAddress"]
    # Of the host itself, which the parent does not lead to.
    assert " dev ecs-eth0" in execute(pair.first, here, "web", "ip", "route", "get", "169.254.170.2")
    pair.stop(*tasks.values())
    pair.first.wait_clean()
    pair.second.wait_clean()
