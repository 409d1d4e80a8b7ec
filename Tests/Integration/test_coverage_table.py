"""The README's table of operations says what the executable says."""

import subprocess

import pytest

from harness.controlplane import run_executable
from harness.places import executable, repository


def coverage_table(*arguments):
    return subprocess.run(
        [repository / "Config" / "coverage-table", "--executable", executable("stevedore-controlplane"),
         *map(str, arguments)],
        capture_output=True, text=True, timeout=30,
    )  # fmt: skip


def test_the_readme_is_up_to_date():
    result = coverage_table("--check")
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    "change", [("DescribeClusters", "DescribeNothing"), ("of ECS's", "of the"), ("| Tags |", "| Labels |")]
)
def test_an_outdated_table_is_noticed_and_put_right(tmp_path, change):
    current = (repository / "README.md").read_text()
    readme = tmp_path / "README.md"
    readme.write_text(current)
    assert coverage_table("--readme", readme).returncode == 0
    fresh = readme.read_text()
    readme.write_text(fresh.replace(*change))
    assert readme.read_text() != fresh
    assert coverage_table("--check", "--readme", readme).returncode == 1
    assert readme.read_text() != fresh, "--check writes nothing"
    assert coverage_table("--readme", readme).returncode == 0
    assert readme.read_text() == fresh


def test_every_operation_of_the_model_is_in_the_list_once(ecs):
    lines = run_executable("stevedore-controlplane", "operations").stdout.splitlines()
    assert [line.split("\t")[0] for line in lines] == sorted(ecs.meta.service_model.operation_names)


def test_the_list_agrees_with_the_server(plane):
    connection = plane.connection()
    for line in run_executable("stevedore-controlplane", "operations").stdout.splitlines():
        name, state = line.split("\t")
        answer = connection.call(name, b"{}")
        refusal = f"ECS {name} is not supported by this version of Stevedore"
        assert (answer.status == 400 and answer.message.startswith(refusal)) == (state == "refused"), (line, answer.body)
