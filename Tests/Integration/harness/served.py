"""Registries that run on a host: see registry.py."""

import pathlib
import sys

from . import registry
from .host import image as test_image
from .places import clean_environment
from .processes import ManagedProcess
from .waiting import wait_until


class Registry:
    """Serves one image of the host's engine, by any name. Whoever needs a login gives `USER:PASSWORD`."""

    def __init__(self, host, folder, port, image=test_image, login=None):
        self.host = host
        self.folder = pathlib.Path(folder)
        self.port = port
        self.login = [login] if login else []
        self.log = self.folder.parent / "registry.log"
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        archive = self.folder.parent / "image.tar"
        host.docker("save", "--output", archive, image)
        registry.fill(self.folder, archive)
        self.process = None

    def start(self):
        self.process = ManagedProcess(
            "registry",
            [*self.host._enter, sys.executable, pathlib.Path(registry.__file__), self.port, self.folder, *self.login],
            self.log,
            environment=clean_environment(),
        )
        listening = f":{self.port} "
        wait_until(lambda: listening in self.host.in_network("ss", "-Hltn").stdout, "the registry listens")
        return self

    def close(self):
        if self.process:
            self.process.kill()

    def name(self, repository):
        return f"127.0.0.1:{self.port}/{repository}:1"

    def pulls(self, name):
        """How often the manifest of the image was asked for."""
        lines = self.process.log().splitlines()
        return sum(1 for line in lines if f"/v2/{name}/manifests/" in line)
