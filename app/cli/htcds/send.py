"""How one intake reaches the service: over the public API, with patience for a bad line, as often as it takes."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self
from uuid import UUID

import httpx

from app.auth.keys import SigningKey
from app.oauth.assertions import fetch_token, make_assertion
from app.problems import Language

Result = Literal["created", "replayed", "rejected"]
PATIENCE = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0)
"""Seconds between attempts: half a minute in all, longer than the service takes to start again."""

_LONGEST_WAIT = 60.0
_NOT_NOW = 429


class UnreachableError(Exception):
    """The service did not answer within our patience."""


class NotAdmittedError(Exception):
    """The service refuses this client, so it would refuse every row."""


@dataclass(frozen=True)
class Refusal:
    """One finding of the service: JSON pointer (empty: the whole), rule or problem code, and its own words."""

    pointer: str
    code: str
    message: str


@dataclass(frozen=True)
class Answer:
    result: Result
    reference: str | None = None
    refusals: tuple[Refusal, ...] = ()


class Sender:
    """One client at one service. `url` is also the issuer: no assertion is signed for an address from elsewhere."""

    def __init__(
        self,
        url: str,
        client_id: str,
        key: SigningKey,
        *,
        officer: str,
        language: Language = "vi",
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._url = url.rstrip("/")
        self._client_id = client_id
        self._key = key
        self._pause = pause
        self._token = ""
        headers = {"Acting-Officer": officer, "Accept-Language": language}
        self._http = httpx.Client(base_url=self._url, headers=headers, timeout=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def put(self, intake_id: UUID, body: Mapping[str, Any]) -> Answer:
        """What became of the intake. `UnreachableError`, `NotAdmittedError`: nothing can be sent at present."""
        for pause in PATIENCE:
            try:
                reply = self._attempt(intake_id, body)
                if not _passing(reply):
                    return _answer(reply)
                self._pause(_wait(reply, pause))
            except httpx.TransportError:
                self._pause(pause)
        try:
            return _answer(self._attempt(intake_id, body))
        except httpx.TransportError as error:
            raise UnreachableError(self._url) from error

    def _attempt(self, intake_id: UUID, body: Mapping[str, Any]) -> httpx.Response:
        for _ in range(2):
            if not self._token and (refused := self._sign_in()) is not None:
                return refused
            bearer = {"Authorization": f"Bearer {self._token}"}
            reply = self._http.put(f"/v1/intakes/{intake_id}", json=body, headers=bearer)
            if reply.status_code != httpx.codes.UNAUTHORIZED:
                return reply
            self._token = ""  # expired, or the service was set up anew
        return reply

    def _sign_in(self) -> httpx.Response | None:
        """Fetches a token; the refusal, when it is one that may pass."""
        try:
            assertion = make_assertion(self._client_id, self._key, self._url, time.time())
            self._token = fetch_token(self._url, assertion)
        except httpx.HTTPStatusError as error:
            if _passing(error.response):
                return error.response
            raise NotAdmittedError(self._client_id) from error
        return None


def _passing(reply: httpx.Response) -> bool:
    return reply.status_code == _NOT_NOW or reply.is_server_error


def _wait(reply: httpx.Response, otherwise: float) -> float:
    stated = reply.headers.get("Retry-After", "")
    return min(float(stated), _LONGEST_WAIT) if stated.isdecimal() else otherwise


def _answer(reply: httpx.Response) -> Answer:
    if reply.is_success:
        created = reply.status_code == httpx.codes.CREATED
        return Answer("created" if created else "replayed", reply.json()["reference"])
    if reply.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        raise NotAdmittedError(str(reply.status_code))
    return Answer("rejected", refusals=_refusals(reply))


def _refusals(reply: httpx.Response) -> tuple[Refusal, ...]:
    if reply.headers.get("content-type", "").split(";")[0] != "application/problem+json":
        return (Refusal("", f"http_{reply.status_code}", reply.reason_phrase),)
    problem = reply.json()
    errors = problem.get("errors") or ({"pointer": "", "code": problem["code"], "message": problem["title"]},)
    return tuple(Refusal(error["pointer"], error["code"], error["message"]) for error in errors)
