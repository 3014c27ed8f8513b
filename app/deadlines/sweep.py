"""Tells of what only the clock does: dates that approach or have passed, consents and overrides that are over, an hour
of break-glass that has ended. Once each, however many workers sweep or are killed."""

import asyncio
import logging

from app.db import Database
from app.problems import Problem

BATCH = 200
_SWEEPS = ("sweep_duties", "sweep_bases", "sweep_break_glass")
logger = logging.getLogger("referral")


async def sweep(database: Database) -> int:
    """One round over everything that is due; how many moments were told of."""
    return sum([await _sweep(database, function) for function in _SWEEPS])


async def _sweep(database: Database, function: str) -> int:
    told = 0
    while True:
        rows = await database.plain(f"select access.{function}(:most) as told", most=BATCH)
        round_of: int = rows[0]["told"]
        told += round_of
        if round_of < BATCH:
            return told


async def sweep_for_ever(database: Database, seconds: int) -> None:
    """Every so often, in each worker; a round that fails is made up for by the next. 0 seconds: never."""
    while seconds:
        await asyncio.sleep(seconds)
        try:
            await sweep(database)
        except Problem as problem:
            logger.warning("sweep refused: %s", problem.code)
        except Exception as error:  # whatever it was, the next round makes up for it
            logger.error("sweep failed: %s", type(error).__name__)
