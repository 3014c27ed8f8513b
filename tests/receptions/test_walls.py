"""A reception is its holder's alone; what raw SQL as the API's role can neither see nor forge nor bring back."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.conftest import Raw
from tests.personas import PERSONAS, Clients
from tests.receptions import FOUND, NOT_FOUND, POST, a_list, a_reception, people, progress, screened
from tests.sql import acting, org, refused

TABLES = ("receptions", "reception_lines", "reception_manifests", "reception_handovers")
OTHERS = ("demo-police", "demo-other-police", "demo-stranger")


@pytest.fixture
async def reception(clients: Clients) -> dict[str, Any]:
    """A victim, one without indicators, one still to be screened; Nghệ An was told."""
    made = await a_reception(clients)
    lines = await a_list(clients, made, *people(3))
    state = await screened(clients, made, lines[0], FOUND)
    await screened(clients, made, lines[1], NOT_FOUND)
    group = {"receiver_id": str(PERSONAS["demo-labour"].id), "province_code": "40"}
    shown = await clients.ok(POST, "POST", f"/v1/receptions/{made['id']}/handovers", {"groups": [group]})
    manifest = shown["manifests"][0]["id"]
    return {**made, "lines": lines, "case": state["case"]["id"], "handed": shown["handovers"][0], "manifest": manifest}


@pytest.mark.parametrize("who", [*OTHERS, "demo-labour"])
async def test_to_everybody_else_it_does_not_exist(clients: Clients, reception: dict[str, Any], who: str) -> None:
    path = f"/v1/receptions/{reception['id']}"
    reads = ["", "/lines", f"/lines/{reception['lines'][2]}", f"/manifests/{reception['manifest']}"]
    answers = [await clients.get(who, path + each) for each in reads]
    answers.append(await clients.call(who, "PUT", f"{path}/lines/{uuid4()}", NOT_FOUND))
    group = {"receiver_id": str(PERSONAS["demo-ngo"].id), "province_code": "40"}
    answers.append(await clients.call(who, "POST", f"{path}/handovers", {"groups": [group]}))
    answers.append(await clients.call(who, "POST", f"{path}/closures", {}, etag='"AAAAAAAAAAAAAAAAAAAA"'))
    assert {answer.status_code for answer in answers} == {404}
    assert (await clients.ok(who, "GET", "/v1/receptions"))["items"] == []


async def test_the_same_id_at_another_organisation_is_another_person(
    clients: Clients, raw: Raw, reception: dict[str, Any]
) -> None:
    other = await a_reception(clients, "demo-police")
    path = f"/v1/receptions/{other['id']}/lines/{reception['lines'][2]}"
    answer = await clients.call("demo-police", "PUT", path, {"present": True})
    assert (answer.status_code, answer.json()["home_province_code"]) == (201, None)
    assert (
        await raw.all.fetchval("select count(*) from reception_lines where id = $1", UUID(reception["lines"][2])) == 2
    )


@pytest.mark.parametrize("who", OTHERS)
async def test_raw_reads_show_nothing_to_others(raw: Raw, reception: dict[str, Any], who: str) -> None:
    async with acting(raw, who) as sql:
        for table in TABLES:
            assert await sql.fetchval(f"select count(*) from {table}") == 0, table  # noqa: S608
    async with acting(raw, "demo-labour") as sql:
        assert await sql.fetchval("select count(*) from reception_handovers") == 1
        for table in TABLES[:3]:
            assert await sql.fetchval(f"select count(*) from {table}") == 0, table  # noqa: S608


@pytest.mark.parametrize(
    "statement",
    [
        "update receptions set status = 'closed'",
        "update reception_lines set present = false",
        "update reception_lines set reception_handover_id = null",
        "update reception_lines set screening_result = 'declined', present = true where screening_result is null",
    ],
)
async def test_a_blind_update_of_others_is_refused(raw: Raw, reception: dict[str, Any], statement: str) -> None:
    """Where the statement names a column the SELECT policies hide the rows; where it does not, the check refuses."""
    before = [tuple(row) for row in await raw.all.fetch("select * from reception_lines order by id")]
    async with acting(raw, "demo-stranger") as sql:
        try:
            assert await sql.execute(statement) == "UPDATE 0"
        except asyncpg.InsufficientPrivilegeError:
            return
    assert [tuple(row) for row in await raw.all.fetch("select * from reception_lines order by id")] == before


@pytest.mark.parametrize(
    "columns",
    [
        "reception_lines: organisation_id id reception_id position created_at",
        "receptions: organisation_id key_id sealed reference occurred_at",
        "reception_manifests: results organisation_id",
        "reception_handovers: receiver_id others cases handover_id giver_id",
    ],
)
async def test_what_was_written_once_stays_so(raw: Raw, reception: dict[str, Any], columns: str) -> None:
    table, names = columns.split(": ")
    for column in names.split():
        await refused(raw, POST, f"update {table} set {column} = {column}")  # noqa: S608


LINE = "insert into reception_lines (organisation_id, id, reception_id, position) values ($1, gen_random_uuid(), $2, 9)"
HANDED = (
    "insert into reception_handovers (id, reception_id, reception_reference, giver_id, receiver_id, occurred_at, cases,"
    " others) values (gen_random_uuid(), $2, 'x', $1, $3, now(), 0, 5)"
)


async def test_nobody_writes_into_anothers_reception(clients: Clients, raw: Raw, reception: dict[str, Any]) -> None:
    it, stranger, border = UUID(reception["id"]), org("demo-stranger"), org(POST)
    for organisation in (stranger, border):
        await refused(raw, "demo-stranger", LINE, organisation, it)
        await refused(raw, "demo-stranger", HANDED, organisation, it, org("demo-labour"))
    await refused(raw, POST, HANDED, border, it, border)
    async with acting(raw, POST) as sql:
        await sql.execute(LINE, border, it)
        await sql.execute(HANDED, border, it, org("demo-labour"))
    etag = (await progress(clients, reception))["etag"]
    await clients.ok(POST, "POST", f"/v1/receptions/{reception['id']}/closures", {}, etag=etag)
    await refused(raw, POST, LINE, border, it)
    await refused(raw, POST, "update receptions set status = 'open' where id = $1", it)


async def test_a_hand_over_told_is_ones_own_and_to_the_same_body(raw: Raw, reception: dict[str, Any]) -> None:
    forged = (
        "insert into reception_handovers (id, reception_id, reception_reference, giver_id, receiver_id, occurred_at,"
        " handover_id, cases, others) values (gen_random_uuid(), $1, 'x', $2, $3, now(), $4, 1, 0)"
    )
    values = UUID(reception["id"]), org(POST), org("demo-commune"), UUID(reception["handed"]["handover_id"])
    await refused(raw, POST, forged, *values)


async def test_a_line_names_no_case_but_its_own(clients: Clients, raw: Raw, reception: dict[str, Any]) -> None:
    waiting, victim = UUID(reception["lines"][2]), UUID(reception["lines"][0])
    taken = (
        "update reception_lines set screening_result = 'indicators_found', present = true, case_id = $1 where id = $2"
    )
    await refused(raw, POST, taken, UUID(reception["case"]), waiting)
    for change in ("screening_result = 'declined', case_id = null", "screening_result = null, case_id = null"):
        await refused(raw, POST, f"update reception_lines set {change} where id = $1", victim)  # noqa: S608


async def test_no_words_are_kept_beside_a_result_whoever_writes_it(raw: Raw, reception: dict[str, Any]) -> None:
    """In the database itself: the trigger clears them, its key goes, and none can be put back."""
    waiting = UUID(reception["lines"][2])
    async with acting(raw, POST) as sql:
        key = await sql.fetchval("select key_id from reception_lines where id = $1", waiting)
        done = "update reception_lines set screening_result = 'unable', present = true where id = $1"
        await sql.execute(done, waiting)
        row = await sql.fetchrow("select sealed, key_id from reception_lines where id = $1", waiting)
        assert tuple(row) == (None, None)
        assert await sql.fetchval("select count(*) from data_keys where id = $1", key) == 0
        mine = await sql.fetchval("select key_id from receptions where id = $1", UUID(reception["id"]))
        back = "update reception_lines set sealed = 'x', key_id = $1 where id = $2 returning sealed"
        assert await sql.fetchval(back, mine, waiting) is None


async def test_no_key_but_its_own_goes_with_a_line(raw: Raw, reception: dict[str, Any]) -> None:
    """A line that is made to point to the key of a case, or of the event, does not take that key along."""
    waiting = UUID(reception["lines"][2])
    done = "update reception_lines set screening_result = 'unable', present = true where id = $1"
    for table, column in (("cases", "id"), ("receptions", "id")):
        held = reception["case"] if table == "cases" else reception["id"]
        async with acting(raw, POST) as sql:
            key = await sql.fetchval(f"select key_id from {table} where {column} = $1", UUID(held))  # noqa: S608
            await sql.execute("update reception_lines set key_id = $1 where id = $2", key, waiting)
            with pytest.raises(asyncpg.ForeignKeyViolationError):
                await sql.execute(done, waiting)
        assert await raw.all.fetchval("select count(*) from data_keys where id = $1", key) == 1
    other = await raw.all.fetchval("insert into data_keys (id, wrapped, kek_id, created_by) values"
                                   " (gen_random_uuid(), '', 'k', $1) returning id", org("demo-police"))  # fmt: skip
    await refused(raw, POST, "update reception_lines set key_id = $1 where id = $2", other, waiting)


async def test_every_reference_to_a_data_key_is_indexed(raw: Raw) -> None:
    """Destroying a key asks every table that may be sealed under it, once for each person screened."""
    missing = await raw.all.fetch(
        "select conrelid::regclass::text, a.attname from pg_constraint c"
        " join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]"
        " where c.contype = 'f' and c.confrelid = 'data_keys'::regclass and not exists ("
        " select 1 from pg_index i where i.indrelid = c.conrelid and i.indkey[0] = a.attnum)"
    )
    assert [tuple(row) for row in missing] == []
