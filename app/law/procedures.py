"""What follows for each channel of intake: who receives first, which duties run, who verifies and certifies.

A hand-over or an intake that does not fit is never refused, since nobody is turned away: it is flagged with the duty
that is owed, by whom, under which article.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import product
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.auth.scopes import Agency
from app.law.deadlines import DEADLINES
from app.law.rules import DATA, REGIMES, Regime, Rule, Rules, load, regime_of
from app.reference.codes import Code, code_list
from app.reference.datafiles import Certainty, DataFileError, Wording

HOLDERS = tuple(agency for agency in Agency if agency not in (Agency.OVERSIGHT, Agency.OPERATOR))
"""The agencies that a person can be with."""

Verb = Literal["receive", "verify", "certify"]
Act = Literal[
    "announce", "bring", "certify", "hand_over", "issue", "notify", "receive", "reply", "request", "support", "verify"
]


def _is_channel(code: str) -> str:
    if code not in {channel.code for channel in code_list("intake_channel").codes}:
        raise ValueError(f"unknown channel {code}: write one of the list intake_channel")
    return code


def _is_deadline(rule_id: str) -> str:
    if not DEADLINES.of(rule_id):
        raise ValueError(f"unknown deadline {rule_id}: write one of deadlines.yaml")
    return rule_id


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Fit(_Part):
    """Hand-overs that need no remark: from any of `by` to any of `to`."""

    by: tuple[Agency, ...]
    to: tuple[Agency, ...]

    def covers(self, giver: Agency, receiver: Agency) -> bool:
        return giver in self.by and receiver in self.to


class Step(Fit):
    """One duty in its place; a hand-over is held against those that move the person."""

    duty: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    by: Annotated[tuple[Agency, ...], Field(min_length=1)]
    act: Act
    vi: Wording
    en: Wording
    article: Wording
    certainty: Certainty
    deadline: Annotated[str, AfterValidator(_is_deadline)] | None = None
    moves: bool = False


class Competence(_Part):
    """A body that may do it, as the law of the time calls it."""

    agency: Agency
    vi: Wording
    en: Wording
    article: Wording
    certainty: Certainty


class Procedure(Rule):
    """The procedure of some channels under one law."""

    channels: Annotated[tuple[Annotated[str, AfterValidator(_is_channel)], ...], Field(min_length=1)]
    receives: Annotated[tuple[Agency, ...], Field(min_length=1)]
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    fits: tuple[Fit, ...] = ()
    verifies: tuple[Competence, ...]
    certifies: tuple[Competence, ...]

    def fitting(self, giver: Agency | None, receiver: Agency) -> bool:
        """Whether the procedure has this hand-over, or without a giver this first reception."""
        if giver is None:
            return receiver in self.receives
        moves = (step for step in self.steps if step.moves)
        return any(fit.covers(giver, receiver) for fit in (*moves, *self.fits))

    def owed(self, giver: Agency | None, receiver: Agency) -> tuple["Duty", ...]:
        """What remains to be done after a hand-over that does not fit: by the receiver if its duty, else the giver."""
        parties = [agency for agency in (receiver, giver) if agency is not None]
        return tuple(
            Duty.of(step, next(agency for agency in parties if agency in step.by))
            for step in self.steps
            if step.moves and any(agency in step.by for agency in parties)
        )


@dataclass(frozen=True, slots=True)
class Duty:
    """What an agency owes, towards whom and under which article; `deadline_id` is the clock that runs for it."""

    duty: str
    owed_by: Agency
    owed_to: tuple[Agency, ...]
    act: Act
    article: str
    certainty: Certainty
    vi: str
    en: str
    deadline_id: str | None

    @classmethod
    def of(cls, step: Step, owed_by: Agency) -> "Duty":
        return cls(
            duty=step.duty,
            owed_by=owed_by,
            owed_to=step.to,
            act=step.act,
            article=step.article,
            certainty=step.certainty,
            vi=step.vi,
            en=step.en,
            deadline_id=step.deadline,
        )


def load_procedures(path: Path) -> Rules[Procedure]:
    """One file of procedures; DataFileError also for a channel without one, or with two, and for an unanswered move."""
    rules = load(path, Procedure)
    for rule in rules:
        for giver, receiver in product((None, *HOLDERS), HOLDERS):
            if not rule.fitting(giver, receiver) and not rule.owed(giver, receiver):
                fault = f"{rule.id} says nothing of {giver or 'intake'} to {receiver}: add a step that moves, or a fit"
                raise DataFileError(path, rules.lines[rule.key], fault)
    for regime in Regime:
        _check_channels(path, rules, regime)
    return rules


def _check_channels(path: Path, rules: Rules[Procedure], regime: Regime) -> None:
    told: dict[str, str] = {}
    for rule in (rule for rule in rules if rule.regime is regime):
        for channel in rule.channels:
            if told.setdefault(channel, rule.id) != rule.id:
                fault = f"channel {channel} is in {told[channel]} too: keep it in one procedure of {regime}"
                raise DataFileError(path, rules.lines[rule.key], fault)
    if missing := [channel.code for channel in _channels_under(regime) if channel.code not in told]:
        raise DataFileError(path, 1, f"{regime} has no procedure for channel {', '.join(missing)}: add one")


def _channels_under(regime: Regime) -> Iterator[Code]:
    law = next(rule for rule in REGIMES if rule.regime is regime)
    for channel in code_list("intake_channel").codes:
        if law.valid_to is None or channel.valid_from <= law.valid_to:
            yield channel


PROCEDURES = load_procedures(DATA / "procedures.yaml")


def procedure_of(channel: str, on: date) -> Procedure | None:
    """The procedure that the channel followed on that day: acts follow the law of their day, benefits their own."""
    in_force = PROCEDURES.in_force(regime_of(None, on), on)
    return next((rule for rule in in_force if channel in rule.channels), None)


def flags(channel: str, giver: Agency | None, receiver: Agency, on: date) -> tuple[Duty, ...]:
    """The duties owed after a hand-over, or a first reception without a giver; empty when it fits the procedure."""
    procedure = procedure_of(channel, on)
    if procedure is None or procedure.fitting(giver, receiver):
        return ()
    return procedure.owed(giver, receiver)


def duties(channel: str, on: date) -> tuple[Step, ...]:
    """Every duty of the channel on that day, in its order."""
    procedure = procedure_of(channel, on)
    return procedure.steps if procedure else ()


def who_may(verb: Verb, channel: str, regime: Regime) -> frozenset[Agency]:
    """The agencies that may receive first, verify or certify by that channel under that law."""
    found = [rule for rule in PROCEDURES if rule.regime is regime and channel in rule.channels]
    bodies: Mapping[Verb, frozenset[Agency]] = {
        "receive": frozenset(agency for rule in found for agency in rule.receives),
        "verify": frozenset(body.agency for rule in found for body in rule.verifies),
        "certify": frozenset(body.agency for rule in found for body in rule.certifies),
    }
    return bodies[verb]
