"""The lists, against names and sizes typed by hand from the published proposals, and what a broken file answers."""

from datetime import date
from pathlib import Path

import pytest

from app.auth.scopes import Agency
from app.reference.codes import DATA, LISTS, code_list, is_valid, label, load
from app.reference.datafiles import DataFileError

SIZES = {
    "certificate_kind": 2,
    "certificate_revocation": 4,
    "fine_review_outcome": 5,
    "procedural_status": 7,
    "transport": 4,
    "age_band": 10,
    "agency": 10,
    "assessment_conclusion": 11,
    "applicant": 3,
    "assessment_kind": 5,
    "assessor_role": 7,
    "cancellation_reason": 4,
    "case_outcome": 8,
    "closure_reason": 12,
    "consent_method": 4,
    "contact_family": 3,
    "country": 249,
    "decision_ground": 16,
    "declines": 5,
    "document_type": 26,
    "ethnic_group": 56,
    "evidence_source": 9,
    "exploitation_type": 23,
    "feedback_outcome": 8,
    "follow_up_method": 4,
    "follow_up_result": 5,
    "funding": 4,
    "guardian_basis": 3,
    "handling": 21,
    "handover_refusal": 5,
    "incident_kind": 6,
    "incident_outcome": 7,
    "intake_channel": 16,
    "lawful_basis": 6,
    "means_of_control": 26,
    "notice_kind": 6,
    "placement_destination": 6,
    "placement_end": 6,
    "police_exclusion": 5,
    "protection_end": 5,
    "protection_measure": 10,
    "province": 34,
    "purpose_of_use": 17,
    "reception_state": 5,
    "record_mode": 3,
    "referral_outcome": 7,
    "referral_refusal_reason": 15,
    "regime": 10,
    "relation": 11,
    "erasure_reason": 5,
    "reopening_reason": 5,
    "return_person_result": 6,
    "risk": 4,
    "screening_indicator": 16,
    "screening_result": 4,
    "separation_reason": 6,
    "service": 27,
    "sex": 4,
    "statement_reason": 6,
    "subject": 4,
    "trafficking_act": 5,
    "urgency": 3,
    "verification_refusal": 4,
    "withdrawal_reason": 6,
}
TODAY = date(2026, 11, 20)
HEAD = """name: colour
title: {vi: Màu, en: Colour}
other_needs_text: false
source: A law
certainty: sourced
valid_from: 2012-01-01
entries:
"""
RED = "  - {code: red, vi: Đỏ, en: Red}\n"


def test_every_list_is_there_with_all_its_codes() -> None:
    assert {name: len(each.codes) for name, each in LISTS.items() if name != "language"} == SIZES
    assert len(code_list("language").codes) > 7000


@pytest.mark.parametrize(
    ("name", "code", "vietnamese", "english"),
    [
        ("intake_channel", "self_return_border", "Tự trở về, khu vực biên giới", "Self-return, border area"),
        ("exploitation_type", "forced_marriage", "Ép buộc làm vợ hoặc chồng", "Forced marriage"),
        ("service", "legal_aid", "Trợ giúp pháp lý", "Legal aid"),
        ("handling", "ask_before_family", "Hỏi ý kiến trước khi báo gia đình", "Ask before family contact"),
        ("province", "15", "Lào Cai", "Lao Cai"),
        ("province", "79", "Thành phố Hồ Chí Minh", "Ho Chi Minh City"),
        ("ethnic_group", "08", "HMông", "Hmong"),
        ("age_band", "9_17", "9–17 tuổi", "9–17 years"),
        ("country", "NO", "Na Uy", "Norway"),
        ("country", "VN", "Việt Nam", "Viet Nam"),
        ("language", "tyz", "Tiếng Tày", "Tày"),
    ],
)
def test_a_code_reads_in_both_languages(name: str, code: str, vietnamese: str, english: str) -> None:
    assert is_valid(name, code, TODAY)
    assert (label(name, code, "vi"), label(name, code, "en")) == (vietnamese, english)


def test_a_language_has_one_code_the_shortest() -> None:
    assert is_valid("language", "vi", TODAY)
    assert not is_valid("language", "vie", TODAY)


def test_wording_that_awaits_a_native_reader_keeps_its_mark() -> None:
    marked = {"forced_online_scam": True, "forced_marriage": False}
    assert {code: code_list("exploitation_type").latest(code).native_check for code in marked} == marked
    assert all(code.native_check for code in code_list("urgency").codes)


def test_a_code_is_not_valid_before_its_law() -> None:
    assert not is_valid("exploitation_type", "unborn_child_sale", date(2025, 6, 30))
    assert is_valid("exploitation_type", "unborn_child_sale", date(2025, 7, 1))
    assert not is_valid("province", "15", date(2025, 6, 30))


def test_codes_carry_what_other_parts_decide_by() -> None:
    def attribute(name: str, code: str, member: str) -> object:
        return code_list(name).latest(code).attributes[member]

    assert attribute("service", "legal_aid", "regime") == "dd"
    assert attribute("regime", "dd", "letter") == "đ"
    assert attribute("exploitation_type", "domestic_servitude", "htcds") == "Servitude"
    assert attribute("lawful_basis", "override", "capability") == "consent.override"
    assert "ngo" not in str(attribute("lawful_basis", "statutory_support", "receivers"))


def test_only_known_agencies_are_named() -> None:
    assert {code.code for code in code_list("agency").codes} == set(Agency)
    for name, member in (("purpose_of_use", "agencies"), ("lawful_basis", "receivers"), ("notice_kind", "recipients")):
        for code in code_list(name).codes:
            assert set(code.attributes[member]) <= set(Agency)


def test_every_agency_that_reads_cases_may_coordinate_care() -> None:
    agencies = set(code_list("purpose_of_use").latest("care_coordination").attributes["agencies"])
    assert agencies == set(Agency) - {Agency.OVERSIGHT, Agency.OPERATOR}


def test_every_service_of_the_law_names_a_point_that_exists() -> None:
    points = {code.attributes.get("regime") for code in code_list("service").codes} - {None}
    assert points == {code.code for code in code_list("regime").codes}


def test_a_list_that_asks_a_text_for_other_has_that_code() -> None:
    asking = [each for each in LISTS.values() if each.other_needs_text]
    assert len(asking) == 15
    assert all(is_valid(each.name, "other", TODAY) for each in asking)


def test_a_code_may_come_back_with_another_meaning(tmp_path: Path) -> None:
    old = '  - {code: "15", vi: Yên Bái, en: Yen Bai, valid_to: 2025-06-30}\n'
    new = '  - {code: "15", vi: Lào Cai, en: Lao Cai, valid_from: 2025-07-01}\n'
    codes = load(_file(tmp_path, HEAD + old + new))
    found = [codes.find("15", date(2025, 6, 30)), codes.find("15", date(2025, 7, 1))]
    assert [code and code.vi for code in found] == ["Yên Bái", "Lào Cai"]
    assert codes.latest("15").en == "Lao Cai"


@pytest.mark.parametrize(
    ("text", "line", "mend"),
    [
        (HEAD + RED + RED, 9, "code red is doubled: end the earlier period, or remove one"),
        (HEAD + RED + "  - {code: blue, en: Blue}\n", 9, "vi: add it"),
        (HEAD + RED + "  - {code: blue, vi: Lam, en: ''}\n", 9, "en: write the text"),
        (HEAD + "  - {code: 15, vi: Lam, en: Blue}\n", 8, "code: put the value in quotes"),
        (HEAD + "  - {code: red, vi: Đỏ, vi: Đỏ, en: Red}\n", 8, "vi appears twice: remove one"),
        (HEAD + "  - {code: red, vi: Đỏ, en: Red, colour: red}\n", 8, "remove it, or name it under attributes"),
        (HEAD + "  - {code: red, vi: Đỏ, en: Red, certainty: sure}\n", 8, "certainty: Input should be 'sourced'"),
        (HEAD + "  - {code: red, vi: Đỏ, en: Red, valid_from: 2025-02-30}\n", 8, "valid_from: "),
        (HEAD + "  - {code: red, vi: Đỏ, en: Red, valid_to: 2011-12-31}\n", 8, "correct one of them"),
        (HEAD + "  - {code: red, vi: Đo\u0309, en: Red}\n", 8, "save the file in Unicode NFC"),
        (HEAD + "  - {code: red, vi: Đỏ, en: Red\n", 9, "not YAML"),
        (HEAD.replace("certainty: sourced", "certainty: sure") + RED, 5, "certainty: "),
        (HEAD.replace("source: A law\n", "") + RED, 1, "source: add it"),
        (HEAD.replace("name: colour", "name: color") + RED, 1, "call the file color.yaml"),
        ("colour", 1, "start with name, title and entries"),
    ],
)
def test_a_broken_file_is_refused_with_its_name_line_and_mend(tmp_path: Path, text: str, line: int, mend: str) -> None:
    with pytest.raises(DataFileError) as refusal:
        load(_file(tmp_path, text))
    assert str(refusal.value).startswith(f"colour.yaml, line {line}: ")
    assert mend in str(refusal.value)


def test_every_entry_of_a_data_file_is_one_line_in_order() -> None:
    for path in DATA.glob("*.yaml"):
        entries = [line for line in path.read_text("utf-8").splitlines() if line.startswith("  - {")]
        assert len(entries) == len(LISTS[path.stem].codes)


def _file(folder: Path, text: str) -> Path:
    path = folder / "colour.yaml"
    path.write_text(text, "utf-8")
    return path
