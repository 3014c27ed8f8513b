"""Files as they come: encodings, what is no list at all, sending again; nothing is half done."""

import io
from uuid import uuid4
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook

from app.receptions.manifests import CSV, MOST_ROWS, XLSX
from app.spreadsheets import grid_of
from tests.conftest import Raw
from tests.personas import Clients
from tests.receptions import HEADINGS, a_reception, a_table, progress, upload
from tests.receptions.lists import HOA, NAM, a_book, as_windows_1258, listed, names, sent

ENCODINGS = {
    "utf-8": lambda text: text.encode(),
    "utf-8 with mark": lambda text: text.encode("utf-8-sig"),
    "utf-16 little": lambda text: b"\xff\xfe" + text.encode("utf-16-le"),
    "utf-16 big": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "windows-1258": as_windows_1258,
}


@pytest.mark.parametrize("encoding", ENCODINGS)
async def test_vietnamese_encodings_are_recognised(clients: Clients, encoding: str) -> None:
    text = a_table(HOA, (2, "Đặng Thị Ửng", "1999", "Nữ", "Việt Nam", "Thừa Thiên Huế")).decode()
    found = await listed(clients, ENCODINGS[encoding](text))
    assert names(found) == [("Nguyễn Thị Hoa", "1994-05-17"), ("Đặng Thị Ửng", "1999")]
    assert [person["home"] for person in found] == ["15", "46"]


def a_bomb() -> bytes:
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(20_000_001))
    return file.getvalue()


def long(rows: int) -> bytes:
    return a_table(*((n, f"Người {n}", "1999", "", "", "") for n in range(rows)))


def a_tower(sheets: int) -> bytes:
    """A small file whose sheets each say something in their very last row, as office programs leave them."""
    book = Workbook()
    for _ in range(sheets - 1):
        book.create_sheet()
    for sheet in book.worksheets:
        sheet["A1048576"] = "x"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


UNREADABLE = {
    "nothing": (b"", CSV, "no_header_row"),
    "a letter": ("Kính gửi: Đồn biên phòng\nChúng tôi xin báo…".encode(), CSV, "no_header_row"),
    "names alone": (b"Ten\nHoa\nNam", CSV, "no_header_row"),
    "headings far below": (b"x\n" * 20 + a_table(HOA), CSV, "no_header_row"),
    "utf-16 without mark": (a_table(HOA).decode().encode("utf-16-le"), CSV, "unknown_encoding"),
    "TCVN3": (b"Full name,Date of birth\nTr\xc7n V\xa8n B,1990", CSV, "unknown_encoding"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", CSV, "unknown_encoding"),
    "a workbook called text": (a_book(HEADINGS, HOA), CSV, "unknown_encoding"),
    "text called a workbook": (a_table(HOA), XLSX, "damaged_file"),
    "half a workbook": (a_book(HEADINGS, HOA)[:900], XLSX, "damaged_file"),
    "an empty workbook": (a_book(()), XLSX, "no_header_row"),
    "hundreds of sheets": (a_tower(101), XLSX, "file_too_big"),
    "a bomb": (a_bomb(), XLSX, "file_too_big"),
    "too many": (long(MOST_ROWS + 1), CSV, "too_many_rows"),
    "far too many": (long(MOST_ROWS + 100), CSV, "too_many_rows"),
}


@pytest.mark.parametrize("case", UNREADABLE)
async def test_what_is_no_list_is_refused_and_says_why(clients: Clients, raw: Raw, case: str) -> None:
    content, media, code = UNREADABLE[case]
    _, answer = await sent(clients, content, media)
    assert (answer.status_code, answer.json()["code"]) == (422, "unreadable_manifest")
    assert [error["code"] for error in answer.json()["errors"]] == [code]
    for table in ("reception_lines", "reception_manifests", "idempotency_keys"):
        stored = await raw.all.fetchval(f"select count(*) from {table}")  # noqa: S608
        assert stored == (1 if table == "idempotency_keys" else 0)  # the reception's own key


async def test_nobody_walks_down_to_the_last_row_of_a_sheet() -> None:
    lines = iter(["", "Họ và tên"][n == 3] for n in range(1_000_000))
    assert grid_of(([text] for text in lines), MOST_ROWS) == [(4, ["Họ và tên"])]
    assert next(lines) == ""  # nobody has asked for the rest
    assert sum(1 for _ in lines) > 900_000


async def test_two_thousand_rows_are_taken(clients: Clients) -> None:
    reception, answer = await sent(clients, long(MOST_ROWS))
    assert answer.status_code == 201
    assert (await progress(clients, reception))["counts"]["listed"] == MOST_ROWS


async def test_a_body_of_more_than_a_megabyte_is_refused(clients: Clients) -> None:
    _, answer = await sent(clients, b"x" * 1_000_001)
    assert answer.status_code == 413


@pytest.mark.parametrize("media", ["application/json", "text/plain", "application/vnd.ms-excel", ""])
async def test_another_media_type_is_refused(clients: Clients, media: str) -> None:
    _, answer = await sent(clients, a_table(HOA), media)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


async def test_the_same_file_under_the_same_key_is_imported_once(clients: Clients, raw: Raw) -> None:
    reception = await a_reception(clients)
    path, key = f"/v1/receptions/{reception['id']}/manifests", str(uuid4())
    first = await upload(clients, path, a_table(HOA), Idempotency_Key=key)
    again = await upload(clients, path, a_table(HOA), "text/csv; charset=utf-8", Idempotency_Key=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json() == first.json()
    other = await upload(clients, path, a_table(NAM), Idempotency_Key=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert await raw.all.fetchval("select count(*) from reception_manifests") == 1


async def test_a_rehearsal_tells_each_row_and_stores_nothing(clients: Clients, raw: Raw) -> None:
    reception = await a_reception(clients)
    path = f"/v1/receptions/{reception['id']}/manifests?validate_only=true"
    answer = await upload(clients, path, a_table(HOA, HOA, (3, "", "", "Nữ", "", "")), Idempotency_Key=None)
    assert answer.status_code == 200
    assert [(row["status"], row["line_id"]) for row in answer.json()["rows"]] == [
        ("listed", None),
        ("duplicate", None),
        ("unreadable", None),
    ]
    for table in ("reception_lines", "reception_manifests"):
        assert await raw.all.fetchval(f"select count(*) from {table}") == 0  # noqa: S608
    assert await raw.all.fetchval("select count(*) from audit_entries where event = 'reception.listed'") == 0


async def test_what_stands_in_the_list_is_never_repeated(clients: Clients) -> None:
    _, answer = await sent(clients, a_table((1, "", "zqmark", "zqmark", "zqmark", "zqmark")))
    assert answer.status_code == 201
    assert "zqmark" not in answer.text
