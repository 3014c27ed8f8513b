"""A labour body of another province, to which people move."""

from collections.abc import AsyncIterator

import pytest

from app.auth.scopes import Agency
from app.cli import registry
from app.cli.administration import as_owner
from app.cli.registry import NewClient, NewOrganisation
from app.embedded import Server
from tests.benefits.money import ELSEWHERE
from tests.conftest import KEPT, Raw
from tests.personas import PERSONAS, Clients, Persona


@pytest.fixture
async def elsewhere(
    raw: Raw, clients: Clients, server: Server, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Persona]:
    """Registered for one test; whatever it did is gone with it."""
    persona = Persona(ELSEWHERE, Agency.LABOUR, ("79",))
    monkeypatch.setitem(PERSONAS, ELSEWHERE, persona)
    names = {"name_vi": "Cơ quan tỉnh khác", "name_en": "Body of another province"}
    new = NewOrganisation(id=persona.id, agency=persona.agency, province_codes=list(persona.provinces), **names)
    client = NewClient(id=ELSEWHERE, organisation_id=persona.id, name=ELSEWHERE, mode="live", dpop_required=False)
    async with as_owner(server.migration_url) as db:
        await registry.add_organisation(db, new)
        await registry.add_client(db, client, clients.key(ELSEWHERE).public)
    yield persona
    tables = await raw.all.fetch("select tablename from pg_tables where schemaname = 'public'")
    emptied = "; ".join(f"delete from {row['tablename']}" for row in tables if row["tablename"] not in KEPT)  # noqa: S608
    await raw.all.execute(f"set session_replication_role = replica; {emptied}; reset session_replication_role")
    await raw.all.execute("delete from client_keys where client_id = $1", ELSEWHERE)
    await raw.all.execute("delete from clients where id = $1", ELSEWHERE)
    await raw.all.execute("delete from organisation_names where organisation_id = $1", persona.id)
    await raw.all.execute("delete from organisations where id = $1", persona.id)
