"""Where a scraper asks: on this machine alone, apart from the API, each worker on a port of its own.

Closed unless `REFERRAL_METRICS_PORT` names the first of the ports. A worker takes the first free one from there on, so
one that is started in a lost one's place answers where that one did.
"""

import asyncio
import errno
import logging
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from threading import Thread
from wsgiref.simple_server import WSGIServer

from prometheus_client import start_http_server

from app.db import Database
from app.problems import Problem
from app.signals.metrics import Metrics
from app.signals.national import national, overdue

WORKERS = 64
HERE = "127.0.0.1"
SECONDS = 15
"""Between two looks at the database; a scraper seldom asks more often."""
logger = logging.getLogger("referral")

Warnings = Callable[[], Awaitable[Collection[str]]]


def listen(metrics: Metrics, first: int) -> Callable[[], None]:
    """Begins to answer; what ends it."""
    for port in range(first, min(first + WORKERS, 65_536)):
        try:
            server, thread = start_http_server(port, HERE, metrics.registry)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
        else:
            logger.info("metrics on port %d", port)
            return partial(_end, server, thread)
    raise OSError(errno.EADDRINUSE, f"no free port for metrics from {first} on")


def _end(server: WSGIServer, thread: Thread) -> None:
    server.shutdown()
    server.server_close()
    thread.join()


async def look_for_ever(metrics: Metrics, database: Database, warnings: Warnings) -> None:
    """What is told of the whole, read every so often; a look that fails is seen by its age."""
    while True:
        try:
            metrics.known.read(await national(database), await overdue(database), await warnings())
        except Problem as problem:
            metrics.known.unready()
            logger.warning("metrics not read: %s", problem.code)
        except Exception as error:  # a schema older than this version, say: the next look makes up for it
            metrics.known.unready()
            logger.error("metrics not read: %s", type(error).__name__)
        await asyncio.sleep(SECONDS)
