"""A control plane of the tests' own."""

import configparser
import json
import os
import pathlib
import socket
import subprocess
import urllib.error
import urllib.request

import boto3
import botocore.config

from .places import aws_command, clean_environment, executable, region
from .processes import ManagedProcess, run
from .signing import Connection, Signing
from .waiting import wait_until


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class ControlPlane:
    """One data directory and one port, over any number of starts."""

    def __init__(self, directory, address="127.0.0.1", auth="on", agent_timeout_seconds=3600, arguments=()):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.data = self.directory / "data"
        self.address = address
        self.port = free_port()
        self.auth = auth
        self.agent_timeout_seconds = agent_timeout_seconds
        self.arguments = list(arguments)
        self.environment = {}
        self.process = None

    # --- life

    def start(self, ready=True):
        self.process = ManagedProcess(
            "control plane",
            [
                executable("stevedore-controlplane"),
                "--listen", f"{self.address}:{self.port}",
                "--data-dir", self.data,
                "--auth", self.auth,
                "--agent-timeout", str(self.agent_timeout_seconds),
                *self.arguments,
            ],
            self.directory / "controlplane.log",
            environment=clean_environment(**self.environment),
        )  # fmt: skip
        if ready:
            self.wait_ready()
        return self

    def wait_ready(self, seconds=20):
        def ready():
            if not self.process.is_running:
                raise ControlPlaneEnded(f"exit code {self.process.exit_code}\n{self.process.tail()}")
            return self.get("/readyz")[0] == 200

        try:
            wait_until(ready, "control plane ready", seconds, interval=0.01)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.process.tail()}") from None

    def kill(self):
        return self.process.kill()

    def stop(self, seconds=10):
        return self.process.stop(seconds)

    def close(self):
        if self.process:
            self.process.kill()

    # --- talking to it

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def get(self, path):
        """Status and body of an unsigned GET."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(self.url + path, timeout=5) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    @property
    def credentials_file(self):
        return self.data / "credentials"

    @property
    def signing(self):
        """The root key; any key where signatures are not checked."""
        if self.auth == "off":
            return Signing("AKIDEXAMPLE", "secret")
        profile = configparser.ConfigParser()
        profile.read(self.credentials_file)
        return Signing(profile["default"]["aws_access_key_id"], profile["default"]["aws_secret_access_key"])

    @property
    def join_token(self):
        return (self.data / "join-token").read_text().strip()

    def client(self, access_key=None, secret_key=None, url=None, seconds=30, region_name=region):
        """A boto3 client that does not hide errors behind retries."""
        signing = self.signing
        return boto3.session.Session(
            aws_access_key_id=access_key or signing.access_key,
            aws_secret_access_key=secret_key or signing.secret_key,
            region_name=region_name,
        ).client(
            "ecs",
            endpoint_url=url or self.url,
            config=botocore.config.Config(
                retries={"total_max_attempts": 1}, read_timeout=seconds, connect_timeout=5, proxies={},
                max_pool_connections=50,
            ),
        )  # fmt: skip

    def secret(self, verb, *arguments, value=None, check=True):
        """`stevedore-controlplane secret VERB …`: the finished process."""
        command = [executable("stevedore-controlplane"), "secret", verb, *arguments, "--data-dir", self.data]
        return run(command, environment=clean_environment(), input=value, check=check)

    def put_secret(self, name, value):
        self.secret("put", name, value=value)

    def connection(self, signed=True):
        return Connection("127.0.0.1", self.port, self.signing if signed else None)

    def aws_environment(self):
        return clean_environment(
            AWS_SHARED_CREDENTIALS_FILE=self.credentials_file,
            AWS_CONFIG_FILE="/dev/null",
            AWS_DEFAULT_REGION=region,
            AWS_EC2_METADATA_DISABLED="true",
            AWS_MAX_ATTEMPTS="1",
            NO_PROXY="127.0.0.1",
        )

    def aws(self, *arguments, check=True):
        """`aws ecs …`; its output as JSON (None if there is none), or the finished process if `check` is off."""
        command = [aws_command(), "ecs", *arguments, "--endpoint-url", self.url, "--output", "json"]
        result = run(command, environment=self.aws_environment(), check=check)
        if not check:
            return result
        return json.loads(result.stdout) if result.stdout.strip() else None


class ControlPlaneEnded(Exception):
    """The process is gone, so there is no use in waiting for it."""


def run_executable(name, *arguments, environment=None, seconds=10):
    """An executable run to its end, as for --help and for mistakes."""
    return subprocess.run(
        [executable(name), *map(str, arguments)],
        env=environment or clean_environment(),
        capture_output=True,
        text=True,
        timeout=seconds,
        stdin=subprocess.DEVNULL,
        cwd=os.sep,
    )


def done_operations():
    """The operations that the executable says it has."""
    lines = run_executable("stevedore-controlplane", "operations").stdout.splitlines()
    return {name for name, state in (line.split("\t") for line in lines) if state == "done"}
