"""What each channel asks of whom, what an unusual hand-over leaves owed, and that the diagrams show all of it."""

from datetime import date
from itertools import product
from pathlib import Path

import pytest

from app.auth.scopes import Agency
from app.law.diagrams import procedures_page
from app.law.procedures import HOLDERS, PROCEDURES, duties, flags, load_procedures, procedure_of, who_may
from app.law.rules import DATA, Regime
from app.reference.codes import code_list
from app.reference.datafiles import DataFileError

EVE, NEW = date(2025, 6, 30), date(2025, 7, 1)
TODAY = date(2026, 11, 20)
CHANNELS = [channel.code for channel in code_list("intake_channel").codes]
BORDER, POLICE, MISSION = Agency.BORDER_GUARD, Agency.POLICE, Agency.FOREIGN_AFFAIRS
LABOUR, COMMUNE, PROVIDER, NGO, HOTLINE = Agency.LABOUR, Agency.COMMUNE, Agency.PROVIDER, Agency.NGO, Agency.HOTLINE


@pytest.mark.parametrize(
    ("channel", "giver", "receiver"),
    [
        ("self_report_domestic", NGO, COMMUNE),
        ("self_report_domestic", COMMUNE, LABOUR),
        ("self_return_border", BORDER, COMMUNE),
        ("rescued_domestic", POLICE, LABOUR),
        ("rescued_domestic", BORDER, LABOUR),
        ("mission_return_air", MISSION, POLICE),
        ("mission_return_land_sea", MISSION, BORDER),
        ("mission_return_land_sea", BORDER, POLICE),
        ("mission_return_land_sea", POLICE, LABOUR),
        ("bilateral_return", BORDER, LABOUR),
        ("foreign_victim_in_vn", COMMUNE, LABOUR),
        ("hotline_111", HOTLINE, COMMUNE),
        ("hotline_111", HOTLINE, BORDER),
        ("self_report_domestic", LABOUR, PROVIDER),
        ("self_report_domestic", PROVIDER, LABOUR),
        ("missing_person_report", COMMUNE, POLICE),
    ],
)
def test_a_hand_over_of_the_procedure_needs_no_remark(channel: str, giver: Agency, receiver: Agency) -> None:
    assert flags(channel, giver, receiver, TODAY) == ()


@pytest.mark.parametrize(
    ("channel", "giver", "receiver", "owed"),
    [
        ("self_return_border", BORDER, LABOUR, [("bring_to_commune", BORDER, "D01", "Law 53/2024 Art 27(1)")]),
        ("self_report_domestic", NGO, NGO, [("bring_to_commune", NGO, "D01", "Law 53/2024 Art 27(1)")]),
        (
            "self_report_domestic",
            COMMUNE,
            NGO,
            [
                ("bring_to_commune", NGO, "D01", "Law 53/2024 Art 27(1)"),
                ("notify_support_authority", COMMUNE, "D02", "Law 53/2024 Art 27(2)"),
            ],
        ),
        ("rescued_domestic", HOTLINE, COMMUNE, [("hand_to_support_authority", COMMUNE, "D06", "Law 53/2024 Art 28")]),
        ("rescued_domestic", POLICE, NGO, [("hand_to_support_authority", NGO, "D06", "Law 53/2024 Art 28")]),
        (
            "hotline_111",
            HOTLINE,
            NGO,
            [
                ("pass_call_on", HOTLINE, None, "Decree 162/2025 Arts 4–6"),
                ("bring_to_commune", NGO, "D01", "Law 53/2024 Art 27(1)"),
            ],
        ),
        (
            "mission_return_land_sea",
            BORDER,
            LABOUR,
            [("hand_to_immigration", BORDER, "D13", "Joint Circular 01/2014 Art 4.4")],
        ),
        (
            "mission_return_air",
            MISSION,
            LABOUR,
            [("receive_at_airport", MISSION, "D13", "Law 53/2024 Art 30(1)(b)")],
        ),
    ],
)
def test_an_unusual_hand_over_leaves_a_duty_with_owner_article_and_clock(
    channel: str, giver: Agency, receiver: Agency, owed: list[tuple[str, Agency, str | None, str]]
) -> None:
    found = flags(channel, giver, receiver, TODAY)
    assert [(duty.duty, duty.owed_by, duty.deadline_id, duty.article) for duty in found] == owed
    assert all(duty.vi and duty.en for duty in found)


def test_a_first_reception_outside_the_procedure_is_flagged_too() -> None:
    assert flags("self_report_domestic", None, NGO, TODAY) == ()
    assert flags("rescued_domestic", None, POLICE, TODAY) == ()
    found = flags("rescued_domestic", None, NGO, TODAY)
    assert [(duty.duty, duty.owed_by, duty.owed_to) for duty in found] == [
        ("hand_to_support_authority", NGO, (LABOUR,))
    ]


@pytest.mark.parametrize("on", [EVE, NEW])
@pytest.mark.parametrize("channel", CHANNELS)
def test_whatever_was_handed_over_fits_or_leaves_a_duty(channel: str, on: date) -> None:
    procedure = procedure_of(channel, on)
    if procedure is None:
        assert channel in {"hotline_111", "referred_by_organisation"}
        assert on == EVE
        return
    for giver, receiver in product((None, *HOLDERS), HOLDERS):
        assert procedure.fitting(giver, receiver) or flags(channel, giver, receiver, on)


@pytest.mark.parametrize(
    ("on", "article", "told"),
    [(EVE, "Law 66/2011 Art 24(1)", "district labour division"), (NEW, "Law 53/2024 Art 27(2)", "health authority")],
)
def test_the_commune_notifies_the_support_authority_of_the_law_of_the_day(on: date, article: str, told: str) -> None:
    step = next(step for step in duties("self_report_domestic", on) if step.duty == "notify_support_authority")
    assert (step.article, step.deadline) == (article, "D02")
    assert told in step.en


def test_the_clocks_of_a_return_through_a_mission_are_in_their_order() -> None:
    clocks = [step.deadline for step in duties("mission_return_land_sea", TODAY) if step.deadline]
    assert clocks == ["D07", "D08", "D09", "D10", "D11", "D12", "D13"]


@pytest.mark.parametrize(
    ("verb", "channel", "regime", "agencies"),
    [
        ("receive", "self_report_domestic", Regime.LAW_2024, set(HOLDERS)),
        ("receive", "rescued_domestic", Regime.LAW_2024, {POLICE, BORDER, LABOUR}),
        ("verify", "self_report_domestic", Regime.LAW_2024, {POLICE}),
        ("verify", "rescued_domestic", Regime.LAW_2011, {POLICE, BORDER}),
        ("certify", "rescued_domestic", Regime.LAW_2024, {POLICE, BORDER}),
        ("certify", "mission_return_air", Regime.LAW_2011, {POLICE}),
        ("certify", "mission_return_air", Regime.LAW_2024, {POLICE, BORDER}),
        ("receive", "hotline_111", Regime.LAW_2011, set()),
    ],
)
def test_who_may_receive_verify_and_certify(verb: str, channel: str, regime: Regime, agencies: set[Agency]) -> None:
    assert who_may(verb, channel, regime) == agencies  # type: ignore[arg-type]


def test_the_police_named_are_the_district_before_and_the_province_after() -> None:
    bodies = [procedure.verifies[0].en for procedure in PROCEDURES if "self_report_domestic" in procedure.channels]
    assert bodies == ["Provincial police", "District police"]


def test_the_diagrams_show_every_channel_duty_and_clock() -> None:
    page = procedures_page()
    assert page.count("```mermaid") == len(PROCEDURES.rules)
    assert all(f"  {channel}([" in page for channel in CHANNELS)
    for step in (step for procedure in PROCEDURES for step in procedure.steps):
        assert step.vi in page
        assert step.en in page
        assert step.deadline is None or f'"{step.deadline}<br/>' in page
    assert "20 ngày · 20 days" in page


def test_a_label_in_a_diagram_never_ends_early() -> None:
    lines = [line for line in procedures_page().splitlines() if "<br/>" in line]
    assert lines
    assert {line.count('"') for line in lines} == {2}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("channels: [self_return_border]", "channels: [by_balloon]", "unknown channel by_balloon"),
        ("channels: [self_return_border]", "channels: [self_report_domestic]", "is in self_report too"),
        ("channels: [hotline_111]", "channels: [other]", "is in self_report too"),
        ("deadline: D01", "deadline: D77", "unknown deadline D77"),
        ("by: [commune], to: [labour]", "by: [ministry], to: [labour]", "by.0"),
        ("article: Law 53/2024 Art 27(1), ", "", "article: add it"),
        ("receives: [police, border_guard, labour]", "receives: []", "receives"),
        (
            "{by: [labour], to: [labour, commune, provider, ngo]}",
            "{by: [labour], to: [commune]}",
            "add a step that moves, or a fit",
        ),
    ],
)
def test_a_broken_file_stops_with_file_line_and_mend(tmp_path: Path, old: str, new: str, told: str) -> None:
    path = tmp_path / "procedures.yaml"
    text = (DATA / "procedures.yaml").read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(DataFileError, match=r"^procedures\.yaml, line \d+: ") as refused:
        load_procedures(path)
    assert told in str(refused.value)


def test_a_channel_left_out_is_named(tmp_path: Path) -> None:
    path = tmp_path / "procedures.yaml"
    text = (DATA / "procedures.yaml").read_text("utf-8")
    path.write_text(text.replace("referred_by_organisation, ", "", 1), "utf-8")
    with pytest.raises(DataFileError, match="law_2024 has no procedure for channel referred_by_organisation"):
        load_procedures(path)
