"""Which duties with a date an event starts, meets, pauses, extends or ends, for whom, and by which rule of law.

The rules are `data/deadlines.yaml`. A running clock names its rule by key and keeps it; a new one takes the rule in
force on the day it starts. Nothing here knows a database: `app.law.clocks` counts, others store.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from app.auth.scopes import Agency
from app.happenings import Event
from app.law.calendar import Direction, Length
from app.law.rules import DATA, Regime, Rule, Rules, load
from app.reference.codes import code_list
from app.reference.datafiles import DataFileError, Title

Facts = Mapping[str, str]


class Carrier(StrEnum):
    """What a clock hangs on. One of a case is moved by every event of that case, else by events of that very thing."""

    CASE = "case"
    HANDOVER = "handover"
    VERIFICATION = "verification"
    REFERRAL = "referral"
    PLAN = "plan"
    RETURN = "return"
    APPLICATION = "application"
    NOTICE = "notice"
    PLACEMENT = "placement"
    INCIDENT = "incident"
    BREAK_GLASS = "break_glass"


class Owner(StrEnum):
    """Who owes it, by the role in the carrier; `announcer` and those from `applicant` on wait for their clocks."""

    CUSTODIAN = "custodian"
    RECEIVER = "receiver"
    SENDER = "sender"
    REQUESTER = "requester"
    VERIFIER = "verifier"
    ANNOUNCER = "announcer"
    GATE = "gate"
    APPLICANT = "applicant"
    DECIDER = "decider"
    FACILITY = "facility"
    POLICE = "police"
    REVIEWER = "reviewer"


class Effect(StrEnum):
    """What an event does to a running clock."""

    MEETS = "meets"
    CANCELS = "cancels"
    PAUSES = "pauses"
    RESUMES = "resumes"
    EXTENDS = "extends"
    HASTENS = "hastens"


def _codes(name: str) -> frozenset[str]:
    return frozenset(code.code for code in code_list(name).codes)


FACTS: Mapping[str, frozenset[str]] = {
    "agency": frozenset(Agency),
    "receiver_agency": frozenset(Agency),
    "channel": _codes("intake_channel"),
    "identification": frozenset({"unverified", "verifying", "confirmed", "not_victim", "insufficient"}),
    "result": frozenset({"victim", "not_victim", "insufficient", "identity_confirmed", "identity_not_established"}),
    "certificate_reason": _codes("certificate_revocation"),
    "kind": frozenset({"victim", "identity", "return"}),
    "urgency": _codes("urgency"),
    "addressing": frozenset({"named", "claimable"}),
    "occasion": frozenset({"handover", "return"}),
    "notice_kind": _codes("notice_kind"),
    "by": frozenset({"custodian", "police", "reporter"}),
}
"""What a condition may ask of an event, and the answers there are: `agency` is the custodian's after the event,
`receiver_agency` that of the body addressed, `addressing` whether a referral names its receiver, `occasion` whether a
hand-over was proposed by itself or waits for an announced return, `kind` that of a verification or a certificate, `by`
in which part the mover moved an incident."""


def _known_event(value: object) -> object:
    if value not in set(Event):
        raise ValueError(f"unknown event {value}: write one of app/happenings.py, or reference_only and why")
    return value


def _known_facts(asked: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    for name, accepted in asked.items():
        if name not in FACTS:
            raise ValueError(f"unknown fact {name}: write one of {', '.join(FACTS)}")
        for value in accepted:
            if value not in FACTS[name]:
                raise ValueError(f"unknown value {value} of {name}: write one of {', '.join(sorted(FACTS[name]))}")
    return asked


Events = tuple[Annotated[Event, BeforeValidator(_known_event)], ...]
Conditions = Annotated[Mapping[str, tuple[str, ...]], AfterValidator(_known_facts)]


class Deadline(Rule):
    """One duty with a date.

    It starts at `starts`, when the facts fit `when`, or is `reference_only` for the reason given. It lasts `length`,
    or ends with the day or at the moment in the carrier's `due_field`; what hastens it names an earlier one.
    `extension` is the id of the rule that gives the whole length, from the start, once extended. `technical_default`
    marks a length that no law gives, for a law that says "at once".
    """

    owed_by: Owner
    carrier: Carrier
    starts: Events = ()
    reference_only: Title | None = None
    when: Conditions = {}
    met_by: Events = ()
    met_when: Conditions = {}
    paused_by: Events = ()
    resumed_by: Events = ()
    extended_by: Events = ()
    hastened_by: Events = ()
    cancelled_by: Events = ()
    length: Length | None = None
    due_field: Literal["review_on", "arrives_on", "respond_by", "until"] | None = None
    direction: Direction = Direction.FORWARDS
    extension: str | None = None
    warn_before_hours: Annotated[int, Field(ge=1)] | None = None
    technical_default: bool = False

    @model_validator(mode="after")
    def _whole(self) -> Self:
        wrong = {
            "write starts, or reference_only and why, not both": bool(self.starts) == bool(self.reference_only),
            "write met_by: nothing would end it": bool(self.starts) and not self.met_by,
            "write length or due_field, not both": bool(self.length) == bool(self.due_field),
            "write paused_by and resumed_by together": bool(self.paused_by) != bool(self.resumed_by),
            "write extended_by and extension together": bool(self.extended_by) != bool(self.extension),
            "only a clock with a due_field is hastened": bool(self.hastened_by) and not self.due_field,
            "only a length counted forwards can pause or be extended": bool(self.paused_by or self.extension)
            and (self.length is None or self.direction == Direction.BACKWARDS),
            "a technical default is of the certainty design": self.technical_default and self.certainty != "design",
        }
        for mend, found in wrong.items():
            if found:
                raise ValueError(mend)
        return self

    def effect(self, event: Event, facts: Facts) -> Effect | None:
        """What the event does to a clock of this rule; the caller has seen that it concerns the clock's carrier."""
        effects = {
            Effect.CANCELS: self.cancelled_by,
            Effect.PAUSES: self.paused_by,
            Effect.RESUMES: self.resumed_by,
            Effect.EXTENDS: self.extended_by,
            Effect.HASTENS: self.hastened_by,
        }
        if event in self.met_by and _fits(self.met_when, facts):
            return Effect.MEETS
        return next((effect for effect, events in effects.items() if event in events), None)


def load_deadlines(path: Path) -> Rules[Deadline]:
    """One file of deadlines; DataFileError also for an extension that is missing when needed, or counts otherwise."""
    rules = load(path, Deadline)
    for rule in rules:
        if rule.extension and not _can_be_extended(rules, rule):
            fault = f"extension: give {rule.extension} of {rule.regime} a length of that kind whenever {rule.id} holds"
            raise DataFileError(path, rules.lines[rule.key], fault)
    return rules


def _can_be_extended(rules: Rules[Deadline], rule: Deadline) -> bool:
    # The loader leaves no gap between the periods of one rule, so that the two ends say all.
    periods = [each for each in rules.of(rule.extension or "") if each.regime == rule.regime]
    covered = any(each.in_force(rule.valid_from) for each in periods) and any(
        each.valid_to is None if rule.valid_to is None else each.in_force(rule.valid_to) for each in periods
    )
    return covered and all(_kind(each.length) == _kind(rule.length) for each in periods)


def _kind(length: Length | None) -> str | None:
    # Pauses already counted in calendar days hold for days and months alike, but not for hours or working days.
    return None if length is None else {"months": "days"}.get(length.unit, length.unit)


def starting(event: Event, facts: Facts, regime: Regime, on: date, *, rules: Rules[Deadline]) -> tuple[Deadline, ...]:
    """The clocks that the event starts on that day, for a case of that law; more than one may."""
    return tuple(rule for rule in rules.applicable(regime, on) if event in rule.starts and _fits(rule.when, facts))


def extension_of(rule: Deadline, started_on: date, *, rules: Rules[Deadline]) -> Length:
    """The whole length of an extended clock, as in force on the day it started; KeyError when it has none."""
    for other in rules.of(rule.extension or ""):
        if other.regime == rule.regime and other.in_force(started_on) and other.length:
            return other.length
    raise KeyError(rule.key)


def _fits(asked: Mapping[str, tuple[str, ...]], facts: Facts) -> bool:
    return all(facts.get(name) in accepted for name, accepted in asked.items())


DEADLINES = load_deadlines(DATA / "deadlines.yaml")
