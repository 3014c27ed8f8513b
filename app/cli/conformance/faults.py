"""Which mishap meets which request. Each is one that life brings too, and comes once, so that every run is alike."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.cli.conformance.traffic import Fault

_MOVE = re.compile(r"/v1/\w[\w-]*/[0-9a-f-]{36}/[\w-]+")
_READ = re.compile(r"/v1/referrals/[0-9a-f-]{36}")
_TO_SENDER: tuple[Fault, ...] = ("lost", "unavailable", "busy", "token", "refusal")
MISHAPS_OF_A_SENDER = len(_TO_SENDER)


@dataclass(frozen=True)
class Forged:
    """What the relay answers in the service's place."""

    status: int
    code: str
    headers: Mapping[str, str]

    @property
    def content(self) -> bytes:
        kind = f"https://conformance.invalid/problems/{self.code}"
        return json.dumps({"type": kind, "status": self.status, "code": self.code, "title": self.code}).encode()


FORGED: Mapping[Fault, Forged] = {
    "unavailable": Forged(503, "unavailable", {"Retry-After": "1"}),
    "busy": Forged(429, "too_many_requests", {"Retry-After": "1"}),
    "token": Forged(401, "unauthenticated", {"WWW-Authenticate": 'Bearer error="invalid_token"'}),
    "refusal": Forged(422, "unknown_reference", {}),
    "stale": Forged(412, "stale_version", {}),
}


class Plan:
    """A sender's first writes meet a mishap each, in this order. A receiver's first read finds the service unavailable,
    its first move finds another version, the answer to its second move is lost, and its first event comes twice."""

    def __init__(self, role: str) -> None:
        self._role = role
        self._writes: set[tuple[str, str, str]] = set()
        self._moves = 0
        self._read = self._repeated = False

    def fault(self, method: str, path: str, key: str) -> Fault | None:
        """To be asked once a request."""
        if self._role == "sender":
            return self._of_a_sender(method, path, key)
        if method == "GET" and _READ.fullmatch(path) and not self._read:
            self._read = True
            return "unavailable"
        if method == "POST" and _MOVE.fullmatch(path):
            self._moves += 1
            return {1: "stale", 3: "lost"}.get(self._moves)  # type: ignore[return-value]
        return None

    def repeats(self) -> bool:
        """Whether the page of events that was just asked for is to be the last one again."""
        if self._role == "sender" or self._repeated:
            return False
        self._repeated = True
        return True

    def _of_a_sender(self, method: str, path: str, key: str) -> Fault | None:
        if method not in ("POST", "PUT") or not path.startswith("/v1/") or (method, path, key) in self._writes:
            return None
        self._writes.add((method, path, key))
        return _TO_SENDER[len(self._writes) - 1] if len(self._writes) <= len(_TO_SENDER) else None
