"""Rows as they come: each is told what became of it, the readable ones are listed, and nobody twice."""

from collections.abc import Sequence
from datetime import date, datetime
from unicodedata import normalize
from uuid import uuid4

import pytest

from app.receptions.manifests import XLSX
from tests.personas import Clients
from tests.receptions import HEADINGS, NOT_FOUND, a_list, a_reception, a_table, people, progress, screened, upload
from tests.receptions.lists import HOA, NAM, a_book, listed, names, sent, told


async def test_a_row_says_who_comes(clients: Clients) -> None:
    headings = (*HEADINGS, "Số CCCD", "Hộ chiếu", "Giấy tờ tùy thân", "SĐT", "Ghi chú")
    row = (*HOA, "015194000123", "C1234567", "88/XN", "0912 345 678", "chị gái đi cùng")
    (person,) = await listed(clients, a_table(row, headings=headings))
    assert names([person]) == [("Nguyễn Thị Hoa", "1994-05-17")]
    assert (person["sex"], person["nationalities"], person["home"]) == ("female", ["VN"], "15")
    assert (person["contact"]["address"], person["contact"]["phones"]) == (HOA[5], ["0912 345 678"])
    papers = [(paper["type"], paper["number"]) for paper in person["identity_documents"]]
    assert papers == [("citizen_identity_card", "015194000123"), ("passport", "C1234567"), ("other", "88/XN")]


async def test_columns_without_a_meaning_for_us_are_named_by_their_letters(clients: Clients) -> None:
    _, answer = await sent(clients, a_table((*HOA, "bí mật"), headings=(*HEADINGS, "Ghi chú của ai đó")))
    assert answer.json()["ignored_columns"] == ["A", "G"]
    assert "bí mật" not in answer.text


@pytest.mark.parametrize(
    "headings",
    [
        ("No.", "FULL NAME", "Date of birth (dd/mm/yyyy)", "Sex", "Nationality", "Address"),
        ("tt", "ho va ten", "NGÀY THÁNG NĂM SINH", "giới  tính", "QUỐC TỊCH:", "Hộ khẩu thường trú"),
        ("#", normalize("NFD", "Họ tên"), "Năm\nsinh", "Giới", "Quốc tịch", "Nơi thường trú"),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
async def test_headings_are_known_in_both_languages_and_any_spelling(
    clients: Clients, headings: Sequence[str], delimiter: str
) -> None:
    found = await listed(clients, a_table(HOA, NAM, headings=headings, delimiter=delimiter))
    assert names(found) == [("Nguyễn Thị Hoa", "1994-05-17"), ("Trần Văn Nam", "1999")]
    assert [person["home"] for person in found] == ["15", "48"]


DATES = [
    ("17/05/1994", "1994-05-17"),
    ("7/5/1994", "1994-05-07"),
    ("17-05-1994", "1994-05-17"),
    ("17.05.1994", "1994-05-17"),
    ("1994-05-17", "1994-05-17"),
    ("1994-05-17 00:00:00", "1994-05-17"),
    ("05/1994", "1994-05"),
    ("1994", "1994"),
    ("", None),
    ("không rõ", None),
]


@pytest.mark.parametrize(("written", "date_of_birth"), DATES)
async def test_dates_as_text_are_read_day_before_month(
    clients: Clients, written: str, date_of_birth: str | None
) -> None:
    found = await listed(clients, a_table((1, "Nguyễn Thị Hoa", written, "", "", "")))
    assert names(found) == [("Nguyễn Thị Hoa", date_of_birth)]


@pytest.mark.parametrize("written", ["17/05/94", "5/17/1994", "34471", "31/02/1994", "tháng năm", "1850", "17/05/2094"])
async def test_a_date_that_is_none_is_told_and_its_row_is_not_listed(clients: Clients, written: str) -> None:
    code = "in_the_future" if "2094" in written else "invalid_date"
    assert await told(clients, a_table(HOA, (2, "Lê Văn B", written, "Nam", "", ""))) == [
        (2, "listed", []),
        (3, "unreadable", [("C", code)]),
    ]


async def test_the_message_is_in_the_callers_language(clients: Clients) -> None:
    reception = await a_reception(clients)
    path, content = f"/v1/receptions/{reception['id']}/manifests", a_table((1, "Lê B", "17/05/94", "", "", ""))
    messages = set()
    for language in ("vi", "en"):
        answer = await upload(clients, path, content, Accept_Language=language)
        messages.add(answer.json()["rows"][0]["errors"][0]["message"])
        read = await clients.ok("demo-border", "GET", f"{path}/{answer.json()['id']}", Accept_Language=language)
        assert read == answer.json()
    assert messages == {"Ngày không hợp lệ.", "The date is not valid."}


async def test_excel_dates_and_numbers_are_dates(clients: Clients) -> None:
    rows = [(1, "Hoa", datetime(1994, 5, 17)), (2, "Nam", date(1990, 1, 2)), (3, "Mai", 1999), (4, "Lan", "7/5/1994")]
    found = await listed(clients, a_book(("STT", "Họ tên", "Ngày sinh"), *rows), XLSX)
    assert [person["birth_date"] for person in found] == ["1994-05-17", "1990-01-02", "1999", "1994-05-07"]


async def test_what_is_not_known_is_told_and_the_person_is_listed_without_it(clients: Clients) -> None:
    row = (1, "Sok Dara", "1999", "x", "Atlantis", "Phnom Penh")
    assert await told(clients, a_table(row)) == [
        (2, "listed", [("D", "unknown_code"), ("E", "unknown_code"), ("F", "unknown_code")])
    ]
    (person,) = await listed(clients, a_table(row))
    assert (person["sex"], person["nationalities"], person["home"]) == (None, None, None)
    assert person["contact"]["address"] == "Phnom Penh"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Nghệ An", "40"),
        ("Tỉnh Nghệ An", "40"),
        ("xã A, huyện B, tỉnh Nghệ An", "40"),
        ("TP. Hồ Chí Minh", "79"),
        ("Thôn 2 - Bát Xát - Lào Cai", "15"),
        ("Yên Bái", "15"),
        ("huyện C, Bà Rịa - Vũng Tàu", "79"),
        ("nghe an", "40"),
        ("40", "40"),
    ],
)
async def test_a_home_province_is_known_by_its_old_and_new_names(clients: Clients, written: str, code: str) -> None:
    (person,) = await listed(clients, a_table((1, "Nguyễn Thị Hoa", "1999", "", "", written)))
    assert person["home"] == code


async def test_two_rows_of_headings_and_merged_cells_are_understood(clients: Clients) -> None:
    """A title over all columns, groups of columns below it, their parts in a second row, one province for three."""
    rows = [
        ("DANH SÁCH CÔNG DÂN ĐƯỢC TRAO TRẢ",),
        ("STT", "Họ và tên", None, "Thông tin cá nhân", None, "Quê quán"),
        (None, "Họ và chữ đệm", "Tên", "Ngày sinh", "Giới tính", None),
        (1, "Nguyễn Thị", "Hoa", "1994", "Nữ", "Nghệ An"),
        (2, "Trần Văn", "Nam", "1999", "Nam", None),
        (3, "Lò Thị Mẩy", None, "2001", "Nữ", None),
    ]
    merged = ["A1:F1", "B2:C2", "D2:E2", "A2:A3", "F2:F3", "F4:F6", "B6:C6"]
    found = await listed(clients, a_book(*rows, merged=merged), XLSX)
    assert names(found) == [("Nguyễn Thị Hoa", "1994"), ("Trần Văn Nam", "1999"), ("Lò Thị Mẩy", "2001")]
    assert [person["home"] for person in found] == ["40", "40", "40"]


async def test_two_rows_of_headings_in_two_languages_are_one(clients: Clients) -> None:
    rows = [("STT", "Họ và tên", "Ngày sinh"), ("No.", "Full name", "Date of birth"), (1, "Hoa", "1994")]
    assert names(await listed(clients, a_book(*rows), XLSX)) == [("Hoa", "1994")]


async def test_headings_again_on_every_page_and_sums_below_are_nobody(clients: Clients) -> None:
    table = a_table(HOA, HEADINGS, NAM, ("Tổng cộng: 2 người", "", "", "", "", ""), ("", "", "", "Người lập", "", ""))
    assert await told(clients, table) == [(2, "listed", []), (4, "listed", [])]


async def test_a_name_that_begins_like_a_sum_is_somebody(clients: Clients) -> None:
    table = a_table(("Tổng Thị Cộng", "1999"), ("Công Văn Tổng", "2001"), headings=("Họ tên", "Năm sinh"))
    assert await told(clients, table) == [(2, "listed", []), (3, "listed", [])]


async def test_a_row_without_a_name_is_told(clients: Clients) -> None:
    assert await told(clients, a_table((1, "", "1999", "Nữ", "", ""), (2, "  ", "", "", "", ""), NAM)) == [
        (2, "unreadable", [("B", "required")]),
        (4, "listed", []),
    ]


async def test_the_same_person_is_listed_once(clients: Clients) -> None:
    again = (9, "  NGUYEN  THI HOA ", "1994-05-17", "", "", "")
    assert await told(clients, a_table(HOA, NAM, again, (4, NAM[1], "1998", "", "", ""))) == [
        (2, "listed", []),
        (3, "listed", []),
        (4, "duplicate", []),
        (5, "listed", []),
    ]


async def test_a_list_that_has_grown_adds_the_new_ones_only_also_after_screening(clients: Clients) -> None:
    """Whoever was screened has no name left here, and is known again all the same while the reception is open."""
    reception = await a_reception(clients)
    lines = await a_list(clients, reception, *people(3))
    await screened(clients, reception, lines[0], NOT_FOUND)
    await screened(
        clients, reception, str(uuid4()), {"present": True, "person": {"full_name": "Mai", "birth_date": "1990"}}
    )
    grown = a_table(*people(4), (5, "Mai", "1990", "", "", ""))
    answer = await upload(clients, f"/v1/receptions/{reception['id']}/manifests", grown)
    rows = [(row["status"], row["line_id"]) for row in answer.json()["rows"]]
    assert rows[:3] == [("duplicate", line) for line in lines]
    assert [status for status, _ in rows[3:]] == ["listed", "duplicate"]
    shown = await progress(clients, reception)
    assert shown["counts"]["listed"] == 5
    assert [(m["listed"], m["duplicate"]) for m in shown["manifests"]] == [(3, 0), (1, 4)]
