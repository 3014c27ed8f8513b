"""Who must not see a case sees nothing of it, whatever it holds or is given, and learns nothing of that."""

from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from app.cli.stakes import Transfer
from app.embedded import Server
from tests.cli.heirs import pass_on
from tests.conftest import Raw
from tests.expectations import lifecycles
from tests.factories import (
    a_case,
    a_consent,
    a_held_case,
    a_proposed_handover,
    a_referral,
    a_verification,
    an_action,
    an_incident,
    an_intake,
)
from tests.moves import Judge, Kind, World
from tests.personas import Clients
from tests.searches import an_exclusion
from tests.sql import org

KEEPER = "demo-labour"
PATH = "/v1/exclusions"


async def test_everything_of_the_case_is_gone_at_once_and_back_with_the_lifting(clients: Clients) -> None:
    story = await a_referral(clients, status="accepted")
    case, referral = f"/v1/cases/{story.case}", f"/v1/referrals/{story.referral['id']}"
    paths = [case, f"{case}/timeline", f"{case}/accesses", f"{case}/consents", referral, f"{referral}/status"]
    made = await an_exclusion(clients, story.case, "demo-ngo")
    for path in paths:
        assert (await clients.get("demo-ngo", path)).status_code == 404, path
    for path in ("/v1/cases", "/v1/referrals"):
        assert (await clients.ok("demo-ngo", "GET", path))["items"] == [], path
    found = {"full_name": "Nguyễn Thị Hoa", "birth_year": 1999}
    assert (await clients.ok("demo-ngo", "POST", "/v1/case-searches", found))["items"] == []
    await an_action(clients, KEEPER, f"{PATH}/{made['id']}", "liftings", {"text": "Đã xác minh."})
    for path in paths:
        assert (await clients.get("demo-ngo", path)).status_code == 200, path


NEW: dict[str, tuple[str, str, str, dict[str, Any]]] = {
    "hand-over": ("demo-commune", "/v1/cases/{case}/handovers", "/receiver_id", {"receiver_id": "{excluded}"}),
    "verification": (
        "demo-police",
        "/v1/cases/{case}/verifications",
        "/verifier_id",
        {"verifier_id": "{excluded}", "kind": "victim"},
    ),
    "referral": (
        "demo-ngo",
        "/v1/referrals",
        "/receiver_id",
        {"case_id": "{case}", "receiver_id": "{excluded}", "service": "psychological", "sections": ["needs"],
         "lawful_basis": "statutory_support"},
    ),
    "consent": (
        "demo-ngo",
        "/v1/cases/{case}/consents",
        "/recipient_id",
        {"recipient_id": "{excluded}", "purpose": "psychological", "sections": ["needs"], "language": "vi",
         "method": "spoken"},
    ),
    "notice": (
        "demo-other-police",
        "/v1/cases/{case}/notices",
        "/recipient_id",
        {"recipient_id": "{excluded}", "kind": "home_province"},
    ),
    "incident": (
        "demo-police",
        "/v1/cases/{case}/incidents",
        "/police_id",
        {"kind": "threat", "occurred_at": "2026-11-20T22:41:00+07:00", "text": "Bị dọa.", "police_id": "{excluded}"},
    ),
}  # fmt: skip


def _filled(value: Any, words: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(each, words) for name, each in value.items()}
    return value.format(**words) if isinstance(value, str) else value


@pytest.mark.parametrize("what", NEW)
async def test_nothing_new_is_given_or_told_to_an_excluded_body(clients: Clients, raw: Raw, what: str) -> None:
    """The custodian, who excluded it, is told so; the database would refuse the grant as well."""
    who, path, pointer, body = NEW[what]
    story = await a_held_case(clients, accompanying_minors=[])
    await an_exclusion(clients, story.case, who)
    words = {"case": story.case, "excluded": str(org(who))}
    answer = await clients.call(KEEPER, "POST", path.format(**words), _filled(body, words))
    assert (answer.status_code, answer.json()["code"]) == (422, "organisation_excluded")
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert await raw.all.fetchval("select count(*) from case_parties where organisation_id = $1", org(who)) == 0


async def test_whoever_is_not_the_custodian_learns_nothing_by_naming_the_excluded(clients: Clients) -> None:
    story = await a_referral(clients, status="accepted", receiver="demo-shelter", service="shelter")
    await an_exclusion(clients, story.case, "demo-police")
    body = an_incident()
    answer = await clients.call("demo-shelter", "POST", f"/v1/cases/{story.case}/incidents", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_reference")
    nobody = await clients.call(
        "demo-shelter", "POST", f"/v1/cases/{story.case}/incidents", {**body, "police_id": str(uuid4())}
    )
    kept = [{**each.json(), "instance": None} for each in (answer, nobody)]
    assert kept[0] == kept[1]


async def test_a_forwarded_request_does_not_reach_the_excluded(clients: Clients) -> None:
    story = await a_held_case(clients)
    await a_verification(clients, story)
    await an_exclusion(clients, story.case, "demo-other-police")
    path = f"/v1/verifications/{story.verification['id']}"
    etag = (await clients.ok("demo-police", "GET", path))["etag"]
    body = {"verifier_id": str(org("demo-other-police")), "reason": "Khác địa bàn"}
    answer = await clients.call("demo-police", "POST", f"{path}/forwardings", body, etag=etag)
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_reference")


async def test_custody_on_its_way_to_a_body_is_called_back_before_it_is_excluded(clients: Clients) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    await a_proposed_handover(clients, story, KEEPER, "demo-commune")
    body = {"organisation_id": str(org("demo-commune")), "reason": "other"}
    answer = await clients.call(KEEPER, "POST", f"/v1/cases/{story.case}/exclusions", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "open_handover")
    await an_exclusion(clients, story.case, "demo-ngo")  # of another body custody says nothing
    path = f"/v1/handovers/{story.handover['id']}"
    await an_action(clients, KEEPER, path, "cancellations", {"reason": "replaced"})
    await an_exclusion(clients, story.case, "demo-commune")


async def test_only_the_custodian_excludes_reads_and_lifts(clients: Clients) -> None:
    story = await a_referral(clients, status="accepted")
    made = await an_exclusion(clients, story.case, "demo-police", text="Người quen của cán bộ.")
    read = await clients.ok(KEEPER, "GET", f"{PATH}/{made['id']}")
    assert (read["text"], read["status"], read["officer"]) == ("Người quen của cán bộ.", "active", None)
    for who in ("demo-ngo", "demo-police", "demo-stranger"):
        assert (await clients.get(who, f"{PATH}/{made['id']}")).status_code == 404
        lifted = await clients.call(who, "POST", f"{PATH}/{made['id']}/liftings", {}, etag=made["etag"])
        assert lifted.status_code == 404
    assert (await clients.ok("demo-ngo", "GET", f"/v1/cases/{story.case}/exclusions"))["items"] == []
    body = {"organisation_id": str(org("demo-police")), "reason": "other"}
    mine = await clients.call("demo-ngo", "POST", f"/v1/cases/{story.case}/exclusions", body)
    assert (mine.status_code, mine.json()["code"]) == (403, "not_your_move")
    twice = await clients.call(KEEPER, "POST", f"/v1/cases/{story.case}/exclusions", body)
    assert (twice.status_code, twice.json()["code"]) == (409, "already_excluded")


async def test_nothing_tells_the_excluded(clients: Clients, raw: Raw) -> None:
    story = await a_held_case(clients)
    await an_exclusion(clients, story.case, "demo-border")
    (entry,) = await raw.all.fetch("select * from audit_entries where event = 'case.organisation_excluded'")
    assert (entry["parties"], str(org("demo-border")) in entry["facts"]) == ([], False)
    own = await clients.ok("demo-border", "GET", f"/v1/intakes/{story.intake}")
    assert own["status"] == "received"  # what it sent in stays its own
    said = {"kind": "addition", "value": "Có sẹo ở tay."}
    await clients.ok("demo-border", "PUT", f"/v1/intakes/{story.intake}/supplements/{uuid4()}", said)
    joined = await clients.call(
        "demo-border", "POST", "/v1/intakes", an_intake(case_id=story.case, accompanying_minors=[])
    )
    assert (joined.status_code, joined.json()["code"]) == (422, "unknown_reference")


async def test_a_custodian_is_not_excluded_as_a_whole_nor_somebody_by_himself(clients: Clients) -> None:
    story = await a_held_case(clients)
    mine = {"organisation_id": str(org(KEEPER)), "reason": "other"}
    for body, pointer in ((mine, "/organisation_id"), ({**mine, "officer": "officer.demo-labour"}, "/officer")):
        answer = await clients.call(KEEPER, "POST", f"/v1/cases/{story.case}/exclusions", body)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    for nobody in (str(org("demo-oversight")), str(uuid4())):
        answer = await clients.call(
            KEEPER, "POST", f"/v1/cases/{story.case}/exclusions", {**mine, "organisation_id": nobody}
        )
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown_reference")


@pytest.mark.parametrize("who", [KEEPER, "demo-ngo"])
async def test_an_excluded_officer_gets_what_is_missing_and_the_colleague_goes_on(clients: Clients, who: str) -> None:
    """As far as the organisation says who acts; of the custodian's own house too."""
    story = await a_referral(clients, status="accepted")
    made = await an_exclusion(clients, story.case, who, officer="anh-17")
    path = f"/v1/cases/{story.case}"
    assert (await clients.get(who, path, Acting_Officer="anh-17")).status_code == 404
    note = await clients.call(who, "POST", f"{path}/notes", {"text": "Ghi chú."}, Acting_Officer="anh-17")
    assert note.status_code == 404
    lifting = await clients.call(
        who, "POST", f"{PATH}/{made['id']}/liftings", {}, etag=made["etag"], Acting_Officer="anh-17"
    )
    assert lifting.status_code == 404
    assert (await clients.get(who, path, Acting_Officer="hoa-18")).status_code == 200
    listed = (await clients.ok(who, "GET", "/v1/cases", Acting_Officer="anh-17"))["items"]
    assert story.case not in {item["id"] for item in listed}


async def test_every_move_by_everybody(clients: Clients, raw: Raw) -> None:
    kind = Kind(lifecycles()["exclusion"], "case_exclusions", PATH, {"lift": ("liftings", {})})
    judge = Judge(clients, raw, kind)

    async def world(status: str) -> World:
        story = await a_held_case(clients, accompanying_minors=[])
        made = await an_exclusion(clients, story.case, "demo-ngo")
        if status == "lifted":
            await an_action(clients, KEEPER, f"{PATH}/{made['id']}", "liftings", {})
        return World(made["id"], status, {KEEPER: frozenset({"custodian"}), "demo-ngo": None, "demo-border": None})

    for status in ("active", "lifted"):
        await judge.judge(partial(world, status), status)
    assert (judge.faults, judge.tried) == ([], 6)


async def test_the_next_custodian_has_the_exclusions_and_lifts_them(clients: Clients) -> None:
    story = await a_case(clients, accompanying_minors=[])
    made = await an_exclusion(clients, story.case, "demo-police", "demo-border")
    await a_proposed_handover(clients, story, "demo-border", KEEPER)
    path = f"/v1/handovers/{story.handover['id']}"
    await an_action(clients, KEEPER, path, "confirmations", {})
    (listed,) = (await clients.ok(KEEPER, "GET", f"/v1/cases/{story.case}/exclusions"))["items"]
    assert listed["id"] == made["id"]
    assert (await clients.get("demo-border", f"{PATH}/{made['id']}")).status_code == 404
    await an_action(clients, KEEPER, f"{PATH}/{made['id']}", "liftings", {})


async def test_a_consent_given_before_is_worth_nothing_to_the_excluded(clients: Clients) -> None:
    story = await a_held_case(clients)
    consent = await a_consent(clients, story)
    await an_exclusion(clients, story.case, "demo-ngo")
    assert (await clients.get("demo-ngo", f"/v1/consents/{consent['id']}")).status_code == 404


async def test_what_a_body_must_not_see_passes_neither_to_nor_from_it(
    clients: Clients, raw: Raw, server: Server
) -> None:
    """A transfer of functions leaves such a case with the old body: nobody comes to see it by succeeding another."""
    story = await a_held_case(clients, "demo-police", accompanying_minors=[])
    free = await a_held_case(clients, "demo-police", accompanying_minors=[])
    await an_exclusion(clients, story.case, "demo-other-police", "demo-police")
    cases, _ = await pass_on(server, Transfer(giver=org("demo-police"), taker=org("demo-other-police")))
    assert cases == 1
    custodians = {str(row["id"]): row["custodian_id"] for row in await raw.all.fetch("select * from cases")}
    assert custodians == {story.case: org("demo-police"), free.case: org("demo-other-police")}
