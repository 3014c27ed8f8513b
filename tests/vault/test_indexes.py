"""Blind indexes follow the person: made at every door, mended with every change, and no old name finds anybody."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from app.vault import BlindIndexes
from tests.conftest import Raw
from tests.factories import a_case, a_held_case, a_return_of_a_traveller
from tests.personas import PERSONAS, Clients
from tests.sql import acting

FIRST = {"full_name": "Đặng Thị Ánh", "birth_date": "1999-05", "other_names": ["Mai Hoa"]}
NUMBER = {"document_number": "c-123 4567"}


def a_woman(**changes: Any) -> dict[str, Any]:
    papers = [{"type": "passport", "number": "C1234567"}]
    return {"person": {**FIRST, "identity_documents": papers, **changes}, "accompanying_minors": []}


async def found(clients: Clients, who: str, **body: Any) -> list[str]:
    answer = await clients.ok(who, "POST", "/v1/case-searches", body)
    return [item["id"] for item in answer["items"]]


def by_name(name: str, year: int = 1999) -> dict[str, Any]:
    return {"full_name": name, "birth_year": year}


async def amended(clients: Clients, case: str, who: str = "demo-labour", **sections: Any) -> None:
    path = f"/v1/cases/{case}"
    etag = (await clients.ok(who, "GET", path))["etag"]
    await clients.ok(who, "PATCH", path, {"sections": sections}, etag=etag)


async def test_an_intake_is_found_by_number_by_name_and_by_its_words_in_any_order(clients: Clients) -> None:
    story = await a_case(clients, **a_woman())
    for body in (
        NUMBER,
        *map(by_name, ("Đặng Thị Ánh", "DANG THI ANH", "ánh thị đặng", "Mai Hoa", "hoa mai")),
    ):
        assert await found(clients, "demo-border", **body) == [story.case], body
        assert await found(clients, "demo-police", **body) == []
    for body in ({"document_number": "C1234568"}, by_name("Đặng Thị Ánh", 1998), by_name("Đặng Ánh")):
        assert await found(clients, "demo-border", **body) == []


async def test_an_amended_name_or_year_finds_and_the_old_one_does_not(clients: Clients) -> None:
    story = await a_held_case(clients, **a_woman())
    await amended(clients, story.case, identity={"full_name": "Trần Thị Bé"})
    assert await found(clients, "demo-labour", **by_name("Trần Thị Bé")) == [story.case]
    assert await found(clients, "demo-labour", **by_name("Đặng Thị Ánh")) == []
    assert await found(clients, "demo-labour", **by_name("Mai Hoa")) == [story.case]
    await amended(clients, story.case, identity={"birth_date": "2001"})
    assert await found(clients, "demo-labour", **by_name("Trần Thị Bé")) == []
    assert await found(clients, "demo-labour", **by_name("Bé Thị Trần", 2001)) == [story.case]
    assert await found(clients, "demo-labour", **NUMBER) == [story.case]
    await amended(clients, story.case, identity=None)
    assert await found(clients, "demo-labour", **by_name("Trần Thị Bé", 2001)) == []
    await amended(clients, story.case, papers=None)
    assert await found(clients, "demo-labour", **NUMBER) == []


@pytest.mark.parametrize(
    ("section", "value", "now", "before"),
    [
        ("identity", {"full_name": "Lò Thị Mai"}, by_name("Mai Thị Lò"), by_name("Đặng Thị Ánh")),
        ("papers", {"identity_documents": [{"type": "passport", "number": "N9"}]}, {"document_number": "n 9"}, NUMBER),
    ],
)
async def test_a_corrected_fact_finds_and_the_old_one_stays_in_the_correction_alone(
    clients: Clients, section: str, value: dict[str, Any], now: dict[str, Any], before: dict[str, Any]
) -> None:
    story = await a_held_case(clients, **a_woman())
    body = {"section": section, "value": value, "reason": "Tìm thấy giấy tờ"}
    await clients.ok("demo-labour", "POST", f"/v1/cases/{story.case}/corrections", body)
    assert await found(clients, "demo-labour", **now) == [story.case]
    assert await found(clients, "demo-labour", **before) == []


async def test_an_adopted_supplement_finds(clients: Clients) -> None:
    story = await a_held_case(clients, **a_woman(identity_documents=[]))
    said = {"kind": "addition", "pointer": "/person/identity_documents", "value": "Hộ chiếu B7654321"}
    await clients.ok("demo-border", "PUT", f"/v1/intakes/{story.intake}/supplements/{uuid4()}", said)
    assert await found(clients, "demo-labour", document_number="B7654321") == []
    await amended(clients, story.case, papers={"identity_documents": [{"type": "passport", "number": "B7654321"}]})
    assert await found(clients, "demo-labour", document_number="B7654321") == [story.case]


async def test_a_verifier_of_identity_who_mends_the_papers_mends_what_they_are_found_by(clients: Clients) -> None:
    story = await a_held_case(clients, **a_woman())
    asked = {"verifier_id": str(PERSONAS["demo-police"].id), "kind": "identity"}
    await clients.ok("demo-labour", "POST", f"/v1/cases/{story.case}/verifications", asked)
    papers = {"identity_documents": [{"type": "passport", "number": "P55"}]}
    await amended(clients, story.case, "demo-police", papers=papers)
    assert await found(clients, "demo-labour", document_number="P55") == [story.case]
    assert await found(clients, "demo-labour", **NUMBER) == []


async def test_who_arrives_at_a_gate_is_found_by_it_from_then_on(clients: Clients, raw: Raw) -> None:
    announced = {**a_return_of_a_traveller("demo-border"), "persons": [{"person": FIRST}]}
    made = await clients.ok("demo-foreign", "POST", "/v1/returns", announced)
    assert await raw.all.fetchval("select count(*) from case_lookups") == 0
    path = f"/v1/returns/{made['id']}"
    (line,) = (await clients.ok("demo-border", "GET", f"{path}/persons"))["items"]
    etag = (await clients.ok("demo-border", "GET", path))["etag"]
    arrived = {"arrived_at": "2026-11-21T08:00:00+07:00", "persons": [{"person_id": line["id"], "result": "arrived"}]}
    await clients.ok("demo-border", "POST", f"{path}/arrivals", arrived, etag=etag)
    assert len(await found(clients, "demo-border", **by_name("Ánh Đặng Thị"))) == 1


async def test_only_digests_are_stored_and_none_of_a_name_alone(clients: Clients, raw: Raw, data: Path) -> None:
    story = await a_case(clients, **a_woman())
    kinds = [row["kind"] for row in await raw.all.fetch("select kind from case_lookups order by kind")]
    assert kinds == ["document", "name_set_year", "name_set_year", "name_year", "name_year"]
    assert {len(row["digest"]) for row in await raw.all.fetch("select digest from case_lookups")} == {32}
    nameless = await a_case(clients, **a_woman(birth_date=None, identity_documents=[]))
    count = "select count(*) from case_lookups where case_id = $1"
    assert await raw.all.fetchval(count, nameless.case) == 0
    indexes = BlindIndexes(data / "keys")
    stored = await raw.all.fetchval(
        "select digest from case_lookups where kind = 'document' and case_id = $1", story.case
    )
    assert stored == indexes.document("C1234567")


async def test_a_stranger_reads_no_digest_and_writes_none(clients: Clients, raw: Raw) -> None:
    await a_case(clients, **a_woman())
    async with acting(raw, "demo-police") as sql:
        assert await sql.fetch("select * from case_lookups") == []
        assert await sql.execute("delete from case_lookups") == "DELETE 0"
