"""Which amounts the law names for a support, by law, province and day; none where no published source was found."""

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, Field, model_validator

from app.law.deadlines import DEADLINES
from app.law.entitlements import is_point
from app.law.rules import DATA, Regime, Rule, Rules, load


class Bound(StrEnum):
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    FIXED = "fixed"


class Per(StrEnum):
    DAY = "day"
    PERSON = "person"


class Amount(Rule):
    """Whole dong for one thing; paid by the day it has a term, in days, in months or by the deadline that counts it."""

    DISTINCT: ClassVar[tuple[str, ...]] = ("id", "regime", "province")

    point: Annotated[str, AfterValidator(is_point)]
    province: Annotated[str, Field(pattern=r"^[0-9]{2}$")] | None = None
    amount_vnd: Annotated[int, Field(gt=0)]
    bound: Bound
    per: Per
    days: Annotated[int, Field(ge=1)] | None = None
    months: Annotated[int, Field(ge=1)] | None = None
    deadline: str | None = None

    @model_validator(mode="after")
    def _one_term_by_the_day(self) -> Self:
        terms = [term for term in (self.days, self.months, self.deadline) if term is not None]
        if len(terms) != (1 if self.per is Per.DAY else 0):
            raise ValueError("write days, months or deadline when it is paid by the day, and then only one of them")
        if self.deadline and not DEADLINES.of(self.deadline):
            raise ValueError(f"unknown deadline {self.deadline}: write one of deadlines.yaml")
        return self


def load_amounts(path: Path) -> Rules[Amount]:
    """One file of amounts; DataFileError as for every file of rules."""
    return load(path, Amount)


AMOUNTS = load_amounts(DATA / "amounts.yaml")


def amounts_for(regime: Regime, on: date, province: str | None = None) -> tuple[Amount, ...]:
    """The amounts that day, a province's own in place of the national ones; `province` is its code of that time."""
    in_force = AMOUNTS.in_force(regime, on)
    national = {rule.id: rule for rule in in_force if rule.province is None}
    own = {rule.id: rule for rule in in_force if province is not None and rule.province == province}
    return tuple({**national, **own}.values())


def ceiling(service: str, regime: Regime, on: date, province: str | None = None) -> Amount | None:
    """The most that a person may get of a service, as a source says it; nothing where none was found, or a floor only.

    An amount speaks of a whole service when it has that service's code as its id.
    """
    found = next((amount for amount in amounts_for(regime, on, province) if amount.id == service), None)
    binds = found and found.per is Per.PERSON and found.bound is not Bound.AT_LEAST and found.certainty == "sourced"
    return found if binds else None
