"""One walk for all tests of this folder: every change that the service knows, with everybody looking on at moments."""

import logging
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import pytest

from app.cli import logs
from tests.conftest import Raw, emptied
from tests.disclosure.watched import Watched
from tests.personas import Clients

THOROUGH = "REFERRAL_DISCLOSURE_THOROUGH"


@pytest.fixture(scope="package")
async def watched(_connections: Raw, _clients: Clients, data: Path) -> AsyncIterator[Watched]:
    await emptied(_connections)
    made = Watched(_clients, _connections.all, data, thorough=THOROUGH in os.environ)
    with _logged_to(made.logged):
        await made.walk()
        yield made


@contextmanager
def _logged_to(stream: TextIO) -> Iterator[None]:
    """Everything the process logs, as the running service writes it."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    logs.configure()
    handler = root.handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(stream)
    root.handlers = [*before, handler]
    yield
    root.removeHandler(handler)
    root.setLevel(level)
