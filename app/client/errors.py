"""What can go wrong in a call, as a caller can act on it.

ReferralError
├── ProblemError         the service refused, and says why by `code`: one class each in app/client/problems.py
├── NotAdmittedError     no token for this client: key, registration or clock
├── UnreachableError     no answer, however often it was tried; `begun` says whether the service may have acted
├── UnexpectedAnswerError  an answer that the contract does not know: not this service, or something in between
└── DoneUnseenError      it is done, but the record may no longer be shown to this client
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar


class ReferralError(Exception):
    """Anything that ends a call of this package."""


class NotAdmittedError(ReferralError):
    """The token was refused; `error` is the code of RFC 6749 §5.2, `status` the HTTP status."""

    def __init__(self, error: str, status: int) -> None:
        super().__init__(f"no token: {error}")
        self.error = error
        self.status = status


class UnreachableError(ReferralError):
    """`begun`: the service may have received the last try and done it. Sending the very same again (same id or same
    Idempotency-Key) is then safe, and tells."""

    def __init__(self, reason: str, *, begun: bool) -> None:
        super().__init__(reason)
        self.begun = begun


class UnexpectedAnswerError(ReferralError):
    """`status` is None where there is no HTTP answer to speak of. Nothing may be taken as accepted."""

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason if status is None else f"{status}: {reason}")
        self.status = status


class DoneUnseenError(ReferralError):
    """An earlier try did it and its answer was lost; meanwhile the record has become hidden from this client."""

    def __init__(self, id: str) -> None:
        super().__init__(f"done, no longer shown: {id}")
        self.id = id


@dataclass(frozen=True)
class FieldError:
    """One fault in the request: `pointer` is a JSON pointer, `header:Name` or `query:name`; `message` is in the
    language asked for."""

    pointer: str
    code: str
    message: str
    params: Mapping[str, Any] = field(default_factory=dict)


class ProblemError(ReferralError):
    """An RFC 9457 refusal. `retry_after` in seconds. `repeated`: an earlier try of this request went unanswered, so a
    `stale_version` may be that try's own doing: read again and compare.

    Catch one by its class, `except problems.IntakeConflict`, or all and look at `code`: a newer service may have codes
    that this package does not know.
    """

    code: str = ""
    known: ClassVar[dict[str, type["ProblemError"]]] = {}

    def __init_subclass__(cls) -> None:
        ProblemError.known[cls.code] = cls

    def __init__(
        self, body: Mapping[str, Any], status: int, *, retry_after: float | None = None, repeated: bool = False
    ) -> None:
        self.body = body
        self.status = status
        self.title = str(body.get("title", ""))
        self.detail = str(body.get("detail", ""))
        self.instance = str(body.get("instance", ""))
        self.params = _object(body.get("params"))
        self.errors: Sequence[FieldError] = _field_errors(body.get("errors"))
        self.retryable = body.get("retryable") is True
        self.retry_after = retry_after
        self.repeated = repeated
        self.code = str(body.get("code", ""))
        super().__init__(f"{status} {self.code}: {self.title} {self.detail}".strip())


def problem(
    body: Mapping[str, Any], status: int, *, retry_after: float | None = None, repeated: bool = False
) -> ProblemError:
    """The exception of a problem's body: the class of its code, or `ProblemError` itself for an unknown one."""
    kind = ProblemError.known.get(str(body.get("code")), ProblemError)
    return kind(body, status, retry_after=retry_after, repeated=repeated)


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _field_errors(value: object) -> list[FieldError]:
    """Members of another type than the contract's are passed over: a refusal must never fail to be told."""
    listed = [_object(each) for each in value] if isinstance(value, list) else []
    return [
        FieldError(
            str(e.get("pointer", "")), str(e.get("code", "")), str(e.get("message", "")), _object(e.get("params"))
        )
        for e in listed
    ]
