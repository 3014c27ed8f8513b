"""Who registers a test client gets a test organisation with it, and nobody gets a live client of one."""

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest

from app.cli import registry
from app.cli.administration import as_owner
from app.embedded import Server
from app.organisations.sides import is_test, twin_of
from tests.conftest import Raw
from tests.personas import Clients
from tests.sandbox import gone
from tests.sql import org

ID = "rehearsing-shelter"
_SAME = "select distinct agency, functions, province_codes, treats, status from organisations where id = any ($1)"


@pytest.fixture(autouse=True)
async def _tidy(raw: Raw, clients: Clients) -> AsyncIterator[None]:
    yield
    for table, column in (("assertion_uses", "client_id"), ("client_keys", "client_id"), ("clients", "id")):
        await raw.all.execute(f"delete from {table} where {column} = $1", ID)  # noqa: S608
    await gone(raw)


async def _add(server: Server, clients: Clients, organisation: UUID, mode: str) -> None:
    stated = {"id": ID, "organisation_id": organisation, "name": ID, "mode": mode, "dpop_required": False}
    async with as_owner(server.migration_url) as db:
        await registry.add_client(db, registry.NewClient.model_validate(stated), clients.key(ID).public)


async def test_a_test_client_acts_for_the_twin_of_its_organisation(clients: Clients, raw: Raw, server: Server) -> None:
    life = org("demo-shelter")
    await _add(server, clients, life, "test")
    me = await clients.ok(ID, "GET", "/v1/me")
    assert (me["mode"], me["organisation"]["id"]) == ("test", str(twin_of(life)))
    assert me["organisation"]["name"]["en"] == "Organisation demo-shelter (test)"
    both = await raw.all.fetch(_SAME, [life, me_id(me)])
    assert len(both) == 1
    offered = await raw.all.fetch("select service from services where organisation_id = $1", me_id(me))
    assert {row[0] for row in offered} == {"shelter", "medical"}


def me_id(me: dict[str, dict[str, str]]) -> UUID:
    return UUID(me["organisation"]["id"])


async def test_a_live_client_of_a_test_organisation_is_refused(clients: Clients, raw: Raw, server: Server) -> None:
    await _add(server, clients, org("demo-shelter"), "test")
    twin = twin_of(org("demo-shelter"))
    with pytest.raises(registry.RegistryError, match="test clients only"):
        await _add(server, clients, twin, "live")
    with pytest.raises(asyncpg.CheckViolationError):
        await raw.all.execute("update clients set mode = 'live' where id = $1", ID)


async def test_an_id_says_its_side_and_a_twin_is_its_own_twin(raw: Raw) -> None:
    life = UUID("57d2a6f3-e481-4097-bc5e-16a8f0d94b07")
    twin = twin_of(life)
    assert str(twin) == "57d2a6f3-e481-8097-bc5e-16a8f0d94b07"
    assert (is_test(life), is_test(twin), twin_of(twin)) == (False, True, twin)
    assert [await raw.all.fetchval("select access.is_test($1)", id) for id in (life, twin)] == [False, True]
