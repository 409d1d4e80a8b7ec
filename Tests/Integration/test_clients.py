"""Programs that people point at ECS, unmodified: Ansible's modules and ecs-deploy."""

import json
import pathlib
import sys

import pytest

from harness.places import region, repository
from harness.processes import run
from harness.tasks import container, register, register_instance, unique

beside_python = pathlib.Path(sys.executable).parent


@pytest.fixture
def environment(plane):
    # Both programs have no option for the address; boto3 takes it from here.
    return {**plane.aws_environment(), "AWS_ENDPOINT_URL": plane.url, "PATH": f"{beside_python}:/usr/bin:/bin"}


def test_ansible_modules(plane, ecs, cluster, environment, tmp_path):
    """The playbook asserts what changes and what does not."""
    instance = register_instance(
        ecs, cluster, instanceIdentityDocument=json.dumps({"instanceId": "i-0123456789abcdef0"})
    )
    variables = {
        "endpoint": plane.url,
        "region": region,
        "access_key": plane.signing.access_key,
        "secret_key": plane.signing.secret_key,
        "cluster": cluster,
        "container_instance": instance,
        "ec2_instance_id": "i-0123456789abcdef0",
        "runnable": register(ecs),
        "ansible_python_interpreter": sys.executable,
    }
    (tmp_path / "variables.json").write_text(json.dumps(variables))
    environment |= {
        "ANSIBLE_COLLECTIONS_PATH": beside_python.parent / "collections",
        "ANSIBLE_LOCAL_TEMP": tmp_path,
        "ANSIBLE_HOME": tmp_path,
        "HOME": tmp_path,
    }
    playbook = repository / "Tests" / "Integration" / "data" / "playbook.yml"
    result = run(
        [
            beside_python / "ansible-playbook", "--inventory", "localhost,", "--connection", "local",
            "--extra-vars", f"@{tmp_path / 'variables.json'}", playbook,
        ],
        environment=environment, check=False, seconds=300,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-2000:]


def test_ecs_deploy(plane, ecs, cluster, environment):
    """`ecs run`, `ecs update` and `ecs diff`; `ecs deploy` and `ecs scale` are about services."""
    register_instance(ecs, cluster)
    family = unique("deploy")
    register(ecs, container(name="web", environment=[{"name": "A", "value": "1"}]), family=family)

    def ecs_deploy(*arguments):
        result = run([beside_python / "ecs", *arguments], environment=environment, check=False, seconds=60)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    output = ecs_deploy("run", cluster, family, "2", "--command", "web", "true", "--env", "web", "B", "2")
    assert "Successfully started 2 instances" in output
    tasks = ecs.list_tasks(cluster=cluster)["taskArns"]
    described = ecs.describe_tasks(cluster=cluster, tasks=tasks)["tasks"]
    assert len(described) == 2
    environments = [task["overrides"]["containerOverrides"][0]["environment"] for task in described]
    assert environments == [[{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]] * 2

    ecs_deploy("update", family, "--image", "web", "team/web:2")
    updated = ecs.describe_task_definition(taskDefinition=family)["taskDefinition"]
    assert updated["containerDefinitions"][0]["image"] == "team/web:2"
    assert "team/web:2" in ecs_deploy("diff", family, "1", "2")
