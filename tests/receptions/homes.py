"""The support authority of each of 24 home provinces, registered for a test and gone after it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import NAMESPACE_DNS, UUID, uuid5

from app.auth.scopes import Agency
from app.cli import registry
from app.cli.administration import as_owner
from app.cli.registry import NewClient, NewOrganisation
from app.embedded import Server
from app.reference.codes import code_list
from tests.conftest import KEPT, Raw
from tests.personas import Clients

HOMES = {each.code: each.vi for each in code_list("province").codes[:24]}


def home(province: str) -> str:
    """Its client's name."""
    return f"home-{province}"


def home_id(province: str) -> UUID:
    return uuid5(NAMESPACE_DNS, home(province))


@asynccontextmanager
async def registered(raw: Raw, clients: Clients, server: Server) -> AsyncIterator[None]:
    async with as_owner(server.migration_url) as db:
        for province, name in HOMES.items():
            names = {"name_vi": f"Sở Y tế {name}", "name_en": f"Health authority {province}"}
            body = NewOrganisation(id=home_id(province), agency=Agency.LABOUR, province_codes=[province], **names)
            await registry.add_organisation(db, body)
            names_itself = {"id": home(province), "name": home(province)}
            client = NewClient(**names_itself, organisation_id=body.id, mode="live", dpop_required=False)
            await registry.add_client(db, client, clients.key(home(province)).public)
    try:
        yield
    finally:
        await _gone(raw)


async def _gone(raw: Raw) -> None:
    await raw.all.execute("set session_replication_role = replica")
    tables = await raw.all.fetch("select tablename from pg_tables where schemaname = 'public'")
    for table in {row["tablename"] for row in tables} - KEPT:
        await raw.all.execute(f"delete from {table}")  # noqa: S608
    await raw.all.execute("delete from client_keys where client_id like 'home-%'")
    await raw.all.execute("delete from clients where id like 'home-%'")
    gone = [home_id(province) for province in HOMES]
    for table, column in (("organisation_names", "organisation_id"), ("organisations", "id")):
        await raw.all.execute(f"delete from {table} where {column} = any ($1)", gone)  # noqa: S608
    await raw.all.execute("reset session_replication_role")
