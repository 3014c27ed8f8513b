"""The path of one request: token, scope, body, headers, transaction, in the contract's order of refusals.

A route names what it needs with `requires(…)`; `GuardedRoute` admits the caller before a byte of the body is read; the
route's one line runs its work through the `Call`: `read`, `write` (idempotent by key) or `put` (idempotent by id).
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from uuid import UUID

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from app import etags, idempotency, safejson
from app.auth.bodies import StrictRequest, Upload, read_body, read_file
from app.auth.credentials import renew
from app.auth.rehearsal import force, rehearse
from app.auth.scopes import Capability, scope
from app.caller import PLAIN_NAME, Act, Caller
from app.db import Database, Tx
from app.head import check_once
from app.pages import MOST_COUNTED, Cursor, Direction, Page, PageParams, binding, link_header, list_address, window
from app.problems import (
    FieldError,
    IdempotencyKeyRequired,
    InsufficientScope,
    InvalidHeader,
    Language,
    NotFound,
    OfficerRequired,
    PurposeRequired,
    ValidationFailed,
    VersionRequired,
)

T = TypeVar("T")
_VALID = JSONResponse({"valid": True})
OFFICER = re.compile(PLAIN_NAME)


@dataclass(frozen=True)
class Requires:
    """What a route asks of a request: a capability (None: any client), and which headers it cannot do without. `media`:
    the body is a file of one of these types, in one of `codings` (RFC 9110 §8.4), as it came (`Call.body` is an
    `Upload`), instead of JSON."""

    capability: Capability | None
    purpose: bool
    officer: bool
    key: bool
    etag: bool
    media: tuple[str, ...]
    codings: tuple[str, ...] = ("identity",)

    async def __call__(self, request: Request, response: Response) -> "Call":
        call: Call = request.state.call  # async, for FastAPI sends a plain callable to a thread
        call.response = response
        return call

    async def admit(self, request: Request) -> "Call":
        """401 before 403: the token is judged first, then the one scope that this agency's cell of the matrix names."""
        caller: Caller = await request.app.state.authenticate(request)
        request.state.mode = caller.mode
        call = Call(self, request, caller)
        request.state.call = call
        self.check_scope(caller)
        return call

    def check_scope(self, caller: Caller) -> None:
        if self.capability is not None and scope(caller.agency, self.capability) not in caller.scopes:
            raise InsufficientScope(params={"capability": str(self.capability)})


def requires(
    capability: Capability | None,
    *,
    purpose: bool = False,
    officer: bool = False,
    key: bool = False,
    etag: bool = False,
    media: tuple[str, ...] = (),
    codings: tuple[str, ...] = ("identity",),
) -> Requires:
    """Declares a route's needs, as `Annotated[Call, Depends(requires(…))]`; read by OpenAPI and the tests."""
    return Requires(capability, purpose, officer or purpose, key, etag, media, codings)


class Call:
    """One admitted request."""

    response: Response

    def __init__(self, need: Requires, request: Request, caller: Caller) -> None:
        self.need = need
        self.caller = caller
        self.request = request
        self.body: Any = None
        self.database: Database = request.app.state.database
        headers = request.headers
        self.if_match = headers.get("if-match")
        self.act = Act(
            request_id=request.state.request_id,
            officer=headers.get("acting-officer"),
            purpose=headers.get("purpose-of-use"),
        )
        self.dry_run = False
        self.key: str | None = None
        self.forced: str | None = None
        self.purposes: Sequence[str] = request.app.state.purposes[caller.agency]

    @asynccontextmanager
    async def aside(self) -> AsyncIterator[None]:
        """A wait for something to happen: it holds no place, its time does not count, and after it who calls is asked
        again, so that nobody is shown what was revoked meanwhile."""
        async with self.request.state.aside():
            yield
        self.caller = await renew(self.request)
        self.need.check_scope(self.caller)

    def check_form(self) -> None:
        """400 before the body is read: headers whose form is wrong, and the key that every effect needs."""
        check_once(self.request.scope)
        if self.act.officer is not None and not OFFICER.fullmatch(self.act.officer):
            raise InvalidHeader(FieldError("header:Acting-Officer", "invalid_format"))
        if self.act.purpose is not None and self.act.purpose not in self.request.app.state.purpose_codes:
            raise InvalidHeader(FieldError("header:Purpose-Of-Use", "unknown_code", {"list": "purpose_of_use"}))
        if self.need.etag and self.if_match is not None:
            etags.check_form(self.if_match)
        self.dry_run = self._wants_dry_run()
        if self.need.key:
            header = self.request.headers.get("idempotency-key")
            if header is None and not self.dry_run:
                raise IdempotencyKeyRequired(FieldError("header:Idempotency-Key", "required"))
            self.key = None if header is None else idempotency.parse_key(header)

    def check_presence(self) -> None:
        """428 and 403, after the shape of the body: from request and token alone, so alike for hidden and missing."""
        if self.need.etag and self.if_match is None:
            raise VersionRequired(FieldError("header:If-Match", "required"))
        if self.need.purpose and self.act.purpose not in self.purposes:
            raise PurposeRequired(FieldError("header:Purpose-Of-Use", "required"), params={"allowed": self.purposes})
        if self.need.officer and self.act.officer is None:
            raise OfficerRequired(FieldError("header:Acting-Officer", "required"))

    def _wants_dry_run(self) -> bool:
        """`validate_only`, spelled out: whoever wants nothing stored and errs in the word must not get an effect."""
        asked = self.request.query_params.get("validate_only", "false")
        if asked not in ("true", "false"):
            raise ValidationFailed(FieldError("query:validate_only", "invalid_value"))
        return asked == "true"

    def attempt(self) -> Act:
        """How a write states itself. A read never runs dry: it would show a person's record and leave no entry."""
        return replace(self.act, validate_only=self.dry_run)

    async def read(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        """Runs a read in its own transaction; what it records of itself is committed before the answer leaves."""
        self.check_presence()
        return self._tagged(await self.database.run(self.caller, self.act, work))

    async def write(
        self,
        act: Callable[[Tx], Awaitable[UUID]],
        show: Callable[[Tx, UUID], Awaitable[T]],
        *,
        status: int = 200,
        rehearsed: bool = False,
    ) -> T | Response:
        """Runs an act once per key, then shows the resource it made or moved, as the caller may see it now.

        `rehearsed`: a dry run shows what would have been made, instead of only that it could be.
        """
        self.check_presence()

        async def once(tx: Tx) -> T | Response:
            if self.dry_run:
                self.response.status_code, made = 200, await act(tx)
                return await show(tx, made) if rehearsed else _VALID
            if self.key is None:
                return self._tagged(await show(tx, await act(tx)))
            place = idempotency.scope_of(tx, self.request.method, self.request.scope["path"], self.key)
            upload = self.body if isinstance(self.body, Upload) else None
            fingerprint = upload.fingerprint if upload else safejson.fingerprint(self.body or {})
            if (stored := await idempotency.find(tx, place, fingerprint)) is not None:
                return await self._replay(tx, stored.status_code, stored.resource_id, show)
            resource_id = await act(tx)
            await rehearse(tx, self.forced)
            await idempotency.keep(tx, place, fingerprint, status, resource_id)
            return self._tagged(await show(tx, resource_id))

        return await self.database.run(self.caller, self.attempt(), once)

    async def put(self, work: Callable[[Tx], Awaitable[tuple[T, bool]]]) -> T | Response:
        """Runs a PUT on a client-made id; `work` answers what to show and whether this was a repetition."""
        self.check_presence()

        async def once(tx: Tx) -> tuple[T, bool]:
            shown_and_replayed = await work(tx)
            await rehearse(tx, self.forced)
            return shown_and_replayed

        shown, replayed = await self.database.run(self.caller, self.attempt(), once)
        if self.dry_run:
            return _VALID
        if replayed:
            self.response.status_code, self.response.headers["Idempotent-Replayed"] = 200, "true"
        return self._tagged(shown)

    async def page(
        self,
        fetch: Callable[[Tx, Cursor | None, int], Awaitable[Sequence[Any]]],
        item: Callable[[Tx, Any], T],
        *,
        columns: Sequence[str] = ("created_at", "id"),
        filters: Mapping[str, Any],
        page: PageParams,
    ) -> Page[T]:
        """One page of a list: `fetch` reads limit + 1 rows by `keyset`, `columns` name the key in each row."""
        self.check_presence()
        path, caller = self.request.scope["path"], self.caller
        bound = binding(caller.client_id, caller.organisation_id, path, filters)

        async def once(tx: Tx) -> tuple[Page[T], str | None]:
            cursor = Cursor.decode(tx.keyring.wire, bound, page.cursor) if page.cursor else None
            fetched = await fetch(tx, cursor, page.limit)
            rows, more, before = window(fetched, page.limit, cursor.direction if cursor else None)

            def edge(direction: Direction, row: Any) -> str:
                return Cursor.at(direction, [getattr(row, name) for name in columns]).encode(tx.keyring.wire, bound)

            total = len(await fetch(tx, None, MOST_COUNTED)) if page.include_total else None
            following = edge("next", rows[-1]) if rows and more else None
            previous = edge("prev", rows[0]) if rows and before else None
            link = link_header(list_address(path, filters, page), following, previous)
            return Page[T](items=[item(tx, row) for row in rows], next=following, prev=previous, total=total), link

        shown, link = await self.database.run(self.caller, self.act, once)
        if link:
            self.response.headers["Link"] = link
        return shown

    @property
    def language(self) -> Language:
        """In which the caller is answered."""
        language: Language = self.request.scope["state"]["language"]
        return language

    async def _replay(
        self, tx: Tx, status: int, resource_id: UUID, show: Callable[[Tx, UUID], Awaitable[T]]
    ) -> T | Response:
        """The stored status with what may be seen now; when that is nothing any more, the id alone, never a 404."""
        replayed = {"Idempotent-Replayed": "true"}
        try:
            shown = await show(tx, resource_id)
        except NotFound:
            return JSONResponse({"id": str(resource_id)}, status, headers=replayed)
        self.response.headers.update(replayed)
        return self._tagged(shown)

    def _tagged(self, shown: T) -> T:
        if (tag := getattr(shown, "etag", None)) is not None:
            self.response.headers["ETag"] = tag
        return shown

    def unless_current(self, shown: T) -> T | Response:
        """304 to a caller whose `If-None-Match` names what it would be shown (RFC 9110 §13.1.2)."""
        tag = self.response.headers.get("etag")
        if tag is None or self.request.headers.get("if-none-match") != tag:
            return shown
        return Response(status_code=304, headers={"ETag": tag})


class GuardedRoute(APIRoute):
    """Admits the caller, then reads the body strictly, then lets FastAPI validate: 401, 403, 400/413/415, 422."""

    @property
    def need(self) -> Requires:
        return next(d.call for d in self.dependant.dependencies if isinstance(d.call, Requires))

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            call = await self.need.admit(request)
            call.check_form()
            call.forced = await force(request, call.caller, call.key)
            strict = StrictRequest(request.scope, request.receive)
            if self.need.media:
                call.body = await read_file(strict, self.need.media, self.need.codings)
            elif self.body_field is not None:
                strict.parsed = call.body = await read_body(strict, required=self.body_field.field_info.is_required())
            else:
                await strict.body()  # though nobody asks for one: the request has its turn when it has been read whole
            return await handle(strict)

        return guarded
