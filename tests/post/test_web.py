"""The form in a browser: kept as it is typed, for this machine's own page alone, and nothing of it in the browser."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.post import outbox
from app.post.outbox import Item, Outbox
from app.post.web import Desk
from tests.post.ground import PIN, a_record

HOST = "127.0.0.1:8765"


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Outbox]:
    made = outbox.create(tmp_path, PIN)
    yield made
    made.close()


@pytest.fixture
def desk(box: Outbox) -> Desk:
    return Desk(box, HOST)


@pytest.fixture
async def page(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    """As the page calls: its own origin, and the token."""
    headers = {"X-Post-Token": desk.token, "Origin": f"http://{HOST}", "Sec-Fetch-Site": "same-origin"}
    transport = httpx.ASGITransport(desk.app())
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}", headers=headers) as http:
        yield http


async def said(page: httpx.AsyncClient, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    answer = await page.request(method, path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_a_record_is_kept_field_by_field_and_confirmed(page: httpx.AsyncClient, box: Outbox) -> None:
    made = (await said(page, "POST", "/api/forms", status=201))["id"]
    path = f"/api/forms/{made}"
    for key, text in {"channel": "self_return_border", "received_at": "20/11/2026", "full_name": "Ng"}.items():
        heard = await said(page, "PUT", f"{path}/answers", {"key": key, "text": text})
    assert heard["fault"] is None
    wrong = await said(page, "POST", f"{path}/confirmation", status=422)
    assert wrong["faults"].keys() == {"received_at"}
    for text in ("Nguy", "Nguyễn", "Nguyễn Thị Hoa"):
        await said(page, "PUT", f"{path}/answers", {"key": "full_name", "text": text})
    heard = await said(page, "PUT", f"{path}/answers", {"key": "minors", "text": "1"})
    assert "minor.1.sex" in heard["keys"]
    await said(page, "PUT", f"{path}/answers", {"key": "received_at", "text": "20/11/2026 22:41"})
    kept = box.find(UUID(made))
    assert kept
    assert (kept.answers or {})["full_name"] == "Nguyễn Thị Hoa"
    form = await said(page, "GET", path)
    assert "  Họ và tên: Nguyễn Thị Hoa" in form["preview"]
    assert form["faults"] == {}
    assert form["lists"]["sex"][0] == ["female", "Nữ", "Female"]
    await said(page, "POST", f"{path}/confirmation")
    ready = box.find(UUID(made))
    assert ready
    assert ready.state == "ready"
    await said(page, "PUT", f"{path}/answers", {"key": "full_name", "text": "X"}, status=404)


async def test_the_list_names_nobody_and_a_parked_record_is_reopened(page: httpx.AsyncClient, box: Outbox) -> None:
    body = a_record(person={"full_name": "Nguyễn Thị Hoa"})
    problem = {"code": "intake_conflict", "errors": []}
    assert box.add(Item(UUID(int=4 << 76), "parked", body=body, problem=problem))
    listed = await said(page, "GET", "/api/forms")
    assert "Hoa" not in str(listed)
    (item,) = listed["items"]
    assert item["needs_new_id"]
    assert "--new-id" in item["why"]
    made = (await said(page, "POST", f"/api/forms/{item['id']}/reopening", {"new_id": True}))["id"]
    assert made != item["id"]
    assert "  Họ và tên: Nguyễn Thị Hoa" in (await said(page, "GET", f"/api/forms/{made}"))["preview"]


@pytest.mark.parametrize(
    ("method", "changes"),
    [
        ("GET", {"Host": "evil.example"}),
        ("GET", {"Host": "localhost:8765"}),
        ("GET", {"X-Post-Token": "wrong"}),
        ("GET", {"X-Post-Token": ""}),
        ("GET", {"Origin": "http://evil.example"}),
        ("GET", {"Sec-Fetch-Site": "cross-site"}),
        ("POST", {"Origin": "http://127.0.0.1:9999"}),
        ("POST", {"Origin": "null"}),
        ("POST", {"Origin": None}),
        ("POST", {"X-Post-Token": "wrong"}),
        ("POST", {"Content-Length": "200000"}),
    ],
)
async def test_others_are_kept_out(page: httpx.AsyncClient, box: Outbox, method: str, changes: dict[str, Any]) -> None:
    request = page.build_request(method, "/api/forms")
    for name, value in changes.items():
        request.headers.pop(name, None)
        if value is not None:
            request.headers[name] = value
    answer = await page.send(request)
    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert not list(box.items())


async def test_the_page_is_of_one_piece_and_keeps_nothing(page: httpx.AsyncClient, desk: Desk) -> None:
    answer = await page.get("/", headers={"X-Post-Token": ""})
    policy, text = answer.headers["Content-Security-Policy"], answer.text
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    nonce = policy.split("'nonce-")[1].split("'")[0]
    assert text.count(f'nonce="{nonce}"') == 2
    assert desk.token not in text
    for forbidden in (
        "http://",
        "https://",
        "localStorage",
        "sessionStorage",
        "indexedDB",
        "cookie",
        "innerHTML",
        "{nonce}",
    ):
        assert forbidden not in text
    assert (await page.get("/", headers={"X-Post-Token": ""})).headers["Content-Security-Policy"] != policy


async def test_what_is_no_form_is_not_there(page: httpx.AsyncClient) -> None:
    assert (await page.get("/api/forms/nonsense")).status_code == 404
    assert (await page.put(f"/api/forms/{UUID(int=1)}/answers", json={"key": "x", "text": ""})).status_code == 404
    assert (await page.put(f"/api/forms/{UUID(int=1)}/answers", content=b"{")).status_code == 404
    assert (await page.get("/docs")).status_code == 404
