"""Until when one may apply, and the most a source allows: dates counted by hand on a wall calendar."""

from datetime import date

import pytest

from app.law.amounts import ceiling
from app.law.rules import Regime
from app.law.windows import application_window, check_window
from app.refusals import OutsideWindow


@pytest.mark.parametrize(
    ("found_on", "last_day"),
    [
        # A year on is Saturday 20/6/2026: Monday 22/6.
        (date(2025, 6, 20), date(2026, 6, 22)),
        # The last day of the earlier law; 30/6/2026 is a Tuesday.
        (date(2025, 6, 30), date(2026, 6, 30)),
        # 29/2/2024: February 2025 has 28 days, a Friday.
        (date(2024, 2, 29), date(2025, 2, 28)),
    ],
)
def test_a_finding_of_the_earlier_law_leaves_a_year(found_on: date, last_day: date) -> None:
    window = application_window(found_on)
    assert window is not None
    assert window.last_day == last_day
    assert "09/2013" in window.article
    check_window(found_on, last_day)
    with pytest.raises(OutsideWindow):
        check_window(found_on, date.fromordinal(last_day.toordinal() + 1))


def test_a_limit_that_was_not_read_refuses_nobody_and_before_a_finding_none_is_late() -> None:
    assert application_window(date(2025, 7, 1)) is None
    check_window(date(2025, 7, 1), date(2030, 1, 1))
    check_window(None, date(2030, 1, 1))


def test_only_a_sourced_amount_for_the_whole_service_is_a_ceiling() -> None:
    """The national allowance is a floor; Hà Giang fixed its own until 30/6/2025; the new law named none."""
    in_time = date(2025, 6, 30)
    fixed = ceiling("initial_allowance", Regime.LAW_2011, in_time, "02")
    assert fixed is not None
    assert fixed.amount_vnd == 3_000_000
    assert ceiling("initial_allowance", Regime.LAW_2011, in_time) is None
    assert ceiling("initial_allowance", Regime.LAW_2011, date(2025, 7, 1), "02") is None
    assert ceiling("initial_allowance", Regime.LAW_2024, date(2026, 1, 1), "02") is None
    assert ceiling("schooling", Regime.LAW_2011, in_time, "02") is None
