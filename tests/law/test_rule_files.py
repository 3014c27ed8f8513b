"""A broken file of rules stops the start with its name, the line and the mend."""

from pathlib import Path

import pytest

from app.law.deadlines import DEADLINES, load_deadlines
from app.reference.datafiles import DataFileError

HEAD = """name: deadlines
title: {vi: Thời hạn, en: Deadlines}
defaults: {regime: law_2024, vi: Một việc, en: A duty, source: A law, certainty: sourced, valid_from: 2025-07-01}
entries:
"""
START = "owed_by: verifier, carrier: verification, starts: [verification.requested], met_by: [verification.concluded]"
DUTY = f"{START}, length: {{amount: 20, unit: days}}"
ENDED = f"  - {{id: D04, valid_to: 2026-12-31, {DUTY}}}\n"
PAUSE = "paused_by: [verification.information_requested], resumed_by: [verification.answered]"
EXTENDED = "extended_by: [verification.extended], extension: D05"
NO_SUCH_DAY = "write a day that exists, as YYYY-MM-DD"


def entry(text: str) -> str:
    return HEAD + f"  - {{id: D04, {text}}}\n"


@pytest.mark.parametrize(
    ("text", "line", "mend"),
    [
        (HEAD + ENDED + f"  - {{id: D04, valid_from: 2026-12-01, {DUTY}}}\n", 6,
         "D04 law_2024 overlaps the period of line 5: end that one with valid_to 2026-11-30"),
        (HEAD + f"  - {{id: D04, {DUTY}}}\n" + f"  - {{id: D04, valid_from: 2027-01-01, {DUTY}}}\n", 6,
         "D04 law_2024 overlaps the period of line 5: end that one with valid_to 2026-12-31"),
        (HEAD + ENDED + f"  - {{id: D04, valid_from: 2027-02-01, {DUTY}}}\n", 6,
         "D04 law_2024 leaves a gap after line 5: move valid_to there to 2027-01-31"),
        (entry(DUTY.replace("verification.requested", "verification.begged")), 5,
         "starts.0: unknown event verification.begged: write one of app/happenings.py, or reference_only and why"),
        (entry(DUTY.replace("verification.concluded", "case.solved")), 5, "met_by.0: unknown event case.solved"),
        (entry(DUTY).replace("source: A law, ", ""), 5, "source: add it"),
        (entry(DUTY).replace("source: A law", "source: ''"), 5, "source: write the text"),
        (entry(f"valid_from: 2026-02-30, {DUTY}"), 5, f"valid_from: {NO_SUCH_DAY}"),
        (entry(f"valid_from: soon, {DUTY}"), 5, f"valid_from: {NO_SUCH_DAY}"),
        (entry(f"valid_to: 2025-06-30, {DUTY}"), 5, "valid_to lies before valid_from: correct one of them"),
        (entry(f"colour: red, {DUTY}"), 5, "colour: remove it, or correct its name"),
        (entry(DUTY.replace("unit: days", "unit: weeks")), 5, "length.unit: Input should be 'hours', 'days'"),
        (entry(DUTY.replace("amount: 20", "amount: 0")), 5, "length.amount: Input should be greater than"),
        (entry(f"regime: law_1999, {DUTY}"), 5, "regime: Input should be 'law_2011' or 'law_2024'"),
        (entry(f"certainty: sure, {DUTY}"), 5, "certainty: Input should be 'sourced'"),
        (entry(f"when: {{colour: [red]}}, {DUTY}"), 5, "when: unknown fact colour: write one of agency"),
        (entry(f"when: {{urgency: [urgnt]}}, {DUTY}"), 5,
         "when: unknown value urgnt of urgency: write one of immediate"),
        (entry(f"reference_only: {{vi: Chờ, en: Waits}}, {DUTY}"), 5,
         "write starts, or reference_only and why, not both"),
        (entry(DUTY.replace(", met_by: [verification.concluded]", "")), 5, "write met_by: nothing would end it"),
        (entry(f"due_field: review_on, {DUTY}"), 5, "write length or due_field, not both"),
        (entry(f"paused_by: [verification.information_requested], {DUTY}"), 5,
         "write paused_by and resumed_by together"),
        (entry(f"extension: D05, {DUTY}"), 5, "write extended_by and extension together"),
        (entry(f"hastened_by: [intake.submitted], {DUTY}"), 5, "only a clock with a due_field is hastened"),
        (entry(f"direction: backwards, {PAUSE}, {DUTY}"), 5, "only a length counted forwards can pause"),
        (entry(f"technical_default: true, {DUTY}"), 5, "a technical default is of the certainty design"),
        (entry(f"{EXTENDED}, {DUTY}"), 5, "extension: give D05 of law_2024 a length of that kind whenever D04 holds"),
        (HEAD + "  - id: D04\n   regime: law_2024\n", 6, "not YAML"),
        (entry(DUTY).replace("name: deadlines", "name: clocks"), 1, "name: call the file clocks.yaml"),
        (HEAD.replace("entries:", "entries: []"), 4, "entries: "),
        (HEAD + f"  - id: D04\n    owed_by: nobody\n    {DUTY.partition(', ')[2]}\n".replace(", ", "\n    ", 3), 6,
         "owed_by: Input should be 'custodian'"),
    ],
)  # fmt: skip
def test_a_broken_file_is_refused_with_its_name_line_and_mend(tmp_path: Path, text: str, line: int, mend: str) -> None:
    path = tmp_path / "deadlines.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(DataFileError) as refusal:
        load_deadlines(path)
    assert str(refusal.value).startswith(f"deadlines.yaml, line {line}: ")
    assert mend in str(refusal.value)


@pytest.mark.parametrize(
    ("length", "valid", "sound"),
    [
        ("{amount: 2, unit: months}", "", True),
        ("{amount: 40, unit: working_days}", "", False),
        ("{amount: 2, unit: months}", "valid_to: 2026-12-31, ", False),
    ],
)
def test_an_extension_counts_alike_and_holds_as_long(tmp_path: Path, length: str, valid: str, sound: bool) -> None:
    why = "reference_only: {vi: Của D04, en: Of D04}"
    extension = f"  - {{id: D05, {valid}owed_by: verifier, carrier: verification, {why}, length: {length}}}\n"
    path = tmp_path / "deadlines.yaml"
    path.write_text(entry(f"{EXTENDED}, {DUTY}") + extension, "utf-8")
    if sound:
        assert {rule.id for rule in load_deadlines(path)} == {"D04", "D05"}
    else:
        with pytest.raises(DataFileError, match="line 5: extension: give D05"):
            load_deadlines(path)


def test_the_same_rule_may_differ_between_the_laws_and_follow_without_a_gap(tmp_path: Path) -> None:
    path = tmp_path / "deadlines.yaml"
    old = f"  - {{id: D04, regime: law_2011, valid_from: 2012-01-01, {DUTY}}}\n"
    later = f"  - {{id: D04, valid_from: 2027-01-01, {DUTY}}}\n"
    path.write_text(HEAD + later + old + ENDED, "utf-8")
    rules = load_deadlines(path)
    assert [(rule.key, rules.lines[rule.key]) for rule in rules] == [
        ("D04:law_2024:2027-01-01", 5),
        ("D04:law_2011:2012-01-01", 6),
        ("D04:law_2024:2025-07-01", 7),
    ]


def test_a_clock_goes_on_when_its_rule_was_removed_from_the_file() -> None:
    kept = DEADLINES.of("D04")
    assert DEADLINES.get("D04:law_2024:2099-01-01") in kept
    with pytest.raises(KeyError):
        DEADLINES.get("D99:law_2024:2025-07-01")
