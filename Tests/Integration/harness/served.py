"""Registries that run on a host: see registry.py."""

import pathlib
import sys

from . import registry
from .places import clean_environment
from .processes import ManagedProcess
from .waiting import wait_until


class Registry:
    """Serves one image of the host's engine, by any name."""

    def __init__(self, host, folder, image, port):
        self.host = host
        self.folder = pathlib.Path(folder)
        self.port = port
        self.folder.mkdir(parents=True)
        archive = self.folder / "image.tar"
        host.docker("save", "--output", archive, image)
        registry.fill(self.folder / "blobs", archive)
        self.process = None

    def start(self):
        self.process = ManagedProcess(
            "registry",
            [
                *self.host._enter, sys.executable, pathlib.Path(registry.__file__), self.port,
                self.folder / "blobs",
            ],
            self.folder / "registry.log",
            environment=clean_environment(),
        )  # fmt: skip
        listening = f":{self.port} "
        wait_until(lambda: listening in self.host.in_network("ss", "-Hltn").stdout, "the registry listens")
        return self

    def close(self):
        if self.process:
            self.process.kill()

    def name(self, repository, tag="1"):
        return f"127.0.0.1:{self.port}/{repository}:{tag}"
