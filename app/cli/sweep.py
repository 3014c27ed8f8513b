"""`referral sweep`: tells of dates that approach or have passed, once; the service also does it by itself."""

import asyncio

from app.cli.options import DEFAULT_DATA, Data
from app.cli.output import refuse, say
from app.db import Database
from app.deadlines.sweep import sweep as sweep_once
from app.keyring import Keyring
from app.settings import Settings


def sweep(data: Data = DEFAULT_DATA) -> None:
    """Báo các thời hạn sắp đến và đã quá · Tell of dates that approach or have passed"""
    settings = Settings(data=data)
    if settings.database_url is None:
        refuse("Cần DATABASE_URL. · DATABASE_URL is needed.")
    told = asyncio.run(_sweep(settings, settings.database_url))
    say(f"{told} thời hạn · dates")


async def _sweep(settings: Settings, url: str) -> int:
    database = Database(url, Keyring.load(settings), pool_size=1)
    try:
        return await sweep_once(database)
    finally:
        await database.close()
