"""Operations as functions that make a request: what is in the path, the body and the version come as arguments."""

import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.contract.python.types import SHARED, annotation, item_of, union

_HEAD = """from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from app.client.contract import types
from app.client.wire import Page, Request, form, part

"""
_BY_CLIENT = ("Acting-Officer", "Purpose-Of-Use", "Idempotency-Key")
_BY_CORE = {*_BY_CLIENT, "DPoP", "Accept-Language", "validate_only"}
_NAMED = {"If-Match": "etag", "If-None-Match": "known_etag"}
_FORM = "application/x-www-form-urlencoded"
_METHODS = ("get", "put", "post", "patch", "delete")


@dataclass(frozen=True)
class _Argument:
    """`name` in Python, `key` on the wire; `place` as OpenAPI's `in`, or `body`."""

    name: str
    key: str
    place: str
    kind: str
    required: bool

    @property
    def declared(self) -> str:
        return f"{self.name}: {self.kind}" if self.required else f"{self.name}: {self.kind} | None = None"


def operations(document: Mapping[str, Any]) -> str:
    """The module of all operations."""
    made = [
        _function(document, path, method, document["paths"][path][method])
        for path in sorted(document["paths"])
        for method in _METHODS
        if method in document["paths"][path]
    ]
    return _HEAD + "".join(made)


def _function(document: Mapping[str, Any], path: str, method: str, operation: Mapping[str, Any]) -> str:
    asked = [_resolved(document, each) for each in operation.get("parameters", ())]
    arguments = [_argument(each) for each in asked if each["name"] not in _BY_CORE]
    placed = [each for each in arguments if each.place == "path"]
    named = [each for each in arguments if each.place != "path"]
    media, body = _body(document, operation)
    if body is not None:
        placed.append(body)
    if media.startswith("Literal"):
        named = [_Argument("media", "", "body", media, required=True), *named]
    declared = ", ".join(each.declared for each in placed) + _keywords(named, first=not placed)
    answer, statuses = _answer(document, operation["responses"])
    stated = [f"{method.upper()!r}", _path(path)]
    stated += _values("query", [each for each in named if each.place == "query"])
    stated += _values("headers", [each for each in named if each.place == "header"])
    stated += _sent(media, body)
    asks = [name for name in _BY_CLIENT if name in {each["name"] for each in asked}]
    stated += [f"asks=frozenset({{{', '.join(map(repr, asks))}}})"] if asks else []
    stated += [f"statuses=frozenset({{{', '.join(map(str, statuses))}}})"] if statuses != [200] else []
    stated += [] if operation.get("security") else ["public=True"]
    return (
        f"\ndef {operation['operationId']}({declared}) -> Request[{answer}]:\n"
        f'    """{_said(operation["summary"])}"""\n'
        f"    return Request({', '.join(stated)})\n\n"
    )


def _resolved(document: Mapping[str, Any], parameter: Mapping[str, Any]) -> Mapping[str, Any]:
    shared: Mapping[str, Any] = document["components"]["parameters"]
    return shared[parameter["$ref"].rpartition("/")[2]] if "$ref" in parameter else parameter


def _argument(parameter: Mapping[str, Any]) -> _Argument:
    key = parameter["name"]
    name = _NAMED.get(key, re.sub(r"\W", "_", key).lower())
    schema = parameter["schema"]
    kinds = [each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]
    kind = union("UUID | str" if each.get("format") == "uuid" else annotation(each, "types.") for each in kinds)
    return _Argument(
        name + "_" * keyword.iskeyword(name), key, parameter["in"], kind, parameter.get("required") is True
    )


def _body(document: Mapping[str, Any], operation: Mapping[str, Any]) -> tuple[str, _Argument | None]:
    """The media type and the argument of the body; a body that may be empty may be left out. Where a file of several
    types is taken, the media type is the Python type of all of them."""
    content = operation.get("requestBody", {}).get("content", {})
    if not content:
        return "", None
    media = min(content)
    schema = content[media]["schema"]
    if media == _FORM:
        return media, _Argument("body", "", "body", "Mapping[str, str]", required=True)
    if "json" not in media:
        chosen = media if len(content) == 1 else f"Literal[{', '.join(map(repr, sorted(content)))}]"
        return chosen, _Argument("body", "", "body", "bytes", required=True)
    named = document["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], schema)
    empty = named.get("type") == "object" and not named.get("required")
    return media, _Argument("body", "", "body", annotation(schema, "types."), required=not empty)


def _answer(document: Mapping[str, Any], responses: Mapping[str, Any]) -> tuple[str, list[int]]:
    """The type of what is answered, and the statuses that mean done: 200 beside 201 is a rehearsal or a repetition."""
    statuses = sorted(int(status) for status in responses if status.startswith("2"))
    if 201 in statuses:
        statuses.remove(200)
    kinds = [
        _shown(document, each["schema"])
        for status in statuses
        for each in responses[str(status)].get("content", {"": {"schema": {"type": "null"}}}).values()
    ]
    return union(kinds), statuses


def _shown(document: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    kept = [each for each in schema.get("anyOf", [schema]) if each.get("$ref", "").rpartition("/")[2] not in SHARED]
    names = []
    for each in kept:
        item = item_of(document["components"]["schemas"].get(each.get("$ref", "").rpartition("/")[2], {}))
        names.append(annotation(each, "types.") if item is None else f"Page[{annotation(item, 'types.')}]")
    return union(names)


def _keywords(named: list[_Argument], *, first: bool) -> str:
    if not named:
        return ""
    return ("" if first else ", ") + "*, " + ", ".join(each.declared for each in named)


def _path(path: str) -> str:
    filled = re.sub(r"\{(\w+)\}", r"{part(\1)}", path)
    return f'f"{filled}"' if filled != path else repr(path)


def _values(member: str, named: list[_Argument]) -> list[str]:
    if not named:
        return []
    pairs = ", ".join(f"{each.key!r}: {each.name}" for each in named)
    return [f"{member}={{{pairs}}}"]


def _sent(media: str, body: _Argument | None) -> list[str]:
    if body is None:
        return []
    if media == _FORM:
        return ["body=form(body)", f"media={media!r}"]
    if media.startswith("Literal"):
        return ["body=body", "media=media"]
    value = "body" if body.required else "{} if body is None else body"
    return [f"body={value}"] + ([] if media == "application/json" else [f"media={media!r}"])


def _said(summary: str) -> str:
    return summary.rstrip(".") + "."
