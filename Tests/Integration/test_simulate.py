"""`stevedore-controlplane simulate`: what its caller sees. What it works out is tested in Tests/Simulation."""

import json

from harness.controlplane import run_executable
from harness.places import repository

example = repository / "Config/examples/simulations/zone-failure.json"


def simulate(*arguments):
    return run_executable("stevedore-controlplane", "simulate", *map(str, arguments))


def test_the_example_is_carried():
    result = simulate(example)
    assert result.returncode == 0, result.stderr
    assert "zone us-east-1c fails: 8 hosts; all is well after" in result.stdout
    assert "web is updated to web:2: 10 hosts; all is well after" in result.stdout
    assert result.stdout.endswith("The cluster carries it all.\n")


def test_json_and_the_exit_code_for_what_does_not_fit(tmp_path):
    scenario = json.loads(example.read_text())
    scenario["services"][0]["desiredCount"] = 1000
    scenario["events"] = []
    file = tmp_path / "large.json"
    file.write_text(json.dumps(scenario))
    result = simulate(file, "--json")
    assert result.returncode == 2, result.stderr
    stage = json.loads(result.stdout)["stages"][0]
    web = stage["services"][0]
    assert "wholeAfterSeconds" not in stage
    assert any("was unable to place a task" in event for event in web["events"])
    assert web["runningCount"] < web["desiredCount"] == 1000
    assert web["notPlaced"][0]["reason"].startswith("RESOURCE:")


def test_mistakes_are_named(tmp_path):
    file = tmp_path / "wrong.json"
    file.write_text('{"hosts": [{"availabilityZone": "a", "cpu": 1, "memory": 64}]}')
    result = simulate(file)
    assert result.returncode == 78 and "hosts[0].cpu" in result.stderr
    assert simulate(tmp_path / "nothing.json").returncode == 78
    assert simulate().returncode == 64
    assert simulate("--what").returncode == 64
    assert "failZone" in simulate("--help").stdout
