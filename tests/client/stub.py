"""A server that is not the service: it gives out tokens, and answers everything else with the bytes it was given."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

Answers = bytes | list[bytes]
TOKEN = {"access_token": "a.b.c", "token_type": "Bearer", "expires_in": 600}


@dataclass
class Stub:
    """`answers` are used up one by one, the last one again and again; `heard` are the requests, whole."""

    answers: list[bytes]
    token: bytes
    heard: list[bytes] = field(default_factory=list)
    url: str = ""

    def of(self, word: bytes) -> list[bytes]:
        return [request for request in self.heard if word in request.split(b"\r\n")[0]]

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _converse(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            request = _read(connection)
            self.heard.append(request)
            if b"/oauth/token" in request.split(b"\r\n")[0]:
                connection.sendall(self.token)
                return
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if answer != DRIP:
                connection.sendall(answer)
                return
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 600\r\n\r\n")
            while True:
                connection.sendall(b" ")
                threading.Event().wait(0.02)


DRIP = b"drip"


def _read(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65_536) or b"\r\n\r\n"
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(x[15:]) for x in head.lower().split(b"\r\n") if x.startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body


def reply(status: int, body: Any = None, media: str = "application/json", **headers: str) -> bytes:
    """An HTTP answer; bytes as they are, anything else as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {"Content-Type": media, "Content-Length": str(len(content)), "Connection": "close"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status} Told", *(f"{name}: {value}" for name, value in named.items() if value)]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def problem(status: int, code: str, **headers: str) -> bytes:
    return reply(status, {"code": code, "title": code, "status": status}, "application/problem+json", **headers)


@contextmanager
def stub(*answers: bytes, token: bytes | None = None) -> Iterator[Stub]:
    """Listens until the end of the block."""
    made = Stub(list(answers), reply(200, TOKEN) if token is None else token)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread = threading.Thread(target=made.serve, args=(listener,), daemon=True)
        thread.start()
        yield made
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)
