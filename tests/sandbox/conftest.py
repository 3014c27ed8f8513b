"""Test organisations are gone after each test: the others know ten."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Raw
from tests.personas import Clients
from tests.sandbox import gone


@pytest.fixture(autouse=True)
async def _tidy(raw: Raw, clients: Clients) -> AsyncIterator[None]:
    yield
    await gone(raw)
