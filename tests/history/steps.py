"""How a walk makes one move: who tries it, what the service must answer, and who looks afterwards."""

from collections.abc import Sequence
from typing import Any, ClassVar

from hypothesis import note
from hypothesis.stateful import RuleBasedStateMachine, invariant

from tests.factories import CONCLUSION
from tests.history import effects
from tests.history.policy import (
    CLIENTS,
    Case,
    Consent,
    Handover,
    Referral,
    Thing,
    Verification,
    actions,
    acts,
    holds,
    kind_of,
    outcome,
    sees,
)
from tests.history.watch import Views, equal, look, look_at_all, look_at_lists, path_of, require, views
from tests.history.world import Answer, World

Fault = tuple[int, str] | None
MOST = {"case": 2, "handover": 8, "verification": 3, "consent": 4, "referral": 5}
"""Of each kind in one walk, so that moves meet instead of spreading."""
NO_TAG = '"AAAAAAAAAAAAAAAAAAAA"'
MOVES: dict[str, dict[str, tuple[str, dict[str, Any]]]] = {
    "handover": {
        "confirm": ("confirmations", {}),
        "refuse": ("refusals", {"reason": "not_present", "text": "Không có ai đến."}),
        "cancel": ("cancellations", {"reason": "replaced"}),
    },
    "verification": {
        "start": ("starts", {}),
        "refuse": ("refusals", {"reason": "duplicate"}),
        "withdraw": ("withdrawals", {}),
        "request_information": ("information-requests", {"text": "Ở đâu?"}),
        "answer": ("answers", {"text": "Ở bến xe."}),
        "extend": ("extensions", {"reason": "Chờ trả lời."}),
        "reconsider": ("reconsiderations", {"reason": "Có chứng cứ mới."}),
        "conclude": ("conclusions", CONCLUSION),
    },
    "referral": {
        "acknowledge": ("acknowledgements", {}),
        "accept": ("acceptances", {}),
        "refuse": ("refusals", {"reason": "no_capacity", "text": "Hết chỗ."}),
        "request_information": ("information-requests", {"text": "Khi nào?"}),
        "answer": ("answers", {"text": "Ngày mai."}),
        "start": ("starts", {}),
        "complete": ("completions", {"outcome": "service_delivered"}),
        "withdraw": ("withdrawals", {"reason": "need_met"}),
    },
    "case": {
        "close": ("closures", {"reason": "completed", "outcome": "support_completed"}),
        "reopen": ("reopenings", {"reason": "new_need"}),
    },
    "consent": {"revoke": ("revocations", {})},
}
_OF_THE_REQUESTER = ("withdraw", "answer", "reconsider")
_REFUSALS = {"not_found": 404, "not_your_move": 403, "invalid_transition": 409}


class Steps(RuleBasedStateMachine):
    """What every move of a walk has in common."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self.cases: list[Case] = []
        self.turn = 0
        self.world.runs += 1

    # Who and what --------------------------------------------------------------------------------------------------

    def a_case(self, n: int) -> Case:
        return self.cases[n % len(self.cases)]

    def things(self) -> list[Thing]:
        return [thing for case in self.cases for thing in case.things]

    def few(self, kind: str) -> bool:
        return sum(kind_of(thing) == kind for thing in (*self.cases, *self.things())) < MOST[kind]

    @staticmethod
    def whom(n: int, able: Sequence[str]) -> str:
        """One who may, three times in four; else anybody."""
        chosen = able if able and n % 4 != 3 else CLIENTS
        return chosen[n // 4 % len(chosen)]

    @staticmethod
    def acting(case: Case, who: str) -> Fault:
        """What refuses an act in a case, in the order of the contract."""
        if not sees(case, who):
            return 404, "not_found"
        if not acts(case, who):
            return 403, "not_your_move"
        return (409, "case_closed") if case.status == "closed" else None

    @classmethod
    def own_case(cls, case: Case, who: str) -> Fault:
        """The same, for what is the custodian's alone."""
        if sees(case, who) and case.custodian != who:
            return 403, "not_your_move"
        return cls.acting(case, who)

    # One request ---------------------------------------------------------------------------------------------------

    def ask(self, who: str, method: str, path: str, body: Any = None, etag: str | None = None) -> Answer:
        answer = self.world.run(self.world.ask(who, method, path, body, etag))
        note(f"{answer.sent}: {answer.status} {answer.code}")
        (self.world.refused if answer.code else self.world.granted)[answer.asked] += 1
        return answer

    def create(self, case: Case, who: str, what: str, body: dict[str, Any], fault: Fault) -> Any:
        """Something new under a case; its answer where it was to be granted, None where it was refused rightly."""
        answer = self.ask(who, "POST", f"{path_of(case)}/{what}", body)
        require(answer, *(fault or (201,)))
        return None if fault else answer.body

    def tag(self, thing: Thing, who: str) -> str:
        """The version this client knows, from a reading that is judged like any other."""
        answer = self.world.run(look(self.world, who, thing))
        return answer.etag if answer.status == 200 else NO_TAG

    # One move ------------------------------------------------------------------------------------------------------

    def act(self, thing: Thing, n: int, what: int) -> None:
        """Any action of the thing, three times in four by somebody who has it now."""
        kind = kind_of(thing)
        every = [(who, action) for who in CLIENTS for action in MOVES[kind]]
        able = [(who, action) for who, action in every if action in actions(thing, who)]
        chosen = able if able and n % 4 != 3 else every
        who, action = chosen[what % len(chosen)]
        suffix, body = MOVES[kind][action]
        if isinstance(thing, Verification) and action == "conclude":
            body = _conclusion(thing, n)
        fault = self.refusal(thing, who, action)
        etag = None if kind == "consent" else self.tag(thing, who)
        answer = self.ask(who, "POST", f"{path_of(thing)}/{suffix}", body, etag)
        require(answer, *(fault or (200,)))
        if fault is None:
            before = views(self.cases)
            self.moved(thing, who, action, str(body.get("result")))
            equal(answer.sent, "status", answer.body["status"], thing.status)
            equal(answer.sent, "available_actions", frozenset(answer.body["available_actions"]), actions(thing, who))
            self.after(before)

    @staticmethod
    def refusal(thing: Thing, who: str, action: str) -> Fault:
        if isinstance(thing, Verification):
            capability = "verification.request" if action in _OF_THE_REQUESTER else "verification.decide"
            if not holds(who, capability):
                return 403, "insufficient_scope"
        led = outcome(thing, who, action)
        if led in _REFUSALS:
            return _REFUSALS[led], led
        if isinstance(thing, Case) and action == "close" and (waiting := effects.waiting(thing)):
            return 409, waiting
        if action == "extend" and isinstance(thing, Verification) and thing.extended:
            return 409, "already_extended"
        if action == "reconsider" and isinstance(thing, Verification) and thing.case.status == "closed":
            return 409, "case_closed"
        return None

    @staticmethod
    def moved(thing: Thing, who: str, action: str, result: str) -> None:
        before, thing.status = thing.status, outcome(thing, who, action)
        match thing:
            case Case():
                (effects.closed if action == "close" else effects.reopened)(thing)
            case Handover() if thing.status == "received":
                effects.handed_over(thing)
            case Verification():
                thing.extended |= action == "extend"
                effects.moved(thing, before, result)
            case Referral():
                effects.served(thing)
            case Handover() | Consent():
                pass

    # Who looks -----------------------------------------------------------------------------------------------------

    def after(self, before: Views) -> None:
        """Everybody looks whose view of a case the policy says has changed."""
        now = views(self.cases)
        wanted: list[tuple[str, Thing]] = [
            (who, case) for case in self.cases for who in CLIENTS if before.get((case.id, who)) != now[case.id, who]
        ]
        self.world.run(look_at_all(self.world, wanted))

    @invariant()
    def somebody_looks(self) -> None:
        """By turns, at a case and at one thing of it; now and then at the lists."""
        self.world.steps += 1
        self.turn += 1
        if not self.cases:
            return
        who, case = CLIENTS[self.turn % len(CLIENTS)], self.a_case(self.turn // len(CLIENTS))
        things = self.things()
        wanted: list[tuple[str, Thing]] = [(who, case)]
        if things and self.turn % 3 == 0:
            wanted.append((CLIENTS[self.turn // 3 % len(CLIENTS)], things[self.turn // 3 % len(things)]))
        self.world.run(look_at_all(self.world, wanted))
        if self.turn % 20 == 0:
            self.world.run(look_at_lists(self.world, who, self.cases))


def _conclusion(thing: Verification, n: int) -> dict[str, Any]:
    results = tuple(effects.RESULTS[thing.kind])
    result = results[n // 4 % len(results)]
    body = {**CONCLUSION, "result": result}
    return body if result == "victim" else {name: value for name, value in body.items() if name != "certificate"}
