"""A running demo for the importer, which speaks to the service over HTTP and no other way."""

from collections.abc import Iterator

import pytest

from tests.running import Demo, running


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running(tmp_path_factory.mktemp("live")) as demo:
        yield demo
