"""Connections without a client library between us and the bytes."""

import base64
import contextlib
import socket
import time
from dataclasses import dataclass, field

from ..signing import Answer, request_headers

#: An answer that takes longer is a failure. A second client would wait as long.
deadline_seconds = 5


class NoAnswer(Exception):
    """The connection ended, or nothing came within the deadline."""


@dataclass
class Input:
    """One request, and how it can be sent again by hand."""

    number: int
    operation: str
    body: bytes
    headers: dict = field(default_factory=dict)

    @property
    def all_headers(self):
        return self.headers or request_headers(self.operation)

    def replay(self, url, folder):
        """A shell command; a body that is too long for one goes to a file."""
        headers = " ".join(
            f"-H '{name}: {value}'" if value else f"-H '{name};'" for name, value in self.all_headers.items()
        )
        if len(self.body) > 3000:
            path = folder / f"fuzz-input-{self.number}"
            path.write_bytes(self.body)
            return f"curl -si {url} {headers} --data-binary @{path}"
        text = base64.b64encode(self.body).decode()
        return f"base64 -d <<< '{text}' | curl -si {url} {headers} --data-binary @-\n    body: {self.body!r}"


class Wire:
    """One keep-alive connection, opened anew where the server closed it."""

    def __init__(self, port):
        self._port = port
        self._socket = None
        self._buffer = b""
        self._sent = 0.0

    def send(self, request):
        # A server may close a connection that it kept; it says so in its answer.
        self._sent = time.monotonic()
        head = [f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nContent-Length: {len(request.body)}"]
        head += [f"{name}: {value}" for name, value in request.all_headers.items()]
        data = "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + request.body
        # What goes wrong here is seen when the answer is read, and what the server said before it closed is there.
        with contextlib.suppress(OSError):
            if self._socket is None:
                self._buffer = b""
                self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=deadline_seconds)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.sendall(data)

    def answer(self):
        try:
            return self._read()
        except OSError as error:
            self.close()
            raise NoAnswer(repr(error)) from None

    def _read(self):
        while b"\r\n\r\n" not in self._buffer:
            self._more()
        head, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
        status, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        length = int(headers["content-length"])
        while len(self._buffer) < length:
            self._more()
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Answer(int(status.split(" ")[1]), headers, body)

    def _more(self):
        if self._socket is None:
            raise ConnectionError("no connection")
        left = self._sent + deadline_seconds - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"no answer within {deadline_seconds} s")
        self._socket.settimeout(left)
        data = self._socket.recv(262_144)
        if not data:
            raise ConnectionError("closed without an answer")
        self._buffer += data

    def close(self):
        if self._socket is not None:
            self._socket.close()
            self._socket = None
