"""The moves of the six clients, made over the public API and judged by the policy: whether granted, and what follows.

Each rule names who tries what on whom by numbers, so that Hypothesis can repeat and shorten a walk; three times in four
it is somebody the policy would let. After each move everybody whose view of the case it changed looks, and by turns
somebody whose view it must not have changed; the end of a walk is looked at by all.
"""

from typing import Any
from uuid import uuid4

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from tests.factories import A_STATEMENT, an_intake
from tests.history import effects
from tests.history.policy import (
    CLIENTS,
    ENDED_REFERRAL,
    Case,
    Consent,
    Handover,
    Referral,
    Thing,
    Verification,
    actions,
    acts,
    holds,
    reads,
    sees,
    writes,
)
from tests.history.steps import MOST, Fault, Steps
from tests.history.watch import look_at_all, look_at_intake, look_at_lists, path_of, require, views
from tests.personas import PERSONAS

N = st.integers(0, 2**16)
SHARED = (frozenset({"identity", "needs"}), frozenset({"identity"}), frozenset({"needs", "contact"}))
PATCHES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("contact", {"text": "Gọi buổi tối."}),
    ("needs", {"services": ["shelter"]}),
    ("papers", {"identity_documents": [{"type": "passport", "number": "C1234567"}]}),
    ("family", {"text": "Có một người chị."}),
    ("refuge", {"address": "Nhà số 7"}),
    ("handling", {"flags": ["hidden_address"]}),
    ("handling", {"flags": ["ask_before_family"]}),
)


WISHES = (
    *("move",) * 12,
    *("referral",) * 5,
    *("consent", "handover", "verification", "amend") * 3,
    *("statement", "closure", "case"),
)
"""How often each move is wished for; of what there is enough already, another one is moved instead."""


def org(who: str) -> str:
    return str(PERSONAS[who].id)


def able(case: Case) -> list[str]:
    return [who for who in CLIENTS if acts(case, who)]


class Walk(Steps):
    """One walk: at most two cases, and everything that six clients do about them."""

    @initialize()
    def a_post_takes_somebody_in(self) -> None:
        self.case(0, 0, 0)

    @rule(wish=st.sampled_from(WISHES), n=N, to=N, what=N)
    def step(self, wish: str, n: int, to: int, what: int) -> None:
        """One rule for all moves, weighed: with a rule for each, Hypothesis leaves some out of a walk, and few things
        come to their end. The turn is added since it likes the number 0 best."""
        n, to, what = n + self.turn, to + 3 * self.turn, what + 5 * self.turn
        if wish in MOST and not self.few(wish):
            wish = "move"
        if wish == "move" and not self.things():
            wish = "consent"
        getattr(self, wish)(n, to, what)

    def case(self, n: int, to: int, what: int) -> None:
        who, intake_id = CLIENTS[n % len(CLIENTS)], str(uuid4())
        answer = self.ask(who, "PUT", f"/v1/intakes/{intake_id}", an_intake(accompanying_minors=[]))
        require(answer, 201)
        self.cases.append(Case(answer.body["case"]["id"], who, intake_id))
        self.after({})

    def handover(self, n: int, to: int, what: int) -> None:
        case, receiver = self.a_case(n), CLIENTS[to % len(CLIENTS)]
        who = self.whom(n, [case.custodian])
        fault = self.own_case(case, who)
        if fault is None and any(handover.status == "proposed" for handover in case.handovers):
            fault = (409, "open_handover")
        if fault is None and receiver == who:
            fault = (422, "validation_failed")
        made = self.create(case, who, "handovers", {"receiver_id": org(receiver)}, fault)
        if made:
            before = views(self.cases)
            case.handovers.append(Handover(made["id"], case, who, receiver))
            self.after(before)

    def verification(self, n: int, to: int, what: int) -> None:
        case, kind = self.a_case(n), "victim" if what % 3 else "identity"
        who = self.whom(n, [case.custodian])
        verifier = (*CLIENTS, "demo-police", "demo-other-police", "demo-police")[to % 9]
        fault = self.own_case(case, who)
        competent = holds(verifier, "verification.decide") and (verifier == who or verifier != "demo-border")
        if fault is None and not competent:
            fault = (422, "verifier_not_competent")
        if not holds(who, "verification.request"):
            fault = (403, "insufficient_scope")
        made = self.create(case, who, "verifications", {"verifier_id": org(verifier), "kind": kind}, fault)
        if made:
            before = views(self.cases)
            case.verifications.append(Verification(made["id"], case, kind, who, verifier, verifier != who))
            effects.asked(case.verifications[-1])
            self.after(before)

    def consent(self, n: int, to: int, what: int) -> None:
        case, recipient = self.a_case(n), CLIENTS[to % len(CLIENTS)]
        who = self.whom(n, able(case))
        fault = self.acting(case, who)
        if fault is None and "identity" not in reads(case, who):
            fault = (422, "guardian_required")
        sections = SHARED[to // 7 % len(SHARED)]
        body = {"recipient_id": org(recipient), "purpose": "care_coordination", "sections": sorted(sections)}
        made = self.create(case, who, "consents", {**body, "language": "vi", "method": "spoken"}, fault)
        if made:
            before = views(self.cases)
            case.consents.append(Consent(made["id"], case, who, recipient, sections))
            self.after(before)

    def referral(self, n: int, to: int, what: int) -> None:
        case = self.a_case(n)
        consent = case.consents[to % len(case.consents)] if case.consents and what % 3 else None
        receiver = consent.recipient if consent and what % 4 else CLIENTS[to % len(CLIENTS)]
        who = self.whom(n, able(case))
        sections = consent.sections if consent and what % 5 else SHARED[what // 5 % len(SHARED)]
        service = ("psychological", "shelter")[what // 15 % 2]
        sent = Referral("", case, who, receiver, service, sections, consent)
        basis = {"consent_id": consent.id} if consent else {"lawful_basis": "vital_interest"}
        body = {"case_id": case.id, "receiver_id": org(receiver), "service": service, "sections": sorted(sections)}
        fault = self.unsendable(sent)
        answer = self.ask(who, "POST", "/v1/referrals", {**body, **basis})
        require(answer, *(fault or (201,)))
        if fault is None:
            before = views(self.cases)
            sent.id = answer.body["id"]
            case.referrals.append(sent)
            self.after(before)

    @staticmethod
    def unsendable(sent: Referral) -> Fault:
        """In the order of the contract: what one may not see, may not do, may not do now, and may not disclose."""
        case, who, consent = sent.case, sent.sender, sent.consent
        twins = (r for r in case.referrals if (r.sender, r.receiver, r.service) == (who, sent.receiver, sent.service))
        if not sees(case, who):
            return 422, "unknown_reference"
        if fault := Steps.acting(case, who):
            return fault
        if any(twin.status not in ENDED_REFERRAL for twin in twins):
            return 409, "duplicate_active_referral"
        if sent.receiver == who:
            return 422, "validation_failed"
        if not sent.sections <= reads(case, who):
            return 422, "sections_not_permitted"
        if consent and not sees(consent, who):
            return 422, "unknown_reference"
        fits = consent is None or (
            consent.status == "given" and consent.recipient == sent.receiver and sent.sections <= consent.sections
        )
        return None if fits else (422, "consent_required")

    def move(self, n: int, to: int, what: int) -> None:
        """Any action of any thing; three times in four of one that still waits for somebody."""
        things = self.things()
        waiting = [thing for thing in things if any(actions(thing, who) for who in CLIENTS)]
        chosen = waiting if waiting and to % 4 != 3 else things
        self.act(chosen[to // 4 % len(chosen)], n, what)

    def closure(self, n: int, to: int, what: int) -> None:
        self.act(self.a_case(n), n, what)

    def amend(self, n: int, to: int, what: int) -> None:
        case, (section, value) = self.a_case(n), PATCHES[what % len(PATCHES)]
        who = self.whom(n, [client for client in CLIENTS if writes(case, client, section)])
        etag = self.tag(case, who)
        fault = self.acting(case, who)
        if fault is None and not writes(case, who, section):
            fault = (422, "sections_not_permitted")
        answer = self.ask(who, "PATCH", path_of(case), {"sections": {section: value}}, etag)
        require(answer, *(fault or (200,)))
        if fault is None:
            before = views(self.cases)
            if section == "handling":
                case.hidden_address = "hidden_address" in value["flags"]
            self.after(before)

    def statement(self, n: int, to: int, what: int) -> None:
        case = self.a_case(n)
        who = self.whom(n, [client for client in CLIENTS if writes(case, client, "statement")])
        fault = self.acting(case, who)
        if fault is None and not writes(case, who, "statement"):
            fault = (422, "sections_not_permitted")
        if self.create(case, who, "statements", {**A_STATEMENT, "reason": "new_fact"}, fault):
            before = views(self.cases)
            verifying = any(v.verifier == who for v in case.verifications)
            case.statements.append((who, verifying))
            self.after(before)

    def teardown(self) -> None:
        """Everybody looks at every case, and by turns at everything else."""
        if not self.cases:
            return
        things = self.things()
        turns = [(CLIENTS[(self.turn + at) % len(CLIENTS)], thing) for at, thing in enumerate(things)]
        everybody: list[tuple[str, Thing]] = [(who, case) for case in self.cases for who in CLIENTS]
        self.world.run(look_at_all(self.world, [*everybody, *turns]))
        self.world.run(look_at_lists(self.world, CLIENTS[self.turn % len(CLIENTS)], self.cases))
        for case in self.cases:
            self.world.run(look_at_intake(self.world, case))
