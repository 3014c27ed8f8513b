"""A bad line: a TCP proxy that cuts the connection where it is told to, at requests that contain a marker."""

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Literal

Fault = Literal["before it is sent", "halfway through the request", "after the server has acted", "halfway the answer"]
FAULTS: tuple[Fault, ...] = (
    "before it is sent",
    "halfway through the request",
    "after the server has acted",
    "halfway the answer",
)


@dataclass
class Line:
    """`faults` are used up one by one, by the requests in which `marker` is seen; `seen` counts those."""

    upstream: int
    marker: bytes
    faults: list[Fault] = field(default_factory=list)
    seen: int = 0
    url: str = ""

    def fault(self, data: bytes) -> Fault | None:
        if self.marker not in data:
            return None
        self.seen += 1
        return self.faults.pop(0) if self.faults else None


class _Connection(BaseRequestHandler):
    line: Line

    def handle(self) -> None:
        client: socket.socket = self.request
        with socket.create_connection(("127.0.0.1", self.line.upstream)) as server:
            fault: Fault | None = None
            while True:
                ready, _, _ = select.select([client, server], [], [], 60)
                if client in ready:
                    data = client.recv(65_536)
                    fault = self.line.fault(data) or fault
                    if not data or fault == "before it is sent":
                        return
                    if fault == "halfway through the request":
                        server.sendall(data[: len(data) // 2])
                        return
                    server.sendall(data)
                if server in ready:
                    data = server.recv(65_536)
                    if not data or fault == "after the server has acted":
                        return
                    client.sendall(data[: len(data) // 2] if fault else data)
                    if fault or not ready:
                        return


@contextmanager
def bad_line(upstream: int, marker: bytes, *faults: Fault) -> Iterator[Line]:
    """Listens until the end of the block."""
    line = Line(upstream, marker, list(faults))
    with ThreadingTCPServer(("127.0.0.1", 0), type("Bound", (_Connection,), {"line": line})) as server:
        server.daemon_threads = True
        line.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield line
        finally:
            server.shutdown()
            thread.join()
