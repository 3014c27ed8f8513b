"""What passed between an integration and the service: who asked what under which key, and what came of it.

No body is kept, only its digest: the report is handed around, and even invented persons stay out of it.
"""

import hashlib
import json
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

Fault = Literal["lost", "unavailable", "busy", "token", "refusal", "stale", "again"]


@dataclass(frozen=True)
class Exchange:
    """One request and what the integration was answered; status 0: the line was cut. Moments in monotonic seconds."""

    number: int
    began: float
    ended: float
    method: str
    path: str
    after: str | None
    sent: Mapping[str, str]
    digest: str
    status: int
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    fault: Fault | None

    @property
    def is_write(self) -> bool:
        return self.method in ("POST", "PUT", "PATCH") and self.path.startswith("/v1/") and "search" not in self.path

    @property
    def what(self) -> tuple[str, str, str]:
        """A write by its id: repeated, it is the same write."""
        return self.method, self.path, self.sent.get("idempotency-key", "")

    @property
    def done(self) -> bool:
        return 200 <= self.status < 300

    @property
    def code(self) -> str:
        return str(self.body.get("code", "")) if self.status >= 400 else ""

    @property
    def retry_after(self) -> float:
        return float(self.headers.get("retry-after", 0))

    def named(self) -> str:
        return f"#{self.number} {self.method} {self.path}: {self.status or 'cut'}"


class Log:
    """Exchanges in the order in which they began."""

    def __init__(self) -> None:
        self._exchanges: list[Exchange] = []
        self._lock = threading.Lock()
        self._numbers = 0

    def number(self) -> int:
        with self._lock:
            self._numbers += 1
            return self._numbers

    def keep(self, exchange: Exchange) -> None:
        with self._lock:
            self._exchanges.append(exchange)

    def all(self) -> list[Exchange]:
        with self._lock:
            return sorted(self._exchanges, key=lambda each: each.number)


def digest_of(method: str, content: bytes) -> str:
    """The same for the same JSON however it is written; empty for no body."""
    if not content:
        return ""
    with suppress(ValueError):
        content = json.dumps(json.loads(content), sort_keys=True, separators=(",", ":")).encode()
    return hashlib.sha256(method.encode() + b"\n" + content).hexdigest()
