"""A line that breaks: a TCP relay that passes on so many bytes and then cuts, and may change an answer's first line."""

import contextlib
import socket
import struct
import threading
from dataclasses import dataclass, field
from typing import Literal

Direction = Literal["up", "down"]
_RESET = struct.pack("ii", 1, 0)


@dataclass
class Relay:
    """Listens at once; `target` is set once the service has its port. `carried` counts bytes since `arm`."""

    target: int = 0
    rewrite: tuple[bytes, bytes] | None = None
    cuts: int = 0
    carried: dict[Direction, int] = field(default_factory=lambda: {"up": 0, "down": 0})
    _left: dict[Direction, int | None] = field(default_factory=lambda: {"up": None, "down": None})
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def arm(self, direction: Direction | None = None, after: int = 0) -> None:
        """Cut once, after so many more bytes in this direction; without one, only count from here on."""
        with self._lock:
            self.carried = {"up": 0, "down": 0}
            self._left = {"up": None, "down": None}
            if direction:
                self._left[direction] = after

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # or the accept under way would hold it open past the close
        self._listener.close()
        self._accepting.join(timeout=5)
        for each in list(self._open):
            self._end(each)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                try:
                    far = socket.create_connection(("127.0.0.1", self.target), timeout=20)
                except OSError:
                    near.close()
                    continue
                self._open |= {near, far}
                for source, sink, direction in ((near, far, "up"), (far, near, "down")):
                    threading.Thread(target=self._pump, args=(source, sink, direction), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, direction: Direction) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(65536):
                passed, cut = self._portion(chunk, direction)
                sink.sendall(self._changed(passed, direction))
                if cut:
                    break
        for each in (source, sink):
            self._end(each)

    def _portion(self, chunk: bytes, direction: Direction) -> tuple[bytes, bool]:
        with self._lock:
            left = self._left[direction]
            if left is None or len(chunk) < left:
                self.carried[direction] += len(chunk)
                self._left[direction] = None if left is None else left - len(chunk)
                return chunk, False
            self._left[direction] = None
            self.cuts += 1
            return chunk[:left], True

    def _changed(self, chunk: bytes, direction: Direction) -> bytes:
        return chunk.replace(*self.rewrite, 1) if self.rewrite and direction == "down" else chunk

    def _end(self, each: socket.socket) -> None:
        self._open.discard(each)
        with contextlib.suppress(OSError):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()
