"""Builders of the states a test starts from, made over the public API like everything else."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4, uuid5

from app.reference.fields import today
from tests.personas import PERSONAS, Clients, Story

CONCLUSION: dict[str, Any] = {
    "result": "victim",
    "grounds": ["traded_as_goods"],
    "evidence_sources": ["person_or_relatives"],
    "certificate": {"number": "12/GXN-CA", "issued_on": "2026-11-20"},
}

A_REPLY = {**CONCLUSION, "number": "45/CAT-PC02", "issued_on": today().isoformat()}
"""A conclusion that arrived on paper."""
A_STATEMENT = {
    "text": "Bị hai người quen đưa qua biên giới.",
    "taken_at": "2026-11-20T22:41:00+07:00",
    "language": "vi",
    "interpreter": False,
}


def in_days(days: float) -> str:
    """A moment so many days from now, as it is sent: one that must lie ahead cannot be written down for good."""
    return f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


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


async def a_gathering(clients: Clients, story: Story) -> dict[str, Any]:
    """Evidence from labour, and a question of the verifier's to the border post; the question, answered."""
    path = f"/v1/verifications/{story.verification['id']}"
    seen = {"source": "other_domestic_body", "text": "Có vết thương cũ ở cổ tay."}
    await clients.ok("demo-labour", "POST", f"{path}/evidence", seen)
    question = {"assistant_id": str(PERSONAS["demo-border"].id), "question": "Đêm đó có ai khác qua trạm không?"}
    asked = await clients.ok("demo-police", "POST", f"{path}/assistances", question)
    said = {"text": "Có hai người đàn ông."}
    answered: dict[str, Any] = await an_action(
        clients, "demo-border", f"/v1/assistances/{asked['id']}", "answers", said
    )
    return answered


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


async def a_notice(
    clients: Clients, story: Story, recipient: str = "demo-other-police", kind: str = "home_province", **changes: Any
) -> dict[str, Any]:
    """From labour, which has custody; sent, and waiting for its recipient."""
    body = {"recipient_id": str(PERSONAS[recipient].id), "kind": kind, **changes}
    made: dict[str, Any] = await clients.ok("demo-labour", "POST", f"/v1/cases/{story.case}/notices", body)
    return made


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


def a_return_of_a_traveller(gate: str) -> dict[str, Any]:
    return {
        "direction": "inbound",
        "gate_id": str(PERSONAS[gate].id),
        "province_code": "15",
        "arrives_at": in_days(30),
        "means": "land",
        "persons": [{"person": {"full_name": "Lò Thị Mỷ"}}],
    }


async def a_guardian(clients: Clients, case_id: str, by: str = "demo-labour", **changes: Any) -> dict[str, Any]:
    """The grandmother, without a conflict unless told otherwise."""
    body = {"full_name": "Phạm Thị Lụa", "relation": "grandparent", "basis": "appointed", **changes}
    made: dict[str, Any] = await clients.ok(by, "POST", f"/v1/cases/{case_id}/guardians", body)
    return made


async def an_assessment(clients: Clients, case_id: str, by: str = "demo-labour", **changes: Any) -> dict[str, Any]:
    """The family found safe, on 20/11/2026, unless told otherwise."""
    body = {
        "kind": "family_safety",
        "assessed_on": "2026-11-20",
        "conclusion": "safe",
        "assessor": "social_worker",
        "text": "Đã đến thăm gia đình.",
        **changes,
    }
    made: dict[str, Any] = await clients.ok(by, "POST", f"/v1/cases/{case_id}/assessments", body)
    return made


SHELTER = str(uuid5(PERSONAS["demo-shelter"].id, "shelter"))
"""The service of demo-shelter that has places."""


async def a_stay(clients: Clients, story: Story, by: str = "demo-shelter", **changes: Any) -> dict[str, Any]:
    """Placed in the shelter, which has accepted the person."""
    body = {"service_id": SHELTER, "started_on": "2026-11-20", **changes}
    made: dict[str, Any] = await clients.ok(by, "POST", f"/v1/cases/{story.case}/placements", body)
    return made


def an_incident(**changes: Any) -> dict[str, Any]:
    body = {
        "kind": "threat",
        "occurred_at": "2026-11-20T22:41:00+07:00",
        "province_code": "15",
        "text": "Có người gọi điện đe dọa.",
        "police_id": str(PERSONAS["demo-police"].id),
    }
    return {**body, **changes}


def without_police(reason: str = "official_suspected", **changes: Any) -> dict[str, Any]:
    body = an_incident(exclude_police={"reason": reason, "text": "Người quen của cán bộ."}, **changes)
    del body["police_id"]
    return body


def an_order(*measures: str) -> dict[str, Any]:
    return {"measures": list(measures or ("privacy",)), "order_number": "12/QĐ-UBND", "starts_on": "2026-11-20"}


async def a_guarded_stay(clients: Clients, story: Story) -> None:
    """A stay extended once, an incident that the police were not told of, a protection."""
    stay = await a_stay(clients, story)
    longer = {"until": "2027-04-20", "reason": "Chưa có nơi ở."}
    await an_action(clients, "demo-shelter", f"/v1/placements/{stay['id']}", "extensions", longer)
    await clients.ok("demo-shelter", "POST", f"/v1/cases/{story.case}/incidents", without_police())
    await clients.ok("demo-labour", "POST", f"/v1/cases/{story.case}/protections", an_order())
