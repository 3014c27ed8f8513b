"""When a child may go home: which assessment finds the family safe, which finding forbids it, how long one is good."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.law.calendar import add_months
from app.law.rules import DATA, Regime, Rule, Rules, load
from app.reference.codes import code_list
from app.reference.datafiles import Certainty, Wording


def _known(list_name: str) -> AfterValidator:
    def check(code: str) -> str:
        if code not in {each.code for each in code_list(list_name).codes}:
            raise ValueError(f"unknown code {code}: write one of the list {list_name}")
        return code

    return AfterValidator(check)


Conclusion = Annotated[str, _known("assessment_conclusion")]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one assessment came to."""

    kind: str
    conclusion: str
    assessed_on: date


class Objection(StrEnum):
    """Why a child may not go home yet."""

    MISSING = "missing"
    UNSAFE = "unsafe"
    INCONCLUSIVE = "inconclusive"
    TOO_OLD = "too_old"


class Validity(BaseModel):
    """How many months a finding is good for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    months: Annotated[int, Field(ge=1)]
    source: Wording
    certainty: Certainty


class Homecoming(Rule):
    """What must have been found before a person under `below` years returns to the family."""

    below: Annotated[int, Field(ge=1)]
    assessment: Annotated[str, _known("assessment_kind")]
    permits: Annotated[tuple[Conclusion, ...], Field(min_length=1)]
    forbids: tuple[Conclusion, ...]
    validity: Validity

    def objection(self, findings: Iterable[Finding], on: date) -> Objection | None:
        """`findings` newest first: the newest one of the kind decides, unless a later one of any kind forbids."""
        for finding in findings:
            if finding.conclusion in self.forbids:
                return Objection.UNSAFE
            if finding.kind == self.assessment:
                if finding.conclusion not in self.permits:
                    return Objection.INCONCLUSIVE
                return None if on <= add_months(finding.assessed_on, self.validity.months) else Objection.TOO_OLD
        return Objection.MISSING


def load_homecomings(path: Path) -> Rules[Homecoming]:
    """One file of such rules; DataFileError as for every file of rules."""
    return load(path, Homecoming)


HOMECOMINGS = load_homecomings(DATA / "homecomings.yaml")


def homecoming(regime: Regime, on: date) -> Homecoming:
    """The rule for a case of that law on that day."""
    return HOMECOMINGS.applicable(regime, on)[0]
