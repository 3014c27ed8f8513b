"""A handle of a case, as a search beyond one's own cases gives it: the one place that knows how it is made."""

import secrets
from uuid import UUID

import asyncpg

from app.searches.actions import digest_of
from tests.personas import PERSONAS, SECONDS


class Made:
    """`by` is set by the fixtures."""

    by: asyncpg.Connection


async def a_handle(case_id: str, who: str = "demo-police", minutes: float = 10) -> str:
    """Good for this client alone, for so many minutes from now."""
    handle = secrets.token_urlsafe(16)
    await Made.by.execute(
        "insert into search_handles (digest, case_id, organisation_id, client_id, purpose, expires_at)"
        " values ($1, $2, $3, $4, 'duplicate_check', now() + make_interval(secs => $5))",
        *(digest_of(handle), UUID(case_id)),
        *(PERSONAS[SECONDS.get(who, who)].id, who, minutes * 60),
    )
    return handle
