"""The wall of a return without the application: rows, grants, results and keys, as the API's role."""

import json
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.conftest import Raw
from tests.factories import a_case, an_action
from tests.personas import Clients
from tests.returns.sent import Body, a_mission_case, a_return, a_traveller, came
from tests.sql import DENIED, acting, be, org, refused, refused_within

BORDER, FOREIGN = "demo-border", "demo-foreign"
FORGED = (DENIED, asyncpg.CheckViolationError, asyncpg.ForeignKeyViolationError)
GRANT = (
    "insert into case_parties (id, case_id, organisation_id, given_by, carrier, carrier_id, sections, lawful_basis)"
    " values (gen_random_uuid(), $1, $2, $3, 'return', $4, $5, 'custody')"
)
LISTED = (
    "insert into return_persons (id, return_id, position, case_id, key_id) values (gen_random_uuid(), $1, 9, $2, $3)"
)
RETURN = (
    "insert into returns (id, reference, key_id, direction, announcer_id, gate_id, province_code, means, arrives_at,"
    " status) values (gen_random_uuid(), 'X', $1, 'inbound', $2, $3, '15', 'land', now(), $4)"
)
OPENED = (
    "insert into cases (id, reference, key_id, custodian_id, channel) values (gen_random_uuid(), 'X', $1, $2, 'other')"
)
RESULT = "update return_persons set result = $1, recorded_by = $2 where return_id = $3 and result is null"


@pytest.fixture
async def out(clients: Clients) -> Body:
    """A case that leaves by the border post: the one kind of line that carries a grant of its own."""
    known = await a_mission_case(clients)
    return await a_return(clients, {"case_id": known}, a_traveller(), direction="outbound")


async def test_a_grant_of_a_return_is_its_announcers_to_its_gate_and_no_wider(
    clients: Clients, raw: Raw, out: Body
) -> None:
    line, case = UUID(out["persons"][0]["id"]), UUID(out["persons"][0]["case_id"])
    other = UUID(await a_mission_case(clients))
    ends = {"given_by": org(FOREIGN), "to": org(BORDER)}
    identity = ["identity"]
    for who, values in (
        (BORDER, (case, ends["to"], ends["to"], line, identity)),
        (BORDER, (case, ends["to"], ends["given_by"], line, identity)),
        ("demo-police", (case, org("demo-police"), ends["given_by"], line, identity)),
        ("demo-police", (case, org("demo-police"), org("demo-border"), line, identity)),
        (FOREIGN, (case, org("demo-police"), ends["given_by"], line, identity)),
        (FOREIGN, (case, ends["to"], ends["given_by"], line, ["identity", "contact"])),
        (FOREIGN, (other, ends["to"], ends["given_by"], line, identity)),
        (FOREIGN, (case, ends["to"], ends["given_by"], uuid4(), identity)),
    ):
        await refused(raw, who, GRANT, *values, by=FORGED)
    async with acting(raw, FOREIGN) as sql:
        await sql.execute(GRANT, case, ends["to"], ends["given_by"], line, identity)
    await came(clients, out, "arrived")
    await refused(raw, FOREIGN, GRANT, case, ends["to"], ends["given_by"], line, identity, by=FORGED)


async def test_a_return_invented_on_anothers_case_gives_nothing(clients: Clients, raw: Raw) -> None:
    """Another mission's client lists a case it does not hold, or one under a key it did not make."""
    held = await a_case(clients, accompanying_minors=[])
    made = await a_return(clients, a_traveller(), gate="demo-police")
    key = await raw.all.fetchval("select key_id from cases where id = $1", UUID(held.case))
    for case_id, key_id in ((UUID(held.case), None), (None, key)):
        await refused(raw, FOREIGN, LISTED, UUID(made["id"]), case_id, key_id, by=FORGED)
    await refused(raw, "demo-police", LISTED, UUID(made["id"]), None, None, by=FORGED)


async def test_a_return_is_invented_neither_in_anothers_name_nor_by_who_announces_none(
    raw: Raw, clients: Clients
) -> None:
    for who, announcer, gate, status in (
        ("demo-police", FOREIGN, "demo-police", "announced"),
        ("demo-police", "demo-police", "demo-border", "announced"),
        (FOREIGN, FOREIGN, "demo-ngo", "announced"),
        (FOREIGN, FOREIGN, BORDER, "arrived"),
        (FOREIGN, None, FOREIGN, "arrived"),
        ("demo-ngo", None, "demo-ngo", "arrived"),
        (BORDER, None, "demo-police", "arrived"),
    ):
        async with acting(raw, who) as sql:
            key = uuid4()
            await sql.execute(
                "insert into data_keys (id, wrapped, kek_id, created_by) values ($1, '', 'k', $2)", key, org(who)
            )
            values = (key, announcer and org(announcer), org(gate), status)
            await refused_within(sql, RETURN, *values, by=FORGED)


async def test_a_result_is_the_gates_word_and_given_once(clients: Clients, raw: Raw) -> None:
    made = await a_return(clients, a_traveller(), a_traveller())
    of = UUID(made["id"])
    for result in ("arrived", "absent", "unlisted"):
        await refused(raw, FOREIGN, RESULT, result, org(FOREIGN), of)
        await refused(raw, FOREIGN, RESULT, result, org(BORDER), of)
    await refused(raw, BORDER, RESULT, "arrived", org(FOREIGN), of)
    await came(clients, made, "absent")
    again = "update return_persons set result = 'arrived' where return_id = $1 and result = 'absent'"
    await refused(raw, BORDER, again, of)
    await refused(raw, BORDER, "update return_persons set expected = true where return_id = $1", of)
    await an_action(clients, FOREIGN, f"/v1/returns/{(other := await a_return(clients, a_traveller()))['id']}",
                    "cancellations", {"reason": "replaced"})  # fmt: skip
    await refused(raw, BORDER, RESULT, "arrived", org(BORDER), UUID(other["id"]))


async def test_the_gate_of_one_return_records_nothing_in_another(clients: Clients, raw: Raw) -> None:
    theirs, own = await a_return(clients, a_traveller()), await a_return(clients, a_traveller(), gate="demo-police")
    me = org("demo-police")
    unlisted = (
        "insert into return_persons (id, return_id, position, result, recorded_by)"
        " values (gen_random_uuid(), $1, 9, 'unlisted', $2)"
    )
    async with acting(raw, "demo-police") as sql:
        assert await sql.execute(RESULT, "absent", me, UUID(theirs["id"])) == "UPDATE 0"
        assert await sql.execute(RESULT, "absent", me, UUID(own["id"])) == "UPDATE 1"
        await sql.execute(unlisted, UUID(own["id"]), me)
    await refused(raw, "demo-police", unlisted, UUID(theirs["id"]), me)


async def test_neither_side_makes_the_others_move(clients: Clients, raw: Raw) -> None:
    made = await a_return(clients, a_traveller())
    of = UUID(made["id"])
    for who, change in (
        (FOREIGN, "status = 'arrived'"),
        (BORDER, "status = 'cancelled'"),
        (BORDER, "arrives_at = now() + interval '1 year'"),
        (BORDER, "noticed_at = now() - interval '1 year'"),
        (BORDER, "waves = '[]', means = 'air'"),
        (BORDER, "gate_id = announcer_id"),
        (FOREIGN, "announcer_id = null"),
    ):
        await refused(raw, who, f"update returns set {change} where id = $1", of)  # noqa: S608
    await came(clients, made, "arrived")
    await refused(raw, FOREIGN, "update returns set status = 'cancelled' where id = $1", of)
    await refused(raw, BORDER, "update returns set status = 'announced' where id = $1", of)


async def test_what_is_said_of_a_person_is_the_announcers_to_write_and_never_twice(clients: Clients, raw: Raw) -> None:
    made = await a_return(clients, a_traveller())
    line = UUID(made["persons"][0]["id"])
    said = "insert into announced_persons (person_id, sealed) values ($1, 'x')"
    await refused(raw, BORDER, said, line)
    await refused(raw, "demo-police", said, line)
    await refused(raw, FOREIGN, said, line, by=asyncpg.UniqueViolationError)
    for who in (BORDER, FOREIGN):
        await refused(raw, who, "update announced_persons set sealed = 'x'")
        await refused(raw, who, "delete from announced_persons")


async def test_only_the_awaiting_gate_opens_a_case_under_the_announced_key(clients: Clients, raw: Raw) -> None:
    made = await a_return(clients, a_traveller())
    key = await raw.all.fetchval("select key_id from return_persons")
    await refused(raw, "demo-police", OPENED, key, org("demo-police"))
    async with acting(raw, BORDER) as sql:
        await sql.execute(OPENED, key, org(BORDER))
    await came(clients, made, "absent")
    await refused(raw, BORDER, OPENED, key, org(BORDER))


async def test_nobody_writes_duties_of_anothers_return_or_in_anothers_name(clients: Clients, raw: Raw) -> None:
    made = await a_return(clients, a_traveller())
    row: dict[str, Any] = json.loads(await raw.all.fetchval("select to_jsonb(d)::text from duties d"))
    put, found = "select access.put_duties('return', $1, $2)", "select count(*) from duties where status = $1"
    met, forged = {**row, "status": "met"}, {**row, "id": str(uuid4()), "organisation_id": str(org("demo-ngo"))}
    for who, changed, owner, status, count in (
        ("demo-police", met, BORDER, "met", 0),
        (FOREIGN, forged, "demo-ngo", "running", 0),
        (FOREIGN, met, BORDER, "met", 1),
    ):
        async with acting(raw, who) as sql:
            await sql.execute(put, UUID(made["id"]), json.dumps([changed]))
            await be(sql, owner)
            assert await sql.fetchval(found, status) == count
    async with acting(raw, "demo-police") as sql:
        assert await sql.fetchval("select access.due_of('return', $1)", UUID(made["id"])) is None
        assert await sql.fetchval("select access.duties_touched('return', $1)", UUID(made["id"])) is None
