"""A return under way passes with the function of its gate or of its announcer, and with everybody who is on it."""

from typing import Any
from uuid import UUID

import pytest

from app.cli import transfer
from app.embedded import Server
from tests.cli.heirs import pass_on, to_heir
from tests.cli.test_transfer import KilledError
from tests.conftest import Raw
from tests.factories import an_action
from tests.personas import Clients
from tests.returns.sent import Body, a_mission_case, a_return, a_traveller, amended, arrivals, came, persons
from tests.sql import acting, counted, org

BORDER, FOREIGN = "demo-border", "demo-foreign"
TABLES = ["returns", "return_persons", "announced_persons", "handovers", "case_parties", "cases"]


async def held(raw: Raw, who: str) -> dict[str, int]:
    async with acting(raw, who) as sql:
        return {table: count for table, count in (await counted(sql, TABLES)).items() if count}


async def owed(raw: Raw, made: Body) -> list[UUID]:
    clocks = "select organisation_id from duties where carrier = 'return' and carrier_id = $1 and status = 'running'"
    return [row["organisation_id"] for row in await raw.all.fetch(clocks, UUID(made["id"]))]


async def sides(raw: Raw, made: Body) -> tuple[Any, ...]:
    return tuple(await raw.all.fetchrow("select announcer_id, gate_id from returns where id = $1", UUID(made["id"])))


async def test_the_new_gate_receives_whom_the_old_one_awaited(
    clients: Clients, raw: Raw, server: Server, heirs: None
) -> None:
    coming, going = await a_mission_case(clients), await a_mission_case(clients)
    made = await a_return(clients, {"case_id": coming}, a_traveller())
    out = await a_return(clients, {"case_id": going}, direction="outbound")
    alone = await a_return(clients, a_traveller())
    before = await held(raw, BORDER)
    assert await pass_on(server, to_heir(BORDER, "new-border")) == (2, [])
    assert await held(raw, BORDER) == {}
    assert await held(raw, "new-border") == before
    for each in (made, out, alone):
        assert (await clients.get(BORDER, f"/v1/returns/{each['id']}")).status_code == 404
        assert await owed(raw, each) == [org("new-border")]
        done = await came(clients, each, *("arrived" for _ in each["persons"]), who="new-border")
        assert {line["result"] for line in done["persons"]} == {"arrived"}
    assert await raw.all.fetchval("select custodian_id from cases where id = $1", UUID(coming)) == org("new-border")
    assert [person["result"] for person in await persons(clients, FOREIGN, made)] == ["arrived", "arrived"]


async def test_the_new_mission_reads_and_changes_what_the_old_one_announced(
    clients: Clients, raw: Raw, server: Server, heirs: None
) -> None:
    known = await a_mission_case(clients)
    made, alone = await a_return(clients, {"case_id": known}, a_traveller()), await a_return(clients, a_traveller())
    assert await pass_on(server, to_heir(FOREIGN, "new-foreign")) == (1, [])
    assert await held(raw, FOREIGN) == {}
    assert (await clients.get(FOREIGN, f"/v1/returns/{made['id']}")).status_code == 404
    seen = await persons(clients, "new-foreign", made)
    assert [person["identity"]["full_name"] for person in seen] == ["Nguyễn Thị Hoa", "Lò Thị Mỷ"]
    grown = await amended(clients, made, who="new-foreign", add=[a_traveller("Vàng A Sáng")], text="Đổi xe.")
    assert (len(grown["persons"]), grown["text"], grown["escorts"]) == (3, "Đổi xe.", made["escorts"])
    await came(clients, grown, "arrived", "absent", "arrived")
    why = {"reason": "not_happening"}
    await an_action(clients, "new-foreign", f"/v1/returns/{alone['id']}", "cancellations", why)


async def test_a_return_that_is_over_keeps_its_gate(clients: Clients, raw: Raw, server: Server, heirs: None) -> None:
    done, gone = await a_return(clients, a_traveller()), await a_return(clients, a_traveller())
    await came(clients, done, "arrived")
    await an_action(clients, FOREIGN, f"/v1/returns/{gone['id']}", "cancellations", {"reason": "not_happening"})
    waves = await a_return(clients, a_traveller(), a_traveller("Vàng A Sáng"))
    await came(clients, waves, "arrived")
    await pass_on(server, to_heir(BORDER, "new-border"))
    for over in (done, gone):
        assert await sides(raw, over) == (org(FOREIGN), org(BORDER))
    assert await sides(raw, waves) == (org(FOREIGN), org("new-border"))
    second = {"person_id": waves["persons"][1]["id"], "result": "arrived"}
    assert (await arrivals(clients, waves, second, who="new-border"))["status"] == "arrived"


async def test_a_list_passes_in_one_batch_with_its_return(
    clients: Clients, raw: Raw, server: Server, heirs: None
) -> None:
    cases = [await a_mission_case(clients) for _ in range(3)]
    made = await a_return(clients, *({"case_id": case} for case in cases))

    def killed(done: int, total: int) -> None:
        raise KilledError

    with pytest.raises(KilledError):
        await transfer.carry_out(server.migration_url, to_heir(BORDER, "new-border"), killed, batch=1)
    assert await sides(raw, made) == (org(FOREIGN), org("new-border"))
    done = await came(clients, made, "arrived", "absent", "arrived", who="new-border")
    assert [line["result"] for line in done["persons"]] == ["arrived", "absent", "arrived"]


async def test_with_a_province_named_a_case_passes_with_the_return_it_is_on(
    clients: Clients, raw: Raw, server: Server, heirs: None
) -> None:
    """The cases come from abroad and have no province of their own."""
    known, other = await a_mission_case(clients), await a_mission_case(clients)
    made = await a_return(clients, {"case_id": known}, a_traveller())
    kept = await a_return(clients, {"case_id": other}, gate="demo-other-police", province_code="20")
    await raw.all.execute("update returns set gate_id = $1 where id = $2", org(BORDER), UUID(kept["id"]))
    await raw.all.execute("update handovers set receiver_id = $1 where case_id = $2", org(BORDER), UUID(other))
    assert await pass_on(server, to_heir(BORDER, "new-border", province="15")) == (1, [])
    assert await sides(raw, kept) == (org(FOREIGN), org(BORDER))
    await came(clients, made, "arrived", "arrived", who="new-border")
    receivers = "select receiver_id from handovers where case_id = $1"
    assert await raw.all.fetchval(receivers, UUID(other)) == org(BORDER)
