"""Who has custody, which grants live, which sections each client reads and which moves it has: typed from the contract.

Nothing of the service is imported: a model that shares the code it judges agrees with its mistakes. The moves are those
of `tests/expectations/lifecycles.yaml`, typed by hand likewise.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests import expectations

AGENCIES = {
    "demo-border": "border_guard",
    "demo-police": "police",
    "demo-labour": "labour",
    "demo-shelter": "provider",
    "demo-ngo": "ngo",
    "demo-other-police": "police",
}
CLIENTS = tuple(AGENCIES)
TREATS = frozenset({"demo-shelter"})
SECTIONS = (
    *("identity", "papers", "contact", "family", "handling", "needs", "exploitation"),
    *("statement", "health", "investigation", "refuge"),
)
FIRST_RECEIVER = frozenset(SECTIONS) - {"health", "investigation", "refuge"}
LATER_CUSTODIAN = frozenset(SECTIONS) - {"statement", "health", "investigation"}
HANDOVER = frozenset({"identity", "papers", "handling"})
VERIFIER = {
    "victim": frozenset({"identity", "papers", "family", "handling", "exploitation", "statement", "contact"}),
    "identity": HANDOVER,
}
LIVE_VERIFICATION = ("requested", "in_progress", "info_requested")
LIVE_REFERRAL = ("accepted", "in_service")
ENDED_REFERRAL = ("refused", "completed", "withdrawn")
_LIFECYCLES = expectations.lifecycles()
_MATRIX = expectations.matrix()


def holds(who: str, capability: str) -> bool:
    return AGENCIES[who] in _MATRIX[capability]


@dataclass(eq=False)
class Case:
    id: str
    custodian: str
    intake: str
    custody: frozenset[str] = FIRST_RECEIVER
    status: str = "open"
    identification: str = "unverified"
    support: str = "none"
    before_closure: str = "none"
    hidden_address: bool = False
    statements: list[tuple[str, bool]] = field(default_factory=lambda: [("demo-border", False)])
    """Author of each, and whether it was taken as a verifier of the case."""
    handovers: list["Handover"] = field(default_factory=list)
    verifications: list["Verification"] = field(default_factory=list)
    consents: list["Consent"] = field(default_factory=list)
    referrals: list["Referral"] = field(default_factory=list)
    author: str = ""

    def __post_init__(self) -> None:
        self.author = self.custodian
        self.statements = [(self.custodian, False)]

    @property
    def things(self) -> "list[Thing]":
        return [*self.handovers, *self.verifications, *self.consents, *self.referrals]

    @property
    def stage(self) -> str:
        if self.status == "closed":
            return "closed"
        return self.coarse if self.support == "none" else self.support

    @property
    def coarse(self) -> str:
        """What the author of the intake is shown."""
        if self.status == "closed":
            return "closed"
        return "received" if self.identification in ("unverified", "insufficient") else self.identification


@dataclass(eq=False)
class Handover:
    id: str
    case: Case
    giver: str
    receiver: str
    status: str = "proposed"


@dataclass(eq=False)
class Verification:
    id: str
    case: Case
    kind: str
    requester: str
    verifier: str
    granted: bool
    status: str = "requested"
    extended: bool = False


@dataclass(eq=False)
class Consent:
    id: str
    case: Case
    recorded_by: str
    recipient: str
    sections: frozenset[str]
    status: str = "given"


@dataclass(eq=False)
class Referral:
    id: str
    case: Case
    sender: str
    receiver: str
    service: str
    sections: frozenset[str]
    consent: Consent | None
    status: str = "sent"

    @property
    def live(self) -> bool:
        return self.status in LIVE_REFERRAL and (self.consent is None or self.consent.status == "given")


Thing = Case | Handover | Verification | Consent | Referral


def kind_of(thing: Thing) -> str:
    return type(thing).__name__.lower()


def _working_grants(case: Case, who: str) -> Iterator[frozenset[str]]:
    """Sections of every live grant on which one may act."""
    for verification in case.verifications:
        if verification.granted and verification.verifier == who and verification.status in LIVE_VERIFICATION:
            yield VERIFIER[verification.kind] - ({"contact"} if case.hidden_address else frozenset())
    for referral in case.referrals:
        if referral.receiver == who and referral.live:
            yield referral.sections | {"handling"}


def _grants(case: Case, who: str) -> Iterator[frozenset[str]]:
    yield from _working_grants(case, who)
    for handover in case.handovers:
        if handover.receiver == who and handover.status == "proposed":
            yield HANDOVER


def reads(case: Case, who: str) -> frozenset[str]:
    """The sections, empty for whoever has no part in the case; then it is 404."""
    own = case.custody if case.custodian == who else frozenset[str]()
    return own.union(*_grants(case, who))


def acts(case: Case, who: str) -> bool:
    """Custodian, verifier or receiver of a referral; a proposed receiver of custody only looks."""
    return case.custodian == who or any(True for _ in _working_grants(case, who))


def writes(case: Case, who: str, section: str) -> bool:
    if case.custodian == who and section in case.custody:
        return True
    for verification in case.verifications:
        live = verification.granted and verification.verifier == who and verification.status in LIVE_VERIFICATION
        if live and section in ({"statement", "investigation"} if verification.kind == "victim" else {"papers"}):
            return True
    return any(r.receiver == who and r.live and section == "needs" and "needs" in r.sections for r in case.referrals)


def parties(thing: Thing, who: str) -> frozenset[str]:
    """Every part this client has in the thing, by the names of the lifecycle."""
    match thing:
        case Case():
            found = {"custodian": thing.custodian}
        case Handover():
            found = {"giver": thing.giver, "receiver": thing.receiver}
        case Verification():
            found = {"requester": thing.requester, "verifier": thing.verifier}
        case Consent():
            found = {"giver": thing.recorded_by, "custodian": thing.case.custodian}
        case Referral():
            found = {"sender": thing.sender, "receiver": thing.receiver, "custodian": thing.case.custodian}
    return frozenset(part for part, whose in found.items() if whose == who)


def sees(thing: Thing, who: str) -> bool:
    match thing:
        case Case():
            return bool(reads(thing, who))
        case Consent():
            return who == thing.recipient or bool(parties(thing, who))
        case _:
            return bool(parties(thing, who)) or thing.case.custodian == who


def actions(thing: Thing, who: str) -> frozenset[str]:
    """What `available_actions` must name."""
    mine = parties(thing, who)
    moves = _LIFECYCLES[kind_of(thing)].moves
    found = {move.action for move in moves if move.source == thing.status and move.by in mine}
    return frozenset(found - ({"extend"} if isinstance(thing, Verification) and thing.extended else set()))


def outcome(thing: Thing, who: str, action: str) -> str:
    """The status the move leads to, or the code of the refusal."""
    if not sees(thing, who):
        return "not_found"
    return _LIFECYCLES[kind_of(thing)].outcome(thing.status, action, parties(thing, who))


def view(case: Case, who: str) -> dict[str, Any] | None:
    """What GET must show of the case, None where it must be 404."""
    mine = reads(case, who)
    if not mine:
        return None
    kept = sum(author == who and verifying for author, verifying in case.statements)
    told = len(case.statements) if "statement" in mine else kept
    return {
        "sections": mine | ({"statement"} if told else set()),
        "masked": [section for section in SECTIONS if section not in mine],
        "statements": told,
        "custodian": case.custodian,
        "status": case.status,
        "stage": case.stage,
        "identification": case.identification,
        "support": case.support,
        "actions": actions(case, who),
    }
