"""The tree over what a story left, and the two commands on the tests' database."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from typer.testing import CliRunner, Result

from app.audit.sequencer import Signer, order, sign_head
from app.cli import program
from app.embedded import Server
from tests.personas import ISSUER

Sealed = Callable[[], Awaitable[int | None]]
Audit = Callable[..., Awaitable[Result]]


@pytest.fixture
def signer(app: FastAPI) -> Signer:
    return Signer(app.state.keys.current.audit, ISSUER)


@pytest.fixture
def seal(app: FastAPI, signer: Signer) -> Sealed:
    """One round of the background task; the size of the head that it signed."""

    async def round_of() -> int | None:
        await order(app.state.database)
        return await sign_head(app.state.database, signer)

    return round_of


@pytest.fixture
def audit(server: Server, data: Path, monkeypatch: pytest.MonkeyPatch) -> Audit:
    """Runs `referral audit`, in a thread, as it has a loop of its own."""
    monkeypatch.setenv("MIGRATION_DATABASE_URL", server.migration_url)
    commands = program({"audit": "audit"})

    async def run(*arguments: object) -> Result:
        words = ["audit", *map(str, arguments), "--data", str(data)]
        return await asyncio.to_thread(CliRunner().invoke, commands, words)

    return run
