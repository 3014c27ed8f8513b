"""Lists as text tables and workbooks, sent to a reception of their own, and what was answered."""

import io
from collections.abc import Sequence
from typing import Any
from unicodedata import normalize

import httpx
from openpyxl import Workbook

from app.receptions.manifests import CSV
from tests.personas import Clients
from tests.receptions import POST, a_reception, upload

HOA = (1, "Nguyễn Thị Hoa", "17/05/1994", "Nữ", "Việt Nam", "xã Mường Hoa, tỉnh Lào Cai")
NAM = (2, "Trần Văn Nam", "1999", "Nam", "VN", "Thành phố Đà Nẵng")
TONES = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}


def a_book(*rows: Sequence[Any], merged: Sequence[str] = ()) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    for cells in merged:
        sheet.merge_cells(cells)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def as_windows_1258(text: str) -> bytes:
    """As old Vietnamese programs save it: the letter with its hat or horn, then the tone."""
    apart = (normalize("NFD", letter) for letter in normalize("NFC", text))
    bare = [(normalize("NFC", "".join(x for x in a if x not in TONES)), [x for x in a if x in TONES]) for a in apart]
    return "".join(letter + "".join(tones) for letter, tones in bare).encode("cp1258")


async def sent(clients: Clients, content: bytes, media: str = CSV) -> tuple[dict[str, Any], httpx.Response]:
    reception = await a_reception(clients)
    return reception, await upload(clients, f"/v1/receptions/{reception['id']}/manifests", content, media)


async def told(clients: Clients, content: bytes, media: str = CSV) -> list[tuple[int, str, list[tuple[str, str]]]]:
    """Row, status and errors of each row."""
    _, answer = await sent(clients, content, media)
    assert answer.status_code == 201, answer.text
    return [
        (row["row"], row["status"], [(e["column"], e["code"]) for e in row["errors"]]) for row in answer.json()["rows"]
    ]


async def listed(clients: Clients, content: bytes, media: str = CSV) -> list[dict[str, Any]]:
    """Who is on the list, with home province."""
    reception, answer = await sent(clients, content, media)
    assert answer.status_code == 201, answer.text
    lines = (await clients.ok(POST, "GET", f"/v1/receptions/{reception['id']}/lines"))["items"]
    return [{**line["person"], "home": line["home_province_code"]} for line in lines]


def names(found: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [(person["full_name"], person["birth_date"]) for person in found]
