"""Which client calls and what it may do now: the registry decides, the token only narrows (security.md, steps 8 and 9).

A revoked token, a disabled client or a narrowed scope takes effect on every worker within 5 seconds.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from sqlalchemy import RowMapping

from app.auth.recent import Recent
from app.auth.scopes import Agency, scopes_of
from app.auth.tokens import Claims
from app.caller import Caller
from app.problems import Unauthenticated


class Fetch(Protocol):
    """`Database.plain`: one statement, its own transaction, no caller."""

    def __call__(self, sql: str, /, **params: Any) -> Awaitable[Sequence[RowMapping]]: ...


class Registry:
    """Each worker's view of the registry, asked once per token and 4 seconds: the fifth is for the question itself.

    An unknown client is remembered like a known one, so that a stale token cannot load the database either.
    """

    def __init__(self, fetch: Fetch, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._recent = Recent[tuple[str, str], Sequence[RowMapping]](seconds=4, size=4096, clock=clock)

    async def caller(self, claims: Claims) -> Caller:
        """The caller behind a good token; `Unauthenticated` if either is unknown, disabled or revoked, or the
        token is bound to no key although the client's must be."""
        rows = await self._standing(claims.client_id, claims.jti)
        if not rows or rows[0]["status"] != "active" or rows[0]["revoked"]:
            raise Unauthenticated
        client = rows[0]
        if client["dpop_required"] and claims.key is None:
            raise Unauthenticated
        return Caller(
            client_id=claims.client_id,
            organisation_id=client["organisation_id"],
            agency=client["agency"],
            provinces=frozenset(client["province_codes"]),
            scopes=claims.scopes & grantable(client),
            mode=client["mode"],
        )

    def forget(self, client_id: str, jti: str) -> None:
        """This worker has just revoked the token itself, and need not wait to notice."""
        self._recent.forget((client_id, jti))

    async def _standing(self, client_id: str, jti: str) -> Sequence[RowMapping]:
        rows = self._recent.get((client_id, jti))
        if rows is None:
            since = self._recent.clock()
            rows = await self._fetch(
                "SELECT * FROM authenticate_client(:client_id, :jti)", client_id=client_id, jti=jti
            )
            self._recent.keep((client_id, jti), rows, since)
        return rows


def grantable(client: RowMapping) -> frozenset[str]:
    """What a registered client can hold: its scopes, and never one outside its agency's column of the matrix."""
    return frozenset(client["scopes"]) & scopes_of(Agency(client["agency"]))
