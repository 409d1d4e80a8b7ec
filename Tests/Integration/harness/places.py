"""Where things are: the executables under test, the repository, scratch space."""

import os
import pathlib
import shutil
import sys

repository = pathlib.Path(__file__).resolve().parents[3]

region = "us-east-1"
account = "123456789012"

# What runs the containers of hosts. The same tests are for both, but for those that are marked `not_podman`.
runtime = os.environ.get("STEVEDORE_TEST_RUNTIME", "docker")


# What sd_booted(3) looks at.
has_systemd = pathlib.Path("/run/systemd/system").is_dir()

has_unified_cgroups = pathlib.Path("/sys/fs/cgroup/cgroup.controllers").exists()


def executable(name):
    folder = pathlib.Path(os.environ.get("STEVEDORE_BINARIES", repository / ".build" / "release"))
    path = folder / name
    if not path.exists():
        raise AssertionError(f"there is no {path}; build it, or set STEVEDORE_BINARIES")
    return path


def aws_command():
    """The aws command of the environment that the tests run in, whatever PATH says."""
    beside_python = pathlib.Path(sys.executable).with_name("aws")
    return str(beside_python) if beside_python.exists() else shutil.which("aws")


def clean_environment(**extra):
    """This process's environment without anything that configures Stevedore, AWS clients, docker or a proxy."""
    prefixes = ("STEVEDORE_", "ECS_", "AWS_", "DOCKER_", "NOTIFY_SOCKET")
    proxies = {"http_proxy", "https_proxy", "all_proxy"}
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(prefixes) and name.lower() not in proxies
    }
    environment.update({name: str(value) for name, value in extra.items()})
    return environment
