"""Lists of people as a post gets them, and receptions made over the public API."""

import csv
import io
from collections.abc import Sequence
from typing import Any

import httpx

from app.receptions.manifests import CSV
from tests.personas import Clients

POST = "demo-border"
EVENT = {
    "place": {"province_code": "15", "text": "Cầu Hồ Kiều"},
    "occurred_at": "2026-11-20T20:10:00+07:00",
    "foreign_body": "Công an cửa khẩu Hà Khẩu",
    "expected": 120,
}
HEADINGS = ("STT", "Họ và tên", "Ngày sinh", "Giới tính", "Quốc tịch", "Quê quán")
FOUND = {"present": True, "screening_result": "indicators_found", "indicators": ["deception", "documents_withheld"]}
NOT_FOUND = {"present": True, "screening_result": "no_indicators"}


async def a_reception(clients: Clients, by: str = POST, **changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = await clients.ok(by, "POST", "/v1/receptions", {**EVENT, **changes})
    return made


def a_table(*rows: Sequence[Any], headings: Sequence[str] = HEADINGS, delimiter: str = ",") -> bytes:
    """A text table in UTF-8."""
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter).writerows([headings, *rows])
    return file.getvalue().encode()


def people(count: int, provinces: Sequence[str] = ("Nghệ An",)) -> list[tuple[Any, ...]]:
    """As many rows, each a name of its own, their homes in turn."""
    return [
        (n, f"Lò Thị Mẫu {n:04}", f"{n % 28 + 1:02}/{n % 12 + 1:02}/{1980 + n % 25}", "Nữ", "Việt Nam",
         f"xã Mẫu, tỉnh {provinces[n % len(provinces)]}")
        for n in range(1, count + 1)
    ]  # fmt: skip


async def upload(
    clients: Clients, path: str, content: bytes, media: str = CSV, by: str = POST, **changes: str | None
) -> httpx.Response:
    """Sends a list as it lies in the file."""
    return await clients.send(by, path, content, media, **changes)


async def a_list(clients: Clients, reception: dict[str, Any], *rows: Sequence[Any], by: str = POST) -> list[str]:
    """Imports these people; their line ids in order."""
    answer = await upload(clients, f"/v1/receptions/{reception['id']}/manifests", a_table(*rows), by=by)
    assert answer.status_code == 201, answer.text
    assert {row["status"] for row in answer.json()["rows"]} == {"listed"}
    return [row["line_id"] for row in answer.json()["rows"]]


async def screened(clients: Clients, reception: dict[str, Any], line: str, body: dict[str, Any]) -> dict[str, Any]:
    path = f"/v1/receptions/{reception['id']}/lines/{line}"
    shown: dict[str, Any] = await clients.ok(POST, "PUT", path, body)
    return shown


async def progress(clients: Clients, reception: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = await clients.ok(POST, "GET", f"/v1/receptions/{reception['id']}")
    return shown
