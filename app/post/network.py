"""The line to the service over HTTP: one try a call, and what came of it sorted into the three kinds of `line`.

The tries belong to the outbox, which has no limit of them and outlives this process.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.client import Client, NotAdmittedError, ProblemError, Retries, UnexpectedAnswerError, UnreachableError
from app.client.wire import NOTHING, http_date
from app.post import enrolment
from app.post.clock import Clock
from app.post.line import PassingError, RefusedError
from app.post.outbox import Outbox

_PATIENCE = 30.0
_FOR_EVER = frozenset({400, 409, 410, 413, 415, 422})
_NOT_THE_RECORD = frozenset({"idempotency_in_progress", "invalid_header"})


@dataclass
class Network:
    """`clock` hears the service's time with every answer, and is believed when a token is asked for."""

    client: Client
    clock: Clock

    def me(self) -> Mapping[str, Any]:
        return self._ask("/v1/me")

    def receipt_keys(self) -> Sequence[Mapping[str, Any]]:
        keys: list[Mapping[str, Any]] = self._ask("/.well-known/jwks")["keys"]
        return keys

    def put(self, intake_id: UUID, body: Mapping[str, Any]) -> None:
        self._call("PUT", f"/v1/intakes/{intake_id}", body)

    def receipt(self, intake_id: UUID) -> str:
        return str(self._call("GET", f"/v1/intakes/{intake_id}/receipt")["receipt"])

    def _ask(self, path: str) -> dict[str, Any]:
        """Of the service itself: no record is at stake, so nothing is refused for good."""
        try:
            return dict(self._call("GET", path))
        except RefusedError as refusal:
            raise PassingError("unexpected_answer", everywhere=False) from refusal

    def _call(self, method: str, path: str, body: Any = NOTHING) -> Any:
        self.client.session.tokens.drift = self.clock.now() - time.time()
        try:
            answer = self.client.request(method, path, body)
        except ProblemError as refusal:
            raise sorted_out(refusal) from refusal
        except NotAdmittedError as refusal:
            raise PassingError("not_admitted") from refusal
        except UnreachableError as lost:
            raise PassingError("unreachable", everywhere=False) from lost
        except UnexpectedAnswerError as odd:
            raise PassingError("unexpected_answer", everywhere=False) from odd
        heard = http_date(answer.headers.get("Date", ""))
        if heard is not None:
            self.clock.heard(heard)
        if not isinstance(answer.body, dict):
            raise PassingError("unexpected_answer", everywhere=False)
        return answer.body


def sorted_out(refusal: ProblemError) -> PassingError | RefusedError:
    """Whether a refusal is about the record, for good, or about now."""
    if refusal.status in _FOR_EVER and refusal.code not in _NOT_THE_RECORD:
        return RefusedError(refusal.body)
    after = refusal.retry_after or 0.0
    if refusal.status in (401, 403) or refusal.code == "invalid_header":
        return PassingError("not_admitted", after)
    if refusal.status == 429:
        return PassingError("too_many_requests", after)
    return PassingError("service_fault", after, everywhere=refusal.status == 503)


def connect(outbox: Outbox, clock: Clock, address: str | None = None) -> Network:
    """The line of this post; `address` where the service is reached by another than its own."""
    profile = enrolment.load(outbox)
    client = Client(
        profile.url,
        profile.client_id,
        enrolment.key_of(outbox),
        officer=profile.officer,
        retries=Retries(tries=1),
        timeout=_PATIENCE,
        connect=address,
    )
    return Network(client, clock)
