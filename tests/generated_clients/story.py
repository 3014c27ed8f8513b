"""The story of the contract (steps 1-8 of the demo's), told by the generated Python client alone.

Run by `python -m tests.generated_clients` in an environment that knows nothing of this program: its standard input is
JSON `{url, assertions, ids}`, an assertion of RFC 7523 and an organisation's id for each client.
"""

import inspect
import json
import sys
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any
from uuid import UUID, uuid4

from referral_client import AuthenticatedClient, Client
from referral_client import models as m
from referral_client.api.audit import get_audit_events
from referral_client.api.cases import (
    get_cases,
    get_cases_case_id,
    get_cases_case_id_accesses,
    get_cases_case_id_timeline,
    post_cases_case_id_closures,
)
from referral_client.api.custody_and_consent import (
    get_handovers,
    get_handovers_handover_id,
    post_cases_case_id_consents,
    post_cases_case_id_handovers,
    post_handovers_handover_id_confirmations,
)
from referral_client.api.intakes import (
    get_intakes_intake_id,
    get_intakes_intake_id_receipt,
    put_intakes_intake_id,
    put_intakes_intake_id_supplements_supplement_id,
)
from referral_client.api.oauth import post_oauth_token
from referral_client.api.referrals import (
    get_referrals,
    get_referrals_referral_id,
    get_referrals_referral_id_status,
    post_referrals,
    post_referrals_referral_id_acceptances,
    post_referrals_referral_id_acknowledgements,
    post_referrals_referral_id_completions,
    post_referrals_referral_id_starts,
)
from referral_client.api.reintegration import (
    post_cases_case_id_plans,
    post_cases_case_id_support_items,
    post_plans_plan_id_follow_ups,
    post_plans_plan_id_support_items,
)
from referral_client.api.verifications import (
    get_verifications_verification_id,
    post_cases_case_id_verifications,
    post_verifications_verification_id_conclusions,
    post_verifications_verification_id_starts,
)

TODAY = (datetime.now(UTC) + timedelta(hours=7)).date()
NAME = "Nguyễn Thị Hoa"


class Told:
    """The partners, each with a client of its own, and what they made so far."""

    def __init__(self, url: str, assertions: dict[str, str], ids: dict[str, str]) -> None:
        self.clients = {who: authenticated(url, assertion) for who, assertion in assertions.items()}
        self.org = {who: UUID(known) for who, known in ids.items()}
        self.calls = 0

    def call(self, who: str, operation: ModuleType, *given: Any, expect: int = 200, **named: Any) -> Any:
        """The typed answer; headers that every partner states are added where the operation asks for them."""
        asked = inspect.signature(operation.sync_detailed).parameters
        purpose = "oversight_review" if who == "demo-oversight" else "care_coordination"
        stated = {"acting_officer": "cb-0147", "purpose_of_use": purpose, "idempotency_key": str(uuid4())}
        headers = {name: value for name, value in stated.items() if name in asked}
        reply = operation.sync_detailed(*given, client=self.clients[who], **{**headers, **named})
        self.calls += 1
        name = operation.__name__.rpartition(".")[2]
        print(f"  {who:<17} {name} → {int(reply.status_code)} {type(reply.parsed).__name__}")
        assert int(reply.status_code) == expect, reply.content.decode()
        assert reply.parsed is not None
        return reply.parsed

    def refused(self, who: str, operation: ModuleType, *given: Any, code: str, **named: Any) -> None:
        status = {"not_found": 404, "insufficient_scope": 403}.get(code, 409)
        problem = self.call(who, operation, *given, expect=status, **named)
        assert isinstance(problem, m.Problem)
        assert problem.code == code

    def act(self, who: str, read: ModuleType, move: ModuleType, id: UUID, body: Any = None) -> Any:
        """A move on a thing, with the tag of what this client sees of it."""
        tag = self.call(who, read, id).etag
        return self.call(who, move, id, body=m.Nothing() if body is None else body, if_match=tag)


def authenticated(url: str, assertion: str) -> AuthenticatedClient:
    form = m.PostOauthTokenBody(
        grant_type="client_credentials",
        client_assertion_type="urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        client_assertion=assertion,
    )
    token = post_oauth_token.sync(client=Client(base_url=url), body=form)
    assert isinstance(token, m.TokenOut)
    return AuthenticatedClient(base_url=url, token=token.access_token)


def receive(told: Told) -> tuple[UUID, UUID, UUID]:
    intake, body = uuid4(), arrival()
    made = told.call("demo-border", put_intakes_intake_id, intake, body=body, expect=201)
    assert isinstance(made, m.IntakeOut)
    again = told.call("demo-border", put_intakes_intake_id, intake, body=body)
    assert again.case.id == made.case.id
    body.urgent_needs = ["medical"]
    told.refused("demo-border", put_intakes_intake_id, intake, body=body, code="intake_conflict")
    return intake, made.case.id, made.accompanying[0].case.id


def arrival() -> Any:
    mother = m.PersonIn(full_name=NAME, sex="female", birth_date="1999", nationalities=["VN"], languages=["vi"])
    child = m.MinorIn(
        full_name="Vương Tiểu Mai", sex="female", birth_date="2021", nationalities=["CN"], relation="child"
    )
    return m.IntakeIn(
        schema_version="1.0",
        channel="self_return_border",
        received_at=datetime.now(UTC) - timedelta(hours=3),
        place=m.PlaceIn(province_code="15", text="Cửa khẩu quốc tế Lào Cai"),
        person=mother,
        accompanying_minors=[child],
        urgent_needs=["medical", "shelter"],
        handling=["ask_before_family"],
        trafficking=m.TraffickingIn(
            exploitation_types=["forced_marriage"],
            means_of_control=["false_promises"],
            countries=["CN"],
            statement="Chị được hứa việc làm ở bên kia biên giới rồi bị ép lấy chồng.",
        ),
    )


def hand_over(told: Told, intake: UUID, case: UUID, child: UUID) -> None:
    proposal = m.HandoverIn(receiver_id=told.org["demo-labour"], with_cases=[child], state="distressed")
    handover = told.call("demo-border", post_cases_case_id_handovers, case, body=proposal, expect=201)
    inbox = told.call("demo-labour", get_handovers, box="inbox")
    assert handover.id in [item.id for item in inbox.items]
    confirmed = told.act(
        "demo-labour",
        get_handovers_handover_id,
        post_handovers_handover_id_confirmations,
        handover.id,
        m.Confirmation(),
    )
    assert confirmed.status == "received"
    assert told.call("demo-border", get_intakes_intake_id, intake).status == "received"
    told.call("demo-border", get_intakes_intake_id_receipt, intake)
    words = m.SupplementIn(kind="addition", value="Chị có giữ một số điện thoại cũ.")
    supplement = put_intakes_intake_id_supplements_supplement_id
    told.call("demo-border", supplement, intake, uuid4(), body=words, expect=201)
    for each in (case, child):
        told.refused("demo-border", get_cases_case_id, each, code="not_found")


def verify(told: Told, case: UUID) -> None:
    wanted = m.VerificationIn(verifier_id=told.org["demo-police"], kind="victim")
    made = told.call("demo-labour", post_cases_case_id_verifications, case, body=wanted, expect=201)
    read = get_verifications_verification_id
    told.act("demo-police", read, post_verifications_verification_id_starts, made.id)
    told.call("demo-police", get_cases_case_id, case)
    conclusion = m.ConclusionIn(
        result="victim",
        grounds=["recruited_for_exploitation"],
        evidence_sources=["person_or_relatives", "foreign_authority"],
        certificate=m.Certificate(number="27/GXN-CALC", issued_on=TODAY),
    )
    concluded = told.act("demo-police", read, post_verifications_verification_id_conclusions, made.id, conclusion)
    assert concluded.status == "concluded"
    told.refused("demo-police", get_cases_case_id, case, code="not_found")
    assert told.call("demo-labour", get_cases_case_id, case).identification == "confirmed"


def refer(told: Told, case: UUID, receiver: str, service: Any) -> UUID:
    consent = m.ConsentIn(
        recipient_id=told.org[receiver],
        purpose=service,
        sections=["identity", "needs"],
        language="vi",
        method="written",
    )
    given = told.call("demo-labour", post_cases_case_id_consents, case, body=consent, expect=201)
    referral = m.ReferralIn(
        case_id=case,
        receiver_id=told.org[receiver],
        service=service,
        sections=["identity", "needs"],
        consent_id=given.id,
    )
    found: UUID = told.call("demo-labour", post_referrals, body=referral, expect=201).id
    return found


def deliver(told: Told, case: UUID, referral: UUID, who: str) -> None:
    move = get_referrals_referral_id
    told.act(who, move, post_referrals_referral_id_acknowledgements, referral)
    told.act(who, move, post_referrals_referral_id_acceptances, referral)
    shown = told.call(who, get_cases_case_id, case)
    assert shown.sections.identity.full_name == NAME
    assert len(shown.masked) == 8
    told.act(who, move, post_referrals_referral_id_starts, referral)
    outcome = m.CompletionIn(outcome="service_delivered")
    told.act(who, move, post_referrals_referral_id_completions, referral, outcome)
    told.refused(who, get_cases_case_id, case, code="not_found")


def preview(told: Told, referral: UUID) -> None:
    inbox = told.call("demo-ngo", get_referrals, box="inbox")
    item = next(item for item in inbox.items if item.id == referral)
    assert item.preview.sex == "female"
    assert NAME not in str(inbox.to_dict())


def follow(told: Told, intake: UUID, case: UUID, referral: UUID) -> None:
    for who in ("demo-labour", "demo-ngo"):
        assert told.call(who, get_referrals_referral_id_status, referral).status == "completed"
    assert told.call("demo-border", get_intakes_intake_id, intake).status == "confirmed"
    told.refused("demo-other-police", get_referrals_referral_id, referral, code="not_found")
    told.refused("demo-oversight", get_cases, code="insufficient_scope")
    entries = told.call("demo-oversight", get_audit_events, case_id=case, limit=200).items
    assert {"case.opened", "case.read", "referral.sent"} <= {entry.event for entry in entries}


def reintegrate(told: Told, case: UUID) -> None:
    goals = [m.Goal(service="psychological", text="Ngủ ngon trở lại"), m.Goal(service="shelter", text="Có chỗ ở")]
    plan = m.PlanIn(goals=goals, starts_on=TODAY, review_on=TODAY + timedelta(days=90), agreed_on=TODAY)
    made = told.call("demo-labour", post_cases_case_id_plans, case, body=plan, expect=201)
    given = support("k", "initial_allowance", 1_500_000, "provincial")
    told.call("demo-labour", post_plans_plan_id_support_items, made.id, body=given, expect=201)
    travel = support("e", "travel", 300_000, "state")
    told.call("demo-labour", post_cases_case_id_support_items, case, body=travel, expect=201)
    met = m.FollowUpIn(held_on=TODAY, method="visit", result="stable", retrafficking_risk="low")
    told.call("demo-labour", post_plans_plan_id_follow_ups, made.id, body=met, expect=201)
    shelter = refer(told, case, "demo-shelter", "shelter")
    closure = m.ClosureIn(reason="completed", outcome="reintegrated")
    tag = told.call("demo-labour", get_cases_case_id, case).etag
    close = post_cases_case_id_closures
    told.refused("demo-labour", close, case, body=closure, if_match=tag, code="open_referrals")
    deliver(told, case, shelter, "demo-shelter")
    assert told.act("demo-labour", get_cases_case_id, close, case, closure).status == "closed"


def support(regime: Any, service: Any, amount: int, funding: Any) -> Any:
    return m.SupportItemIn(regime=regime, service=service, given_on=TODAY, amount_vnd=amount, funding=funding)


def review(told: Told, case: UUID) -> None:
    timeline = told.call("demo-labour", get_cases_case_id_timeline, case, limit=200).items
    assert [entry.at for entry in timeline] == sorted(entry.at for entry in timeline)
    assert {"case.opened", "verification.concluded", "case.closed"} <= {entry.event for entry in timeline}
    reads = told.call("demo-labour", get_cases_case_id_accesses, case, limit=200).items
    assert {read.agency for read in reads} == {"border_guard", "labour", "police", "ngo", "provider"}


def main() -> None:
    told = Told(**json.load(sys.stdin))
    intake, case, child = receive(told)
    hand_over(told, intake, case, child)
    verify(told, case)
    referral = refer(told, case, "demo-ngo", "psychological")
    preview(told, referral)
    deliver(told, case, referral, "demo-ngo")
    follow(told, intake, case, referral)
    reintegrate(told, case)
    review(told, case)
    print(f"The generated client told steps 1-8 in {told.calls} calls.")


if __name__ == "__main__":
    main()
