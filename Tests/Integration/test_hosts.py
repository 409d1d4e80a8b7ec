"""More than one host, and hosts that are lost."""

import pytest

from harness.tasks import container, describe, refused, register, run_task, wait_for_term, wait_status
from harness.waiting import wait_until

pytestmark = pytest.mark.docker


@pytest.fixture(autouse=True)
def recover(short_node):
    yield
    short_node.recover()



def connected(node):
    arns = node.ecs.list_container_instances()["containerInstanceArns"]
    described = node.ecs.describe_container_instances(containerInstances=arns)["containerInstances"]
    return {instance["containerInstanceArn"]: instance["agentConnected"] for instance in described}


def test_lost_host_is_disconnected_until_it_is_back(short_node):
    node = short_node
    arn = run_task(node.ecs, register(node.ecs, container(script=wait_for_term)))
    wait_status(node.ecs, arn, "RUNNING")
    node.agent.kill()
    wait_until(lambda: not any(connected(node).values()), "agentConnected: false", 20)
    task = describe(node.ecs, arn)
    # Nobody knows better: the task is RUNNING as far as is known, on a host that is not connected.
    assert (task["lastStatus"], task["connectivity"]) == ("RUNNING", "DISCONNECTED")
    answer = node.ecs.run_task(taskDefinition=register(node.ecs))
    assert answer["tasks"] == [] and answer["failures"][0]["reason"] in ("AGENT", "NO ACTIVE INSTANCES")
    node.agent.start()
    wait_until(lambda: all(connected(node).values()), "agentConnected: true", 20)
    assert describe(node.ecs, arn)["connectivity"] == "CONNECTED"
    node.ecs.stop_task(task=arn)
    wait_status(node.ecs, arn, "STOPPED")


def test_silent_agent_is_lost_too(short_node):
    """SIGSTOP: the connection stays open, but nothing comes."""
    import signal

    node = short_node
    node.agent.process.signal(signal.SIGSTOP)
    try:
        wait_until(lambda: not any(connected(node).values()), "agentConnected: false", 20)
    finally:
        node.agent.process.signal(signal.SIGCONT)
    wait_until(lambda: all(connected(node).values()), "agentConnected: true", 30)


def test_liveness_survives_a_restart_of_the_control_plane(short_node):
    """An agent that died while the control plane was down is noticed as well."""
    node = short_node
    node.plane.kill()
    node.agent.kill()
    node.plane.start()
    # However short the time-out, agents have 40 s to come back to a control plane that was away.
    wait_until(lambda: not any(connected(node).values()), "agentConnected: false", 70)
    node.agent.start()
    wait_until(lambda: all(connected(node).values()), "agentConnected: true", 20)


def test_two_hosts(short_node, module_workshop):
    node = short_node
    first = set(connected(node))
    host = module_workshop.host()
    agent = module_workshop.agent(host, node.plane)
    second = wait_until(lambda: set(connected(node)) - first, "a second container instance").pop()
    definition = register(node.ecs, container("web", portMappings=[{"containerPort": 80, "hostPort": 8200}]))
    tasks = [run_task(node.ecs, definition) for _ in range(2)]
    described = [wait_status(node.ecs, arn, "RUNNING") for arn in tasks]
    # A static port fits once on each host.
    assert {task["containerInstanceArn"] for task in described} == first | {second}
    assert node.ecs.run_task(taskDefinition=definition)["tasks"] == []
    for where in (node.host, host):
        assert "Hello" in wait_until(lambda: where.fetch(8200), "the page", 10)

    agent.kill()
    wait_until(lambda: connected(node)[second] is False, "the second is lost", 20)
    assert connected(node)[first.copy().pop()] is True
    assert len(host.containers(all=False)) == 1, "its task runs on"
    agent.start(connected=False)
    wait_until(lambda: all(connected(node).values()), "both are back", 20)
    for arn in tasks:
        node.ecs.stop_task(task=arn)
    for arn in tasks:
        wait_status(node.ecs, arn, "STOPPED")

    # Deregistered with force: its tasks are STOPPED here, and the agent stops them there.
    arn = node.ecs.start_task(
        taskDefinition=register(node.ecs, container(script=wait_for_term)), containerInstances=[second]
    )["tasks"][0]["taskArn"]
    wait_status(node.ecs, arn, "RUNNING")
    node.ecs.deregister_container_instance(containerInstance=second, force=True)
    assert describe(node.ecs, arn)["lastStatus"] == "STOPPED"
    host.wait_idle(seconds=30)


def test_settings_of_an_agent_are_registered(short_node, module_workshop):
    node = short_node
    node.ecs.create_cluster(clusterName="settings")
    memory = next(iter(node.agent.instances(node.ecs)))["registeredResources"]
    whole = next(resource["integerValue"] for resource in memory if resource["name"] == "MEMORY")
    settings = {
        "ECS_RESERVED_MEMORY": "100",
        "ECS_RESERVED_PORTS": "[22, 9999]",
        "ECS_RESERVED_PORTS_UDP": "[53]",
        "ECS_INSTANCE_ATTRIBUTES": '{"rack": "r1", "stack": "prod"}',
        "STEVEDORE_AVAILABILITY_ZONE": "cellar",
    }
    agent = module_workshop.agent(node.host, node.plane, start=False, cluster="settings", settings=settings)
    agent.start()
    instance = agent.instances(node.ecs)[0]
    resources = {resource["name"]: resource for resource in instance["registeredResources"]}
    assert resources["MEMORY"]["integerValue"] == whole - 100
    assert sorted(resources["PORTS"]["stringSetValue"]) == ["22", "9999"]
    assert resources["PORTS_UDP"]["stringSetValue"] == ["53"]
    attributes = {attribute["name"]: attribute.get("value") for attribute in instance["attributes"]}
    assert (attributes["rack"], attributes["stack"]) == ("r1", "prod")
    assert attributes["ecs.availability-zone"] == "cellar"
    arn = run_task(node.ecs, register(node.ecs, container(script="exit 0")), "settings")
    assert wait_status(node.ecs, arn, "STOPPED", "settings")["availabilityZone"] == "cellar"
    agent.close()


def test_join_token_is_needed_and_cluster_must_exist(short_node, module_workshop):
    node = short_node
    wrong = module_workshop.agent(node.host, node.plane, start=False, settings={"STEVEDORE_JOIN_TOKEN": "wrong"})
    wrong.start(connected=False)
    assert_says(wrong, "token")
    elsewhere = module_workshop.agent(node.host, node.plane, start=False, cluster="never-made")
    elsewhere.start(connected=False)
    assert_says(elsewhere, "never-made", "luster")
    with refused("ClusterNotFoundException"):
        node.ecs.list_container_instances(cluster="never-made")
    for agent in (wrong, elsewhere):
        agent.close()


def assert_says(agent, *words):
    """An agent that cannot join says why, and goes on trying or ends; it does not register."""
    wait_until(lambda: all(word in agent.process.log() for word in words), f"{words} in the agent's log", 15)


def test_agents_key_can_act_only_for_its_own_instance(short_node):
    """Its key is in its data directory; with it one cannot run tasks or read other hosts."""
    import re

    node = short_node
    text = b"".join(path.read_bytes() for path in node.agent.data.rglob("*") if path.is_file())
    # JSON may write a secret's slashes with a backslash.
    text = text.replace(b"\\/", b"/")
    keys = set(re.findall(rb"A[SK]IA[A-Z0-9]{16}", text))
    assert keys, "no access key in the agent's data directory"
    modes = {path.name: path.stat().st_mode & 0o077 for path in node.agent.data.rglob("*") if path.is_file()}
    assert set(modes.values()) == {0}, modes
    for secret in set(re.findall(rb"(?<![A-Za-z0-9/+=])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])", text)):
        for key in keys:
            client = node.plane.client(access_key=key.decode(), secret_key=secret.decode())
            try:
                client.list_clusters()
            except client.exceptions.ClientError as error:
                code = error.response["Error"]["Code"]
                if code == "AccessDeniedException":
                    with refused("AccessDeniedException"):
                        client.run_task(taskDefinition="x")
                    with refused("AccessDeniedException"):
                        client.create_cluster(clusterName="x")
                    return
                assert code == "InvalidSignatureException"
            else:
                pytest.fail("an agent's key may list clusters")
    pytest.fail("no pair of key and secret in the agent's data directory is known to the control plane")
