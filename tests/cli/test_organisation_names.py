"""Who a body was on which day: old facts keep old names, an ended body stays readable, none is lost in a filter."""

from datetime import date

import pytest

from app.embedded import Server
from tests.cli.conftest import Command
from tests.cli.heirs import pass_on, to_heir
from tests.conftest import Raw
from tests.personas import Clients
from tests.sql import org

LABOUR = org("demo-labour")


async def test_a_closed_body_calls_no_more_and_its_name_ends_but_stays_readable_for_its_time(
    clients: Clients, raw: Raw, server: Server, heirs: None
) -> None:
    await raw.all.execute(
        "update organisations set supervised_by = $1 where id = any ($2)",
        LABOUR,
        [org("demo-commune"), org("new-labour")],
    )
    await pass_on(server, to_heir(on=date(2026, 1, 1), close=True))
    row = "select o.status, n.valid_to from organisations o join organisation_names n on n.organisation_id = o.id"
    assert tuple(await raw.all.fetchrow(f"{row} where o.id = $1", LABOUR)) == ("disabled", date(2025, 12, 31))
    above = {r["id"]: r["supervised_by"] for r in await raw.all.fetch("select id, supervised_by from organisations")}
    assert (above[org("demo-commune")], above[org("new-labour")]) == (org("new-labour"), None)
    shown = await clients.ok("demo-police", "GET", f"/v1/organisations/{LABOUR}?on=2025-12-31")
    assert shown["name"]["vi"] == "Cơ quan demo-labour"
    assert (await clients.ok("demo-police", "GET", f"/v1/organisations/{LABOUR}"))["status"] == "disabled"
    entries = "select count(*) from audit_entries where event = 'organisation.changed'"
    told = await raw.all.fetchval(entries)
    await pass_on(server, to_heir(on=date(2026, 1, 1), close=True))
    assert await raw.all.fetchval(entries) == told


async def test_an_old_fact_keeps_the_old_name(clients: Clients, raw: Raw, heirs: None, command: Command) -> None:
    new, path = org("new-labour"), f"/v1/organisations/{org('new-labour')}"
    await raw.all.execute("update organisation_names set valid_from = '2020-01-01' where organisation_id = $1", new)
    renaming = ("--name-vi", "Sở Y tế tỉnh Lào Cai", "--name-en", "Lao Cai Health Department", "--on", "2025-07-01")
    renamed = await command("rename", new, *renaming)
    assert renamed.exit_code == 0, renamed.output

    async def name(on: str) -> str:
        return str((await clients.ok("demo-police", "GET", path + on))["name"]["vi"])

    assert await name("?on=2025-06-30") == "Cơ quan mới new-labour"
    assert await name("?on=2025-07-01") == await name("") == "Sở Y tế tỉnh Lào Cai"
    assert (await clients.get("demo-police", f"{path}?on=2019-12-31")).status_code == 404
    assert (await clients.get("demo-police", f"{path}?on=tomorrow")).status_code == 422
    overlaps = (
        "select count(*) from organisation_names a join organisation_names b on a.organisation_id = b.organisation_id"
        " and a.valid_from < b.valid_from and coalesce(a.valid_to, 'infinity') >= b.valid_from"
    )
    assert await raw.all.fetchval(overlaps) == 0


@pytest.mark.parametrize("province", ["01", "15", "96"])
async def test_bodies_outside_the_provinces_stand_in_every_provinces_directory(clients: Clients, province: str) -> None:
    found = await clients.ok("demo-police", "GET", f"/v1/organisations?province_code={province}&limit=100")
    listed = {entry["id"] for entry in found["items"]}
    assert {str(org(who)) for who in ("demo-foreign", "demo-hotline", "demo-oversight")} <= listed
