"""The rule on a child's way home: read from its file, and which finding it objects to."""

from datetime import date
from pathlib import Path

import pytest

from app.law.homecomings import Finding, homecoming, load_homecomings
from app.law.rules import DATA, Regime
from app.reference.datafiles import DataFileError

ON = date(2026, 11, 20)
RULE = homecoming(Regime.LAW_2024, ON)


def objection(*findings: tuple[str, str, date]) -> str | None:
    return RULE.objection([Finding(*each) for each in findings], ON)


@pytest.mark.parametrize(
    ("assessed_on", "found"),
    [(date(2026, 5, 20), None), (date(2026, 5, 19), "too_old"), (ON, None), (date(2026, 5, 31), None)],
)
def test_a_finding_is_good_for_six_months_its_last_day_included(assessed_on: date, found: str | None) -> None:
    assert objection(("family_safety", "safe", assessed_on)) == found


def test_the_newest_of_the_kind_decides_unless_a_later_one_forbids() -> None:
    safe, unsafe = ("family_safety", "safe", ON), ("family_safety", "unsafe", ON)
    assert objection() == "missing"
    assert objection(("risk", "safe", ON)) == "missing"
    assert objection(safe, unsafe) is None
    assert objection(unsafe, safe) == "unsafe"
    assert objection(("risk", "unsafe", ON), safe) == "unsafe"
    assert objection(("best_interests", "inconclusive", ON), safe) is None


def test_under_the_earlier_law_it_is_read_and_under_the_new_one_presumed() -> None:
    earlier = homecoming(Regime.LAW_2011, date(2025, 6, 30))
    assert (earlier.certainty, RULE.certainty, RULE.validity.certainty) == ("sourced", "uncertain", "design")
    assert homecoming(Regime.LAW_2011, ON) == RULE  # procedures of the earlier law were not kept


@pytest.mark.parametrize(
    ("text", "wrong", "mend"),
    [
        ("family_safety", "family_peace", "unknown code family_peace: write one of the list assessment_kind"),
        ("unsafe,", "unkind,", "unknown code unkind: write one of the list assessment_conclusion"),
        ("months: 6", "months: 0", "validity.months"),
    ],
)
def test_a_broken_rule_stops_the_start(tmp_path: Path, text: str, wrong: str, mend: str) -> None:
    sound = (DATA / "homecomings.yaml").read_text("utf-8")
    assert text in sound
    path = tmp_path / "homecomings.yaml"
    path.write_text(sound.replace(text, wrong), "utf-8")
    with pytest.raises(DataFileError) as refusal:
        load_homecomings(path)
    assert mend in str(refusal.value)
