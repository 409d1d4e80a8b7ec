"""--help, --version, mistakes and clean ends: DESIGN.md, section 6."""

import itertools
import json
import re
import signal
import socket
import time

import pytest

from harness.controlplane import run_executable
from harness.places import clean_environment, executable, repository
from harness.processes import ManagedProcess
from harness.waiting import wait_until

both = pytest.mark.parametrize("name", ["stevedore-controlplane", "stevedore-agent"])


@both
def test_help(name):
    result = run_executable(name, "--help")
    assert result.returncode == 0
    assert "--data-dir" in result.stdout and "--config" in result.stdout
    assert result.stderr == ""
    variable = {"stevedore-controlplane": "STEVEDORE_LISTEN", "stevedore-agent": "ECS_CLUSTER"}[name]
    assert variable in result.stdout


@both
def test_version(name):
    result = run_executable(name, "--version")
    assert result.returncode == 0
    assert any(character.isdigit() for character in result.stdout)
    assert len(result.stdout.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "name, sample", [("stevedore-controlplane", "controlplane.conf"), ("stevedore-agent", "ecs.config")]
)
def test_samples_show_every_setting_and_its_default(name, sample, tmp_path):
    text = (repository / "Config" / sample).read_text()
    shown = dict(line[1:].split("=", 1) for line in text.splitlines() if re.match(r"#[A-Z_]+=", line))
    lines = run_executable(name, "--help").stdout.splitlines()
    known = {}
    for line, following in itertools.pairwise(lines):
        if match := re.search(r"\[([A-Z_]+)\]$", line):
            default = re.search(r" Default: (.*)\.$", following)
            known[match[1]] = default[1] if default else ""
    assert shown == known


def assert_one_sentence(result, *words):
    lines = result.stderr.strip().splitlines()
    assert 1 <= len(lines) <= 2, result.stderr
    for word in words:
        assert word in result.stderr, result.stderr


@both
@pytest.mark.parametrize(
    "arguments, word",
    [
        (["--no-such-flag"], "--no-such-flag"),
        (["stray"], "stray"),
        (["--data-dir"], "--data-dir"),
        (["--data-dir", "/tmp/a", "--data-dir", "/tmp/b"], "--data-dir"),
    ],
)
def test_wrong_command_lines_are_64(name, arguments, word):
    result = run_executable(name, *arguments)
    assert result.returncode == 64, result
    assert_one_sentence(result, word)


@both
@pytest.mark.parametrize("text", ["no equals sign\n", "=value\n", "A='unclosed\n"])
def test_wrong_lines_in_a_file_are_78(name, tmp_path, text):
    path = tmp_path / "config"
    path.write_text(f"# comment\n{text}")
    result = run_executable(name, "--config", path, "--data-dir", tmp_path / "data")
    assert result.returncode == 78, result
    assert_one_sentence(result, str(path), "2")


@both
def test_absent_config_file_is_78(name):
    result = run_executable(name, "--config", "/nonexistent/file")
    assert result.returncode == 78, result
    assert_one_sentence(result, "/nonexistent/file")


@pytest.mark.parametrize(
    "name, variable, value",
    [
        ("stevedore-controlplane", "STEVEDORE_LISTEN", "nowhere"),
        ("stevedore-controlplane", "STEVEDORE_LISTEN", "127.0.0.1:99999"),
        ("stevedore-controlplane", "STEVEDORE_AUTH", "perhaps"),
        ("stevedore-controlplane", "STEVEDORE_ACCOUNT_ID", "12"),
        ("stevedore-controlplane", "STEVEDORE_AGENT_TIMEOUT", "-1"),
        ("stevedore-agent", "STEVEDORE_CONTROL_PLANE", "not a url"),
        ("stevedore-agent", "ECS_IMAGE_PULL_BEHAVIOR", "sometimes"),
        ("stevedore-agent", "ECS_RESERVED_PORTS", "[22,"),
        ("stevedore-agent", "ECS_CLUSTER", "a b"),
    ],
)
def test_wrong_values_are_78_and_named(tmp_path, name, variable, value):
    arguments = ["--data-dir", tmp_path / "data"]
    result = run_executable(name, *arguments, environment=clean_environment(**{variable: value}))
    assert result.returncode == 78, result
    assert_one_sentence(result, variable)
    path = tmp_path / "config"
    path.write_text(f"{variable}={value}\n")
    result = run_executable(name, *arguments, "--config", path)
    assert result.returncode == 78, result
    assert_one_sentence(result, variable)


def test_flags_win_over_environment_and_that_over_the_file(workshop, tmp_path):
    path = tmp_path / "config"
    path.write_text("STEVEDORE_REGION=from-file\nSTEVEDORE_ACCOUNT_ID=111111111111\n")
    plane = workshop.control_plane(
        arguments=["--config", path, "--account-id", "222222222222", "--region", "us-east-1"]
    )
    arn = plane.client().create_cluster(clusterName="c")["cluster"]["clusterArn"]
    assert arn == "arn:aws:ecs:us-east-1:222222222222:cluster/c"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_clean_stop(workshop, number):
    plane = workshop.control_plane()
    plane.client().create_cluster(clusterName="kept")
    idle = socket.create_connection(("127.0.0.1", plane.port))
    started = time.monotonic()
    plane.process.signal(number)
    assert plane.process.wait(10) == 0, plane.process.tail()
    assert time.monotonic() - started < 10
    idle.close()
    plane.start()
    assert plane.client().describe_clusters(clusters=["kept"])["clusters"]


def test_port_in_use_is_said_and_ends_the_start(workshop):
    first = workshop.control_plane()
    second = workshop.control_plane(start=False)
    second.port = first.port
    second.start(ready=False)
    assert second.process.wait(10) in (1, 69, 78)
    assert str(first.port) in second.process.tail()
    assert first.connection().call("ListClusters").status == 200


def test_data_directory_in_use_is_said_and_ends_the_start(workshop):
    first = workshop.control_plane()
    second = workshop.control_plane(start=False)
    second.data = first.data
    second.start(ready=False)
    assert second.process.wait(10) != 0
    assert first.connection().call("ListClusters").status == 200


def test_unwritable_data_directory_is_said(tmp_path):
    path = tmp_path / "file"
    path.write_text("")
    result = run_executable("stevedore-controlplane", "--listen", "127.0.0.1:18601", "--data-dir", path / "below")
    assert result.returncode in (1, 73, 78), result
    assert "below" in result.stderr


def test_log_is_one_structured_line_a_decision(workshop):
    plane = workshop.control_plane(arguments=["--log-format", "json"])
    plane.client().create_cluster(clusterName="logged")
    plane.stop()
    lines = plane.process.log().splitlines()
    assert lines
    for line in lines:
        assert isinstance(json.loads(line), dict)


def test_logfmt_is_the_default(workshop):
    plane = workshop.control_plane()
    plane.stop()
    for line in plane.process.log().splitlines():
        assert "=" in line and not line.startswith("{"), line


def test_readiness_is_told_to_systemd(workshop, tmp_path):
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(path)
        listener.settimeout(15)
        plane = workshop.control_plane(start=False)
        plane.environment = {"NOTIFY_SOCKET": path}
        plane.start()
        assert b"READY=1" in listener.recv(4096)
        plane.stop()
        assert b"STOPPING=1" in listener.recv(4096)


def test_agent_without_control_plane_or_engine_waits_and_stops_cleanly(tmp_path):
    """A host may come up before its manager and its engine; the agent says what it waits for, and tries again."""
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(path)
        listener.settimeout(15)
        agent = ManagedProcess(
            "agent",
            [
                executable("stevedore-agent"), "--control-plane", "http://127.0.0.1:1",
                "--data-dir", tmp_path / "data", "--join-token", "s3cr3t-join",
            ],
            tmp_path / "agent.log",
            environment=clean_environment(
                DOCKER_HOST=f"unix://{tmp_path}/no-engine", NOTIFY_SOCKET=path, ECS_LOG_OUTPUT_FORMAT="json"
            ),
        )  # fmt: skip
        try:
            assert b"READY=1" in listener.recv(4096)
            wait_until(lambda: "127.0.0.1:1" in agent.log() or "no-engine" in agent.log(), "it says what is missing")
            assert agent.is_running
            code, seconds = agent.stop(10)
        finally:
            agent.kill()
    assert code == 0 and seconds < 10
    assert "s3cr3t-join" not in agent.log()
    for line in agent.log().splitlines():
        assert isinstance(json.loads(line), dict)
