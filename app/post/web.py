"""The form in a browser of this machine: the same questions, every field on the disk as it is typed.

Nothing is kept in the browser. Another page, another user of this machine and a name that resolves to 127.0.0.1 are
kept out by the token in the address (after `#`, so that it is in no log and no Referer), by Host, and by Origin.
"""

import hmac
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from app.post import enrolment, wording
from app.post.answers import Fault, body_of, choices, parse
from app.post.outbox import GoneError, Item, Outbox
from app.post.questions import Question, asked, is_urgent, question
from app.post.reopening import reopen
from app.post.terminal import confirm, preview

_PAGE = (Path(__file__).parent / "form.html").read_text("utf-8")
_LARGEST = 100_000
_LONG_LIST = 60
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Desk:
    """One post served to one browser: at `host`, to whoever knows the token."""

    outbox: Outbox
    host: str
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @property
    def address(self) -> str:
        return f"http://{self.host}/#{self.token}"

    def app(self) -> ASGIApp:
        """The ASGI application."""
        acts: Mapping[tuple[str, str], Callable[[Request], Awaitable[Response]]] = {
            ("GET", "/"): _page,
            ("GET", "/api/forms"): self._list,
            ("POST", "/api/forms"): self._open,
            ("GET", "/api/forms/{id}"): self._read,
            ("PUT", "/api/forms/{id}/answers"): self._answer,
            ("POST", "/api/forms/{id}/confirmation"): self._confirm,
            ("POST", "/api/forms/{id}/reopening"): self._reopen,
        }
        routes = [Route(path, act, methods=[method]) for (method, path), act in acts.items()]
        gone = {GoneError: _gone, ValueError: _gone, KeyError: _gone}
        return _Guard(Starlette(routes=routes, exception_handlers=gone), self)

    async def _list(self, _: Request) -> Response:
        return JSONResponse({"items": [_outline(item) for item in self.outbox.items()]})

    async def _open(self, _: Request) -> Response:
        return JSONResponse({"id": str(self.outbox.open_draft({}).id)}, 201)

    async def _read(self, request: Request) -> Response:
        return JSONResponse(self._form(self._draft(request)))

    async def _answer(self, request: Request) -> Response:
        said = json.loads(await request.body())
        asked_for = question(str(said["key"]))
        if asked_for is None:
            raise KeyError(said["key"])
        item = self.outbox.answer(UUID(request.path_params["id"]), asked_for.key, str(said["text"]))
        return JSONResponse({"fault": self._fault(asked_for, str(said["text"])), "keys": _keys(item)})

    async def _confirm(self, request: Request) -> Response:
        item = self._draft(request)
        body, wrong = body_of(item.answers or {}, item.rest or {}, enrolment.clock_of(self.outbox))
        if wrong:
            return JSONResponse({"faults": {key: wording.rule(code) for key, code in wrong.items()}}, 422)
        confirm(self.outbox, item, body)
        return JSONResponse({"urgent": is_urgent(body)})

    async def _reopen(self, request: Request) -> Response:
        said = json.loads(await request.body())
        item = self.outbox.find(UUID(request.path_params["id"]))
        if item is None or item.state != "parked":
            raise KeyError("parked")
        draft = reopen(self.outbox, item, new_id=said.get("new_id") is True)
        return JSONResponse({"id": str(draft.id)})

    def _draft(self, request: Request) -> Item:
        item = self.outbox.find(UUID(request.path_params["id"]))
        if item is None or item.state != "draft":
            raise KeyError("draft")
        return item

    def _form(self, item: Item) -> dict[str, Any]:
        """What the page draws: sections, questions, answers as typed, lists of codes, and the record to look over."""
        answers, clock = item.answers or {}, enrolment.clock_of(self.outbox)
        sections = [
            {"vi": each.vi, "en": each.en, "questions": [_drawn(one, answers) for one in each.questions]}
            for each in asked(answers)
        ]
        shown = [one for each in asked(answers) for one in each.questions if one.list]
        lists = {one.list: [[c.code, c.vi, c.en] for c in choices(one, clock.day())] for one in shown}
        _, wrong = body_of(answers, item.rest or {}, clock)
        return {
            "id": str(item.id),
            "sections": sections,
            "lists": lists,
            "preview": preview(answers, clock),
            "faults": {key: wording.rule(code) for key, code in wrong.items()},
            "findings": list(wording.faults(item.problem)),
            "warning": clock.warning() if clock.is_off() else None,
        }

    def _fault(self, asked_for: Question, text: str) -> str | None:
        if not text:
            return None
        try:
            parse(asked_for, text, enrolment.clock_of(self.outbox))
        except Fault as fault:
            return wording.rule(fault.code)
        return None


class _Guard:
    """Lets in only this machine's own page, and only with its token."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self._app = app
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        answer = self._app if self._admits(request) else Response("403", 403, _HEADERS)
        await answer(scope, receive, _stating(send))

    def _admits(self, request: Request) -> bool:
        """Host against DNS rebinding, Origin and Sec-Fetch-Site against other pages, the token against other users."""
        headers = request.headers
        if headers.getlist("host") != [self._desk.host]:
            return False
        origin = headers.get("origin")
        if origin not in (None, f"http://{self._desk.host}") or (origin is None and request.method != "GET"):
            return False
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return False
        if int(headers.get("content-length", "0")) > _LARGEST or "transfer-encoding" in headers:
            return False
        stated = headers.get("x-post-token", "").encode()
        return request.scope["path"] == "/" or hmac.compare_digest(stated, self._desk.token.encode())


def _stating(send: Send) -> Send:
    """Every answer with the headers that keep it out of caches and other pages."""

    async def stated(message: Any) -> None:
        if message["type"] == "http.response.start":
            named = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]
            message = {**message, "headers": [*message["headers"], *named]}
        await send(message)

    return stated


async def _page(_: Request) -> Response:
    nonce = secrets.token_urlsafe(16)
    policy = {"Content-Security-Policy": _POLICY.format(nonce=nonce)}
    return HTMLResponse(_PAGE.replace("{nonce}", nonce), headers=policy)


async def _gone(_: Request, __: Exception) -> Response:
    return JSONResponse({"error": "gone"}, 404)


def _keys(item: Item) -> list[str]:
    return [each.key for section in asked(item.answers or {}) for each in section.questions]


def _drawn(one: Question, answers: Mapping[str, str]) -> dict[str, Any]:
    default = "" if one.default == "now" else one.default
    return {
        **{name: getattr(one, name) for name in ("key", "kind", "vi", "en", "required", "list")},
        "text": answers.get(one.key, default),
    }


def _outline(item: Item) -> dict[str, Any]:
    """A line of the list; who it is about is shown only once it is opened."""
    why = wording.reason(item.problem) if item.state != "draft" else ""
    code = (item.problem or {}).get("code")
    return {
        "id": str(item.id),
        "state": item.state,
        "urgent": item.urgent,
        "why": why,
        "needs_new_id": code in wording.NEEDS_NEW_ID,
    }
