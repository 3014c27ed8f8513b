"""On a bad line every record arrives once, and the client learns that it did."""

from pathlib import Path
from uuid import uuid4

import pytest

from app.client import AsyncClient, Retries, UnreachableError, api, problems
from tests.client.conftest import Dial, options
from tests.client.proxy import FAULTS, Fault, bad_line
from tests.client.records import intake
from tests.conftest import Raw
from tests.served import Served

QUICK = Retries(tries=6, first=0.01)


@pytest.mark.parametrize("dpop", [True, False], ids=["bound token", "bearer token"])
@pytest.mark.parametrize("fault", FAULTS)
async def test_an_intake_cut_off_anywhere_is_one_record(
    fault: Fault, dpop: bool, service: Served, dial: Dial, raw: Raw
) -> None:
    with bad_line(service.port, b"PUT /v1/intakes", fault, fault) as line:
        answer = dial(connect=line.url, retries=QUICK, dpop=dpop).answer(api.put_intakes_intake_id(uuid4(), intake()))
        assert line.seen >= 3
    acted = fault in ("after the server has acted", "halfway the answer")
    assert answer.replayed is acted
    assert answer.status == (200 if acted else 201)
    assert await raw.all.fetchval("select count(*) from intakes") == 1
    assert await raw.all.fetchval("select count(*) from cases") == 2


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_hand_over_cut_off_anywhere_is_one_and_keeps_its_key(
    fault: Fault, service: Served, dial: Dial, raw: Raw
) -> None:
    case = dial().send(api.put_intakes_intake_id(uuid4(), intake()))["case"]
    assert case
    proposal = api.post_cases_case_id_notes(case["id"], {"text": "Đã gọi cho trung tâm."})
    with bad_line(service.port, b"/notes", fault, fault) as line:
        client = dial(connect=line.url, retries=QUICK)
        made = client.send(proposal)
    assert await raw.all.fetchval("select count(*) from case_notes") == 1
    assert [note["id"] for note in dial().items(api.get_cases_case_id_notes(case["id"]))] == [made["id"]]


async def test_asynchronous_calls_survive_the_same_line(service: Served, raw: Raw, data: Path) -> None:
    with bad_line(service.port, b"PUT /v1/intakes", *FAULTS) as line:
        async with AsyncClient(**options("demo-border", data, line.url, {"retries": QUICK})) as client:
            answer = await client.answer(api.put_intakes_intake_id(uuid4(), intake()))
    assert answer.replayed
    assert await raw.all.fetchval("select count(*) from intakes") == 1


async def test_what_is_no_repeatable_act_is_sent_once(service: Served, dial: Dial) -> None:
    search = api.post_case_searches({"document_number": "GTH-0271"})
    with bad_line(service.port, b"POST /v1/case-searches", "halfway the answer") as line:
        with pytest.raises(UnreachableError) as lost:
            dial("demo-labour", connect=line.url, retries=QUICK).send(search)
        assert lost.value.begun
        assert line.seen == 1


async def test_a_lost_patch_is_not_mistaken_for_somebody_elses(service: Served, dial: Dial) -> None:
    case = dial().send(api.put_intakes_intake_id(uuid4(), intake()))["case"]
    assert case
    with bad_line(service.port, b"PATCH /v1/cases", "after the server has acted") as line:
        client = dial(connect=line.url, retries=QUICK)
        shown = client.answer(api.get_cases_case_id(case["id"]))
        change = api.patch_cases_case_id(
            case["id"], {"sections": {"contact": {"phones": ["0912000111"]}}}, etag=shown.etag or ""
        )
        with pytest.raises(problems.StaleVersion) as stale:
            client.send(change)
    assert stale.value.repeated
    now = dial().send(api.get_cases_case_id(case["id"]))["sections"]["contact"]
    assert now
    assert now["phones"] == ["0912000111"]


async def test_a_service_that_is_not_there_is_said_to_be_so(dial: Dial) -> None:
    client = dial(connect="http://127.0.0.1:9", retries=Retries(tries=2, first=0.01))
    with pytest.raises(UnreachableError) as lost:
        client.send(api.get_me())
    assert not lost.value.begun
