"""What a single value may be: tables typed by hand, boundaries in Vietnamese time, and no echo of what was sent."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from app.problems import RULES
from app.reference.fields import (
    Country,
    Day,
    EthnicGroup,
    Instant,
    Language,
    Moment,
    PartialDate,
    Province,
    Text,
    age_on,
    coded,
    earliest,
    instant,
    latest,
    moment,
    other_needs_text,
    partial_date,
    today,
)

TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 15, 41, tzinfo=UTC)


class Trafficking(BaseModel):
    means: list[Annotated[str, coded("means_of_control")]] = []
    outcome: Annotated[str, coded("referral_outcome")] | None = None
    means_text: Annotated[str, Text(20)] | None = None
    outcome_text: Annotated[str, Text(20)] | None = None
    _other = other_needs_text(means="means_text", outcome="outcome_text")


class Intake(BaseModel):
    persons: list[Trafficking]


def fault(kind: Any, value: object) -> str:
    """The one rule that the value breaks, which must have its texts."""
    with pytest.raises(ValidationError) as refusal:
        TypeAdapter(kind).validate_python(value)
    (error,) = refusal.value.errors()
    return str(error["type"])


def fault_on(value: str, now: date) -> str:
    with pytest.raises(PydanticCustomError) as refusal:
        partial_date(value, now)
    assert refusal.value.type in RULES
    return refusal.value.type


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Country, "VN"),
        (Language, "hmn"),
        (Province, "15"),
        (EthnicGroup, "56"),
        (Annotated[str, coded("service")], "shelter"),
    ],
)
def test_a_code_of_its_list_is_taken(kind: Any, value: str) -> None:
    assert TypeAdapter(kind).validate_python(value) == value


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Country, "vn"),
        (Country, "XX"),
        (Language, "vi-VN"),
        (Province, "1"),
        (Province, "02"),
        (EthnicGroup, "57"),
        (Annotated[str, coded("service")], ""),
        (Annotated[str, coded("service")], "Shelter"),
    ],
)
def test_a_code_outside_its_list_is_unknown(kind: Any, value: str) -> None:
    assert fault(kind, value) == "unknown_code"


def test_a_refused_code_is_named_by_its_list_and_never_echoed() -> None:
    with pytest.raises(ValidationError) as refusal:
        TypeAdapter(Annotated[str, coded("service")]).validate_python("Nguyễn Thị Hoa")
    (error,) = refusal.value.errors(include_input=False)
    assert error["ctx"] == {"list": "service"}
    assert "Hoa" not in str(error)


def test_a_field_cannot_be_bound_to_a_list_that_does_not_exist() -> None:
    with pytest.raises(KeyError):
        coded("colour")


def test_the_schema_lists_the_codes_of_a_short_list_and_links_every_list() -> None:
    urgency = TypeAdapter(Annotated[str, coded("urgency")]).json_schema()
    assert urgency["enum"] == ["routine", "urgent", "immediate"]
    assert urgency["description"].endswith("/v1/code-lists/urgency")
    country = TypeAdapter(Country).json_schema()
    assert "enum" not in country
    assert country["description"].endswith("/v1/code-lists/country")


@pytest.mark.parametrize(
    ("value", "first", "last"),
    [
        ("1994", date(1994, 1, 1), date(1994, 12, 31)),
        ("1994-05", date(1994, 5, 1), date(1994, 5, 31)),
        ("1994-02", date(1994, 2, 1), date(1994, 2, 28)),
        ("2000-02", date(2000, 2, 1), date(2000, 2, 29)),
        ("2000-02-29", date(2000, 2, 29), date(2000, 2, 29)),
        ("1900", date(1900, 1, 1), date(1900, 12, 31)),
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-11", date(2026, 11, 1), date(2026, 11, 30)),
        ("2026-11-20", date(2026, 11, 20), date(2026, 11, 20)),
    ],
)
def test_a_partial_date_spans_what_it_leaves_open(value: str, first: date, last: date) -> None:
    assert partial_date(value, TODAY) == value
    assert (earliest(value), latest(value)) == (first, last)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "94",
        "1899",
        "1994-5",
        "1994-00",
        "1994-13",
        "1994-02-30",
        "1900-02-29",
        "1994-05-17T00:00",
        "1994/05",
        "١٩٩٤",
        "1994\n",
    ],
)
def test_a_partial_date_that_names_no_day_is_refused(value: str) -> None:
    assert fault_on(value, TODAY) == "invalid_date"


@pytest.mark.parametrize("value", ["2027", "2026-12", "2026-11-21", "9999-12-31"])
def test_a_partial_date_that_has_not_begun_is_in_the_future(value: str) -> None:
    assert fault_on(value, TODAY) == "in_the_future"


def test_a_partial_date_is_judged_by_the_day_in_viet_nam() -> None:
    assert TypeAdapter(PartialDate).validate_python(today().isoformat()) == today().isoformat()
    assert fault(PartialDate, (today() + timedelta(days=2)).isoformat()) == "in_the_future"
    assert fault(PartialDate, 1994) == "string_type"


@given(st.dates(date(1900, 1, 1), TODAY), st.sampled_from([4, 7, 10]))
def test_every_past_day_lies_in_its_partial_date(day: date, precision: int) -> None:
    value = partial_date(day.isoformat()[:precision], TODAY)
    assert earliest(value) <= day <= latest(value)
    least, greatest = age_on(value, TODAY)
    assert 0 <= least <= greatest <= least + 1


@pytest.mark.parametrize(
    ("born", "ages"),
    [
        ("2008-11-20", (18, 18)),
        ("2008-11-21", (17, 17)),
        ("2008-11", (17, 18)),
        ("2008-12", (17, 17)),
        ("2008", (17, 18)),
        ("2026", (0, 0)),
        ("2026-11-20", (0, 0)),
    ],
)
def test_an_age_is_a_span_when_the_birth_date_is_partial(born: str, ages: tuple[int, int]) -> None:
    assert age_on(born, TODAY) == ages


def test_a_child_of_29_february_grows_older_on_1_march() -> None:
    assert age_on("2008-02-29", date(2026, 2, 28)) == (17, 17)
    assert age_on("2008-02-29", date(2026, 3, 1)) == (18, 18)


@pytest.mark.parametrize(
    "value",
    ["2026-11-20T22:41:00+07:00", "2026-11-20T15:41:00Z", "2026-11-20t15:41:00.000z", "2026-11-20T22:46:00+07:00"],
)
def test_an_instant_is_taken_up_to_five_minutes_ahead_and_kept_in_utc(value: str) -> None:
    kept = instant(value, NOW)
    assert kept.tzinfo is UTC
    assert timedelta(0) <= kept - NOW <= timedelta(minutes=5)


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ("2026-11-20T22:46:01+07:00", "in_the_future"),
        ("9999-12-31T23:59:59-23:59", "in_the_future"),
        ("2026-11-20T22:41:00", "offset_required"),
        ("2026-11-20", "invalid_date"),
        ("2026-11-20T22:41+07:00", "invalid_date"),
        ("2026-11-20T24:00:00Z", "invalid_date"),
        ("2026-02-30T00:00:00Z", "invalid_date"),
        ("2026-11-20T22:41:00+24:00", "invalid_date"),
        ("0001-01-01T00:00:00+07:00", "invalid_date"),
        ("1795189260", "invalid_date"),
        (1795189260, "wrong_type"),
        (None, "wrong_type"),
    ],
)
def test_an_instant_that_cannot_be_is_refused_by_its_rule(value: object, rule: str) -> None:
    with pytest.raises(PydanticCustomError) as refusal:
        instant(value, NOW)
    assert refusal.value.type == rule
    assert rule in RULES


def test_a_moment_may_lie_ahead_but_not_beyond_what_utc_can_say() -> None:
    assert moment("2031-01-01T07:00:00+07:00") == datetime(2031, 1, 1, tzinfo=UTC)
    assert moment("1900-01-01T07:00:00+07:00") == datetime(1900, 1, 1, tzinfo=UTC)
    assert fault(Moment, "1900-01-01T00:00:00+07:00") == "invalid_date"  # in UTC of 1899: it could not be read back
    for value, rule in (("9999-12-31T23:59:59-23:59", "invalid_date"), ("2031-01-01T07:00:00", "offset_required")):
        assert fault(Moment, value) == rule


def test_the_types_judge_by_the_present_moment() -> None:
    assert fault(Instant, (datetime.now(UTC) + timedelta(minutes=6)).isoformat()) == "in_the_future"
    assert TypeAdapter(Instant).validate_python("2020-01-01T07:00:00+07:00") == datetime(2020, 1, 1, tzinfo=UTC)


def test_a_day_is_a_full_date_and_may_lie_ahead() -> None:
    assert TypeAdapter(Day).validate_python("2030-01-31") == date(2030, 1, 31)
    assert [fault(Day, value) for value in ("2030-01", "2030-02-30", "20300131", "1899-01-01")] == ["invalid_date"] * 4
    assert fault(Day, 0) == "wrong_type"


def test_text_is_stripped_and_keeps_lines_and_tabs() -> None:
    assert TypeAdapter(Annotated[str, Text(20)]).validate_python("  Bản Lao Chải\n\tSa Pa ") == "Bản Lao Chải\n\tSa Pa"


@pytest.mark.parametrize("code_point", [0x00, 0x07, 0x0D, 0x1B, 0x7F, 0x85, 0x9F, 0x202A, 0x202E, 0x2066, 0x2069])
def test_text_that_hides_something_is_refused(code_point: int) -> None:
    assert fault(Annotated[str, Text(20)], f"a{chr(code_point)}b") == "invalid_value"


def test_text_has_a_length() -> None:
    assert fault(Annotated[str, Text(3)], "abcd") == "string_too_long"
    assert fault(Annotated[str, Text(3)], "  ") == "string_too_short"


def test_other_needs_its_text_and_says_where() -> None:
    with pytest.raises(ValidationError) as refusal:
        Intake.model_validate({"persons": [{"means": ["force", "other"], "outcome": "other"}]})
    places = [(error["type"], error["loc"]) for error in refusal.value.errors()]
    assert places == [
        ("text_required", ("persons", 0, "means_text")),
        ("text_required", ("persons", 0, "outcome_text")),
    ]


@pytest.mark.parametrize("body", [{}, {"means": ["force"]}, {"outcome": "other", "outcome_text": "đã có nơi khác lo"}])
def test_no_text_is_asked_without_other(body: dict[str, object]) -> None:
    assert Trafficking.model_validate(body)


def test_every_rule_named_here_has_its_texts() -> None:
    rules = {"unknown_code", "invalid_date", "in_the_future", "offset_required", "invalid_value", "text_required"}
    assert rules <= RULES.keys()
