"""`/readyz` tells the truth: what takes a worker out, what only warns, and nothing that an attacker could use."""

import shutil
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from app.auth.issuers import ExternalIssuer
from app.auth.key_folder import KeyFolder
from app.db import Database
from app.discovery.readiness import Readiness
from app.problems import Unavailable
from app.schema import head, revisions
from tests.conftest import Raw
from tests.factories import an_intake
from tests.personas import Clients

NOWHERE = "http://127.0.0.1:9/keys"


def of(app: FastAPI, **other: Any) -> Readiness:
    """A fresh look by a worker that is as this one, but for what is named."""
    state = app.state
    parts: dict[str, Any] = {"database": state.database, "issuer": state.issuer, "keys": state.keys}
    return Readiness(**{**parts, "revisions": revisions(), **other})


async def test_a_service_with_everything_warns_of_nothing_and_names_nothing(
    client: httpx.AsyncClient, app: FastAPI
) -> None:
    assert list(await of(app).judge()) == []
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "warnings": []})


@pytest.mark.parametrize(
    ("found", "warned"), [("0001", None), ("", None), (head(), []), ("9999", ["schema_newer"])], ids=str
)
async def test_an_older_schema_takes_a_worker_out_and_a_newer_one_only_warns(
    app: FastAPI, raw: Raw, found: str, warned: list[str] | None
) -> None:
    await raw.all.execute("update alembic_version set version_num = $1", found)
    try:
        assert await judged(of(app)) == warned
    finally:
        await raw.all.execute("update alembic_version set version_num = $1", head())


@pytest.mark.parametrize(
    "lack",
    [
        ("alter table alembic_version rename to nowhere", "alter table nowhere rename to alembic_version"),
        ("revoke select on alembic_version from app_api", "grant select on alembic_version to app_api"),
        ("insert into alembic_version values ('0001')", "delete from alembic_version where version_num = '0001'"),
        ("alter function access.signals() rename to nowhere", "alter function access.nowhere() rename to signals"),
    ],
    ids=["no version", "a version not to be read", "one of two is older", "no functions"],
)
async def test_where_there_is_no_whole_schema_the_answer_is_not_ready_and_no_failure(
    app: FastAPI, raw: Raw, lack: tuple[str, str]
) -> None:
    gone, back = lack
    await raw.all.execute(gone)
    try:
        assert await judged(of(app)) is None
    finally:
        await raw.all.execute(back)


async def test_who_is_not_ready_says_so_with_503(client: httpx.AsyncClient, app: FastAPI, raw: Raw) -> None:
    kept, app.state.readiness = app.state.readiness, of(app)
    await raw.all.execute("alter table alembic_version rename to nowhere")
    try:
        answer = await client.get("/readyz")
    finally:
        await raw.all.execute("alter table nowhere rename to alembic_version")
        app.state.readiness = kept
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


async def judged(readiness: Readiness) -> list[str] | None:
    try:
        return list(await readiness.judge())
    except Unavailable:
        return None


async def test_without_the_database_or_the_issuers_keys_a_worker_is_out(app: FastAPI) -> None:
    gone = Database("postgresql+asyncpg://a:b@127.0.0.1:9/referral", app.state.database.keyring)
    assert await judged(of(app, database=gone)) is None
    await gone.close()
    assert await judged(of(app, issuer=ExternalIssuer("https://issuer.vn", NOWHERE))) is None


@pytest.fixture
def keys(data: Path, tmp_path: Path) -> Path:
    shutil.copytree(data / "keys", tmp_path / "keys")
    return tmp_path / "keys"


async def test_a_key_folder_that_cannot_be_read_any_more_warns(app: FastAPI, keys: Path) -> None:
    now = [1_800_000_000.0]
    folder = KeyFolder(keys, clock=lambda: now[0])
    assert await judged(of(app, keys=folder)) == []
    shutil.rmtree(keys)
    now[0] += 2
    assert await judged(of(app, keys=folder)) == ["keys_unreadable"]


async def test_what_is_late_warns_and_takes_nobody_out(clients: Clients, raw: Raw, app: FastAPI) -> None:
    await clients.ok("demo-border", "PUT", f"/v1/intakes/{uuid4()}", an_intake())
    assert await judged(of(app)) == []
    await raw.all.execute("set session_replication_role = replica")
    await raw.all.execute("update outbox_events set at = at - interval '5 minutes'")
    await raw.all.execute("update audit_entries set at = at - interval '5 minutes'")
    await raw.all.execute("reset session_replication_role")
    assert await judged(of(app)) == ["feed_late", "tree_head_late"]


async def test_however_often_it_is_asked_the_database_is_asked_once_a_second(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    readiness = of(app)
    first = await readiness.judge()
    monkeypatch.setattr(app.state.database, "_begin", None)  # whatever begins a transaction now fails
    assert await readiness.judge() is first
