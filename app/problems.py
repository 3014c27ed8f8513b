"""Every refusal the service can give: one class each, RFC 9457 on the wire, Vietnamese first.

    Problem
    ├── 400  MalformedRequest · InvalidHeader · IdempotencyKeyRequired · InvalidCursor
    ├── 401  Unauthenticated · ProofNonceRequired
    ├── 403  InsufficientScope · PurposeRequired · OfficerRequired · NotYourMove
    ├── 404  NotFound                       hidden and missing alike
    ├── 405, 406, 408, 413, 415             MethodNotAllowed · NotAcceptable · RequestTimeout · PayloadTooLarge · …
    ├── 409  Conflict ── InvalidTransition · IntakeConflict · IdempotencyInProgress · … (app/refusals.py)
    ├── 412  StaleVersion,  428 VersionRequired,  429 TooManyRequests
    ├── 422  ValidationFailed · UnreadableManifest (shape)
    │        RuleBroken ── UnknownReference · IdempotencyKeyReused · … (app/refusals.py)
    ├── 429  SearchLimitReached
    ├── 500  InternalError
    └── 503  Unavailable ── Overloaded

Raising one is all a domain function does; `render` is the only place that turns it into bytes. Nothing the caller sent
is ever echoed: a message is chosen by code, its `params` hold only what the service itself knows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal
from uuid import UUID

import yaml

Language = Literal["vi", "en"]
LANGUAGES: tuple[Language, ...] = ("vi", "en")
MEDIA_TYPE = "application/problem+json"
CATALOGUE: dict[str, type["Problem"]] = {}
_TEXTS = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text("utf-8"))
RULES: Mapping[str, Mapping[str, str]] = _TEXTS["rules"]
"""What a `FieldError.code` means, for the person who must mend it."""


@dataclass(frozen=True)
class FieldError:
    """One fault in the request: where (JSON pointer, or `header:Name`), which rule, and what the rule would accept."""

    pointer: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


class Problem(Exception):
    """A refusal. Subclasses state `status` and `code`; texts are in problems.yaml. `audited`: leaves one entry."""

    status: ClassVar[int]
    code: ClassVar[str]
    title: ClassVar[Mapping[str, str]]
    detail: ClassVar[Mapping[str, str]]
    retryable: ClassVar[bool] = False
    audited: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        if "code" in cls.__dict__:
            if cls.code in CATALOGUE:
                raise TypeError(f"problem code {cls.code} is taken")
            CATALOGUE[cls.code] = cls
            texts = _TEXTS["problems"][cls.code]
            cls.title, cls.detail = texts["title"], texts["detail"]

    def __init__(
        self, *errors: FieldError, params: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(self.code)
        self.errors: Sequence[FieldError] = errors
        self.params: Mapping[str, Any] = params or {}
        self.headers: Mapping[str, str] = headers or {}


class MalformedRequest(Problem):
    status, code = 400, "malformed_request"


class InvalidHeader(Problem):
    status, code = 400, "invalid_header"


class IdempotencyKeyRequired(Problem):
    status, code = 400, "idempotency_key_required"


class InvalidCursor(Problem):
    status, code = 400, "invalid_cursor"


class CursorExpired(Problem):
    status, code = 410, "cursor_expired"


class Unauthenticated(Problem):
    status, code = 401, "unauthenticated"

    def __init__(self) -> None:
        challenges = 'Bearer error="invalid_token", DPoP error="invalid_token", algs="ES256"'
        super().__init__(headers={"WWW-Authenticate": challenges})


class ProofNonceRequired(Problem):
    """RFC 9449 §9: token and proof are good, but the proof must repeat the `DPoP-Nonce` that comes with this answer."""

    status, code = 401, "use_dpop_nonce"

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": 'DPoP error="use_dpop_nonce", algs="ES256"'})


class InsufficientScope(Problem):
    status, code, audited = 403, "insufficient_scope", True


class PurposeRequired(Problem):
    status, code, audited = 403, "purpose_required", True


class SecondPersonRequired(Problem):
    status, code, audited = 403, "second_person_required", True


class OfficerRequired(Problem):
    status, code, audited = 403, "officer_required", True


class NotYourMove(Problem):
    status, code, audited = 403, "not_your_move", True


class NotFound(Problem):
    status, code, audited = 404, "not_found", True


class MethodNotAllowed(Problem):
    status, code = 405, "method_not_allowed"


class NotAcceptable(Problem):
    status, code = 406, "not_acceptable"


class RequestTimeout(Problem):
    """The request did not arrive in time, so the connection is of no further use either."""

    status, code, retryable = 408, "request_timeout", True

    def __init__(self) -> None:
        super().__init__(headers={"Connection": "close"})


class Conflict(Problem):
    """The move exists and is the caller's, but the record is not in the state for it."""

    status, audited = 409, True


class InvalidTransition(Conflict):
    code = "invalid_transition"


class IntakeConflict(Conflict):
    code = "intake_conflict"


class IdempotencyInProgress(Conflict):
    code, retryable, audited = "idempotency_in_progress", True, False

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "1"})


class RecordErased(Problem):
    status, code, audited = 410, "record_erased", True


class StaleVersion(Problem):
    status, code, audited = 412, "stale_version", True


class PayloadTooLarge(Problem):
    status, code = 413, "payload_too_large"


class UnsupportedMediaType(Problem):
    status, code = 415, "unsupported_media_type"


class ValidationFailed(Problem):
    status, code = 422, "validation_failed"


class UnreadableManifest(Problem):
    """The list as a whole: no table, no header row, an unknown encoding, too big. Judged from the request alone."""

    status, code = 422, "unreadable_manifest"


class RuleBroken(Problem):
    """A rule that needs stored data to judge; the request was well formed."""

    status, audited = 422, True


class UnknownReference(RuleBroken):
    code = "unknown_reference"


class IdempotencyKeyReused(RuleBroken):
    code = "idempotency_key_reused"


class VersionRequired(Problem):
    status, code = 428, "version_required"


class TooManyRequests(Problem):
    status, code, retryable = 429, "too_many_requests", True

    def __init__(self, seconds: int) -> None:
        super().__init__(headers={"Retry-After": str(seconds)})


class SearchLimitReached(Problem):
    """Searches beyond one's own cases are counted by client and day of Viet Nam; `retry_after` in seconds."""

    status, code, retryable, audited = 429, "search_limit_reached", True, True

    def __init__(self, retry_after: int) -> None:
        super().__init__(headers={"Retry-After": str(retry_after)})


class InternalError(Problem):
    status, code, retryable = 500, "internal_error", True


class Unavailable(Problem):
    status, code, retryable = 503, "unavailable", True

    def __init__(self, seconds: int = 5) -> None:
        super().__init__(headers={"Retry-After": str(seconds)})


class Overloaded(Unavailable):
    """More requests than this worker takes at once: nothing was begun, and a moment later it may be over."""

    def __init__(self) -> None:
        super().__init__(seconds=1)


def render(problem: Problem, language: Language, request_id: UUID) -> dict[str, Any]:
    """The RFC 9457 object of a refusal, in the caller's language."""
    body: dict[str, Any] = {
        "type": f"/problems/{problem.code}",
        "title": problem.title[language],
        "status": problem.status,
        "detail": problem.detail[language],
        "instance": f"urn:uuid:{request_id}",
        "code": problem.code,
        "retryable": problem.retryable,
    }
    if problem.params:
        body["params"] = dict(problem.params)
    if problem.errors:
        body["errors"] = [
            {"pointer": e.pointer, "code": e.code, "message": RULES[e.code][language], "params": dict(e.params)}
            for e in problem.errors
        ]
    return body


DOCUMENTED = "x-problems"


def documented(*problems: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """What an operation may refuse beyond what its needs imply, for `responses=`; `app.contract` spells it out."""
    responses: dict[int | str, dict[str, Any]] = {}
    for problem in problems:
        responses.setdefault(problem.status, {DOCUMENTED: []})[DOCUMENTED].append(problem.code)
    return responses
