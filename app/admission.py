"""How much is let in at once: token buckets per client and per address, and a bounded queue before the work begins.

Each worker counts for itself, so a service of three workers grants three times these figures. What is full answers at
once (429, 503 with `Retry-After`): a caller who knows waits better than one who hangs. Where the queue is full, `Wire`
says so for the price of a few bytes, before a token is looked at: under ten times the load a worker can bear, refusing
must cost next to nothing or it is all that the worker does.
"""

import asyncio
import math
import time
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.problems import Overloaded, TooManyRequests

Aside = Callable[[], AbstractAsyncContextManager[None]]
EXEMPT = frozenset({"/healthz", "/readyz"})
"""Answered whatever the load."""
_REMEMBERED = 10_000
_INERTIA = 0.05
"""How much one who leaves counts for the pace: what twenty of them did is what the next may expect."""
_NETWORK = 64
"""Bits of an IPv6 address that one customer is given whole: who holds them can come from any address within."""


@dataclass(frozen=True)
class Standing:
    """One caller's bucket after it asked: whether it was let in, what is left, seconds until one more is granted."""

    granted: bool
    left: int
    wait: int


class Buckets:
    """Token buckets by name: `burst` at once, then `rate` a second. A bucket long unused is as full as a new one, so
    the oldest are forgotten."""

    def __init__(self, name: str, rate: float, burst: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._clock = rate, float(burst), clock
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._name = name
        self._policy = f'"{name}";q={burst};w={math.ceil(burst / rate)}'

    def take(self, who: str) -> Standing:
        """Takes one token, where there is one."""
        now = self._clock()
        tokens, since = self._held.pop(who, (self._burst, now))
        tokens = min(self._burst, tokens + (now - since) * self._rate)
        granted = tokens >= 1
        tokens -= granted
        self._held[who] = tokens, now
        if len(self._held) > _REMEMBERED:
            self._held.popitem(last=False)
        return Standing(granted, int(tokens), math.ceil((1 - tokens % 1) / self._rate))

    def headers(self, standing: Standing) -> Mapping[str, str]:
        """draft-ietf-httpapi-ratelimit-headers-10: the quota for its window, and what remains of it."""
        return {
            "RateLimit-Policy": self._policy,
            "RateLimit": f'"{self._name}";r={standing.left};t={standing.wait}',
        }


class Seats:
    """How many requests of one client are taken at a time, of a kind that is long in the doing; `retry` in seconds."""

    def __init__(self, most: int, retry: int) -> None:
        self._most, self._retry = most, retry
        self._taken: Counter[str] = Counter()

    @contextmanager
    def taken_by(self, client_id: str) -> Iterator[None]:
        """`TooManyRequests` where the client has all of its own already."""
        if self._taken[client_id] >= self._most:
            raise TooManyRequests(self._retry)
        self._taken[client_id] += 1
        try:
            yield
        finally:
            self._taken[client_id] -= 1
            self._taken += Counter()  # forgets those at zero


def charge(buckets: Buckets, who: str) -> None:
    """Takes one token; `TooManyRequests` where there is none."""
    standing = buckets.take(who)
    if not standing.granted:
        raise TooManyRequests(standing.wait)


def address_of(scope: Scope) -> str:
    """Whose connection it is: the peer of the socket, or what a proxy of `trusted_proxies` says of it."""
    host = (scope.get("client") or ("",))[0]
    try:
        address = ip_address(host)
    except ValueError:
        return str(host)
    return str(int(address) >> (128 - _NETWORK)) if isinstance(address, IPv6Address) else host


@dataclass(frozen=True)
class Room:
    """Requests worked on at once in this worker, how many may wait for their turn, and for how many seconds."""

    at_once: int
    waiting: int
    seconds: float = 0.8


class Ticket:
    """A place that is kept for a request that was read whole and has yet to come for it. All those of one moment would
    else be let in for the same last place, and refused on their way to it, at ten times the price."""

    def __init__(self, queue: "Queue") -> None:
        self._queue: Queue | None = queue
        queue.promised += 1

    def give_back(self) -> bool:
        """Whether it was still good."""
        queue, self._queue = self._queue, None
        if queue is not None:
            queue.promised -= 1
        return queue is not None


class Queue:
    """The places of one worker, and those who wait for one: first come, first served. Nobody is let in to wait who, at
    the pace of late, would wait longer than half of what is allowed: a refusal after a wait is the worst of both."""

    def __init__(self, room: Room, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.room = room
        self.working = self.promised = self.refused = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._clock = clock
        self._pace = 0.0  # seconds from one who leaves to the next, while somebody waits
        self._left = -math.inf

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    @property
    def full(self) -> bool:
        return self.working + len(self._waiting) + self.promised >= self.room.at_once + self._bearable()

    def _bearable(self) -> int:
        if not self._pace:
            return self.room.waiting
        return min(self.room.waiting, math.ceil(self.room.seconds / 2 / self._pace))

    def check(self) -> None:
        """`Overloaded` when full."""
        if self.full:
            self.refused += 1
            raise Overloaded

    async def enter(self, receive: Receive, ticket: Ticket | None = None) -> Message | None:
        """Waits for a place; what the client said meanwhile, which can only be that it left, and then no place."""
        promised = ticket is not None and ticket.give_back()
        if self.working < self.room.at_once and not self._waiting:
            self.working += 1
            return None
        if not promised:
            self.check()
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        leaving = asyncio.ensure_future(receive())
        try:
            either: set[asyncio.Future[Any]] = {place, leaving}
            await asyncio.wait(either, timeout=self.room.seconds, return_when=asyncio.FIRST_COMPLETED)
            if place.done():
                return None
            if leaving.done():
                return leaving.result()
            self.refused += 1
            raise Overloaded
        except asyncio.CancelledError:
            if place.done():
                self.leave()
            raise
        finally:
            leaving.cancel()
            if not place.done():
                self._waiting.remove(place)

    def leave(self) -> None:
        """The place goes to who has waited longest, or becomes free."""
        if self._waiting:
            now = self._clock()
            if self._left > 0:
                self._pace += (now - self._left - self._pace) * _INERTIA
            self._left = now
            self._waiting.popleft().set_result(None)
        else:
            self._left = -math.inf
            self.working -= 1


class Admission:
    """Middleware inside the edge. A request takes its place when its body is whole and gives it up when its answer
    begins: one that dribbles its body in, or takes its answer slowly, keeps nobody out. `EXEMPT` paths are always
    answered; `metered` ones are charged to the caller's address at once, because whoever calls them is not known yet.
    """

    def __init__(self, app: ASGIApp, *, queue: Queue, strangers: Buckets, metered: Collection[str]) -> None:
        self.app = app
        self._queue, self._strangers, self._metered = queue, strangers, metered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in EXEMPT:
            return await self.app(scope, receive, send)
        if scope["path"] in self._metered:
            charge(self._strangers, address_of(scope))
        if "ticket" not in scope["state"]:
            self._queue.check()
        visit = _Visit(self._queue, receive, send, scope["state"])
        try:
            if not _announces_body(scope):
                visit.heard = await visit.receive()
                if visit.heard["type"] == "http.disconnect":
                    return
            await self.app(scope, visit.receive, visit.send)
        finally:
            visit.leave()


class _Visit:
    """One request on its way in and its answer on its way out. `admitted` while it has a place."""

    def __init__(self, queue: Queue, receive: Receive, send: Send, state: dict[str, Any]) -> None:
        self._queue, self._receive, self._send, self._state = queue, receive, send, state
        self._aside: Aside = state["aside"]
        state["aside"] = self.aside
        self.heard: Message | None = None
        self.admitted = self._was_admitted = False

    async def receive(self) -> Message:
        if self.heard is not None:
            message, self.heard = self.heard, None
            return message
        message = await self._receive()
        if self._was_admitted or message["type"] != "http.request" or message.get("more_body", False):
            return message
        return await self._enter() or message

    async def send(self, message: Message) -> None:
        """How long an answer takes is for its reader to say, so its place is given up: who reads slowly keeps nobody
        out. A stream that goes on has stood aside before."""
        self.leave()
        await self._send(message)

    @asynccontextmanager
    async def aside(self) -> AsyncIterator[None]:
        """A request that waits for something to happen gives its place to another, and asks for one again after."""
        self.leave()
        async with self._aside():
            yield
        if self._was_admitted:
            await self._enter()

    def leave(self) -> None:
        if self.admitted:
            self.admitted = False
            self._queue.leave()

    async def _enter(self) -> Message | None:
        left = await self._queue.enter(self._receive, self._state.get("ticket"))
        self.admitted = left is None
        self._was_admitted |= self.admitted
        return left


def _announces_body(scope: Scope) -> bool:
    return any(name in (b"content-length", b"transfer-encoding") and value != b"0" for name, value in scope["headers"])
