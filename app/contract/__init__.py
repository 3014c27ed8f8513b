"""The contract as a document: OpenAPI 3.1 and the published code lists, made from the routes and nothing typed twice.

What FastAPI knows of a route is completed by what the route declares it needs (`requires`) and may refuse
(`documented`), and by examples that were recorded from the running service (`examples.yaml`).
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.routing import Route

from app.contract import python
from app.contract.collection import collection
from app.contract.components import components, headers
from app.contract.examples import add_examples, load
from app.contract.links import add_links
from app.contract.operations import complete, operation_id
from app.contract.shapes import renamed, tidy
from app.contract.webhooks import add_webhooks
from app.deprecations import Table
from app.reference.codes import LISTS
from app.reference.schemas import CodeListOut, CodeListSummary
from app.settings import Settings

VERSION = "1.0.0"
DESCRIPTION = """\
Tiếp nhận → xác minh → chuyển tuyến → tái hòa nhập, giữa các cơ quan. · Receive → verify → refer → reintegrate, across
agencies.

Mọi từ chối là `application/problem+json`; `/problems` liệt kê tất cả. Ngoài các mã nêu ở từng thao tác, phương thức lạ
nhận 405 và `Accept` không có JSON nhận 406. · Every refusal is an `application/problem+json`; `/problems` lists all of
them. Besides those named at an operation, an unknown method is answered 405 and an `Accept` without JSON 406."""
TAGS = {
    "intakes": "Tiếp nhận · What a post or body saw when a person arrived",
    "batches": "Nhiều bản ghi một lần · Many intakes in one request",
    "cases": "Hồ sơ của một người · One person's case",
    "searches": "Tìm hồ sơ, đề nghị liên hệ · Searches, requests for contact",
    "exclusions": "Không cho xem hồ sơ · Who must not see a case",
    "notices": "Thông báo cho cơ quan cần biết · What a body must know, and no more",
    "custody and consent": "Bàn giao và sự đồng ý · Hand-overs and consents",
    "children and family": "Trẻ em và gia đình · Who belongs together, guardians, assessments",
    "verifications": "Xác minh nạn nhân, nhân thân · Is this person a victim, and who is it",
    "certificates": "Giấy chứng nhận, giấy xác nhận · Papers given to the person",
    "referrals": "Chuyển tuyến · One organisation asks another to act",
    "reintegration": "Kế hoạch, hỗ trợ, theo dõi · Plans, support given, follow-ups",
    "forms": "Biểu mẫu in · Printed forms",
    "returns": "Chuyến trở về, người đến cửa khẩu · Returns announced, arrivals at the gate",
    "safety": "Lưu trú, sự cố, bảo vệ · Stays, incidents and protection",
    "receptions": "Tiếp nhận đông người · Many people received at once",
    "benefits": "Đơn đề nghị hỗ trợ, khoản chi · Applications for support, and money paid",
    "break-glass": "Mở khẩn cấp để cứu người · Sight of a case for an hour, to save a life",
    "worklist": "Việc đang chờ, theo thời hạn · What waits, by date",
    "directory": "Danh bạ cơ quan, dịch vụ · Organisations and their services",
    "reference": "Danh mục mã · Code lists",
    "events": "Dòng sự kiện · The change feed",
    "webhooks": "Webhook · Events sent to a partner's address",
    "audit": "Nhật ký kiểm tra · The audit, for oversight",
    "oauth": "Cấp mã truy cập · Access tokens",
    "service": "Tình trạng dịch vụ · The service itself",
}
_LONG = 1000


def install(app: FastAPI) -> None:
    """Makes `/openapi.json` answer the whole document, built and rendered once, when it is first asked for."""

    @cache
    def made() -> dict[str, Any]:
        return document(app)

    @cache
    def rendered() -> bytes:
        return json.dumps(made(), ensure_ascii=False, separators=(",", ":")).encode()

    async def answer(_: Request) -> Response:
        # It takes a second to build, and nobody else's request should wait for that.
        content = await run_in_threadpool(rendered)
        return Response(content, media_type="application/json", headers={"Cache-Control": "public, max-age=300"})

    app.openapi = made  # type: ignore[method-assign]
    # In place of FastAPI's own route, which would render a megabyte anew for anyone who asks.
    routes = app.router.routes
    own = next(i for i, route in enumerate(routes) if getattr(route, "path", None) == app.openapi_url)
    routes[own] = Route("/openapi.json", answer, include_in_schema=False)


def document(app: FastAPI, public_url: str | None = None) -> dict[str, Any]:
    """The OpenAPI 3.1 document of this application, naming where tokens are had: here, unless told otherwise."""
    made = renamed(_drawn(app))
    schemas = made["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):  # FastAPI's own 422, which this service never answers
        schemas.pop(name, None)
    base = public_url or app.state.settings.public_url
    made["externalDocs"] = {"description": "Hướng dẫn · Guides", "url": f"{base}/docs/guides"}
    for key, value in components(base).items():
        made["components"].setdefault(key, {}).update(value)
    recorded = load()
    for route in app.routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in route.methods or ():
                operation = made["paths"][route.path_format][method.lower()]
                operation["operationId"] = operation_id(method, route.path_format)
                complete(operation, route, schemas)
                add_examples(operation, recorded.get(operation["operationId"], {}))
    add_deprecations(made, app.state.deprecated)
    add_links(made)
    add_webhooks(made)
    tidy(made)
    return made


def _drawn(app: FastAPI) -> dict[str, Any]:
    """What FastAPI knows by itself."""
    here = "Dịch vụ đang hỏi: thật hay chạy thử · The service you ask: production or demo"
    return get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        servers=[{"url": "/", "description": here, "x-internal": False}],
        tags=[{"name": name, "description": text} for name, text in TAGS.items()],
    )


def add_deprecations(made: dict[str, Any], table: Table) -> None:
    """Marks what will end, with the day and what to use instead; an operation unknown to the contract is a KeyError."""
    for found in table.values():
        method, path = found.operation.split(" ")
        operation = made["paths"][path][method.lower()]
        operation |= {"deprecated": True, "x-sunset": found.sunset.isoformat()}
        if found.successor:
            successor_method, successor = found.successor.split(" ")
            operation["x-successor"] = made["paths"][successor][successor_method.lower()]["operationId"]
        for status, response in operation["responses"].items():
            if status < "400":
                response["headers"] |= headers("Deprecation", "Sunset")


def code_lists() -> dict[str, Any]:
    """Every published list by name; of the one that ISO 639 fills with thousands of codes only name and size."""
    return {
        name: (
            CodeListSummary.of(codes) if len(codes.codes) > _LONG else CodeListOut.of(codes, codes.codes)
        ).model_dump(mode="json")
        for name, codes in LISTS.items()
    }


def write(folder: Path, app: FastAPI) -> None:
    """Writes the committed contract, and the typed half of the Python client."""
    for path, text in _files(folder, app).items():
        path.write_text(text, "utf-8")


def stale(folder: Path, app: FastAPI) -> list[str]:
    """The names of the committed files that no longer say what the application does."""
    return [
        path.name for path, text in _files(folder, app).items() if not path.exists() or path.read_text("utf-8") != text
    ]


def _files(folder: Path, app: FastAPI) -> dict[Path, str]:
    # The committed copy names the demo's address, so that it is the same wherever it is made.
    made = document(app, Settings.model_fields["public_url"].default)
    texts = {"openapi.json": _json(made), "code-lists.json": _json(code_lists()), "referral.http": collection(made)}
    files = {folder / name: text for name, text in texts.items()}
    return files | {python.FOLDER / name: text for name, text in python.modules(made).items()}


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
