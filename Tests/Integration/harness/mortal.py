"""Agents that are killed at a certain step."""

from .places import repository
from .processes import run


def build_library(directory, name="die_after_write"):
    """What kills a process after one of its writes, or another of the libraries here that are to be preloaded."""
    path = directory / f"{name}.so"
    source = repository / "Tests" / "Integration" / "harness" / f"{name}.c"
    run(["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", path, source])
    return path


class MortalAgent:
    """An agent that dies after a write, and comes back once."""

    def __init__(self, agent, library):
        self.agent = agent
        self.library = library

    def start(self, write):
        settings = dict(self.agent.settings)
        # The commands that the agent runs inherit it, and never touch the journal.
        self.agent.settings |= {
            "LD_PRELOAD": str(self.library), "DIE_AFTER_WRITE": str(write), "DIE_AFTER_WRITE_TO": "journal.db-wal",
        }  # fmt: skip
        self.agent.start(connected=False)
        self.agent.settings = settings
        self.has_died = False

    def look(self):
        if not self.agent.process.is_running:
            assert self.agent.process.exit_code == -9 and not self.has_died, self.agent.process.tail()
            self.has_died = True
            self.agent.start(connected=False)


class Trap:
    """Programs in place of real ones, that do what these do, and then kill the agent once."""

    def __init__(self, directory, programs):
        """`programs`: a path each, by what the commands have to say (CNI_COMMAND, or the first argument)."""
        self.directory = directory
        self.mark = directory / "sprung"
        directory.mkdir(parents=True)
        for path, verb in programs.items():
            script = directory / path.name
            script.write_text(
                f"""#!/bin/sh
{path} "$@"
code=$?
case "${{CNI_COMMAND:-$1}}" in
{verb}) if mkdir {self.mark} 2>/dev/null; then kill -9 $PPID; fi ;;
esac
exit $code
"""
            )
            script.chmod(0o755)

    @property
    def is_sprung(self):
        return self.mark.exists()
