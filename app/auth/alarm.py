"""The security event that a refused token leaves: one line of log, without a word of what was sent.

Whoever floods the service with bad tokens must not flood the log: beyond so many lines a minute refusals are counted,
and the count is told when the minute is over.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from uuid import UUID

LINES = 60
SECONDS = 60
logger = logging.getLogger("referral.security")


class Alarm:
    """One worker's. `step`: where the request was stopped (`credentials`, `token`, `proof`, `registry`, `replay`, or
    `client` at the token endpoint). `client`: whose token it was, once its signature held."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = clock()
        self._lines = self._unlisted = 0

    def token_refused(self, step: str, request_id: UUID, client: str | None = None) -> None:
        now = self._clock()
        if now - self._began >= SECONDS:
            self._tell()
            self._began = now
        if self._lines < LINES:
            self._lines += 1
            logger.warning("token_refused", extra={"step": step, "request_id": str(request_id), "client": client})
            return
        if not self._unlisted:
            asyncio.get_running_loop().call_later(self._began + SECONDS - now, self._tell)
        self._unlisted += 1

    def _tell(self) -> None:
        if self._unlisted:
            logger.warning("tokens_refused", extra={"count": self._unlisted})
        self._lines = self._unlisted = 0
