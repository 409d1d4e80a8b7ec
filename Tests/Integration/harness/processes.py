"""Processes that end with the tests, whatever ends the tests."""

import contextlib
import ctypes
import os
import pathlib
import signal
import subprocess
import threading
import time

_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1


def _dies_with_us(signal_number, parent):
    def prepare():
        _libc.prctl(_PR_SET_PDEATHSIG, signal_number)
        # Our parent may have died before the line above.
        if os.getppid() != parent:
            os._exit(1)

    return prepare


class ManagedProcess:
    """A process with its output in a file, in a session of its own so that Ctrl-C reaches only the tests."""

    def __init__(self, name, arguments, log_path, environment=None, orphan_signal=signal.SIGKILL):
        self.name = name
        self.log_path = log_path
        self.arguments = [str(argument) for argument in arguments]
        # Appended to: a process that is started again goes on in the same file.
        with open(log_path, "ab") as log:
            self._log_start = log.tell()
            self._process = subprocess.Popen(
                self.arguments,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                start_new_session=True,
                preexec_fn=_dies_with_us(orphan_signal, os.getpid()),
            )
        self.pid = self._process.pid

    @property
    def exit_code(self):
        """None while it runs; negative for the signal that ended it."""
        return self._process.poll()

    @property
    def is_running(self):
        return self.exit_code is None

    def wait(self, seconds):
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} ({self.pid}) did not end within {seconds} s\n{self.tail()}") from None

    def signal(self, number):
        self._process.send_signal(number)

    def kill(self):
        """SIGKILL, and waits for the end."""
        if self.is_running:
            self._process.kill()
        return self._process.wait(10)

    def stop(self, seconds):
        """SIGTERM; returns exit code and the seconds it took. Fails, after SIGKILL, if it took longer than allowed."""
        started = time.monotonic()
        if self.is_running:
            self._process.terminate()
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} ignored SIGTERM for {seconds} s\n{self.tail()}") from None
        return code, time.monotonic() - started

    def log(self):
        with open(self.log_path, errors="replace") as file:
            return file.read()

    def own_log(self):
        """Without what those before it wrote to the same file."""
        with open(self.log_path, "rb") as file:
            file.seek(self._log_start)
            return file.read().decode(errors="replace")

    def tail(self, lines=40):
        return "\n".join(self.log().splitlines()[-lines:])

    def resident_memory_kib(self):
        with open(f"/proc/{self.pid}/status") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1])
        raise AssertionError(f"{self.name} has no resident memory")


def run(arguments, environment=None, input=None, check=True, seconds=60):
    """Runs a command to its end and returns it, text in and out."""
    result = subprocess.run(
        [str(argument) for argument in arguments],
        env=environment,
        input=input,
        capture_output=True,
        text=True,
        timeout=seconds,
    )
    if check and result.returncode != 0:
        raise AssertionError(
            f"{' '.join(map(str, arguments))}: exit code {result.returncode}\n{result.stdout}{result.stderr}"
        )
    return result


class CommandLines:
    """Those of all processes, read over and over, as `ps` would."""

    def __init__(self):
        self.seen = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def _watch(self):
        while not self._over.is_set():
            for process in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
                with contextlib.suppress(OSError):
                    self.seen.add(process.read_bytes())

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()
