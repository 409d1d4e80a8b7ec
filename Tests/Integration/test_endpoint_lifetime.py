"""The endpoints of tasks over the agent's own life: crashes, stops, missing rights."""

import pytest

from harness.endpoints import ask, environment, own, runtime_id, write_role
from harness.tasks import container, describe, register, run_task, wait_for_term, wait_status
from harness.waiting import wait_until

pytestmark = pytest.mark.docker


@pytest.fixture
def tasks(node):
    """One on the bridge, and one that shares the host's network and has a role."""
    write_role(node, "app", "AKIAROLEOFTHETASK000", "secret")
    definitions = {
        "bridge": register(node.ecs, container("main", wait_for_term)),
        "host": register(node.ecs, container("main", wait_for_term), networkMode="host", taskRoleArn="app"),
    }
    arns = {mode: run_task(node.ecs, definition) for mode, definition in definitions.items()}
    yield {mode: wait_status(node.ecs, arn, "RUNNING") for mode, arn in arns.items()}
    for arn in arns.values():
        node.ecs.stop_task(task=arn)
    for arn in arns.values():
        wait_status(node.ecs, arn, "STOPPED")


def way(host):
    """Rules and addresses that lead to the agent, as the kernel has them."""
    rules = host.in_network("iptables-save", "-t", "nat").stdout.splitlines()
    addresses = host.in_network("ip", "-4", "-o", "address", "show", "dev", "lo").stdout
    return sorted(rule for rule in rules if "STEVEDORE" in rule and rule[0] != ":"), addresses.count("169.254.170.2/32")


def test_uris_outlive_the_agent(node, tasks):
    before = way(node.host)
    assert len(before[0]) == 3 and before[1] == 1
    for end in (node.agent.kill, node.agent.stop):
        end()
        assert way(node.host) == before, "containers go on"
        node.agent.start()
        for mode, task in tasks.items():
            assert own(node, task, "/task")["TaskARN"] == task["taskArn"], mode
            assert own(node, task, version=3)["DockerId"] == runtime_id(task), mode
        relative = environment(node, tasks["host"])["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"]
        answer = wait_until(lambda: ask(node, tasks["host"], f"http://169.254.170.2{relative}")[1], "credentials")
        assert answer["AccessKeyId"] == "AKIAROLEOFTHETASK000"
        assert way(node.host) == before
        assert describe(node.ecs, tasks["bridge"]["taskArn"])["lastStatus"] == "RUNNING"


def test_an_agent_that_stops_without_tasks_leaves_nothing(node):
    node.agent.stop()
    assert way(node.host) == ([], 0)
    node.agent.start()
    wait_until(lambda: way(node.host)[1] == 1, "the endpoints' address")


def test_too_many_requests_are_told_so(node):
    node.agent.stop()
    node.agent.settings["ECS_TASK_METADATA_RPS_LIMIT"] = "1,2"
    node.agent.start()
    page = ["-o", "/dev/null", "http://169.254.170.2/v4/x"]
    answers = node.host.in_network("curl", "-s", "-w", "%{http_code} ", *page * 5).stdout.split()
    assert answers[:2] == ["404", "404"] and "429" in answers


def test_an_agent_without_the_rights_says_so_and_runs_tasks(node):
    node.agent.stop()
    node.agent.wrapper = ["setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"]
    node.agent.start()
    assert "tasks do not reach their endpoints on this host" in node.agent.process.log()
    task = run_task(node.ecs, register(node.ecs, container("main", "exit 3")))
    task = wait_status(node.ecs, task, "STOPPED")
    assert task["containers"][0]["exitCode"] == 3
    assert not any("169.254.170.2" in value for value in environment(node, task).values())
    definition = register(node.ecs, container("main", wait_for_term), taskRoleArn="app")
    failures = node.ecs.run_task(taskDefinition=definition)["failures"]
    assert [failure["reason"] for failure in failures] == ["ATTRIBUTE"]
