"""Hosts with podman instead of docker: no daemon, folders of its own, the same network namespaces."""

from .host import Host, repository
from .places import clean_environment, has_systemd
from .processes import run


class PodmanHost(Host):
    runtime = "podman"

    def start_engine(self):
        folder = self.docker_directory
        # Its defaults ask for systemd and its journal.
        without_systemd = f"""\
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
events_logfile_path = "{folder}/events.log"
"""
        # And for more files and processes than a test machine may allow.
        (folder / "containers.conf").write_text(f"""\
[containers]
default_ulimits = ["nofile=1024:4096", "nproc=1024:4096"]
[engine]
{"" if has_systemd else without_systemd}\
tmp_dir = "{folder}/tmp"
volume_path = "{folder}/volumes"
[network]
network_backend = "netavark"
network_config_dir = "{folder}/networks"
""")
        # docker takes any registry on 127.0.0.1 without TLS.
        registries = [f'[[registry]]\nlocation = "127.0.0.1:{port}"\ninsecure = true\n' for port in (5000, 5001)]
        (folder / "registries.conf").write_text("".join(registries))
        (folder / "storage.conf").write_text(
            f'[storage]\ndriver = "overlay"\ngraphroot = "{folder}/storage"\nrunroot = "{folder}/run"\n'
        )

    @property
    def engine_environment(self):
        folder = self.docker_directory
        return {
            "CONTAINERS_CONF": str(folder / "containers.conf"),
            "CONTAINERS_REGISTRIES_CONF": str(folder / "registries.conf"),
            "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
        }

    def container_namespaces(self):
        # One without a network of podman's is mounted nowhere: it is there as long as a process is in it.
        return self.docker("ps", "--quiet").stdout.split()

    def docker(self, *arguments, check=True):
        environment = clean_environment(**self.engine_environment)
        return run([*self._enter, "podman", *arguments], check=check, environment=environment)

    def build_image(self):
        environment = clean_environment(STEVEDORE_RUNTIME="podman", **self.engine_environment)
        run([repository / "Config" / "build-example-image", self.image], environment=environment)
