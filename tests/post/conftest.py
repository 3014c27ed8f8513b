"""One service behind a relay for all tests of this folder; the tables are emptied for each."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.embedded import Server
from tests.conftest import Raw
from tests.post.ground import Ground, standing


@pytest.fixture(scope="session")
async def _ground(
    _connections: Raw, server: Server, data: Path, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str
) -> AsyncIterator[Ground]:
    with standing(server, data, tmp_path_factory.mktemp("ground")) as ground:
        yield ground


@pytest.fixture
async def ground(_ground: Ground, raw: Raw, anyio_backend: str) -> AsyncIterator[Ground]:
    _ground.relay.arm()
    _ground.relay.rewrite = None
    yield _ground
    _ground.close()
