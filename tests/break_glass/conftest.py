"""The case that police ask to see."""

import pytest

from tests.factories import a_held_case
from tests.personas import Clients, Story


@pytest.fixture
async def story(clients: Clients) -> Story:
    return await a_held_case(clients, accompanying_minors=[])
