"""Completes one operation of the contract from its route: whom it admits, what it asks for, what it may answer."""

import re
from typing import Any

from fastapi.routing import APIRoute

from app.auth.call import GuardedRoute, Requires
from app.auth.scopes import MATRIX, scope
from app.contract.components import headers, parameter, refusal
from app.problems import (
    CATALOGUE,
    DOCUMENTED,
    IdempotencyInProgress,
    IdempotencyKeyRequired,
    IdempotencyKeyReused,
    InsufficientScope,
    InternalError,
    InvalidCursor,
    InvalidHeader,
    MalformedRequest,
    NotAcceptable,
    NotFound,
    OfficerRequired,
    PayloadTooLarge,
    Problem,
    PurposeRequired,
    RequestTimeout,
    StaleVersion,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
    UnsupportedMediaType,
    ValidationFailed,
    VersionRequired,
)

_JSON = "application/json"
_TEXTS = {
    "200": "Thành công · Success",
    "201": "Đã ghi nhận · Recorded",
    "304": "Chưa thay đổi · Not changed",
}
_PARAMETER_TEXTS = {
    "after": "`next` của lần đọc trước; `latest`: từ bây giờ · `next` of the last answer, or `latest`: from now on",
    "agency": "Chỉ cơ quan có chức năng này · Only organisations of this function",
    "box": "`inbox`: gửi đến bạn; `outbox`: bạn gửi đi; `claimable`: chờ nhận · To you, from you, or open to claims",
    "case_id": "Chỉ về hồ sơ này · Only about this case",
    "cursor": "`next` hoặc `prev` của một trang đã đọc · `next` or `prev` of a page already read",
    "event": "Chỉ loại việc này · Only this kind of event",
    "form_code": "Mã biểu mẫu · Code of the form",
    "limit": "Số mục mỗi trang · Items on a page",
    "on": "Tên vào ngày này · The name borne on this day",
    "organisation_id": "Chỉ của cơ quan này · Only of this organisation",
    "province_code": "Chỉ nơi hoạt động tại tỉnh này, và toàn quốc · Only those acting in this province or nationwide",
    "record_id": "Bản ghi cần in, mặc định là mới nhất · The record to print, the newest by default",
    "service": "Chỉ dịch vụ này · Only this service",
    "status": "Chỉ trạng thái này · Only in this status",
    "code": "Mã từ chối · Code of the problem",
    "name": "Tên danh mục · Name of the list",
    "types": "Các loại sự kiện, cách nhau bằng dấu phẩy · Kinds of event, with commas",
    "last-event-id": "`id` của sự kiện cuối đã nhận · `id` of the last event received",
    "tree_size": "Chỉ gốc cây có bấy nhiêu lá · Only the head over that many leaves",
}
_ID_TEXT = "Mã của bản ghi · Id of the record"


def operation_id(method: str, path: str) -> str:
    """Method and words of the path: stable as long as both are."""
    return "_".join([method.lower(), *re.findall(r"[a-z0-9]+", path.removeprefix("/v1"))])


def complete(operation: dict[str, Any], route: APIRoute, schemas: dict[str, Any]) -> None:
    """Completes it in place; `schemas` are the document's, to see which answers carry an `etag`."""
    need = route.need if isinstance(route, GuardedRoute) else None
    operation["tags"] = operation["tags"][-1:]
    if DOCUMENTED not in operation["responses"].get("422", {DOCUMENTED: []}):
        del operation["responses"]["422"]  # FastAPI's own form of it, which this service never answers
    if need and need.media:
        operation["requestBody"] = {"required": True, "content": {each: {"schema": _file(each)} for each in need.media}}
    _ask(operation, route, need)
    _answer(operation, route, need, schemas)
    _refuse(operation, need)
    if need:
        _admit(operation, need)
    if route.methods == {"PATCH"}:
        content = operation["requestBody"]["content"]
        operation["requestBody"]["content"] = {"application/merge-patch+json": content[_JSON], **content}


def _file(media_type: str) -> dict[str, Any]:
    """A text can be shown as an example; of any other file the contract says only that it is one."""
    return {"type": "string"} if media_type.startswith("text/") else {"type": "string", "format": "binary"}


def _admit(operation: dict[str, Any], need: Requires) -> None:
    """One scope of the caller's own agency is enough, so the scopes are alternatives, and so are the two schemes."""
    if need.capability is None:
        operation["security"] = [{"OAuth2": []}, {"DPoP": []}]
        return
    operation["x-capability"] = str(need.capability)
    scopes = [scope(agency, need.capability) for agency in sorted(MATRIX[need.capability])]
    operation["security"] = [{scheme: [each]} for scheme in ("OAuth2", "DPoP") for each in scopes]


def _creates(route: APIRoute, need: Requires | None) -> bool:
    return need is not None and route.status_code == 201


def _proves(route: APIRoute, need: Requires | None) -> bool:
    return need is not None or route.path == "/oauth/token"


def _ask(operation: dict[str, Any], route: APIRoute, need: Requires | None) -> None:
    asked = operation.setdefault("parameters", [])
    for each in asked:
        fallback = _ID_TEXT if each["in"] == "path" else ""
        each["description"] = _PARAMETER_TEXTS.get(each["name"]) or each.get("description") or fallback
    wanted = {
        "Acting-Officer": need and need.officer,
        "Purpose-Of-Use": need and need.purpose,
        "Idempotency-Key": need and need.key,
        "If-Match": need and need.etag,
        "If-None-Match": "304" in operation["responses"],
        "DPoP": _proves(route, need),
        "validate_only": _creates(route, need),
        "Accept-Language": True,
    }
    asked += [parameter(name) for name, applies in wanted.items() if applies]


def _answer(operation: dict[str, Any], route: APIRoute, need: Requires | None, schemas: dict[str, Any]) -> None:
    responses = operation["responses"]
    paged = any(each.get("name") == "cursor" for each in operation["parameters"])
    for status, response in responses.items():
        if DOCUMENTED in response:
            continue
        if response["description"] in ("Successful Response", ""):
            response["description"] = _TEXTS[status]
        content = response.get("content", {}).get(_JSON, {})
        tagged = "304" in responses or _has_etag(content.get("schema", {}), schemas)
        replayable = (need and need.key) or (status == "200" and "201" in responses)
        extra = {
            "ETag": tagged,
            "Link": paged,
            "Idempotent-Replayed": replayable,
            "DPoP-Nonce": _proves(route, need),
            "RateLimit": need,
            "RateLimit-Policy": need,
        }
        response["headers"] = headers(*(name for name, applies in extra.items() if applies and status < "400"))
        if need and need.key:
            content["schema"] = {"anyOf": [content["schema"], {"$ref": "#/components/schemas/Replayed"}]}
    if _creates(route, need):
        _answer_dry_run(responses)


def _answer_dry_run(responses: dict[str, Any]) -> None:
    """A creating call answers 200 to `validate_only`, and a PUT also to a repetition."""
    repeated = responses.setdefault("200", {"description": "", "headers": headers(), "content": {_JSON: {}}})
    texts = [repeated["description"], "Hợp lệ (`validate_only`) · Valid, nothing stored"]
    repeated["description"] = "; ".join(filter(None, texts))
    content = repeated["content"][_JSON]
    valid = {"$ref": "#/components/schemas/Valid"}
    content["schema"] = {"anyOf": [content["schema"], valid]} if "schema" in content else valid
    content["examples"] = {"validate_only": {"summary": texts[1], "value": {"valid": True}}}


def _has_etag(schema: dict[str, Any], schemas: dict[str, Any]) -> bool:
    named = schemas.get(schema.get("$ref", "").rpartition("/")[2], schema)
    return "etag" in named.get("properties", {})


def _refuse(operation: dict[str, Any], need: Requires | None) -> None:
    """Every refusal by status: those the route names, and those that follow from what it asks for."""
    responses = operation["responses"]
    named = [CATALOGUE[code] for response in responses.values() for code in response.pop(DOCUMENTED, ())]
    by_status: dict[str, list[type[Problem]]] = {}
    for problem in dict.fromkeys([*_implied(operation, need), *named]):
        by_status.setdefault(str(problem.status), []).append(problem)
    for status, problems in sorted(by_status.items()):
        own = responses.get(status, {})
        if own.get("content"):  # RFC 6749 has its own form of 400 and 401
            whole = refusal(problems)
            own["description"] += f"; {whole['description']}"
            own["content"] |= whole["content"]
        elif len(problems) == 1:
            responses[status] = {"$ref": f"#/components/responses/{problems[0].code}"}
        else:
            responses[status] = refusal(problems)


def _metered(operation: dict[str, Any], need: Requires | None) -> bool:
    """A client has its quota, and an address one for asking for tokens or revoking them."""
    return need is not None or operation["operationId"] in ("post_oauth_token", "post_oauth_revoke")


def _implied(operation: dict[str, Any], need: Requires | None) -> list[type[Problem]]:
    asked = operation["parameters"]
    body = "requestBody" in operation
    judged = [each for each in asked if each.get("in") == "query"]
    implications: list[tuple[Any, list[type[Problem]]]] = [
        (True, [InvalidHeader, InternalError]),
        (need, [Unauthenticated, NotAcceptable]),
        (_metered(operation, need), [TooManyRequests]),
        (operation["operationId"] != "get_healthz", [Unavailable]),
        (need and need.capability, [InsufficientScope]),
        (need and body, [MalformedRequest, UnsupportedMediaType, ValidationFailed]),
        (body, [PayloadTooLarge, RequestTimeout]),
        (need and need.key, [IdempotencyKeyRequired, IdempotencyInProgress, IdempotencyKeyReused]),
        (need and need.etag, [VersionRequired, StaleVersion]),
        (need and need.purpose, [PurposeRequired]),
        (need and need.officer, [OfficerRequired]),
        (need and any(each.get("in") == "path" for each in asked), [NotFound]),
        (judged, [ValidationFailed]),
        (any(each["name"] == "cursor" for each in judged), [InvalidCursor]),
    ]
    return [problem for applies, problems in implications if applies for problem in problems]
