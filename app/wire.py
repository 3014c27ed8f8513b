"""The connection itself, as shipped: uvicorn's httptools protocol with what it leaves open closed.

What it refuses is refused as everywhere, by a problem, and the connection ends, for where the next message begins is in
doubt. A head must arrive whole and in time; trailers, upgrades with a body and targets other than a path are not taken;
a client that does not read its answer is cut off. Nothing here is decided by what a proxy may have added.
"""

import asyncio
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from app.edge import standalone
from app.head import HEAD_LIMIT
from app.problems import FieldError, InvalidHeader, MalformedRequest, Overloaded, Problem, RequestTimeout

LINGER_SECONDS = 2.0
"""How long a refused client may go on sending: closed at once, the system would throw the answer away with the rest."""

UNREAD_SECONDS = 20.0
"""How long an answer may wait for a client that does not take it."""


class _NotTaken(Exception):
    """Parsed, but of a shape that this service does not answer."""


class Wire(HttpToolsProtocol):
    """One connection. The limits are the application's settings (`head_seconds`, `connections`)."""

    def __init__(self, config: Any, *more: Any, **named: Any) -> None:
        super().__init__(config, *more, **named)
        self._settings = self.app.state.settings
        self._deadline: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._deaf = self._ended = False
        self._begun = False
        self._in_body = False
        self._silent = 0  # bytes that have led to nothing yet

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self._settings.connections:
            return self._refuse(Overloaded())
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._deaf = True
        self._stop_clock()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            return
        self._unset_keepalive_if_required()
        if self._deadline is None and (self.cycle is None or self.cycle.response_complete):
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
        self._begun = True
        if self._deadline is None:
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
        super().on_headers_complete()
        self.cycle.transport = _Farewell(self)  # type: ignore[assignment]

    def on_body(self, body: bytes) -> None:
        self._silent = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._silent = 0
        self._begun = self._in_body = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
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
            self._deadline = self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def _await_head(self) -> None:
        self._deadline = self.loop.call_later(self._settings.head_seconds, self._head_is_late)

    def _head_is_late(self) -> None:
        self._deadline = None
        if self._begun:
            self._refuse(RequestTimeout())
        else:
            self.transport.close()

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

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
        head = [b"%s: %s\r\n" % header for header in answer.raw_headers if header[0] != b"connection"]
        self.transport.write(
            b"".join([STATUS_LINE[problem.status], *head, b"connection: close\r\n\r\n", bytes(answer.body)])
        )


class _Farewell:
    """What an answer is written to: the transport, except that closing it gives the client time to read."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.write = wire.transport.write
        self.is_closing = wire.transport.is_closing

    def close(self) -> None:
        self._wire.linger()
