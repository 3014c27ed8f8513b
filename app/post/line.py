"""What a post asks of the service, and the three ways in which an answer can be none.

Which of them it is decides over a record: refused for what it says, it is parked; anything else passes sooner or later.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID


class Line(Protocol):
    """The way to the service. Every method raises `PassingError`; `put` also `RefusedError`."""

    def me(self) -> Mapping[str, Any]:
        """Who this client is there: `GET /v1/me`."""

    def receipt_keys(self) -> Sequence[Mapping[str, Any]]:
        """The public keys that receipts are signed with: `GET /.well-known/jwks`."""

    def put(self, intake_id: UUID, body: Mapping[str, Any]) -> None:
        """Returns when the service said that it has the record."""

    def receipt(self, intake_id: UUID) -> str:
        """The signed receipt, a compact JWS, not yet checked."""


class RefusedError(Exception):
    """The service will never take this record as it is; `problem` is its RFC 9457 body."""

    def __init__(self, problem: Mapping[str, Any]) -> None:
        super().__init__(problem.get("code"))
        self.problem = problem


@dataclass
class PassingError(Exception):
    """Not now: no network, no admission, too many requests, a fault of the service's own.

    `code` names it for `status`; `after`: seconds the service asked to wait; `everywhere`: the service said so of
    itself or of this client, so the next record would fare the same.
    """

    code: str
    after: float = 0.0
    everywhere: bool = True
