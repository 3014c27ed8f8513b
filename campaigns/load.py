"""Clients that want something until they are told it is so: every try logged, repeated by the same id or key.

What they want comes from the seed alone; when they are answered does not. No answer, a reset, 429 or 5xx decides
nothing and is asked again, at another worker; some are impatient and hang up early, some ask twice at once.
"""

import asyncio
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from app.auth.keys import read_key
from app.oauth.assertions import make_assertion, token_form
from app.problems import MEDIA_TYPE
from campaigns.history import History

Targets = Callable[[], Sequence[str]]
"""The addresses of the workers that take requests now."""

TOKEN_AGE = 200.0
PATIENCE = 20.0
_TWICE, _IMPATIENT = 0.08, 0.05
_HEADERS = {"Acting-Officer": "campaign.1"}


@dataclass(frozen=True)
class Wish:
    """A request that is repeated until it is decided. `asked` goes into the log as it is; `found` reads a success."""

    kind: str
    method: str
    path: str
    asked: Mapping[str, Any]
    found: Callable[[httpx.Response], Mapping[str, Any]]
    body: Any = None
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """`ok` or `fail`, and what the answer said."""

    outcome: str
    facts: Mapping[str, Any]


class Tokens:
    """An access token for each client, renewed before it is old, or when it was refused."""

    def __init__(self, keys: Path, issuer: str) -> None:
        self._keys, self._issuer = keys, issuer
        self._held: dict[str, tuple[float, str]] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def token(self, client: str, http: httpx.AsyncClient, at: str) -> str:
        async with self._locks.setdefault(client, asyncio.Lock()):
            since, held = self._held.get(client, (0.0, ""))
            if not held or time.monotonic() - since > TOKEN_AGE:
                key = read_key(self._keys / f"{client}.pem")
                form = token_form(make_assertion(client, key, self._issuer, time.time()))
                answer = await http.post(f"{at}/oauth/token", data=form)
                held = str(answer.raise_for_status().json()["access_token"])
                self._held[client] = (time.monotonic(), held)
            return held

    def forget(self, client: str, token: str) -> None:
        if self._held.get(client, (0.0, ""))[1] == token:
            del self._held[client]


class Load:
    """What all clients of one campaign share. After `end` nothing new is wanted, and what is open is asked for until
    `patience` seconds have passed in which nothing of the feed arrived."""

    def __init__(self, targets: Targets, history: History, tokens: Tokens, seed: int, patience: float = 60) -> None:
        self.targets, self.history, self.tokens, self.seed = targets, history, tokens, seed
        self.ending = asyncio.Event()
        self._patience = patience
        self._until = float("inf")
        self._names = 0

    def end(self) -> None:
        self.ending.set()
        self._until = time.monotonic() + self._patience

    def chance(self, name: str) -> random.Random:
        """One source for each client, so that what it wants does not hang on when others are answered."""
        return random.Random(f"{self.seed} {name}")  # noqa: S311 - which wish, not a secret

    def goes_on(self) -> None:
        """What still arrives is late, not lost: patience begins anew."""
        if self.ending.is_set():
            self.end()

    @property
    def given_up(self) -> bool:
        return time.monotonic() > self._until

    def name(self, kind: str) -> str:
        self._names += 1
        return f"{kind}-{self._names}"


class Client:
    """One client's connections. `chance` decides whom it asks and how patiently."""

    def __init__(self, load: Load, who: str, chance: random.Random) -> None:
        self.load, self.who, self.chance = load, who, chance
        self._http = httpx.AsyncClient(timeout=httpx.Timeout(PATIENCE, connect=5), trust_env=False)

    async def close(self) -> None:
        await self._http.aclose()

    async def settle(self, wish: Wish) -> Decision | None:
        """Asks until it is decided; None when the campaign gave up first."""
        name, number = self.load.name(wish.kind), 0
        while not self.load.given_up:
            twins = 2 if self.chance.random() < _TWICE else 1
            tries = [self._try(wish, name, number + each) for each in range(1, twins + 1)]
            number += twins
            decided = [each for each in await asyncio.gather(*tries) if each is not None]
            if decided:
                return min(decided, key=lambda each: each.outcome == "fail")
            await asyncio.sleep(self.chance.uniform(0.05, 0.3))
        return None

    async def _try(self, wish: Wish, name: str, number: int) -> Decision | None:
        targets = self.load.targets()
        if not targets:
            await asyncio.sleep(0.05)
            return None
        at, history = self.chance.choice(targets), self.load.history
        try:
            token = await self.load.tokens.token(self.who, self._http, at)
        except httpx.HTTPError:
            return None
        asked: dict[str, Any] = {"op": name, "try": number}
        history.note("invoke", **asked, at=at, by=self.who, kind=wish.kind, asked=wish.asked)
        sent = _Sent()
        try:
            answer = await self._send(wish, at, token, sent)
        except httpx.HTTPError as error:
            history.note("unknown", **asked, sent=sent.at, why=_why(error))
            return None
        return self._judged(wish, {**asked, "sent": sent.at}, answer)

    def _judged(self, wish: Wish, asked: Mapping[str, Any], answer: httpx.Response) -> Decision | None:
        facts: dict[str, Any] = {"status": answer.status_code}
        outcome = "ok" if answer.is_success else "unknown" if _undecided(answer) else "fail"
        if answer.is_success:
            facts |= wish.found(answer)
            outcome = facts.pop("outcome", outcome)
        else:
            facts["why"] = _code(answer)
        self.load.history.note(outcome, **asked, **facts)
        return None if outcome == "unknown" else Decision(outcome, facts)

    async def _send(self, wish: Wish, at: str, token: str, sent: "_Sent") -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", **_HEADERS, **wish.headers}
        timeout = 0.03 if self.chance.random() < _IMPATIENT else PATIENCE
        answer = await self._http.request(
            wish.method,
            at + wish.path,
            json=wish.body,
            content=wish.content,
            headers=headers,
            timeout=timeout,
            extensions={"trace": sent.heard},
        )
        if answer.status_code == 401:
            self.load.tokens.forget(self.who, token)
        return answer

    async def get(self, path: str, **headers: str) -> tuple[str, httpx.Response] | None:
        """A read that is not part of the log: where it was asked, and the answer, if it was a success."""
        targets = self.load.targets()
        if not targets:
            return None
        at = self.chance.choice(targets)
        with suppress(httpx.HTTPError):
            token = await self.load.tokens.token(self.who, self._http, at)
            answer = await self._send(Wish("get", "GET", path, {}, lambda _: {}, headers=headers), at, token, _Sent())
            return (at, answer) if answer.is_success else None
        return None


class _Sent:
    """When the last byte of a request had left for the worker; None if that never came to be."""

    at: int | None = None

    async def heard(self, event: str, _: Any) -> None:
        if event == "http11.send_request_body.complete":
            self.at = time.monotonic_ns()


def _undecided(answer: httpx.Response) -> bool:
    if answer.status_code in (401, 408, 425, 429) or answer.status_code >= 500:
        return True
    return answer.status_code == 409 and _code(answer) == "idempotency_in_progress"


def _code(answer: httpx.Response) -> str:
    """Of the problem. `no problem`: the server's own words, when the application was ended under it."""
    if answer.headers.get("Content-Type") != MEDIA_TYPE:
        return "no problem"
    return str(answer.json()["code"])


def _why(error: httpx.HTTPError) -> str:
    """`disconnected`: the worker took the request and went away. The rest never arrived, or was not waited for."""
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return "not connected"
    if isinstance(error, httpx.TimeoutException):
        return "hung up"
    return "disconnected"


def key_of(chance: random.Random) -> str:
    return f"{chance.getrandbits(128):032x}"


def id_of(chance: random.Random) -> str:
    return str(UUID(int=chance.getrandbits(128), version=4))
