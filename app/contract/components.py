"""What operations share in the contract: headers, the Problem schema, refusals with their examples, the scopes."""

from typing import Any
from uuid import UUID

from app.auth.scopes import MATRIX, scope
from app.caller import PLAIN_NAME
from app.problems import CATALOGUE, LANGUAGES, MEDIA_TYPE, FieldError, Language, Problem, ProofNonceRequired, render
from app.reference.codes import code_list, label

_ID = UUID("00000000-0000-4000-8000-000000000000")
_STRING = {"type": "string"}
_UUID = {"type": "string", "format": "uuid"}
_ANYTHING = {"type": "object", "additionalProperties": True}

_SHOWN: dict[str, tuple[list[FieldError], dict[str, Any]]] = {
    "malformed_request": ([FieldError("", "duplicate_member")], {}),
    "invalid_header": ([FieldError("header:Acting-Officer", "invalid_format")], {}),
    "idempotency_key_required": ([FieldError("header:Idempotency-Key", "required")], {}),
    "insufficient_scope": ([], {"capability": "case.read"}),
    "purpose_required": (
        [FieldError("header:Purpose-Of-Use", "required")],
        {"allowed": ["care_coordination", "reception"]},
    ),
    "officer_required": ([FieldError("header:Acting-Officer", "required")], {}),
    "invalid_transition": ([], {"status": "accepted", "available_actions": ["start", "complete"]}),
    "payload_too_large": ([], {"limit_bytes": 1_000_000}),
    "validation_failed": ([FieldError("/person/birth_date", "in_the_future")], {}),
    "unknown_reference": ([FieldError("/receiver_id", "unknown_reference")], {}),
    "consent_required": ([FieldError("/consent_id", "not_live")], {}),
    "guardian_required": ([FieldError("/guardian", "required")], {}),
    "keep_together": ([], {"case_ids": [str(_ID)]}),
    "family_assessment_required": (
        [],
        {"why": "missing", "assessment": "family_safety", "valid_months": 6, "article": "Decree 09/2013 Art 21.3"},
    ),
    "sections_not_permitted": ([FieldError("/sections/0", "not_covered")], {}),
    "no_capacity": ([], {"alternatives": [str(_ID)]}),
    "facility_not_agreed": ([FieldError("/service_id", "not_live")], {}),
    "police_undecided": ([FieldError("/police_id", "exactly_one", {"members": ["police_id", "exclude_police"]})], {}),
    "not_competent": ([], {"measures": ["relocation"]}),
    "verifier_not_competent": ([FieldError("/verifier_id", "invalid_value")], {}),
    "handling_forbids": ([FieldError("/kind", "handling_flag", {"flags": ["no_home_commune_notice"]})], {}),
    "statement_exists": (
        [FieldError("/reason", "required")],
        {"statements": [{"id": "a0000000-0000-4000-8000-000000000001", "version": 1}]},
    ),
    "unreadable_manifest": ([FieldError("", "no_header_row")], {}),
    "already_handed_over": ([FieldError("/groups/0/line_ids/2", "invalid_value")], {}),
    "nobody_to_hand_over": ([FieldError("/groups/3", "invalid_value")], {}),
    "version_required": ([FieldError("header:If-Match", "required")], {}),
}
"""What the examples of a problem name: its errors and its params."""


def components(public_url: str) -> dict[str, Any]:
    """The shared part of the document, by component kind; tokens are had at `public_url`."""
    problems = [CATALOGUE[code] for code in sorted(CATALOGUE)]
    return {
        "schemas": {"Problem": _PROBLEM, "FieldError": _FIELD_ERROR, "Valid": _VALID, "Replayed": _REPLAYED},
        "headers": HEADERS,
        "parameters": PARAMETERS,
        "examples": {
            f"{problem.code}_{language}": {
                "summary": problem.title[language],
                "value": _example(problem, language),
            }
            for problem in problems
            for language in LANGUAGES
        },
        "responses": {problem.code: refusal([problem, *_WITH.get(problem.code, ())]) for problem in problems},
        "securitySchemes": {"OAuth2": _oauth2(f"{public_url}/oauth/token"), "DPoP": _DPOP},
    }


def refusal(problems: list[type[Problem]]) -> dict[str, Any]:
    """The response of one status that any of these problems may be."""
    told = (f"`{p.code}`: {p.title['vi']} · {p.title['en']}" for p in problems)
    return {
        "description": "; ".join(told),
        "headers": headers(*QUOTA, *(name for problem in problems for name in HEADERS_OF.get(problem.code, ()))),
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {
                    f"{problem.code}_{language}": {"$ref": f"#/components/examples/{problem.code}_{language}"}
                    for problem in problems
                    for language in LANGUAGES
                },
            }
        },
    }


def headers(*names: str) -> dict[str, Any]:
    """References to response headers: these, and those of every response."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in (*_ALWAYS, *names)}


def parameter(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/parameters/{name}"}


def _example(problem: type[Problem], language: Language) -> dict[str, Any]:
    errors, params = _SHOWN.get(problem.code, ([], {}))
    bare = Problem.__new__(problem)
    Problem.__init__(bare, *errors, params=params)
    return render(bare, language, _ID)


def _oauth2(token_url: str) -> dict[str, Any]:
    scopes = {
        scope(agency, capability): f"{capability}: {label('agency', agency, 'vi')} · {label('agency', agency, 'en')}"
        for capability, agencies in MATRIX.items()
        for agency in sorted(agencies)
    }
    return {
        "type": "oauth2",
        "description": "client_credentials với private_key_jwt (ES256); mỗi phạm vi là `cơ_quan:quyền`. · "
        "client_credentials with private_key_jwt (ES256); a scope is `agency:capability`; tokens are "
        "JWTs judged by RFC8725 and RFC 9068, and live 10 minutes. "
        "Dùng như `Bearer` chỉ khi hệ thống được đăng ký như vậy; mặc định là `DPoP`. · Used as `Bearer` only by a "
        "client registered so; the default is `DPoP`.",
        "flows": {"clientCredentials": {"tokenUrl": token_url, "scopes": scopes}},
    }


_DPOP = {
    "type": "http",
    "scheme": "dpop",
    "description": "Mã gắn với khóa (RFC 9449), mặc định khi đăng ký: gửi `Authorization: DPoP <mã>` và tiêu đề `DPoP` "
    "với bằng chứng mới cho mỗi lần gọi; mỗi câu trả lời kèm `DPoP-Nonce` cho lần sau. Phạm vi như của `OAuth2`. · "
    "A token bound to a key (RFC 9449), the default of a registered client: it sends `Authorization: DPoP <token>` and "
    "a `DPoP` header with a new proof at each call; every answer brings the `DPoP-Nonce` for the next. Scopes as of "
    "`OAuth2`.",
}


def _header(description: str, schema: dict[str, Any] | None = None, *, required: bool = False) -> dict[str, Any]:
    return {"description": description, "required": required, "schema": schema or _STRING}


_ALWAYS = ("X-Request-Id", "API-Version", "Content-Language", "X-Mode")
QUOTA = ("RateLimit", "RateLimit-Policy")
"""Of every answer to a client that proved who it is, also of a refusal."""

HEADERS_OF = {
    "unauthenticated": ("WWW-Authenticate",),
    "use_dpop_nonce": ("WWW-Authenticate", "DPoP-Nonce"),
    "idempotency_in_progress": ("Retry-After",),
    "search_limit_reached": ("Retry-After",),
    "unavailable": ("Retry-After",),
    "too_many_requests": ("Retry-After",),
    "method_not_allowed": ("Allow",),
}
_WITH: dict[str, list[type[Problem]]] = {"unauthenticated": [ProofNonceRequired]}
"""What a shared response may also be: whoever must be authenticated may be asked for a nonce."""

HEADERS = {
    "X-Request-Id": _header("Mã của yêu cầu này, để tra cứu · This request, for enquiries", _UUID, required=True),
    "API-Version": _header("Phiên bản giao diện · Version of the contract", required=True),
    "Content-Language": _header(
        "Ngôn ngữ của lời văn · Language of the texts", {"type": "string", "enum": list(LANGUAGES)}, required=True
    ),
    "X-Mode": _header(
        "Chế độ của hệ thống đã gọi, theo đăng ký; không bao giờ đọc từ yêu cầu · The mode of the client that called, "
        "as registered; never read from a request",
        {"type": "string", "enum": ["live", "test"]},
    ),
    "ETag": _header("Phiên bản mà bạn thấy; gửi lại trong If-Match · The version you see; send it back as If-Match"),
    "Link": _header("Trang sau, trang trước (RFC 8288) · Next and previous page"),
    "Idempotent-Replayed": _header(
        "`true` khi việc này đã làm trước đó; nếu bạn không còn được xem bản ghi thì chỉ còn `{id}` · `true` when this "
        "was done before; `{id}` alone is answered when you may no longer see the record",
        {"type": "string", "const": "true"},
    ),
    "Retry-After": _header("Số giây nên chờ · Seconds to wait", {"type": "integer", "minimum": 0}),
    "RateLimit": _header(
        "`r` yêu cầu còn lại, `t` giây đến khi thêm một (draft-ietf-httpapi-ratelimit-headers-10) · `r` requests left, "
        "`t` seconds until one more"
    ),
    "RateLimit-Policy": _header("Tối đa `q` yêu cầu trong `w` giây · At most `q` requests in `w` seconds"),
    "WWW-Authenticate": _header("Cách xác thực (RFC 6750, RFC 9449) · How to authenticate", required=True),
    "DPoP-Nonce": _header(
        "Giá trị `nonce` của bằng chứng DPoP lần sau · What the next DPoP proof must state as `nonce` (RFC 9449 §8)"
    ),
    "Deprecation": _header(
        "Từ lúc này không nên dùng nữa (RFC 9745) · Since when this should no longer be used", required=True
    ),
    "Sunset": _header("Chỉ được trả lời đến lúc này (RFC 8594) · Answered until then", required=True),
    "Allow": _header("Các phương thức được nhận · The methods accepted", required=True),
}


def _asks(name: str, description: str, schema: dict[str, Any], *, required: bool = True) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": required, "description": description, "schema": schema}


PARAMETERS: dict[str, dict[str, Any]] = {
    "Acting-Officer": _asks(
        "Acting-Officer",
        "Mã nội bộ của cán bộ thực hiện, không phải họ tên · Your own identifier of the acting officer, not a name",
        {"type": "string", "pattern": f"^{PLAIN_NAME}$", "examples": ["cb-0147"]},
    ),
    "Purpose-Of-Use": _asks(
        "Purpose-Of-Use",
        "Vì sao cần xem; mỗi cơ quan có các mục đích riêng (/v1/code-lists/purpose_of_use) · Why it is read; each "
        "agency has its own purposes",
        {"type": "string", "enum": [purpose.code for purpose in code_list("purpose_of_use").codes]},
    ),
    "Idempotency-Key": _asks(
        "Idempotency-Key",
        "Một khóa cho mỗi việc; cùng khóa và nội dung thì không làm lần hai; không cần nếu `validate_only=true` "
        "· One key for each act: the same key and body are done once. Not needed with `validate_only=true`",
        {
            "type": "string",
            "pattern": '^([A-Za-z0-9._-]{16,64}|"[A-Za-z0-9._-]{16,64}")$',
            "examples": ["0b4c1f7e-5d6a-4a0e-9b1d-2f8c3e7a6d54"],
        },
    ),
    "If-Match": _asks(
        "If-Match",
        "`etag` của bản bạn đã đọc (RFC 9110 §13.1.1) · The `etag` of what you last read",
        {"type": "string", "pattern": '^"[^",]+"$', "examples": ['"b3f9Qm1xV7o2Jk8sTz4A"']},
    ),
    "If-None-Match": _asks(
        "If-None-Match",
        "`etag` bạn đang giữ: nếu chưa đổi sẽ nhận 304 · The `etag` you hold: 304 while it is current",
        _STRING,
        required=False,
    ),
    "DPoP": _asks(
        "DPoP",
        "Bằng chứng sở hữu khóa cho đúng lần gọi này, ký ES256, dùng một lần (RFC 9449); bắt buộc nếu mã gắn với khóa "
        "· Proof of the key for this very call, ES256, good once; needed where the token is bound to a key",
        _STRING,
        required=False,
    ),
    "Accept-Language": _asks(
        "Accept-Language",
        "`vi` (mặc định) hoặc `en` cho lời văn của từ chối · `vi` (default) or `en`, for the words of a refusal",
        {"type": "string", "default": "vi", "examples": ["vi", "en"]},
        required=False,
    ),
    "validate_only": {
        "name": "validate_only",
        "in": "query",
        "required": False,
        "description": "Kiểm tra mọi điều kiện nhưng không lưu gì · All checks, nothing stored",
        "schema": {"type": "boolean", "default": False},
    },
}

_VALID = {
    "type": "object",
    "description": "Câu trả lời của `validate_only=true` · The answer to `validate_only=true`",
    "required": ["valid"],
    "properties": {"valid": {"const": True}},
}
_REPLAYED = {
    "type": "object",
    "description": "Đã làm trước đó, bản ghi nay không còn thuộc phạm vi bạn được xem · Done before; the record is no "
    "longer yours to see",
    "required": ["id"],
    "properties": {"id": _UUID},
    "additionalProperties": False,
}
_PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `code` và `status` không đổi theo ngôn ngữ · `code` and `status` do not vary by language",
    "required": ["type", "title", "status", "detail", "instance", "code", "retryable"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "description": "/problems/{code}"},
        "title": _STRING,
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": _STRING,
        "instance": {"type": "string", "format": "uri", "description": "X-Request-Id: urn:uuid:…"},
        "code": {"type": "string", "pattern": "^[a-z_]+$"},
        "retryable": {"type": "boolean", "description": "Gửi lại y nguyên có thể được · The same may succeed later"},
        "params": _ANYTHING,
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/FieldError"}},
    },
}
_FIELD_ERROR = {
    "type": "object",
    "description": "Sai ở đâu, theo quy tắc nào · Where a fault is, and which rule it breaks",
    "required": ["pointer", "code", "message", "params"],
    "properties": {
        "pointer": {
            "type": "string",
            "description": "JSON pointer, `header:Tên`, `query:tên` · of body, header or query",
        },
        "code": {"type": "string", "pattern": "^[a-z0-9_]+$"},
        "message": _STRING,
        "params": _ANYTHING,
    },
}
