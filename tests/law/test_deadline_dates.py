"""Every deadline of both laws against a date counted by hand on a wall calendar."""

from datetime import datetime, timedelta

import pytest

from app.law.clocks import Clocks
from app.law.deadlines import DEADLINES
from app.reference.fields import VIET_NAM

OLD, NEW = "law_2011", "law_2024"
CLOCKS = Clocks()

DATES = [
    # "At once": 24 hours to the minute, on a Saturday night and in Tết alike.
    ("D01", OLD, "2025-06-28T22:15", "2025-06-29T22:15"),
    ("D01", NEW, "2026-02-16T20:00", "2026-02-17T20:00"),
    ("D02", OLD, "2025-06-30T08:00", "2025-07-01T08:00"),
    ("D02", NEW, "2025-07-01T00:30", "2025-07-02T00:30"),
    # Wed 25/6: Thu 1, Fri 2, Sat 28/6 is the third, not worked: Mon 30/6.
    ("D03", OLD, "2025-06-25T14:00", "2025-06-30"),
    # Thu 12/2: the third day is Sun 15/2; Tết 16 to 20, weekend 21 and 22: Mon 23/2.
    ("D03", NEW, "2026-02-12T14:00", "2026-02-23"),
    # Mon 30/6 + 20 = Sun 20/7: Mon 21/7. The new law is in force by then, the clock is the old one's.
    ("D04", OLD, "2025-06-30T16:59", "2025-07-21"),
    # Thu 12/2 + 20 = 4/3 (February has 28 days), a Wednesday; the holidays within do not count as extra.
    ("D04", NEW, "2026-02-12T09:30", "2026-03-04"),
    # Started on Sat 7/11: Sun 8/11 is day 1, so day 20 is Fri 27/11.
    ("D04", NEW, "2026-11-07T10:00", "2026-11-27"),
    # 30/6 + 2 months = Sat 30/8; Sun 31/8, National Day 1 and 2/9: Wed 3/9.
    ("D05", OLD, "2025-06-30T09:00", "2025-09-03"),
    # 31/12 + 2 months: February has no 31st: Sat 28/2: Mon 2/3.
    ("D05", NEW, "2025-12-31T09:00", "2026-03-02"),
    ("D06", OLD, "2025-06-01T00:00", "2025-06-02T00:00"),
    ("D06", NEW, "2026-12-31T23:30", "2027-01-01T23:30"),
    # Fri 27/6 + 3 = Mon 30/6.
    ("D07", OLD, "2025-06-27T09:00", "2025-06-30"),
    # Mon 1/2/2027 + 3 = Thu 4/2, off for Tết until Wed 10/2: Thu 11/2.
    ("D07", NEW, "2027-02-01T09:00", "2027-02-11"),
    # Wed 18/6 + 10 = Sat 28/6: Mon 30/6.
    ("D08", OLD, "2025-06-18T09:00", "2025-06-30"),
    # Thu 28/1/2027 + 10 = Sun 7/2, in Tết: Thu 11/2.
    ("D08", NEW, "2027-01-28T09:00", "2027-02-11"),
    # Thu 26/6 + 3 = Sun 29/6: Mon 30/6.
    ("D09", OLD, "2025-06-26T09:00", "2025-06-30"),
    # Tue 30/12 + 3 = Fri 2/1, the bridge day: Mon 5/1.
    ("D09", NEW, "2025-12-30T09:00", "2026-01-05"),
    ("D10", OLD, "2025-06-23T09:00", "2025-06-26"),
    # Wed 7/1 + 3 = Sat 10/1, which was worked for 2/1.
    ("D10", NEW, "2026-01-07T09:00", "2026-01-10"),
    # Entry Mon 30/6: five days before is Wed 25/6.
    ("D11", OLD, "2025-06-30T06:00", "2025-06-25"),
    # Entry Tue 24/2: five days before is Thu 19/2, in Tết: Fri 13/2.
    ("D11", NEW, "2026-02-24T06:00", "2026-02-13"),
    # Entry Tue 24/6: three days before is Sat 21/6: Fri 20/6.
    ("D12", OLD, "2025-06-24T06:00", "2025-06-20"),
    ("D12", NEW, "2026-03-05T06:00", "2026-03-02"),
    ("D13", OLD, "2025-06-30T06:00", "2025-07-01T06:00"),
    ("D13", NEW, "2026-03-05T06:00", "2026-03-06T06:00"),
    # Tue 29/4 + 3 = Fri 2/5, off (worked on Sat 26/4): Mon 5/5.
    ("D14", OLD, "2025-04-29T09:00", "2025-05-05"),
    # Thu 23/4 + 3 = Sun 26/4, Hùng Kings, made up on Mon 27/4: Tue 28/4.
    ("D14", NEW, "2026-04-23T09:00", "2026-04-28"),
    # Mon 28/4 + 3 = Thu 1/5, then 2/5 off and a weekend: Mon 5/5.
    ("D15", OLD, "2025-04-28T09:00", "2025-05-05"),
    # Mon 27/4 + 3 = Thu 30/4, Fri 1/5, weekend: Mon 4/5.
    ("D15", NEW, "2026-04-27T09:00", "2026-05-04"),
    ("D16", OLD, "2025-04-22T09:00", "2025-04-25"),
    # Wed 19/8 + 3 = Sat 22/8, which was worked for 31/8.
    ("D16", NEW, "2026-08-19T09:00", "2026-08-22"),
    # Mon 21/4 + 5 = Sat 26/4, which was worked for 2/5.
    ("D17", OLD, "2025-04-21T09:00", "2025-04-26"),
    # Thu 27/8 + 5 = Tue 1/9, National Day also 2/9: Thu 3/9.
    ("D17", NEW, "2026-08-27T09:00", "2026-09-03"),
    # 29/2/2024 + 12 months: 28/2/2025, a Friday.
    ("D18", OLD, "2024-02-29T09:00", "2025-02-28"),
    # Mon 24/11/2025 + 12 months = Tue 24/11/2026, the Day of Culture: Wed 25/11.
    ("D18", NEW, "2025-11-24T09:00", "2026-11-25"),
    # Thu 23/1: Fri 24 is 1; Tết 27 to 31/1; 3 to 7/2 are 2 to 6, 10 to 14/2 are 7 to 11: Fri 14/2.
    ("D19", OLD, "2025-01-23T09:00", "2025-02-14"),
    # Wed 11/2: 12 and 13/2 are 1 and 2; Tết; 23 to 27/2 are 3 to 7; Mon 2/3 is 8, Tue 3/3 is 9.
    ("D19", NEW, "2026-02-11T09:00", "2026-03-03"),
    # Tue 2/2/2027: Wed 3/2 is 1; Tết to 10/2; 11 and 12/2 are 2 and 3; 15 to 19/2 are 4 to 8; Mon 22/2 is 9.
    ("D19", NEW, "2027-02-02T09:00", "2027-02-22"),
    # Wed 15/1: 16 days left in January, 28 in February make 44; the 60th is Sun 16/3: Mon 17/3.
    ("D20", OLD, "2025-01-15T09:00", "2025-03-17"),
    # Wed 1/10: 30 left in October, 60 with November, 91 with December; the 120th is Thu 29/1.
    ("D20", NEW, "2025-10-01T09:00", "2026-01-29"),
    # The stay ends Mon 30/6: twenty days before is Tue 10/6.
    ("D21", OLD, "2025-06-30T12:00", "2025-06-10"),
    # The stay ends Tue 10/3: twenty days before is 18/2, in Tết: Fri 13/2.
    ("D21", NEW, "2026-03-10T12:00", "2026-02-13"),
    # Fri 18/4: 21 to 25/4 are 1 to 5, Sat 26/4 was worked and is 6, 28 and 29/4 are 7 and 8; 5 to 9/5 are 9 to 13;
    # Mon 12/5 is 14, Tue 13/5 is 15.
    ("D22", OLD, "2025-04-18T09:00", "2025-05-13"),
    # Fri 30/1: two weeks to Fri 13/2 are 10; Tết; 23 to 27/2 are 11 to 15.
    ("D22", NEW, "2026-01-30T09:00", "2026-02-27"),
    ("D23", OLD, "2025-06-28T22:15", "2025-06-29T22:15"),
    ("D23", NEW, "2026-02-16T20:00", "2026-02-17T20:00"),
    # Tue 31/12/2024.
    ("D24", OLD, "2023-12-31T09:00", "2024-12-31"),
    # 31/1/2027 is a Sunday: Mon 1/2.
    ("D24", NEW, "2026-01-31T09:00", "2027-02-01"),
    # Fri 13/2: Tết; Mon 23/2 is 1, Wed 25/2 is 3.
    ("T01", NEW, "2026-02-13T16:00", "2026-02-25"),
    ("T02", NEW, "2026-02-13T16:00", "2026-02-14T16:00"),
    ("T03", NEW, "2026-02-13T23:00", "2026-02-14T01:00"),
    ("T04", NEW, "2026-02-13T16:00", "2026-02-14T16:00"),
    # Wed 3/2/2027: Tết; Thu 11/2 is 1, Fri 12/2 is 2, Mon 15/2 is 3.
    ("T05", NEW, "2027-02-03T16:00", "2027-02-15"),
    # Sat 7/11: Mon 9/11 is 1, Wed 11/11 is 3.
    ("T06", NEW, "2026-11-07T16:00", "2026-11-11"),
    ("T07", NEW, "2026-02-13T16:00", "2026-02-14T16:00"),
    # The plan names its own day, here 90 days on: 11/2/2027, the day itself, worked or not.
    ("T08", NEW, "2026-11-13T16:00", "2027-02-11"),
    # Mon 30/11 + 3 months = Sun 28/2: Mon 1/3.
    ("T09", NEW, "2026-11-30T16:00", "2027-03-01"),
    # The report names its own moment, kept to the minute.
    ("T10", NEW, "2026-11-13T16:00", "2027-02-11T16:00"),
    # Fri 13/2 + 30 = Sun 15/3: Mon 16/3.
    ("T12", NEW, "2026-02-13T16:00", "2026-03-16"),
    # Fri 13/2: Tết; Mon 23/2 is 1, Fri 27/2 is 5.
    ("T13", NEW, "2026-02-13T16:00", "2026-02-27"),
    # Thu 19/11: Fri 20/11 is 1, Mon 23/11 is 2; Tue 24/11 is the Day of Culture; Wed 25/11 is 3.
    ("T14", NEW, "2026-11-19T16:00", "2026-11-25"),
    ("T11", NEW, "2026-02-13T22:00", "2026-02-14T02:00"),
    ("T16", NEW, "2026-02-13T22:00", "2026-02-14T02:00"),
    # The stay names its own day, as the plan does.
    ("T17", NEW, "2026-11-13T16:00", "2027-02-11"),
    # Thu 19/11: as T14.
    ("T18", NEW, "2026-11-19T16:00", "2026-11-25"),
    ("T19", NEW, "2026-02-13T16:00", "2026-02-14T16:00"),
    # The return names its own day, here 90 days on from Fri 27/11: Thu 25/2/2027 (3 in November, 31, 31, 25 make 90).
    ("T15", NEW, "2026-11-27T09:00", "2027-02-25"),
]


@pytest.mark.parametrize(("rule_id", "regime", "start", "end"), DATES)
def test_a_deadline_falls_on_the_day_counted_by_hand(rule_id: str, regime: str, start: str, end: str) -> None:
    began = datetime.fromisoformat(start).replace(tzinfo=VIET_NAM)
    (rule,) = (each for each in DEADLINES.of(rule_id) if each.regime == regime)
    ahead = began + timedelta(days=90)
    state = CLOCKS.start(rule, began, on=ahead if rule.due_field == "respond_by" else ahead.date())
    whole = end if "T" in end else f"{end}T23:59:59.999999"
    assert state.due_at == datetime.fromisoformat(whole).replace(tzinfo=VIET_NAM)


def test_no_deadline_was_left_uncounted() -> None:
    counted = {(rule_id, regime) for rule_id, regime, _, _ in DATES}
    assert counted == {(rule.id, rule.regime) for rule in DEADLINES}
    assert {f"D{number:02}" for number in range(1, 25)} <= {rule.id for rule in DEADLINES}
