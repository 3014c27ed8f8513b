"""The code lists, public and cacheable: partners build their forms from them and need no token."""

from functools import cache
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response

from app.problems import NotFound, documented
from app.reference.codes import LISTS, Code, CodeList
from app.reference.fields import Day
from app.reference.schemas import CodeListIndexOut, CodeListOut, CodeListSummary

router = APIRouter(prefix="/v1/code-lists", tags=["reference"])

IfNoneMatch = Annotated[str | None, Header(description="ETag đã có · The ETag you hold")]
_NOT_CHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "Chưa thay đổi · Not changed"}}
On = Annotated[Day | None, Query(description="Chỉ các mã có hiệu lực ngày này · Only the codes in force on this day")]


@router.get("", summary="Danh mục mã · Code lists", response_model=CodeListIndexOut, responses=_NOT_CHANGED)
async def list_code_lists(if_none_match: IfNoneMatch = None) -> Response:
    """Tên và số mã của từng danh mục. · The name and size of each list."""
    return _cacheable(_index(), if_none_match)


@router.get(
    "/{name}",
    summary="Một danh mục mã · One code list",
    response_model=CodeListOut,
    responses={**_NOT_CHANGED, **documented(NotFound)},
)
async def get_code_list(name: str, on: On = None, if_none_match: IfNoneMatch = None) -> Response:
    """Các mã bằng hai ngôn ngữ, kèm nguồn và hiệu lực. · The codes in both languages, with source and validity."""
    if name not in LISTS:
        raise NotFound
    codes = LISTS[name]
    chosen = codes.in_force(on) if on else codes.codes
    # Long lists hardly change with the day; rendering one anew for anyone who asks would be a way to wear us down.
    content = _whole(name) if chosen == codes.codes else _render(codes, chosen)
    return _cacheable(content, if_none_match)


@cache
def _index() -> bytes:
    return CodeListIndexOut(items=[CodeListSummary.of(codes) for codes in LISTS.values()]).model_dump_json().encode()


@cache
def _whole(name: str) -> bytes:
    return _render(LISTS[name], LISTS[name].codes)


def _render(codes: CodeList, chosen: tuple[Code, ...]) -> bytes:
    return CodeListOut.of(codes, chosen).model_dump_json().encode()


def _cacheable(content: bytes, if_none_match: str | None) -> Response:
    """200, or 304 when the caller already holds these bytes (RFC 9110 §13.1.2: weak comparison, `*` matches all)."""
    etag = f'"{sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "public, max-age=3600"}
    held = {tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")}
    if held & {etag, "*"}:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="application/json", headers=headers)
