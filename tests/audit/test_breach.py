"""The breach file: whose records were read, which sections, by whom and why; persons by the reference of their case."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.audit.conftest import Audit, Sealed
from tests.conftest import Raw
from tests.factories import a_held_case, a_referral
from tests.personas import PERSONAS, Clients, Story

DAY = ("--from", "2020-01-01", "--to", "2099-01-01")


@pytest.fixture
async def read(clients: Clients, raw: Raw, seal: Sealed) -> tuple[Story, Story]:
    """One case read by labour and the NGO, one by labour alone; a stranger refused, a search made."""
    shared = await a_referral(clients, status="in_service")
    own = await a_held_case(clients, accompanying_minors=[])
    for story in (shared, own):
        await clients.ok("demo-labour", "GET", f"/v1/cases/{story.case}")
    await clients.ok("demo-ngo", "GET", f"/v1/cases/{shared.case}")
    await clients.call("demo-stranger", "GET", f"/v1/cases/{own.case}")
    await clients.ok("demo-labour", "POST", "/v1/case-searches", {"full_name": "Nguyễn Thị Hoa", "birth_year": 1999})
    await seal()
    return shared, own


async def made(audit: Audit, folder: Path, *options: object) -> tuple[dict[str, Any], str]:
    out = folder / "breach.json"
    result = await audit("breach", *(options or DAY), "--out", out)
    assert result.exit_code == 0, result.output
    return json.loads(out.read_text("utf-8")), out.with_suffix(".md").read_text("utf-8")


async def test_the_file_says_who_was_read_by_whom_and_why(
    read: tuple[Story, Story], clients: Clients, raw: Raw, *, audit: Audit, tmp_path: Path
) -> None:
    facts, page = await made(audit, tmp_path)
    rows = await raw.all.fetch("select id::text, reference from cases")
    reference = {row["id"]: row["reference"] for row in rows}
    shared, own = (reference[story.case] for story in read)
    persons = {person["case_reference"]: person for person in facts["persons"]}
    readers = {reader["number"]: reader for reader in facts["readers"]}
    assert facts["persons_affected"] == len(persons)
    by = {readers[number]["client_id"] for number in persons[shared]["readers"]}
    assert {"demo-labour", "demo-ngo"} <= by
    assert {readers[number]["client_id"] for number in persons[own]["readers"]} == {"demo-labour"}
    (ngo,) = [reader for reader in facts["readers"] if reader["client_id"] == "demo-ngo"]
    assert (ngo["agency"], ngo["organisation_en"]) == ("ngo", "Organisation demo-ngo")
    assert (ngo["officer"], ngo["purposes"]) == ("officer.demo-ngo", ["care_coordination"])
    assert (ngo["sections"], ngo["cases"]) == (["handling", "identity", "needs"], 1)
    assert facts["besides"] == {"case_searched": 1, "request_refused": 1}
    assert facts["reads"] == await raw.all.fetchval("select count(*) from audit_entries where event like '%.read'")
    assert facts["head"]["tree_size"] == await raw.all.fetchval("select max(tree_size) from audit_heads")
    for shown in (json.dumps(facts, ensure_ascii=False), page):
        assert shared in shown
        assert "Hoa" not in shown
        assert not [each for each in reference if each in shown]
    assert "Điều 23" in page
    assert "Organisation demo-ngo" in page


@pytest.mark.parametrize(
    "option",
    [("--client", "demo-ngo"), ("--organisation", PERSONAS["demo-ngo"].id), ("--officer", "officer.demo-ngo")],
)
async def test_one_suspected_reader_is_looked_into_alone(
    read: tuple[Story, Story], audit: Audit, tmp_path: Path, option: tuple[object, ...]
) -> None:
    facts, _ = await made(audit, tmp_path, *DAY, *option)
    assert [reader["client_id"] for reader in facts["readers"]] == ["demo-ngo"]
    assert facts["persons_affected"] == 1
    assert facts["besides"] == {"case_searched": 0, "request_refused": 0}


async def test_the_period_is_kept_to_the_moment(
    read: tuple[Story, Story], raw: Raw, audit: Audit, tmp_path: Path
) -> None:
    (last,) = await raw.all.fetch("select at from audit_entries where event like '%.read' order by at desc limit 1")
    facts, _ = await made(audit, tmp_path, "--from", last["at"].isoformat(), "--to", "2099-01-01")
    assert facts["reads"] == 1
    facts, _ = await made(audit, tmp_path, "--from", "2020-01-01", "--to", "2020-01-31")
    assert (facts["reads"], facts["persons"], facts["sections"]) == (0, [], [])
    assert facts["scope"]["to"] == "2020-01-31T17:00:00.000000Z", "the day is included, as it is in Viet Nam"


@pytest.mark.parametrize("period", [("x", "2020-01-01"), ("2020-01-02", "2020-01-01"), ("2020-01-01", "2020-02-30")])
async def test_an_impossible_period_is_refused(audit: Audit, tmp_path: Path, raw: Raw, period: tuple[str, str]) -> None:
    start, end = period
    result = await audit("breach", "--from", start, "--to", end, "--out", tmp_path / "x.json")
    assert result.exit_code == 2
    assert not (tmp_path / "x.json").exists()
