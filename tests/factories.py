"""Builders of the states a test starts from, made over the public API like everything else."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

from tests.personas import PERSONAS, Clients, Story

CONCLUSION = {
    "result": "victim",
    "grounds": ["traded_as_goods"],
    "evidence_sources": ["person_or_relatives"],
    "certificate": {"number": "12/GXN-CA", "issued_on": "2026-11-20"},
}


def an_intake(**changes: Any) -> dict[str, Any]:
    """The body of step 1 of the story."""
    body: dict[str, Any] = {
        "schema_version": "1.0",
        "channel": "self_return_border",
        "received_at": "2026-11-20T22:41:00+07:00",
        "place": {"province_code": "15", "text": "Cầu Hồ Kiều"},
        "person": {
            "full_name": "Nguyễn Thị Hoa",
            "sex": "female",
            "birth_date": "1999",
            "nationalities": ["VN"],
            "identity_documents": [],
            "languages": ["vi"],
        },
        "accompanying_minors": [
            {
                "full_name": "Vương Tiểu Mai",
                "sex": "female",
                "birth_date": "2021",
                "nationalities": ["CN"],
                "relation": "child",
            }
        ],
        "urgent_needs": ["medical", "shelter"],
        "handling": ["ask_before_family"],
        "trafficking": {
            "exploitation_types": ["forced_marriage"],
            "means_of_control": ["false_promises"],
            "countries": ["CN"],
            "statement": "Bị lừa sang bên kia biên giới.",
        },
    }
    return {**body, **changes}


async def a_case(clients: Clients, by: str = "demo-border", **changes: Any) -> Story:
    """A case in the custody of `by`, just opened."""
    intake_id = str(uuid4())
    made = await clients.ok(by, "PUT", f"/v1/intakes/{intake_id}", an_intake(**changes))
    minors = made["accompanying"]
    return Story(intake=intake_id, case=made["case"]["id"], child=minors[0]["case"]["id"] if minors else "")


async def a_proposed_handover(clients: Clients, story: Story, giver: str, receiver: str) -> None:
    body = {"receiver_id": str(PERSONAS[receiver].id), "with_cases": [story.child] if story.child else []}
    story.handover = await clients.ok(giver, "POST", f"/v1/cases/{story.case}/handovers", body)


async def a_held_case(clients: Clients, holder: str = "demo-labour", **changes: Any) -> Story:
    """A case handed over by the border post and confirmed by `holder`."""
    story = await a_case(clients, **changes)
    await a_proposed_handover(clients, story, "demo-border", holder)
    await a_confirmation(clients, story, holder)
    return story


async def a_confirmation(clients: Clients, story: Story, receiver: str) -> None:
    path = f"/v1/handovers/{story.handover['id']}"
    story.handover = await an_action(clients, receiver, path, "confirmations", {})


async def an_action(clients: Clients, who: str, path: str, act: str, body: dict[str, Any]) -> dict[str, Any]:
    """One action on a resource, with the version this party sees now; the changed resource."""
    etag = (await clients.ok(who, "GET", path))["etag"]
    changed: dict[str, Any] = await clients.ok(who, "POST", f"{path}/{act}", body, etag=etag)
    return changed


async def a_verification(
    clients: Clients, story: Story, by: str = "demo-labour", verifier: str = "demo-police"
) -> None:
    body = {"verifier_id": str(PERSONAS[verifier].id), "kind": "victim"}
    story.verification = await clients.ok(by, "POST", f"/v1/cases/{story.case}/verifications", body)


async def a_conclusion(clients: Clients, story: Story, verifier: str = "demo-police") -> None:
    """Started and concluded: a victim, with certificate."""
    path = f"/v1/verifications/{story.verification['id']}"
    await an_action(clients, verifier, path, "starts", {})
    story.verification = await an_action(clients, verifier, path, "conclusions", CONCLUSION)


async def a_verification_with_words(clients: Clients, story: Story) -> None:
    """Started, asked, answered, concluded: words of both sides."""
    path = f"/v1/verifications/{story.verification['id']}"
    await an_action(clients, "demo-police", path, "starts", {})
    await an_action(clients, "demo-police", path, "information-requests", {"text": "Đề nghị bổ sung giấy tờ."})
    await an_action(clients, "demo-labour", path, "answers", {"text": "Không có giấy tờ nào khác."})
    story.verification = await an_action(clients, "demo-police", path, "conclusions", CONCLUSION)


async def a_consent(
    clients: Clients,
    story: Story,
    recipient: str = "demo-ngo",
    *,
    purpose: str = "psychological",
    sections: tuple[str, ...] = ("identity", "needs"),
    **changes: Any,
) -> dict[str, Any]:
    body = {
        "recipient_id": str(PERSONAS[recipient].id),
        "purpose": purpose,
        "sections": list(sections),
        "language": "vi",
        "method": "spoken",
        **changes,
    }
    story.consent = await clients.ok("demo-labour", "POST", f"/v1/cases/{story.case}/consents", body)
    return story.consent


async def a_referral(
    clients: Clients,
    story: Story | None = None,
    *,
    status: str = "sent",
    receiver: str = "demo-ngo",
    service: str = "psychological",
    **changes: Any,
) -> Story:
    """A referral from labour, walked to `status` (sent, acknowledged, accepted, in_service, completed)."""
    story = story or await a_held_case(clients)
    consent = await a_consent(clients, story, receiver, purpose=service)
    body = {
        "case_id": story.case,
        "receiver_id": str(PERSONAS[receiver].id),
        "service": service,
        "sections": ["identity", "needs"],
        "consent_id": consent["id"],
        **changes,
    }
    story.referral = await clients.ok("demo-labour", "POST", "/v1/referrals", body)
    for until, act, what in (
        ("acknowledged", "acknowledgements", {}),
        ("accepted", "acceptances", {}),
        ("in_service", "starts", {}),
        ("completed", "completions", {"outcome": "service_delivered"}),
    ):
        if story.referral["status"] == status:
            break
        await a_move(clients, story, receiver, act, what)
        assert story.referral["status"] == until
    return story


async def a_move(clients: Clients, story: Story, who: str, act: str, body: dict[str, Any]) -> None:
    """One move of the story's referral, with the version this party sees now."""
    story.referral = await an_action(clients, who, f"/v1/referrals/{story.referral['id']}", act, body)


async def a_plan(clients: Clients, story: Story) -> dict[str, Any]:
    body = {
        "goals": [{"service": "psychological", "text": "Ổn định tâm lý"}],
        "starts_on": "2026-11-20",
        "review_on": "2027-02-20",
        "agreed_on": "2026-11-20",
    }
    story.plan = await clients.ok("demo-labour", "POST", f"/v1/cases/{story.case}/plans", body)
    return story.plan


async def a_follow_up(clients: Clients, story: Story, by: str = "demo-ngo") -> None:
    """A support item and a follow-up under the plan, by who serves the case now."""
    support = {"regime": "g", "service": "psychological", "given_on": "2026-11-20", "funding": "donor"}
    await clients.ok(by, "POST", f"/v1/plans/{story.plan['id']}/support-items", support)
    seen = {"held_on": "2026-11-20", "method": "visit", "result": "stable", "retrafficking_risk": "low"}
    await clients.ok(by, "POST", f"/v1/plans/{story.plan['id']}/follow-ups", seen)


async def an_application(
    clients: Clients, story: Story, decider: str = "demo-labour", **changes: Any
) -> dict[str, Any]:
    """An allowance asked for by the person, handed in by labour."""
    body = {
        "supports": ["initial_allowance"],
        "applicant": "person",
        "text": "Xin trợ cấp để bắt đầu lại.",
        "submitted_on": "2026-11-20",
        "decider_id": str(PERSONAS[decider].id),
        **changes,
    }
    made: dict[str, Any] = await clients.ok("demo-labour", "POST", f"/v1/cases/{story.case}/applications", body)
    return made


async def a_disbursement(clients: Clients, story: Story, by: str = "demo-labour", **changes: Any) -> dict[str, Any]:
    """Half an allowance, planned."""
    body = {
        "regime": "k",
        "service": "initial_allowance",
        "amount_vnd": 1_500_000,
        "planned_on": "2026-11-20",
        "funding": "state",
        "budget": "Dự toán năm 2026",
        **changes,
    }
    made: dict[str, Any] = await clients.ok(by, "POST", f"/v1/cases/{story.case}/disbursements", body)
    return made


async def a_lived_case(clients: Clients) -> Story:
    """A case with a row in every table: labour holds it, the shelter serves it; post, police and NGO have done so."""
    story = await a_held_case(clients)
    path = f"/v1/cases/{story.case}"
    said = {"kind": "addition", "value": "Có sẹo ở tay trái."}
    await clients.ok("demo-border", "PUT", f"/v1/intakes/{story.intake}/supplements/{uuid4()}", said)
    await a_verification(clients, story)
    etag = (await clients.ok("demo-police", "GET", path))["etag"]
    found = {"sections": {"investigation": {"text": "Đã xác minh tại địa phương."}}}
    await clients.ok("demo-police", "PATCH", path, found, etag=etag)
    await a_verification_with_words(clients, story)
    await a_plan(clients, story)
    await an_application(clients, story)
    await a_disbursement(clients, story)
    await clients.ok("demo-labour", "POST", f"{path}/notes", {"text": "Gọi lại thứ hai."})
    paper = {"type": "passport", "number": "C1234567"}
    mended = {"section": "papers", "value": {"identity_documents": [paper]}, "reason": "Tìm thấy hộ chiếu"}
    await clients.ok("demo-labour", "POST", f"{path}/corrections", mended)
    await a_referral(clients, story, status="in_service", note="Cần người phiên dịch.")
    await a_follow_up(clients, story)
    await a_move(clients, story, "demo-ngo", "completions", {"outcome": "service_delivered"})
    live = replace(story)
    await a_referral(clients, live, status="accepted", receiver="demo-shelter", service="shelter", note="Đến tối nay.")
    return story
