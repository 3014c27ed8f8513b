"""From Pydantic's findings to the contract's `errors[]`: where, which rule, its limits; never what was sent."""

from collections.abc import Sequence
from typing import Any

from app.problems import RULES, FieldError

_TYPES = {
    "missing": "required",
    "extra_forbidden": "unknown_member",
    "string_too_short": "too_short",
    "string_too_long": "too_long",
    "too_short": "too_short",
    "too_long": "too_long",
    "greater_than_equal": "out_of_range",
    "less_than_equal": "out_of_range",
    "greater_than": "out_of_range",
    "less_than": "out_of_range",
    "enum": "unknown_code",
    "literal_error": "invalid_value",
    "string_pattern_mismatch": "invalid_format",
    "uuid_parsing": "invalid_format",
    "uuid_version": "invalid_format",
}
_LIMITS = ("min_length", "max_length", "ge", "le", "gt", "lt", "list", "members")
_MOST = 50


def field_errors(findings: Sequence[Any]) -> list[FieldError]:
    """The first fifty; a place begins with `body`, `query`, `path` or `header`, as FastAPI names them."""
    return [_field_error(finding) for finding in findings[:_MOST]]


def _field_error(finding: Any) -> FieldError:
    kind: str = finding["type"]
    code = kind if kind in RULES else _TYPES.get(kind)
    if code is None:
        code = (
            "wrong_type" if kind.endswith(("_type", "_parsing", "_from_float", "_attributes_type")) else "invalid_value"
        )
    limits = {name: value for name, value in (finding.get("ctx") or {}).items() if name in _LIMITS}
    loc = finding["loc"]
    if kind == "extra_forbidden":
        loc = loc[:-1]  # a name nobody declared is the sender's own text, and is not echoed
    return FieldError(_pointer(loc), code, limits)


def _pointer(loc: Sequence[str | int]) -> str:
    """`/person/birth_date` for the body, `query:limit` elsewhere."""
    where, *path = loc
    if where != "body":
        return f"{where}:{path[-1] if path else ''}"
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)
