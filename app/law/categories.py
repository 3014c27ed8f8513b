"""Which group of Law 53/2024 Art 37 a person belongs to on a day, and which of the two laws governs.

Doubt favours the person: who may be a minor is one, who may be Vietnamese is, and only a finding ends the rights of one
who is being identified.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.law.rules import Regime, regime_of
from app.reference.fields import age_on

ADULT = 18
"""Support reaches the minor under 18 (Law 53/2024 Art 37), not only the child under 16 of the Children Law."""


class Category(StrEnum):
    """The groups of Art 37, named as in its published table; `none`: found not to be a victim."""

    V = "V"
    A = "A"
    P_IN = "P_in"
    P_OUT = "P_out"
    F = "F"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides the category. `concluded_on`: the day of the present finding; `accompanies`: whose child this is."""

    identification: str
    concluded_on: date | None = None
    nationalities: frozenset[str] = frozenset()
    abroad: bool = False
    born: str | None = None
    accompanies: "Facts | None" = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Which column of which law's table governs a fact of that day."""

    category: Category
    regime: Regime
    on: date


def possibly_under(age: int, born: str | None, on: date) -> bool:
    """Whether the person may be younger on that day: who may be a child is one (Circular 35/2013 Art 19.4).

    `born` is a partial date, or nothing when unknown.
    """
    return born is None or age_on(born, on)[0] < age


def standing_of(facts: Facts, on: date) -> Standing:
    """The category and law of the person for support given that day; a child follows the law of whom it accompanies."""
    category = category_of(facts, on)
    leader = facts.accompanies if category is Category.A and facts.accompanies else facts
    determined_on = leader.concluded_on if leader.identification == "confirmed" else None
    return Standing(category, regime_of(determined_on, on), on)


def category_of(facts: Facts, on: date) -> Category:
    """A minor in company shares the category of the person being identified, and has one of its own beside a victim."""
    own = _own_category(facts, on)
    if facts.accompanies is None or own is Category.V or not possibly_under(ADULT, facts.born, on):
        return own
    company = _own_category(facts.accompanies, on)
    shared = {Category.V: Category.A, Category.P_IN: Category.P_IN, Category.P_OUT: Category.P_OUT}
    return shared.get(company, own)


def _own_category(facts: Facts, on: date) -> Category:
    if facts.identification == "not_victim" and (facts.concluded_on is None or facts.concluded_on <= on):
        return Category.NONE
    # Nobody loses support for want of papers: of unknown nationality counts as of Viet Nam.
    if facts.nationalities and "VN" not in facts.nationalities:
        return Category.F
    # Confirmation reaches back, since the person was a victim all along; a negative finding does not.
    if facts.identification == "confirmed":
        return Category.V
    return Category.P_OUT if facts.abroad else Category.P_IN
