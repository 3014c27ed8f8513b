"""One call from beginning to end, without any IO: token, proof, tries, pauses, and what the answer means.

Tried again: whatever certainly had no effect (nothing was sent; 408, 429, 409 `idempotency_in_progress`), and, where a
repetition can have no second effect, also a lost answer and 5xx. A 401 fetches another token, once. Nothing else.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode
from uuid import uuid4

import httpx

from app.client.errors import UnexpectedAnswerError, UnreachableError, problem
from app.client.tokens import BusyError, Tokens
from app.client.wire import NOTHING, PROBLEM, Answer, LostError, Pause, Reply, Request, Send, Steps

T = TypeVar("T")
_NOT_BEGUN = frozenset({408, 429})
_IN_PROGRESS = "idempotency_in_progress"
_CHALLENGES = 3
"""Times that one try may be sent: as it is, with a nonce, with another token."""


@dataclass(frozen=True)
class Retries:
    """`tries` in all; pauses double from `first` seconds, with full jitter, up to `longest`. Asked by the service to
    wait for longer than `longest`, the call ends at once, with `retry_after` in its exception."""

    tries: int = 5
    first: float = 0.5
    longest: float = 60.0

    def pause(self, tried: int, stated: float | None) -> float | None:
        """Seconds to wait after this many tries; None when it is enough."""
        if tried >= self.tries or (stated or 0) > self.longest:
            return None
        doubled: float = min(self.longest, self.first * 2 ** min(tried - 1, 30))
        jitter = random.uniform(0, doubled)  # noqa: S311 - spreads load, keeps no secret
        return jitter if stated is None else stated + min(jitter, self.first)


@dataclass(frozen=True)
class _Tried:
    """What one try came to: a reply, or the reason why there is none. `begun`: it may have had its effect."""

    reply: Reply | None
    begun: bool
    reason: str = ""

    @property
    def passing(self) -> bool:
        """Whether another try may fare better."""
        reply = self.reply
        if reply is None:
            return True
        return reply.status in _NOT_BEGUN or reply.status >= 500 or (reply.status == 409 and reply.code == _IN_PROGRESS)


@dataclass
class Session:
    """One client at one service: what goes with each of its calls."""

    tokens: Tokens
    defaults: Mapping[str, str]
    retries: Retries = Retries()

    def exchange(self, request: Request[T], patience: float | None = None) -> Steps[Answer[T]]:
        """The answer; any `ReferralError`."""
        request = self.completed(request)
        tried, unanswered = 0, False
        content = request.content
        while True:
            outcome = yield from self._try(request, content, patience)
            tried += 1
            wait = self._wait(outcome, tried) if request.repeatable or not outcome.begun else None
            if wait is None:
                return judge(request, outcome, repeated=unanswered)
            unanswered = unanswered or outcome.begun
            yield Pause(wait)

    def completed(self, request: Request[T]) -> Request[T]:
        """With the headers that it asks for and the caller did not state; a key is made here, once for all tries."""
        stated = {**self.defaults, "Idempotency-Key": str(uuid4())}
        asked = request.asks | {"Accept-Language"}
        return request.but({name: stated[name] for name in asked if name in stated and name not in request.named})

    def _wait(self, outcome: _Tried, tried: int) -> float | None:
        stated = outcome.reply.retry_after if outcome.reply else None
        return self.retries.pause(tried, stated) if outcome.passing else None

    def _try(self, request: Request[T], content: bytes | None, patience: float | None) -> Steps[_Tried]:
        """One try, with the challenges that belong to it."""
        begun = renewed = False
        try:
            for _ in range(_CHALLENGES):
                begun = False
                token = "" if request.public else (yield from self.tokens.get())
                begun = True
                reply = self.tokens.heard((yield self._send(request, content, token, patience)))
                if reply.status != httpx.codes.UNAUTHORIZED:
                    break
                if reply.code != "use_dpop_nonce":
                    if renewed:
                        break
                    renewed = True
                    self.tokens.forget(token)
        except BusyError as busy:
            return _Tried(busy.reply, begun=False)
        except LostError as lost:
            return _Tried(None, begun and lost.begun, str(lost))
        return _Tried(reply, reply.status >= 500)

    def _send(self, request: Request[T], content: bytes | None, token: str, patience: float | None) -> Send:
        headers = {"Accept": "application/json", **request.named}
        if content is not None:
            headers["Content-Type"] = request.media
        if not request.public:
            headers |= self.tokens.headers(request.method, request.path, token)
        asked = _query(request.query)
        return Send(request.method, f"{self.tokens.connect}{request.path}{asked}", headers, content, patience)


def judge(request: Request[T], outcome: _Tried, *, repeated: bool = False) -> Answer[T]:
    """What the last try means for the caller: an answer, or the exception that names what it was instead."""
    reply = outcome.reply
    if reply is None:
        raise UnreachableError(outcome.reason, begun=outcome.begun or repeated)
    if reply.media == PROBLEM and reply.status >= httpx.codes.BAD_REQUEST:
        body = reply.json()
        if not isinstance(body, dict) or not isinstance(body.get("code"), str):
            raise UnexpectedAnswerError("a problem without a code", reply.status)
        raise problem(body, reply.status, retry_after=reply.retry_after, repeated=repeated)
    if not _done(request, reply):
        raise UnexpectedAnswerError("not an answer of this operation", reply.status)
    return Answer(reply.status, reply.headers, _body(reply))


def _done(request: Request[Any], reply: Reply) -> bool:
    if reply.status in request.statuses:
        return True
    if reply.status == httpx.codes.NOT_MODIFIED:
        return "If-None-Match" in request.named
    replayed = reply.headers.get("Idempotent-Replayed") == "true"
    return reply.status == httpx.codes.OK and replayed


def _body(reply: Reply) -> Any:
    if not reply.content:
        if reply.status in (httpx.codes.NO_CONTENT, httpx.codes.NOT_MODIFIED):
            return None
        raise UnexpectedAnswerError("empty", reply.status)
    if reply.media == "application/json" or reply.media.endswith("+json"):
        return reply.json()
    if reply.media in ("", "text/html"):
        raise UnexpectedAnswerError("a page, not an answer", reply.status)
    return reply.content


def _query(asked: Mapping[str, Any]) -> str:
    """Of the values that are stated; true and false as JSON writes them, several values separated by commas."""
    stated = {name: _text(value) for name, value in asked.items() if value not in (None, NOTHING)}
    return f"?{urlencode(stated)}" if stated else ""


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(_text, value)) if isinstance(value, list | tuple) else str(value)
