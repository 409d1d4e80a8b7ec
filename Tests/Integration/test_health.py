"""Health checks on a real engine, and what DescribeTasks makes of them. ECS runtime rules, section 2."""

import pytest

from harness.host import image
from harness.places import has_systemd
from harness.tasks import container, describe, register, run_task, wait_for_term, wait_status
from harness.waiting import wait_until

pytestmark = [pytest.mark.docker, pytest.mark.lifecycle, pytest.mark.not_podman("systemd runs its checks", unless=has_systemd)]

#: Well as long as the file is there, and found out as soon as ECS allows.
well = {"command": ["CMD-SHELL", "test -e /tmp/well || exit 1"], "interval": 5, "timeout": 2, "retries": 1}
get_well = "touch /tmp/well; " + wait_for_term


@pytest.fixture(autouse=True)
def recover(node):
    yield
    node.recover()


def start(node, *containers):
    task = run_task(node.ecs, register(node.ecs, *containers))
    return wait_status(node.ecs, task, "RUNNING")


def health(node, task):
    """Of the task, then of each container."""
    described = describe(node.ecs, task["taskArn"])
    return described["healthStatus"], {c["name"]: c["healthStatus"] for c in described["containers"]}


def wait_health(node, task, status, **containers):
    wait_until(lambda: health(node, task) == (status, containers), f"{status} {containers}", 15)


def runtime_id(task, name):
    return next(c["runtimeId"] for c in task["containers"] if c["name"] == name)


def test_health_of_containers_and_their_task(node):
    task = start(
        node,
        container("good", get_well, healthCheck=well),
        container("side", wait_for_term, essential=False, healthCheck=well),
        container("unchecked", wait_for_term),
    )
    assert health(node, task) == ("UNKNOWN", {"good": "UNKNOWN", "side": "UNKNOWN", "unchecked": "UNKNOWN"})
    # Only the essential ones with a check count for the task.
    wait_health(node, task, "HEALTHY", good="HEALTHY", side="UNHEALTHY", unchecked="UNKNOWN")
    version = describe(node.ecs, task["taskArn"])["version"]
    node.host.docker("exec", runtime_id(task, "good"), "rm", "/tmp/well")
    wait_health(node, task, "UNHEALTHY", good="UNHEALTHY", side="UNHEALTHY", unchecked="UNKNOWN")
    described = describe(node.ecs, task["taskArn"])
    assert described["version"] > version
    assert (described["lastStatus"], described["desiredStatus"]) == ("RUNNING", "RUNNING"), "nobody stops it for that"


def test_health_that_changes_while_nobody_listens(node):
    """The control plane keeps what it was told last; the agent finds out when it is back."""
    task = start(node, container("web", get_well, healthCheck=well))
    wait_health(node, task, "HEALTHY", web="HEALTHY")
    node.agent.kill()
    web = runtime_id(task, "web")
    node.host.docker("exec", web, "rm", "/tmp/well")
    wait_until(lambda: node.host.inspect(web)["State"]["Health"]["Status"] == "unhealthy", "docker sees it", 15)
    assert health(node, task) == ("HEALTHY", {"web": "HEALTHY"})
    node.agent.start()
    wait_health(node, task, "UNHEALTHY", web="UNHEALTHY")


def test_a_check_without_a_shell_gets_its_words_as_they_are(node):
    """Also those that mean something to a shell, and programs with the name of a function of one."""
    words = ["it's", "$HOME", "a  b", "`id`", '"', "\\", ";", "*", "line\nnext", ""]
    script = 'for word in "$@"; do printf "<%s>" "$word"; done'
    task = start(
        node,
        container("words", wait_for_term, healthCheck={
            "command": ["CMD", "sh", "-c", script, "zero", *words], "interval": 5,
        }),
        # `false` and `exit` would be the shell's own: the first is a program too, the second is none.
        container("program", wait_for_term, healthCheck={"command": ["CMD", "true"], "interval": 5}),
        container("none", wait_for_term, healthCheck={"command": ["CMD", "exit", "0"], "interval": 5, "retries": 1}),
        container("parameters", wait_for_term, healthCheck={
            "command": ["CMD-SHELL", 'test "$0$1" = "a b c"', "a b", " c"], "interval": 5,
        }),
    )  # fmt: skip
    wait_health(node, task, "UNHEALTHY", words="HEALTHY", program="HEALTHY", none="UNHEALTHY", parameters="HEALTHY")
    log = node.host.inspect(runtime_id(task, "words"))["State"]["Health"]["Log"]
    assert log[0]["Output"] == "".join(f"<{word}>" for word in words)


def test_the_images_own_check_is_not_ecs(node):
    checked = "stevedore-test/checked:latest"
    made = node.host.docker("create", image).stdout.strip()
    node.host.docker("commit", "--change", "HEALTHCHECK --interval=1s --retries=1 CMD false", made, checked)
    node.host.docker("rm", made)
    task = start(
        node,
        container("plain", wait_for_term, image=checked),
        container("off", wait_for_term, image=checked, healthCheck={"command": ["NONE"]}),
    )
    for name in ("plain", "off"):
        state = node.host.inspect(runtime_id(task, name))
        assert state["Config"]["Healthcheck"]["Test"] == ["NONE"]
        assert "Health" not in state["State"]
    assert health(node, task) == ("UNKNOWN", {"plain": "UNKNOWN", "off": "UNKNOWN"})


def test_the_numbers_reach_the_engine(node):
    check = {"command": ["CMD-SHELL", "true"], "interval": 7, "timeout": 3, "retries": 4, "startPeriod": 11}
    task = start(node, container("web", wait_for_term, healthCheck=check))
    configured = node.host.inspect(runtime_id(task, "web"))["Config"]["Healthcheck"]
    second = 10**9
    assert configured == {
        "Test": ["CMD-SHELL", "true"], "Interval": 7 * second, "Timeout": 3 * second, "Retries": 4,
        "StartPeriod": 11 * second,
    }  # fmt: skip
