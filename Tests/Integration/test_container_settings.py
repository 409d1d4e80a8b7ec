"""What the runtime is told of a container as it is: seen by `docker inspect`, and from inside. ECS core rules, 7.3."""

import json
import re
import socket

import pytest

from harness.host import image
from harness.places import repository, runtime
from harness.tasks import container, register, run_task, story, wait_for_term, wait_status
from harness.waiting import wait_until

pytestmark = [pytest.mark.docker, pytest.mark.lifecycle]


@pytest.fixture(scope="module")
def agent_settings():
    return {"ECS_AVAILABLE_LOGGING_DRIVERS": '["json-file","none","syslog","awslogs","journald"]'}


# Each section of what a container finds inside of itself begins with its name.
_look = """
say() { echo "== $1"; shift; "$@" 2>&1; }
say hostname hostname
say resolv cat /etc/resolv.conf
say hosts cat /etc/hosts
say id sh -c 'echo "$(id -u):$(id -g)"'
say limits sh -c 'ulimit -Sn; ulimit -Hn; ulimit -Sc'
say ports cat /proc/sys/net/ipv4/ip_local_port_range
say msgmax cat /proc/sys/kernel/msgmax
say status cat /proc/self/status
say mounts cat /proc/mounts
say root touch /file
say device sh -c 'test -c /dev/messages && echo x > /dev/messages'
say init cat /proc/1/comm
say network ls /sys/class/net
say terminal sh -c 'tty; readlink /proc/self/fd/0'
echo "== end"
"""


class Inside:
    """A container of the task, as docker shows it and as it sees itself."""

    def __init__(self, node, task, name):
        self.id = next(c["runtimeId"] for c in task["containers"] if c["name"] == name)
        self.config = node.host.inspect(self.id)
        self.host = self.config["HostConfig"]

        def printed():
            text = node.host.docker("logs", self.id).stdout.replace("\r", "")
            return text if "== end" in text else None

        sections = wait_until(printed, f"{name} has looked around", 10).split("== ")[1:]
        self.sections = {section.split("\n", 1)[0]: section.split("\n", 1)[1].strip() for section in sections}

    def __getitem__(self, section):
        return self.sections[section]

    def mount(self, path):
        """The options of a mount."""
        line = next(line for line in self["mounts"].splitlines() if line.split()[1] == path)
        return line.split()[3].split(",")

    def status(self, name):
        return re.search(rf"^{name}:\s*(\S+)", self["status"], re.M)[1]


confined = container(
    "confined",
    _look + wait_for_term,
    memory=32,
    hostname="web.example",
    dnsServers=["192.0.2.53", "2001:db8::53"],
    dnsSearchDomains=["corp.example", "example"],
    extraHosts=[{"hostname": "db", "ipAddress": "192.0.2.7"}, {"hostname": "six", "ipAddress": "2001:db8::7"}],
    readonlyRootFilesystem=True,
    user="1000:1000",
    dockerSecurityOptions=["no-new-privileges"],
    ulimits=[
        {"name": "nofile", "softLimit": 500, "hardLimit": 600},
        {"name": "core", "softLimit": 0, "hardLimit": -1},
        # podman's default is more than a test machine may allow.
        {"name": "nproc", "softLimit": 500, "hardLimit": 1000},
    ],
    systemControls=[
        {"namespace": "net.ipv4.ip_local_port_range", "value": "20000 30000"},
        {"namespace": "kernel.msgmax", "value": "4096"},
    ],
    linuxParameters={
        "capabilities": {"add": ["NET_ADMIN"], "drop": ["ALL"]},
        "initProcessEnabled": True,
        "sharedMemorySize": 5,
        "maxSwap": 16,
        "swappiness": 10,
        "tmpfs": [{"containerPath": "/scratch", "size": 2, "mountOptions": ["exec", "mode=700"]}],
    },
    logConfiguration={
        "logDriver": "json-file",
        "options": {"max-size": "1m", "max-file": "2", "mode": "non-blocking", "max-buffer-size": "2m"}
        | ({"tag": "a=b,c"} if runtime == "docker" else {}),
    },
)

free = container(
    "free",
    _look + wait_for_term,
    memory=32,
    interactive=True,
    pseudoTerminal=True,
    disableNetworking=True,
    portMappings=[{"containerPort": 80}],
    linuxParameters={
        "maxSwap": 0,
        "devices": [{"hostPath": "/dev/kmsg", "containerPath": "/dev/messages", "permissions": ["read"]}],
    },
)


@pytest.fixture(scope="module")
def task(node):
    arn = run_task(node.ecs, register(node.ecs, confined, free))
    yield wait_status(node.ecs, arn, "RUNNING")
    node.ecs.stop_task(task=arn)
    wait_status(node.ecs, arn, "STOPPED")


@pytest.fixture(scope="module")
def first(node, task):
    return Inside(node, task, "confined")


@pytest.fixture(scope="module")
def second(node, task):
    return Inside(node, task, "free")


def test_names_and_name_servers(first):
    assert first["hostname"] == "web.example"
    lines = first["resolv"].splitlines()
    assert {"nameserver 192.0.2.53", "nameserver 2001:db8::53", "search corp.example example"} <= set(lines)
    hosts = [line.split() for line in first["hosts"].splitlines()]
    assert ["192.0.2.7", "db"] in hosts and ["2001:db8::7", "six"] in hosts


def test_privileges(first, second):
    assert first["id"] == "1000:1000"
    assert first.status("CapBnd") == f"{1 << 12:016x}"  # CAP_NET_ADMIN, and nothing else
    assert (first.status("NoNewPrivs"), second.status("NoNewPrivs")) == ("1", "0")
    assert first.host["Privileged"] is False


def test_privileged(node):
    """Where the tests themselves do not have every capability, docker makes the container but cannot start it."""
    arn = run_task(node.ecs, register(node.ecs, container(script=wait_for_term, privileged=True)))
    label = f"com.amazonaws.ecs.task-arn={arn}"
    made = wait_until(lambda: node.host.containers(label), "the container is made", 10)
    assert node.host.inspect(made[0])["HostConfig"]["Privileged"] is True
    node.ecs.stop_task(task=arn)
    wait_status(node.ecs, arn, "STOPPED")


def test_kernel(first):
    assert first["limits"].split() == ["500", "600", "0"]
    assert first["ports"].split() == ["20000", "30000"]
    assert first["msgmax"] == "4096"
    assert first["init"] == f"{runtime}-init"


def test_file_systems(first, second):
    assert "ro" in first.mount("/") and "Read-only file system" in first["root"]
    assert "rw" in second.mount("/") and second["root"] == ""
    assert {"rw", "nosuid", "nodev", "size=2048k", "mode=700"} <= set(first.mount("/scratch"))
    assert "noexec" not in first.mount("/scratch")
    assert "size=5120k" in first.mount("/dev/shm")


def test_devices(second):
    assert "not permitted" in second["device"]
    (device,) = second.host["Devices"]
    assert (device["PathOnHost"], device["PathInContainer"]) == ("/dev/kmsg", "/dev/messages")


@pytest.mark.not_podman("it does not say whether the kernel limits swap")
def test_swap_is_on_top_of_memory(node, first, second):
    """None at all with `maxSwap` 0."""
    assert first.host["Memory"] == second.host["Memory"] == 32 << 20
    if node.host.docker("info", "--format", "{{.SwapLimit}}").stdout.strip() != "true":
        pytest.skip("this kernel limits no swap")
    assert (first.host["MemorySwap"], second.host["MemorySwap"]) == (48 << 20, 32 << 20)
    assert first.host["MemorySwappiness"] in (10, None)  # not with control groups of version 2


def test_terminal(first, second):
    assert second["terminal"].startswith("/dev/")
    assert (second.config["Config"]["Tty"], second.config["Config"]["OpenStdin"]) == (True, True)
    assert first["terminal"].splitlines() == ["not a tty", "/dev/null"]


def test_networking_can_be_off(task, second):
    assert second["network"] == "lo"
    assert next(c for c in task["containers"] if c["name"] == "free")["networkBindings"] == []


@pytest.mark.not_podman("there are no links")
def test_links(node):
    web = container("web", "cat /etc/hosts", links=["db", "db:data"])
    arn = run_task(node.ecs, register(node.ecs, web, container("db", wait_for_term)))
    ids = {c["name"]: c["runtimeId"] for c in wait_status(node.ecs, arn, "STOPPED")["containers"]}
    hosts = [line.split() for line in node.host.docker("logs", ids["web"]).stdout.splitlines()]
    names = {name for address, *names in hosts if ids["db"][:12] in names for name in names}
    assert {"db", "data"} <= names, hosts


@pytest.mark.not_podman("it does not show them as they were given")
def test_log_options_are_dockers(first):
    assert first.host["LogConfig"] == {"Type": "json-file", "Config": confined["logConfiguration"]["options"]}


@pytest.mark.not_podman("with ulimits it sets more processes than a test machine may allow")
def test_the_example_serves_its_page(node):
    example = json.loads((repository / "Config" / "examples" / "hardened.json").read_text())
    example["containerDefinitions"][0]["image"] = image
    node.ecs.register_task_definition(**example)
    arn = run_task(node.ecs, example["family"])
    binding = wait_status(node.ecs, arn, "RUNNING")["containers"][0]["networkBindings"][0]
    assert "Hello" in wait_until(lambda: node.host.fetch(binding["hostPort"]), "the page", 10)
    node.ecs.stop_task(task=arn)
    wait_status(node.ecs, arn, "STOPPED")


@pytest.mark.not_podman("there is no syslog driver")
def test_output_goes_where_the_definition_says(node):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind((node.host.outside_address, 0))
        listener.settimeout(10)
        address = f"udp://{node.host.outside_address}:{listener.getsockname()[1]}"
        options = {"syslog-address": address, "syslog-format": "rfc5424", "tag": "tag-of-the-task"}
        definition = register(
            node.ecs, container(script="echo to syslog", logConfiguration={"logDriver": "syslog", "options": options})
        )
        arn = run_task(node.ecs, definition)
        message = listener.recv(65536).decode()
    assert "tag-of-the-task" in message and message.rstrip().endswith("to syslog")
    wait_status(node.ecs, arn, "STOPPED")


@pytest.mark.not_podman("there is no awslogs driver")
def test_a_log_stream_is_named_after_the_task(node):
    options = {
        "awslogs-region": "us-east-1", "awslogs-group": "g", "awslogs-stream-prefix": "web",
        "awslogs-endpoint": "http://127.0.0.1:1",
    }  # fmt: skip
    definition = register(node.ecs, container(logConfiguration={"logDriver": "awslogs", "options": options}))
    arn = run_task(node.ecs, definition)
    # Nobody is there to take the output, so it does not run.
    task = wait_status(node.ecs, arn, "STOPPED", seconds=60)
    assert "awslogs" in task["containers"][0]["reason"] or "log" in task["containers"][0]["reason"], story(task)
    made = node.host.containers(f"com.amazonaws.ecs.task-arn={arn}")
    config = node.host.inspect(made[0])["HostConfig"]["LogConfig"]
    assert config["Type"] == "awslogs"
    assert config["Config"]["awslogs-stream"] == f"web/main/{arn.rsplit('/', 1)[-1]}"
    assert config["Config"]["awslogs-endpoint"] == "http://127.0.0.1:1"
    assert "awslogs-stream-prefix" not in config["Config"]


def test_what_cannot_be_is_a_reason(node):
    """Swap on top of memory that has no limit."""
    arn = run_task(node.ecs, register(node.ecs, container(linuxParameters={"maxSwap": 1})))
    task = wait_status(node.ecs, arn, "STOPPED")
    assert task["containers"][0]["reason"].startswith("CannotCreateContainerError: linuxParameters.maxSwap"), story(task)
    assert task["stopCode"] == "TaskFailedToStart"


@pytest.mark.not_podman("its log drivers are fewer")
def test_what_the_host_offers(node, module_workshop):
    names = {attribute["name"] for attribute in node.agent.instances(node.ecs)[0]["attributes"]}
    drivers = {name.rpartition(".")[2] for name in names if ".logging-driver." in name}
    assert drivers == {"json-file", "none", "syslog", "awslogs", "journald"}
    assert "com.amazonaws.ecs.capability.privileged-container" in names
    assert not {name for name in names if name.endswith((".selinux", ".apparmor"))}

    node.ecs.create_cluster(clusterName="strict")
    module_workshop.agent(node.host, node.plane, cluster="strict", settings={"ECS_DISABLE_PRIVILEGED": "true"})
    for refused in (
        container(privileged=True),
        container(logConfiguration={"logDriver": "syslog"}),
        container(dockerSecurityOptions=["apparmor:docker-default"]),
    ):
        answer = node.ecs.run_task(cluster="strict", taskDefinition=register(node.ecs, refused))
        assert answer["tasks"] == []
        assert [failure["reason"] for failure in answer["failures"]] == ["ATTRIBUTE"]
