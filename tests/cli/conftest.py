"""One demo for all tests of commands that work on a running service."""

from collections.abc import Callable, Iterator

import pytest
from typer.testing import CliRunner, Result

from app.cli import COMMANDS, program
from tests.running import Demo, running

Run = Callable[..., Result]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running(tmp_path_factory.mktemp("cli") / "data") as started:
        yield started


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `referral` with these arguments, and with no database but those a test names."""
    for name in ("DATABASE_URL", "MIGRATION_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    commands = program(COMMANDS)

    def referral(*arguments: object) -> Result:
        return CliRunner().invoke(commands, [str(argument) for argument in arguments])

    return referral
