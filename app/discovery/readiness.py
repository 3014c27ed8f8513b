"""Whether this worker can serve, and what stands without hindering it.

Not ready (503, so that a balancer sends nobody here): the database does not answer, its schema is older than this
version needs, no key of the token issuer is known. Everything else only warns: a service that lacks it still takes
people in, and taking it out would turn a delay into an outage.
"""

import asyncio
import time
from collections.abc import Collection, Sequence
from enum import StrEnum

from sqlalchemy.exc import DBAPIError

from app.auth.issuers import Issuer
from app.auth.key_folder import KeyFolder
from app.db import Database
from app.problems import Unavailable
from app.signals.national import national

FRESH = 1.0
"""Seconds for which an answer stands: anybody may ask, and each question costs the database one."""


class Warned(StrEnum):
    """What an operator should look at. `schema_newer`: a migration of the next version ran, which only adds."""

    SCHEMA_NEWER = "schema_newer"
    KEYS_UNREADABLE = "keys_unreadable"
    FEED_LATE = "feed_late"
    WEBHOOKS_LATE = "webhooks_late"
    TREE_HEAD_LATE = "tree_head_late"


LATE = {Warned.FEED_LATE: 60, Warned.WEBHOOKS_LATE: 300, Warned.TREE_HEAD_LATE: 180}
"""Seconds; the same as in deploy/prometheus/rules.yaml."""


class Readiness:
    """Of one worker. `revisions` are those that this version knows, the last one being what it needs."""

    def __init__(self, database: Database, issuer: Issuer, keys: KeyFolder, revisions: Sequence[str]) -> None:
        self._database, self._issuer, self._keys, self._revisions = database, issuer, keys, revisions
        self._asking = asyncio.Lock()
        self._asked = -FRESH
        self._found: Collection[Warned] | None = None

    async def judge(self) -> Collection[Warned]:
        """The warnings; `Unavailable` when not ready."""
        async with self._asking:
            if time.monotonic() - self._asked >= FRESH:
                self._found = await self._look()
                self._asked = time.monotonic()
        if self._found is None:
            raise Unavailable
        return self._found

    async def _look(self) -> Collection[Warned] | None:
        try:
            newer = await self._schema_is_newer()
            await self._issuer.known()
            return [*([Warned.SCHEMA_NEWER] if newer else []), *await self._lacking()]
        except (Unavailable, DBAPIError):  # the latter where nothing was made yet of what it asks for
            return None

    async def _schema_is_newer(self) -> bool:
        rows = await self._database.plain("select version_num from alembic_version")
        (found,) = [row["version_num"] for row in rows] or [None]
        if not found or found in self._revisions[:-1]:
            raise Unavailable
        return bool(found != self._revisions[-1])

    async def _lacking(self) -> list[Warned]:
        now = await national(self._database)
        ages = {
            Warned.FEED_LATE: now.feed_lag,
            Warned.WEBHOOKS_LATE: now.webhook_lag,
            Warned.TREE_HEAD_LATE: now.tree_lag,
        }
        late = [what for what, age in ages.items() if age > LATE[what]]
        return late if self._keys.readable else [Warned.KEYS_UNREADABLE, *late]
