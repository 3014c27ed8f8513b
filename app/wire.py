"""The connection itself, as shipped: uvicorn's httptools protocol with what it leaves open closed.

What it refuses is refused as everywhere, by a problem, and the connection ends, for where the next message begins is in
doubt; only who is turned away because the queue is full keeps it. A head must arrive whole and in time; trailers,
upgrades with a body and targets other than a path are not taken; a client that does not read its answer is cut off.
Nothing here is decided by what a proxy may have added.
"""

import asyncio
import math
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import httptools
from starlette.responses import Response
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from app.admission import EXEMPT, Ticket
from app.edge import standalone
from app.head import HEAD_LIMIT
from app.negotiation import language_of
from app.problems import FieldError, InvalidHeader, Language, MalformedRequest, Overloaded, Problem, RequestTimeout

LINGER_SECONDS = 2.0
"""How long a refused client may go on sending: closed at once, the system would throw the answer away with the rest."""

UNREAD_SECONDS = 20.0
"""How long an answer may wait for a client that does not take it."""

UNREAD_BODY = 65_536
"""Bytes of a body that are read and dropped after the refusal, so that the connection can go on."""

_EXEMPT = frozenset(path.encode() for path in EXEMPT)
_NO_ONE = UUID(int=0)


class _NotTaken(Exception):
    """Parsed, but of a shape that this service does not answer."""


class Wire(HttpToolsProtocol):
    """One connection. The limits are the application's settings (`head_seconds`, `connections`)."""

    def __init__(self, config: Any, *more: Any, **named: Any) -> None:
        super().__init__(config, *more, **named)
        self._settings, self._queue = self.app.state.settings, self.app.state.queue
        self._clock: asyncio.TimerHandle | None = None
        self._late = math.inf  # when what is awaited has not come in time
        self._ticket: Ticket | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._deaf = self._ended = False
        self._begun = False
        self._in_body = False
        self._turned_away = self._idle = False
        self._silent = 0  # bytes that have led to nothing yet

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self._settings.connections:
            return self._refuse(Overloaded())
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._deaf = True
        if self._clock is not None:
            self._clock.cancel()
        self._give_back()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            return
        self._unset_keepalive_if_required()
        if self._idle or (self._late == math.inf and (self.cycle is None or self.cycle.response_complete)):
            self._idle = False
            self._await_head()
        self._silent += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._end_after_answers()
        except httptools.HttpParserError:
            self._refuse(MalformedRequest(FieldError("", "not_http")))
        if self._silent > HEAD_LIMIT:
            self._refuse(InvalidHeader(FieldError("header:*", "too_long", {"limit_bytes": HEAD_LIMIT})))

    def shutdown(self) -> None:
        self.app.state.feed.end_waiting()  # or the last answer would be as long in coming as its client will wait
        super().shutdown()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._begun, self._idle = True, False
        if self._late == math.inf:
            self._await_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_body:
            raise _NotTaken  # a trailer: it would become one of the headers that were judged already
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._stop_clock()
        self._silent = 0
        self._in_body = True
        bodied = any(name in (b"content-length", b"transfer-encoding") for name, _ in self.headers)
        if (
            not self.url.startswith(b"/")
            or b"#" in self.url
            or self.parser.get_http_version() not in ("1.0", "1.1")
            or (self.parser.should_upgrade() and bodied)  # the parser would leave that body unread
        ):
            raise _NotTaken
        if self._queue.full and self._can_turn_away():
            return self._turn_away()
        super().on_headers_complete()
        self.cycle.transport = _Farewell(self)  # type: ignore[assignment]

    def on_body(self, body: bytes) -> None:
        self._silent = 0
        if not self._turned_away:
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._silent = 0
        self._begun = self._in_body = False
        if not self._turned_away:
            self._draw()
            return super().on_message_complete()
        self._turned_away, self._idle = False, True
        self._await_head()

    def _draw(self) -> None:
        """A ticket for the request that has begun, if it has, and was not answered before its body came: one in the
        pipeline waits behind another."""
        if not (self.pipeline or self.cycle.response_complete or self._queue.full):
            self._ticket = self.scope["state"]["ticket"] = Ticket(self._queue)

    def _give_back(self) -> None:
        if self._ticket is not None:
            self._ticket.give_back()
            self._ticket = None

    def _can_turn_away(self) -> bool:
        """Whether this request is a plain one: the next of its connection, which stays, with a small body or none."""
        return (
            (self.cycle is None or self.cycle.response_complete)
            and not self.flow.write_paused  # or it would be written to without end while it reads nothing
            and self.parser.get_http_version() == "1.1"
            and self.parser.get_method() != b"HEAD"  # to which an answer has no body
            and self.parser.should_keep_alive()
            and not self.parser.should_upgrade()
            and not self.expect_100_continue
            and self.url.partition(b"?")[0] not in _EXEMPT
            and all(_is_short(value) for name, value in self.headers if name == b"content-length")
            and all(name != b"transfer-encoding" for name, _ in self.headers)
        )

    def _turn_away(self) -> None:
        self._turned_away = True
        self._queue.refused += 1
        self._await_head()  # the same patience for the rest of it
        spoken = b", ".join(value for name, value in self.headers if name == b"accept-language").decode("latin-1")
        self.transport.write(_overloaded(language_of(spoken)).replace(_name(_NO_ONE), _name(uuid4())))

    def on_response_complete(self) -> None:
        self._give_back()
        if not self._ended:  # what was pipelined behind the last answer is not begun
            super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(MalformedRequest(FieldError("", "not_http")))

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread = self.loop.call_later(UNREAD_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def linger(self) -> None:
        """Ends the connection so that the client can read the answer, whatever it is still sending."""
        self._deaf = self._ended = True
        self._stop_clock()
        if not self.transport.is_closing():
            self.flow.resume_reading()
            self.transport.write_eof()
            if self._clock is not None:
                self._clock.cancel()
            self._clock = self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def _await_head(self) -> None:
        """One clock goes on and looks at the time: to set one for each request would cost as much as to refuse it."""
        self._late = self.loop.time() + self._settings.head_seconds
        if self._clock is None:
            self._clock = self.loop.call_at(self._late, self._look)

    def _look(self) -> None:
        self._clock = None
        if self._late == math.inf:
            return
        if self.loop.time() < self._late:
            self._clock = self.loop.call_at(self._late, self._look)
        elif self._begun:
            self._refuse(RequestTimeout())
        else:
            self.transport.close()

    def _stop_clock(self) -> None:
        self._late = math.inf

    def _end_after_answers(self) -> None:
        self._deaf = True
        self.cycle.keep_alive = False

    def _refuse(self, problem: Problem) -> None:
        """Whole requests that came before are answered first, and then the connection ends without this refusal."""
        if self._deaf:
            return
        self._stop_clock()
        self._deaf = True
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            cycle.keep_alive = False
            if not cycle.more_body:
                return
            cycle.disconnected = True  # its own body is what cannot be read
            cycle.message_event.set()
            if cycle.response_started or self.pipeline:
                return self.transport.close()
        self._say(problem)
        self.linger()

    def _say(self, problem: Problem) -> None:
        answer = standalone(problem)
        answer.headers["connection"] = "close"
        self.transport.write(_spelled(answer))


def _is_short(length: bytes) -> bool:
    return length.isdigit() and int(length) <= UNREAD_BODY


def _name(request_id: UUID) -> bytes:
    return str(request_id).encode()


@cache
def _overloaded(language: Language) -> bytes:
    """The whole refusal, made once; only its number is new each time."""
    return _spelled(standalone(Overloaded(), language, _NO_ONE))


def _spelled(answer: Response) -> bytes:
    head = [b"%s: %s\r\n" % header for header in answer.raw_headers]
    return b"".join([STATUS_LINE[answer.status_code], *head, b"\r\n", bytes(answer.body)])


class _Farewell:
    """What an answer is written to: the transport, except that closing it gives the client time to read."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.write = wire.transport.write
        self.is_closing = wire.transport.is_closing

    def close(self) -> None:
        self._wire.linger()
