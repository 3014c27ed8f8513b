"""What each kind of cell becomes, and which cells refuse a row."""

from datetime import UTC, datetime
from typing import Any

import pytest
from openpyxl import load_workbook

from app.cli.htcds.mapping import Draft, Fault, draft
from app.cli.htcds.standard import STANDARD, Value, choices, countries
from app.intakes.schemas import IntakeIn
from app.reference.codes import code_list
from app.spreadsheets import LONGEST
from tests.htcds import FRAME, a_row, published

TODAY = datetime.now(UTC).date()


def body(**cells: str) -> dict[str, Any]:
    """The body of a row without faults, which the service's own schema accepts."""
    made = draft(a_row(**cells), FRAME)
    assert made.faults == []
    IntakeIn.model_validate(made.body)
    return made.body


def faults(**cells: str) -> list[Fault]:
    return draft(a_row(**cells), FRAME).faults


def test_every_code_of_the_table_is_in_force() -> None:
    for name, values in STANDARD.lists.items():
        for value in values.values:
            assert code_list(values.code_list).find(value.code, TODAY), f"{name} {value.htcds}"
        assert values.unlisted is None or code_list(values.code_list).find(values.unlisted, TODAY)


@pytest.mark.parametrize("value", STANDARD.lists["vic_TypeOfExploitation"].values, ids=lambda value: str(value.htcds))
def test_types_of_exploitation_agree_with_the_code_list(value: Value) -> None:
    assert code_list("exploitation_type").latest(value.code).attributes.get("htcds", value.htcds) == value.htcds


def test_every_choice_of_the_published_survey_form_has_a_code() -> None:
    lists = {
        "consent": "con_Consent",
        "gender": "prs_Gender",
        "typeofexploitation": "vic_TypeOfExploitation",
        "typeofsexexploitation": "vic_TypeOfSexExploitation",
        "methodsofcontrol": "vic_MethodsOfControl",
    }
    form = load_workbook(published("htcds/htcds_xlsform.xlsx"))["choices"].iter_rows(min_row=2, values_only=True)
    for list_name, name, label, *_ in form:
        for written in (str(name), str(label)):
            if field := lists.get(str(list_name)):
                found = [choice.value.htcds for choice in choices(field, written) if choice.value]
                assert found == [str(name).strip()], written
        if list_name == "citizenship":
            assert countries(str(name)) == [(name, name)]


def test_a_full_row() -> None:
    made = body(
        prs_FirstName="Thị Hoa",
        prs_SecondName="Nguyễn",
        prs_Birthdate="1999",
        prs_Gender="Feminine",
        prs_Citizenship="VN",
        prs_MobilePhone="+84912345678",
        prs_MailingStreet="Tổ 3",
        prs_MailingState="Lao Cai",
        prs_MailingCountry="VN",
        vic_TypeOfExploitation="ForcedMarriage",
        vic_MethodsOfControl="FalsePromises",
        vic_TraffickingStatus="ActualVictimOfTrafficking",
        cas_CaseOwner="Cán bộ 1",
    )
    assert made == {
        **FRAME,
        "person": {
            "full_name": "Nguyễn Thị Hoa",
            "birth_date": "1999",
            "sex": "female",
            "nationalities": ["VN"],
            "contact": {"phones": ["+84912345678"], "address": "Tổ 3, Lao Cai, VN", "province_code": "15"},
        },
        "trafficking": {
            "exploitation_types": ["forced_marriage"],
            "means_of_control": ["false_promises"],
            "statement": "Trafficking Status: ActualVictimOfTrafficking",
        },
        "text": "Case Owner: Cán bộ 1",
    }


@pytest.mark.parametrize("consent", ["FALSE", "No", "false"])
def test_without_consent_nothing_about_the_person_is_sent(consent: str) -> None:
    said = {"prs_Birthdate": "17/05/1970", "vic_TypeOfExploitation": "Other", "cas_CaseOwner": "Lan"}
    made = body(con_Consent=consent, prs_FirstName="Hoa", **said)
    assert made == {**FRAME, "record_mode": "minimal", "age_band": "48_plus"}


def test_an_empty_consent_is_no_consent() -> None:
    row = a_row(prs_FirstName="Hoa", prs_Birthdate="1990")
    unsaid = type(row)(row.number, {name: cell for name, cell in row.cells.items() if name != "con_Consent"})
    assert draft(unsaid, FRAME).body == {**FRAME, "record_mode": "minimal", "age_band": "30_38"}


@pytest.mark.parametrize("born", ["2010", "2008-02", "", "31/02/1990"])
def test_who_may_be_a_child_cannot_decline(born: str) -> None:
    """On 20/1/2026 somebody born in February 2008 is 17, and of who knows no date nobody can say it."""
    (fault,) = faults(con_Consent="FALSE", prs_Birthdate=born) if born else faults(con_Consent="FALSE")
    wanted = "invalid_date" if "/" in born else "minor_needs_record"
    assert fault == Fault("C17" if born else "B17", wanted)


def test_an_unreadable_consent_refuses_the_row() -> None:
    assert faults(con_Consent="perhaps") == [Fault("B17", "unknown_code")]


@pytest.mark.parametrize(
    ("written", "partial"),
    [
        ("1994", "1994"),
        ("1994-05", "1994-05"),
        ("1994-05-17", "1994-05-17"),
        ("17/05/1994", "1994-05-17"),
        ("7.5.1994", "1994-05-07"),
        ("5/1994", "1994-05"),
    ],
)
def test_a_birth_date_is_as_precise_as_it_was_written(written: str, partial: str) -> None:
    assert body(prs_Birthdate=written)["person"]["birth_date"] == partial


@pytest.mark.parametrize(
    "written", ["31/02/1999", "12/25/1998", "1999-13-01", "khoảng 20", "36161", "17/05/99", "0000"]
)
def test_no_birth_date_refuses_the_row_at_its_cell(written: str) -> None:
    assert faults(prs_Birthdate=written) == [Fault("C17", "invalid_date")]


@pytest.mark.parametrize(
    ("written", "sex"),
    [("Feminine", "female"), ("Masculine ", "male"), ("Non-Conforming", "other"), ("Not Specified/Unknown", "unknown")],
)
def test_gender(written: str, sex: str) -> None:
    assert body(prs_Gender=written)["person"]["sex"] == sex


@pytest.mark.parametrize("written", ["F", "Nữ giới", "Feminine;Masculine"])
def test_a_gender_outside_the_list_refuses_the_row(written: str) -> None:
    assert faults(prs_Gender=written) == [Fault("C17", "unknown_code")]


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        ("VN", ["VN"]),
        ("VNM", ["VN"]),
        ("Viet Nam", ["VN"]),
        ("việt nam", ["VN"]),
        ("VN;CN", ["VN", "CN"]),
        ("VN LA VN", ["VN", "LA"]),
        ("Lao People's Democratic Republic", ["LA"]),
        ("Áo", ["AT"]),
        ("AO", ["AO"]),
        ("Congo, Democratic Republic of the", None),
    ],
)
def test_citizenships(written: str, codes: list[str] | None) -> None:
    if codes is None:
        assert faults(prs_Citizenship=written) == [Fault("C17", "unknown_code")]
    else:
        assert body(prs_Citizenship=written)["person"]["nationalities"] == codes


@pytest.mark.parametrize(
    ("citizenship", "name"), [("VN", "Lò Thị Pà"), ("", "Lò Thị Pà"), ("PH", "Thị Pà Lò"), ("PH;VN", "Lò Thị Pà")]
)
def test_names_are_ordered_as_the_person_writes_them(citizenship: str, name: str) -> None:
    cells = {"prs_FirstName": "Thị Pà", "prs_SecondName": "Lò"} | (
        {"prs_Citizenship": citizenship} if citizenship else {}
    )
    assert body(**cells)["person"]["full_name"] == name


def test_several_types_of_exploitation_in_either_notation() -> None:
    expected = ["forced_labour", "organ_removal"]
    for written in ("ForcedLabour;OrganRemoval", "ForcedLabour OrganRemoval", "Forced labour, Organ removal"):
        assert body(vic_TypeOfExploitation=written)["trafficking"] == {"exploitation_types": expected}


def test_sexual_exploitation_is_coded_by_its_own_column_or_stays_in_words() -> None:
    precise = body(vic_TypeOfExploitation="SexualExploitation", vic_TypeOfSexExploitation="Prostitution")
    assert precise["trafficking"] == {"exploitation_types": ["forced_prostitution"]}
    assert body(vic_TypeOfExploitation="SexualExploitation")["trafficking"] == {
        "exploitation_types": ["unknown"],
        "other_text": "Type of Exploitation: SexualExploitation",
    }


def test_what_an_open_list_lacks_is_kept_in_words() -> None:
    made = body(vic_TypeOfExploitation="ForcedScamming;ForcedLabour", vic_MethodsOfControl="Other;DebtBondage;Bán lại")
    assert made["trafficking"] == {
        "exploitation_types": ["unknown", "forced_labour"],
        "means_of_control": ["other", "debt_bondage"],
        "other_text": "Type of Exploitation: ForcedScamming; Methods of Control: Other, Bán lại",
    }


def test_what_a_closed_list_lacks_refuses_the_row() -> None:
    assert faults(vic_TypeOfSexExploitation="Massage") == [Fault("C17", "unknown_code")]


def test_all_faulty_cells_of_a_row_are_named() -> None:
    found = faults(prs_Birthdate="soon", prs_Gender="F", prs_Citizenship="XX")
    assert sorted(fault.cell for fault in found) == ["C17", "D17", "E17"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("#REF!", "invalid_value"),
        ("a\0b", "invalid_value"),
        ("\ud800", "invalid_value"),
        ("a" * (LONGEST + 1), "too_long"),
    ],
)
def test_a_cell_that_no_service_could_take_is_named(text: str, code: str) -> None:
    assert faults(cas_CaseOwner=text) == [Fault("C17", code)]


def test_the_cell_behind_a_refused_member_is_found() -> None:
    made = draft(a_row(prs_Citizenship="VN;CN", prs_Birthdate="2090", prs_MobilePhone="1"), FRAME)
    cells = {"/person/nationalities/1": "C17", "/person/birth_date": "D17", "/person/contact/phones": "E17"}
    assert {pointer: made.cell_of(pointer) for pointer in cells} == cells
    assert made.cell_of("/channel") is None


def test_a_frame_is_not_changed_by_its_rows() -> None:
    draft(a_row(prs_FirstName="Hoa"), FRAME)
    assert "person" not in FRAME
    assert Draft(FRAME).origins == {}
