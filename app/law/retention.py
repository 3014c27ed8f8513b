"""How long what is held of a person is kept, counted from a reference date; then an erasure is asked for."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from app.law.calendar import add_months
from app.law.rules import DATA, Regime, Rule, Rules, load


class Retention(Rule):
    """Of whom, from which date, and for how many years. `identification`: of cases that came to this; none: of all."""

    of: Literal["case", "intake", "reporter"]
    counts_from: Literal["closed", "received"]
    identification: tuple[str, ...] = ()
    years: Annotated[int, Field(ge=1)]

    def over_on(self, reference: date) -> date:
        """The first day on which it need not be kept any more."""
        return add_months(reference, 12 * self.years)

    def concerns(self, of: str, identification: str | None) -> bool:
        return self.of == of and (not self.identification or identification in self.identification)


def load_retention(path: Path) -> Rules[Retention]:
    """One file of such rules; DataFileError as for every file of rules."""
    return load(path, Retention)


RETENTION = load_retention(DATA / "retention.yaml")


def governing(rules: Iterable[Retention], of: str, identification: str | None = None) -> Retention | None:
    """Where several concern a person the longest governs; nothing where none does: then it is kept."""
    return max((r for r in rules if r.concerns(of, identification)), key=lambda rule: rule.years, default=None)


def in_force(regime: Regime, on: date) -> tuple[Retention, ...]:
    """The rules for a case of that law, judged on that day."""
    return RETENTION.applicable(regime, on)
