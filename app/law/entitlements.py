"""Who is entitled to which support: the ten points of Law 53/2024 Art 37 by category of person, under either law.

The article is followed as printed. Where a published source speaks otherwise the cell is uncertain, and nothing is
refused on it. Recording what was given is never refused but for state money that a sourced article denies.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from app.law.calendar import Length, Unit, due
from app.law.categories import Category, Standing
from app.law.deadlines import DEADLINES
from app.law.rules import DATA, Regime, Rule, Rules, load
from app.reference.codes import code_list
from app.reference.datafiles import Certainty, DataFileError, Wording
from app.reference.fields import VIET_NAM
from app.refusals import NotEntitled


def is_point(code: str) -> str:
    """The code, when it is a point of the list regime; ValueError with the mend otherwise."""
    if code not in {point.code for point in code_list("regime").codes}:
        raise ValueError("write a point of the list regime: a, b, c, d, dd, e, g, h, i or k")
    return code


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    vi: Wording
    en: Wording


class Group(_Part):
    """A category in the words of its law, and the paragraph that speaks of it."""

    article: Wording


class Remark(_Part):
    """A condition or a note; without `categories` it holds for everyone."""

    source: Wording
    certainty: Certainty
    categories: tuple[Category, ...] = tuple(Category)


class Doubt(_Part):
    """A published source that speaks otherwise than the article, which makes these cells uncertain."""

    categories: Annotated[tuple[Category, ...], Field(min_length=1)]
    source: Wording


class Limit(_Part):
    """How long: so many calendar days, or as the deadline of that id counts; neither where the law counts otherwise."""

    source: Wording
    certainty: Certainty
    days: Annotated[int, Field(ge=1)] | None = None
    deadline: str | None = None
    extendable: bool = False

    @model_validator(mode="after")
    def _counted_once(self) -> Self:
        if self.days and self.deadline:
            raise ValueError("write days or deadline, not both")
        return self

    def length(self, regime: Regime, on: date) -> Length | None:
        """The term as the law counted it on that day; nothing where it counts no days."""
        if self.days:
            return Length(amount=self.days, unit=Unit.DAYS)
        clocks = [rule.length for rule in DEADLINES.in_force(regime, on) if rule.id == self.deadline]
        return clocks[0] if clocks else None


class EntitlementRule(Rule):
    """One point of the table under one law: a row of cells, one for each category."""

    point: Annotated[str, AfterValidator(is_point)]
    groups: Mapping[Category, Group]
    entitled: tuple[Category, ...]
    limit: Limit | None = None
    notes: tuple[Remark, ...] = ()
    conditions: tuple[Remark, ...] = ()
    doubts: tuple[Doubt, ...] = ()

    @model_validator(mode="after")
    def _whole_row(self) -> Self:
        if missing := [str(category) for category in Category if category not in self.groups]:
            raise ValueError(f"groups says nothing of {', '.join(missing)}: add the paragraph")
        if Category.NONE in self.entitled:
            raise ValueError("who is found not to be a victim is entitled to nothing: remove none")
        return self

    def doubts_about(self, category: Category) -> tuple[Doubt, ...]:
        return tuple(doubt for doubt in self.doubts if category in doubt.categories)

    def certainty_for(self, category: Category) -> Certainty:
        """How certain the cell is: a source that speaks otherwise makes it uncertain."""
        return "uncertain" if self.doubts_about(category) else self.certainty


@dataclass(frozen=True, slots=True)
class Entitlement:
    """One support that the person is due, and what bounds it; `rule` is the key of the rule it rests on."""

    point: str
    services: tuple[str, ...]
    article: str
    vi: str
    en: str
    certainty: Certainty
    limit: Limit | None
    length: Length | None
    conditions: tuple[Remark, ...]
    notes: tuple[Remark, ...]
    rule: str

    def until(self, begun_on: date) -> date | None:
        """The last day of support begun that day, unless extended; nothing where the law counts no days."""
        return due(datetime.combine(begun_on, time.min, VIET_NAM), self.length).date() if self.length else None


@dataclass(frozen=True, slots=True)
class Within:
    """The support is due under this article."""

    article: str
    certainty: Certainty


@dataclass(frozen=True, slots=True)
class Beyond:
    """The article does not give this support to the person; `doubts` are the sources that speak otherwise."""

    point: str
    article: str
    certainty: Certainty
    vi: str
    en: str
    doubts: tuple[Doubt, ...]


def load_entitlements(path: Path) -> Rules[EntitlementRule]:
    """The table of both laws; DataFileError for a limit no deadline counts, or a point left out: silence would deny."""
    rules = load(path, EntitlementRule)
    for rule in rules:
        if rule.limit and rule.limit.deadline and not rule.limit.length(rule.regime, rule.valid_from):
            fault = (
                f"limit: {rule.limit.deadline} of {rule.regime} counts nothing: name another deadline, or write days"
            )
            raise DataFileError(path, rules.lines[rule.key], fault)
    for regime in Regime:
        told = {rule.point for rule in rules if rule.regime is regime}
        if missing := [point.code for point in code_list("regime").codes if point.code not in told]:
            raise DataFileError(path, 1, f"{regime} says nothing of point {', '.join(missing)}: add an entry")
    return rules


TABLE = load_entitlements(DATA / "entitlements.yaml")


def services_of(point: str) -> tuple[str, ...]:
    """The services that the reference data count under the point."""
    return tuple(service.code for service in code_list("service").codes if service.attributes.get("regime") == point)


def entitled(standing: Standing) -> tuple[Entitlement, ...]:
    """Everything the person is due that day, in the order of the points."""
    return tuple(_entitlement(rule, standing) for rule in _rows(standing) if standing.category in rule.entitled)


def _rows(standing: Standing) -> tuple[EntitlementRule, ...]:
    return TABLE.in_force(standing.regime, standing.on)


def _entitlement(rule: EntitlementRule, standing: Standing) -> Entitlement:
    category = standing.category
    return Entitlement(
        point=rule.point,
        services=services_of(rule.point),
        article=rule.groups[category].article,
        vi=rule.vi,
        en=rule.en,
        certainty=rule.certainty_for(category),
        limit=rule.limit,
        length=rule.limit.length(standing.regime, standing.on) if rule.limit else None,
        conditions=_remarks_for(category, rule.conditions),
        notes=_remarks_for(category, rule.notes),
        rule=rule.key,
    )


def _remarks_for(category: Category, remarks: tuple[Remark, ...]) -> tuple[Remark, ...]:
    return tuple(remark for remark in remarks if category in remark.categories)


def assess(point: str, service: str, standing: Standing) -> Within | Beyond | None:
    """Whether support recorded under that point is due; a service the law itself names is judged by its own point too.

    Nothing for a day before either law; KeyError for a service that never existed.
    """
    named = code_list("service").latest(service).attributes.get("regime", point)
    judged = [_judge(rule, standing.category) for rule in _rows(standing) if rule.point in (named, point)]
    return next((result for result in judged if isinstance(result, Beyond)), judged[0] if judged else None)


def _judge(rule: EntitlementRule, category: Category) -> Within | Beyond:
    group, certainty = rule.groups[category], rule.certainty_for(category)
    if category in rule.entitled:
        return Within(group.article, certainty)
    vi, en = f"{group.vi}: không thuộc diện {rule.vi}", f"{group.en}: not entitled to {rule.en}"
    return Beyond(rule.point, group.article, certainty, vi, en, rule.doubts_about(category))


def refuse_state_funding(assessment: Within | Beyond | None, funding: str) -> None:
    """NotEntitled when the state's money was used for what a sourced article denies.

    Other money, and an article in doubt, are recorded and flagged: support that was given is never lost.
    """
    if isinstance(assessment, Beyond) and assessment.certainty == "sourced" and funding == "state":
        raise NotEntitled(params={"point": assessment.point, "article": assessment.article})
