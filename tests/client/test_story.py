"""The story of the contract, steps 1 to 8, told with the typed client as a partner would write it."""

import asyncio
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Literal
from uuid import UUID, uuid4

import pytest

from app.client import AsyncClient, Client, Request, api, problems, types
from tests.client.conftest import Dial, options
from tests.client.records import intake
from tests.conftest import Raw
from tests.personas import PERSONAS
from tests.served import Served

TODAY = date.today().isoformat()
READS = {"identity", "needs", "handling"}


@dataclass
class Told:
    """The clients of the story, and the ids that it makes."""

    dial: Dial
    ids: dict[str, str] = field(default_factory=dict)
    made: dict[str, Client] = field(default_factory=dict)

    def by(self, name: str) -> Client:
        if name not in self.made:
            self.made[name] = self.dial(name)
        return self.made[name]


def org(name: str) -> str:
    return str(PERSONAS[name].id)


async def test_the_whole_story_is_told_with_the_client(dial: Dial) -> None:
    told = Told(dial)
    for step in (receive, hand_over, verify, refer, deliver, follow, reintegrate, review):
        step(told)


def receive(told: Told) -> None:
    post, record, known = told.by("demo-border"), uuid4(), intake()
    made = post.answer(api.put_intakes_intake_id(record, known))
    assert (made.status, made.replayed) == (201, False)
    assert made.body["case"]
    child = made.body["accompanying"][0]["case"]
    assert child
    told.ids |= {"intake": str(record), "case": made.body["case"]["id"], "child": child["id"]}
    assert post.answer(api.put_intakes_intake_id(record, known)).replayed
    with pytest.raises(problems.IntakeConflict):
        post.send(api.put_intakes_intake_id(record, {**known, "urgent_needs": ["medical"]}))
    receipt = post.receipt(record, known)
    assert (receipt.reference, receipt.digest) == (made.body["reference"], made.body["digest"])


def hand_over(told: Told) -> None:
    post, labour, ids = told.by("demo-border"), told.by("demo-labour"), told.ids
    proposal: types.HandoverIn = {"receiver_id": org("demo-labour"), "with_cases": [ids["child"]]}
    handover = post.send(api.post_cases_case_id_handovers(ids["case"], proposal))["id"]
    assert handover in [item["id"] for item in labour.items(api.get_handovers(box="inbox"))]
    read = api.get_handovers_handover_id(handover)
    moved = labour.act(read, lambda etag: api.post_handovers_handover_id_confirmations(handover, etag=etag))
    assert moved["status"] == "received"
    with pytest.raises(problems.NotFound):
        post.send(api.get_cases_case_id(ids["case"]))
    words: types.SupplementIn = {"kind": "addition", "value": "Chị có giữ một số điện thoại cũ."}
    post.send(api.put_intakes_intake_id_supplements_supplement_id(ids["intake"], uuid4(), words))


def verify(told: Told) -> None:
    labour, police, case = told.by("demo-labour"), told.by("demo-police"), told.ids["case"]
    asked = labour.send(
        api.post_cases_case_id_verifications(case, {"verifier_id": org("demo-police"), "kind": "victim"})
    )
    assert asked["due_at"]
    read = api.get_verifications_verification_id(asked["id"])
    police.act(read, lambda etag: api.post_verifications_verification_id_starts(asked["id"], etag=etag))
    assert "contact" not in police.send(api.get_cases_case_id(case))["masked"]
    found: types.ConclusionIn = {
        "result": "victim",
        "grounds": ["recruited_for_exploitation"],
        "evidence_sources": ["person_or_relatives"],
        "certificate": {"number": "27/GXN-CALC", "issued_on": TODAY},
    }
    police.act(read, lambda etag: api.post_verifications_verification_id_conclusions(asked["id"], found, etag=etag))
    assert labour.send(api.get_cases_case_id(case))["identification"] == "confirmed"


def send_referral(told: Told, receiver: str, service: Literal["psychological", "shelter"]) -> str:
    labour, case = told.by("demo-labour"), told.ids["case"]
    sections: list[types.Section] = ["identity", "needs"]
    consent: types.ConsentIn = {
        "recipient_id": org(receiver),
        "purpose": service,
        "sections": sections,
        "language": "vi",
        "method": "written",
    }
    given = labour.send(api.post_cases_case_id_consents(case, consent))["id"]
    referral: types.ReferralIn = {
        "case_id": case,
        "receiver_id": org(receiver),
        "service": service,
        "sections": sections,
        "consent_id": given,
    }
    assert labour.send(api.post_referrals(referral).rehearsed()) == {"valid": True}
    return labour.send(api.post_referrals(referral))["id"]


def refer(told: Told) -> None:
    told.ids["referral"] = send_referral(told, "demo-ngo", "psychological")


def serve(client: Client, referral: str) -> None:
    read = api.get_referrals_referral_id(referral)
    client.act(read, partial(acknowledge, referral))
    client.act(read, lambda etag: api.post_referrals_referral_id_acceptances(referral, etag=etag))
    client.act(read, lambda etag: api.post_referrals_referral_id_starts(referral, etag=etag))


def acknowledge(referral: str, etag: str) -> Request[types.ReferralOut]:
    return api.post_referrals_referral_id_acknowledgements(referral, etag=etag)


def complete(client: Client, referral: str) -> types.ReferralOut:
    done: types.CompletionIn = {"outcome": "service_delivered"}
    read = api.get_referrals_referral_id(referral)
    return client.act(read, lambda etag: api.post_referrals_referral_id_completions(referral, done, etag=etag))


def deliver(told: Told) -> None:
    ngo, ids = told.by("demo-ngo"), told.ids
    preview = next(item for item in ngo.items(api.get_referrals(box="inbox")) if item["id"] == ids["referral"])
    assert "Hoa" not in str(preview)
    serve(ngo, ids["referral"])
    shown = ngo.send(api.get_cases_case_id(ids["case"]))
    assert {name for name, content in shown["sections"].items() if content is not None} == READS
    assert len(shown["masked"]) == 8
    assert complete(ngo, ids["referral"])["status"] == "completed"
    with pytest.raises(problems.NotFound):
        ngo.send(api.get_cases_case_id(ids["case"]))


def follow(told: Told) -> None:
    ids, asked = told.ids, api.get_referrals_referral_id_status
    for name in ("demo-labour", "demo-ngo"):
        status = told.by(name).answer(asked(ids["referral"]))
        assert status.body["status"] == "completed"
        assert told.by(name).answer(asked(ids["referral"], known_etag=status.etag)).status == 304
    assert told.by("demo-border").send(api.get_intakes_intake_id(ids["intake"]))["status"] == "confirmed"
    stranger = told.by("demo-other-police")
    assert list(stranger.items(api.get_referrals())) == []
    with pytest.raises(problems.NotFound):
        stranger.send(asked(ids["referral"]))
    with pytest.raises(problems.InsufficientScope):
        told.by("demo-oversight").send(api.get_cases())
    audit = told.by("demo-oversight").items(api.get_audit_events(case_id=UUID(ids["case"]), limit=20))
    assert {entry["event"] for entry in audit} >= {"case.opened", "case.read", "referral.sent"}


def reintegrate(told: Told) -> None:
    labour, case = told.by("demo-labour"), told.ids["case"]
    plan: types.PlanIn = {
        "goals": [{"service": "psychological", "text": "Ngủ ngon trở lại"}],
        "starts_on": TODAY,
        "review_on": (date.today() + timedelta(days=90)).isoformat(),
        "agreed_on": TODAY,
    }
    made = labour.send(api.post_cases_case_id_plans(case, plan))["id"]
    labour.send(
        api.post_plans_plan_id_support_items(
            made,
            {"regime": "k", "service": "initial_allowance", "given_on": TODAY, "amount_vnd": 1, "funding": "state"},
        )
    )
    met: types.FollowUpIn = {"held_on": TODAY, "method": "visit", "result": "stable", "retrafficking_risk": "low"}
    labour.send(api.post_plans_plan_id_follow_ups(made, met))
    referral = send_referral(told, "demo-shelter", "shelter")
    read, closure = api.get_cases_case_id(case), partial(close, case)
    with pytest.raises(problems.OpenReferrals):
        labour.act(read, closure)
    serve(told.by("demo-shelter"), referral)
    complete(told.by("demo-shelter"), referral)
    assert labour.act(read, closure)["status"] == "closed"


def close(case: str, etag: str) -> Request[types.CaseState]:
    body: types.ClosureIn = {"reason": "completed", "outcome": "reintegrated"}
    return api.post_cases_case_id_closures(case, body, etag=etag)


def review(told: Told) -> None:
    labour, case = told.by("demo-labour"), told.ids["case"]
    timeline = [entry["event"] for entry in labour.items(api.get_cases_case_id_timeline(case, limit=5))]
    assert timeline[0] == "case.opened"
    assert timeline[-1] == "case.closed"
    reads = list(labour.items(api.get_cases_case_id_accesses(case, limit=5)))
    assert {read["officer"] for read in reads} == {"officer.demo-labour", None}
    assert {read["agency"] for read in reads} >= {"labour", "police", "ngo"}


async def test_its_beginning_is_told_on_asyncio_too(service: Served, raw: Raw, data: Path) -> None:
    async with (
        AsyncClient(**options("demo-border", data, service.url, {})) as post,
        AsyncClient(**options("demo-labour", data, service.url, {"dpop": False})) as labour,
    ):
        records = [uuid4() for _ in range(6)]
        made = await asyncio.gather(*(post.send(api.put_intakes_intake_id(each, intake())) for each in records))
        assert {item["id"] async for item in post.items(api.get_intakes(limit=2))} == set(map(str, records))
        assert (await post.receipt(records[0], intake())).reference == made[0]["reference"]
        case = made[0]["case"]
        assert case
        with pytest.raises(problems.KeepTogether):
            await post.send(api.post_cases_case_id_handovers(case["id"], {"receiver_id": org("demo-labour")}))
        family = [each["case"]["id"] for each in made[0]["accompanying"] if each["case"]]
        proposal: types.HandoverIn = {"receiver_id": org("demo-labour"), "with_cases": family}
        handover = (await post.send(api.post_cases_case_id_handovers(case["id"], proposal)))["id"]
        read = api.get_handovers_handover_id(handover)
        await labour.act(read, lambda etag: api.post_handovers_handover_id_confirmations(handover, etag=etag))
        assert (await labour.send(api.get_cases_case_id(case["id"])))["status"] == "open"
