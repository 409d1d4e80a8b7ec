"""Secrets of log drivers: logConfiguration.secretOptions. ECS runtime rules, section 2.1."""

import json
import sys

import pytest

from harness.endpoints import own
from harness.places import clean_environment
from harness.processes import CommandLines, ManagedProcess
from harness.tasks import container, describe, register, run_task, story, unique, wait_for_term, wait_status
from harness.waiting import wait_until

pytestmark = [pytest.mark.docker]

role = "arn:aws:iam::123456789012:role/execution"
value = "t0ken-Zk41-value"


@pytest.fixture(scope="module")
def agent_settings():
    return {"ECS_AVAILABLE_LOGGING_DRIVERS": json.dumps(["json-file", "splunk"])}


#: Prints the Authorization of each request.
collector = """
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_OPTIONS(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        print(self.command, self.headers.get("Authorization"), flush=True)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
    do_POST = do_OPTIONS
http.server.HTTPServer(("127.0.0.1", 8088), Handler).serve_forever()
"""


@pytest.fixture
def splunk(node):
    """Stands for Splunk's HTTP event collector, on the host of the node."""
    process = ManagedProcess(
        "collector", [*node.host._enter, sys.executable, "-c", collector], node.host.directory / "collector.log",
        environment=clean_environment(),
    )  # fmt: skip
    wait_until(lambda: ":8088 " in node.host.in_network("ss", "-Hltn").stdout, "the collector listens")
    yield process
    process.kill()


def define(ecs, driver, options, secrets, script=wait_for_term, **more):
    references = [{"name": name, "valueFrom": value_from} for name, value_from in secrets.items()]
    log = {"logDriver": driver, "options": options, "secretOptions": references}
    return register(ecs, container(script=script, logConfiguration=log, **more), executionRoleArn=role)


def test_a_token_reaches_its_driver_and_nobody_else(node, splunk):
    name = unique("token")
    node.plane.put_secret(name, value)
    options = {"splunk-url": "http://127.0.0.1:8088", "splunk-format": "raw"}
    environment = [{"name": "PLAIN", "value": "p"}]
    definition = define(
        node.ecs, "splunk", options, {"splunk-token": name}, f"echo said; {wait_for_term}", environment=environment
    )
    with CommandLines() as watch:
        task = run_task(node.ecs, definition)
        running = wait_status(node.ecs, task, "RUNNING")
    wait_until(lambda: f"POST Splunk {value}" in splunk.log(), "a line with the token", 20)
    inspected = node.host.inspect(running["containers"][0]["runtimeId"])
    assert inspected["HostConfig"]["LogConfig"]["Config"]["splunk-token"] == value
    assert "PLAIN=p" in inspected["Config"]["Env"]
    assert any(b"--log-opt=splunk-url=" in line for line in watch.seen), "the start was not seen"
    metadata = own(node, running, "/task")
    assert metadata["Containers"][0]["LogOptions"] == options

    places = {
        "docker inspect's labels": json.dumps(inspected["Config"]["Labels"]),
        "DescribeTasks": json.dumps(describe(node.ecs, task), default=str),
        "metadata": json.dumps(metadata),
        "ps": b"\n".join(watch.seen),
    }
    for folder in (node.agent.directory, node.plane.directory):
        for file in folder.rglob("*"):
            # The store of secrets itself is where they belong.
            if file.is_file() and node.plane.data / "secrets" not in file.parents:
                places[str(file)] = file.read_bytes()
    for place, content in places.items():
        assert (value.encode() if isinstance(content, bytes) else value) not in content, place
    node.ecs.stop_task(task=task)
    wait_status(node.ecs, task, "STOPPED")


def test_a_value_that_the_driver_does_not_take_is_not_told(node):
    name = unique("size")
    node.plane.put_secret(name, value)
    task = run_task(node.ecs, define(node.ecs, "json-file", {}, {"max-size": name}))
    stopped = wait_status(node.ecs, task, "STOPPED")
    assert stopped["stopCode"] == "TaskFailedToStart"
    assert "(secret)" in stopped["containers"][0]["reason"], story(stopped)
    assert value not in json.dumps(stopped, default=str)
    assert value not in node.agent.process.log()


def test_a_secret_that_is_not_there(node):
    task = run_task(node.ecs, define(node.ecs, "json-file", {}, {"max-size": unique("not-there")}))
    stopped = wait_status(node.ecs, task, "STOPPED")
    assert stopped["stoppedReason"].startswith("ResourceInitializationError: unable to pull secrets")


def test_an_agent_that_was_killed_does_it_again(node):
    """Its socket is still there."""
    name = unique("label")
    node.plane.put_secret(name, "PLAIN")
    for _ in range(2):
        definition = define(
            node.ecs, "json-file", {}, {"env": name}, f"echo said; {wait_for_term}",
            environment=[{"name": "PLAIN", "value": "seen"}],
        )  # fmt: skip
        task = run_task(node.ecs, definition)
        running = wait_status(node.ecs, task, "RUNNING")
        (container_id,) = [c["runtimeId"] for c in running["containers"]]
        wait_until(lambda: "PLAIN=seen" in node.host.docker("logs", "--details", container_id).stdout, "the detail")
        node.ecs.stop_task(task=task)
        wait_status(node.ecs, task, "STOPPED")
        node.agent.kill()
        node.agent.start()
