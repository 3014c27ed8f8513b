"""Which clocks an event starts or moves, under which law; and that a changed rule spares the clocks that run."""

import re
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from app.happenings import Event
from app.law.clocks import Clocks
from app.law.deadlines import DEADLINES, Deadline, Effect, load_deadlines, starting
from app.law.rules import DATA, Regime, Rules, regime_of
from app.reference.fields import VIET_NAM

LAST_DAY, FIRST_DAY = date(2025, 6, 30), date(2025, 7, 1)
VICTIM = {"kind": "victim"}


def started(event: Event, facts: dict[str, str], regime: Regime, on: date) -> list[str]:
    return [rule.key for rule in starting(event, facts, regime, on, rules=DEADLINES)]


@pytest.mark.parametrize(
    ("determined_on", "on", "regime"),
    [
        (None, LAST_DAY, Regime.LAW_2011),
        (None, FIRST_DAY, Regime.LAW_2024),
        (LAST_DAY, date(2026, 11, 20), Regime.LAW_2011),  # Art 63: keeps the earlier law
        (FIRST_DAY, date(2026, 11, 20), Regime.LAW_2024),
        (FIRST_DAY, LAST_DAY, Regime.LAW_2011),  # a fact from before the finding
        (None, date(2011, 5, 1), Regime.LAW_2011),  # before either: nobody is without a law
    ],
)
def test_the_law_of_a_person_is_that_of_the_finding(determined_on: date | None, on: date, regime: Regime) -> None:
    assert regime_of(determined_on, on) == regime


def test_a_request_starts_the_clock_of_the_law_of_its_day() -> None:
    asked = Event.VERIFICATION_REQUESTED
    assert started(asked, VICTIM, Regime.LAW_2011, LAST_DAY) == ["D04:law_2011:2012-01-01"]
    assert started(asked, VICTIM, Regime.LAW_2024, FIRST_DAY) == ["D04:law_2024:2025-07-01"]


def test_a_person_of_the_earlier_law_keeps_its_benefits_but_not_its_procedures() -> None:
    applicable = {rule.id: rule.regime for rule in DEADLINES.applicable(Regime.LAW_2011, date(2026, 11, 20))}
    assert {name: applicable[name] for name in ("D18", "D20", "D04", "D19", "T01")} == {
        "D18": Regime.LAW_2011,
        "D20": Regime.LAW_2011,
        "D04": Regime.LAW_2024,
        "D19": Regime.LAW_2024,
        "T01": Regime.LAW_2024,
    }


TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("event", "facts", "ids"),
    [
        (Event.CASE_OPENED, {"channel": "self_return_border", "agency": "border_guard"}, ["D01"]),
        (Event.CASE_OPENED, {"channel": "self_report_domestic", "agency": "hotline"}, []),
        (Event.CASE_OPENED, {"channel": "rescued_domestic", "agency": "police"}, ["D06"]),
        (Event.CASE_OPENED, {"channel": "mission_return_air", "agency": "foreign_affairs"}, ["D07"]),
        (Event.CASE_OPENED, {"agency": "commune", "identification": "unverified"}, ["D02"]),
        (Event.HANDOVER_CONFIRMED, {"agency": "labour", "identification": "unverified"}, ["D03"]),
        (Event.HANDOVER_CONFIRMED, {"agency": "labour", "identification": "confirmed"}, []),
        (Event.VERIFICATION_REQUESTED, {"kind": "victim"}, ["D04"]),
        (Event.VERIFICATION_RECONSIDERED, {"kind": "identity"}, ["D08"]),
        (Event.VERIFICATION_INFORMATION_REQUESTED, {"kind": "victim"}, ["T06"]),
        (Event.REFERRAL_SENT, {"urgency": "routine", "addressing": "named"}, ["T01"]),
        (Event.REFERRAL_SENT, {"urgency": "urgent", "addressing": "named"}, ["T02"]),
        (Event.REFERRAL_SENT, {"urgency": "immediate", "addressing": "claimable"}, []),
        (Event.REFERRAL_CONFIRMED, {"urgency": "immediate", "addressing": "named"}, ["T03"]),
        (Event.REFERRAL_CLAIMED, {"addressing": "claimable"}, ["T04"]),
        (Event.REFERRAL_INFORMATION_REQUESTED, {}, ["T05"]),
        (Event.HANDOVER_PROPOSED, {"receiver_agency": "labour", "occasion": "handover"}, ["T07"]),
        (Event.HANDOVER_PROPOSED, {"receiver_agency": "border_guard", "occasion": "return"}, []),
        (Event.CASE_OPENED, {"channel": "mission_return_air", "agency": "police"}, ["D13"]),
        (Event.RETURN_ARRIVED, {"channel": "mission_return_land_sea", "agency": "border_guard"}, ["D13", "T15"]),
        (Event.RETURN_ANNOUNCED, {}, ["T15"]),
        (Event.PLAN_MADE, {}, ["T08", "T09"]),
        (Event.FOLLOW_UP_HELD, {}, ["T09"]),
        (Event.INTAKE_SUBMITTED, {}, ["T10"]),
        (Event.PLACEMENT_STARTED, {}, ["D20", "T17"]),
        (Event.PLACEMENT_EXTENDED, {}, ["T17"]),
        (Event.INCIDENT_REPORTED, {}, ["T11", "T16"]),
        (Event.CASE_READ, {}, []),
    ],
)
def test_an_event_starts_the_clocks_its_facts_fit(event: Event, facts: dict[str, str], ids: list[str]) -> None:
    assert [rule.id for rule in starting(event, facts, Regime.LAW_2024, TODAY, rules=DEADLINES)] == ids


@pytest.mark.parametrize(
    ("rule_id", "event", "facts", "effect"),
    [
        ("D02", Event.REFERRAL_SENT, {"receiver_agency": "labour"}, Effect.MEETS),
        ("D02", Event.REFERRAL_SENT, {"receiver_agency": "provider"}, None),
        ("D04", Event.VERIFICATION_CONCLUDED, {}, Effect.MEETS),
        ("D04", Event.VERIFICATION_INFORMATION_REQUESTED, {}, Effect.PAUSES),
        ("D04", Event.VERIFICATION_ANSWERED, {}, Effect.RESUMES),
        ("D04", Event.VERIFICATION_EXTENDED, {}, Effect.EXTENDS),
        ("D04", Event.VERIFICATION_FORWARDED, {}, Effect.CANCELS),
        ("D04", Event.VERIFICATION_STARTED, {}, None),
        ("T01", Event.REFERRAL_ACKNOWLEDGED, {}, None),
        ("T01", Event.REFERRAL_REFUSED, {}, Effect.MEETS),
        ("T08", Event.PLAN_AMENDED, {}, Effect.MEETS),
        ("D13", Event.CERTIFICATE_ISSUED, {"kind": "return"}, Effect.MEETS),
        ("D13", Event.CERTIFICATE_ISSUED, {"kind": "victim"}, None),
        ("T15", Event.RETURN_ARRIVED, {}, Effect.MEETS),
        ("T15", Event.RETURN_CANCELLED, {}, Effect.CANCELS),
        ("T10", Event.INTAKE_SUBMITTED, {}, Effect.HASTENS),
        ("T10", Event.FEEDBACK_GIVEN, {}, Effect.MEETS),
        ("T10", Event.HANDOVER_CONFIRMED, {}, None),
        ("D20", Event.PLACEMENT_EXTENDED, {}, Effect.MEETS),
        ("T11", Event.INCIDENT_ACKNOWLEDGED, {"by": "police"}, None),
        ("T11", Event.INCIDENT_ACKNOWLEDGED, {"by": "custodian"}, Effect.MEETS),
        ("T11", Event.INCIDENT_RESOLVED, {"by": "custodian"}, Effect.MEETS),
        ("T16", Event.INCIDENT_ACKNOWLEDGED, {"by": "custodian"}, None),
        ("T16", Event.INCIDENT_RESOLVED, {"by": "custodian"}, Effect.CANCELS),
    ],
)
def test_an_event_moves_a_running_clock(
    rule_id: str, event: Event, facts: dict[str, str], effect: Effect | None
) -> None:
    assert DEADLINES.of(rule_id)[-1].effect(event, facts) == effect


def test_a_rule_that_starts_nothing_says_why() -> None:
    waiting = {rule.id for rule in DEADLINES if rule.reference_only}
    assert waiting == {"D05", *(f"D{number:02}" for number in range(9, 25))} - {"D13", "D14", "D19", "D20"}


def test_only_what_the_law_calls_at_once_has_a_technical_length() -> None:
    assert {rule.id for rule in DEADLINES if rule.technical_default} == {"D01", "D02", "D06", "D13"}
    assert all(rule.certainty == "design" for rule in DEADLINES if rule.id.startswith("T"))


def test_what_was_not_read_in_the_new_law_is_uncertain() -> None:
    marks = {rule.id: rule.certainty for rule in DEADLINES if rule.regime == Regime.LAW_2024 and rule.id[0] == "D"}
    assert {name for name, mark in marks.items() if mark == "sourced"} == {"D03", "D19", "D20"}
    assert {name for name, mark in marks.items() if mark == "design"} == {"D01", "D02", "D06", "D13"}
    assert set(marks.values()) == {"sourced", "design", "uncertain"}


def test_a_jurists_change_is_one_file_and_spares_the_clocks_that_run(tmp_path: Path) -> None:
    new = _from_20_to_30_days(tmp_path)
    assert _length_of_a_request(new, date(2026, 12, 31)) == (20, "D04:law_2024:2025-07-01")
    assert _length_of_a_request(new, date(2027, 1, 1)) == (30, "D04:law_2024:2027-01-01")
    running = Clocks().start(DEADLINES.get("D04:law_2024:2025-07-01"), datetime(2026, 12, 28, 9, tzinfo=VIET_NAM))
    clocks = Clocks(new)
    asked = datetime(2027, 1, 4, 9, tzinfo=VIET_NAM)
    resumed = clocks.resume(clocks.pause(running, asked), asked + timedelta(days=2))
    assert resumed.due_at.date() == date(2027, 1, 19)  # 28/12 + 20 + 2, not + 30


def _length_of_a_request(rules: Rules[Deadline], on: date) -> tuple[int, str]:
    (rule,) = starting(Event.VERIFICATION_REQUESTED, VICTIM, Regime.LAW_2024, on, rules=rules)
    assert rule.length
    return rule.length.amount, rule.key


def _from_20_to_30_days(folder: Path) -> Rules[Deadline]:
    text = (DATA / "deadlines.yaml").read_text("utf-8")
    (entry,) = re.findall(r"  - id: D04\n    regime: law_2024\n(?:    .*\n)+", text)
    began = "    valid_from: 2025-07-01\n"
    ended = entry.replace(began, f"{began}    valid_to: 2026-12-31\n")
    changed = entry.replace(began, "    valid_from: 2027-01-01\n").replace("amount: 20", "amount: 30")
    path = folder / "deadlines.yaml"
    path.write_text(text.replace(entry, ended + changed), "utf-8")
    return load_deadlines(path)
