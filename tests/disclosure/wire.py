"""Where texts can be sent: every free string of every request body of the contract, and what the walk puts there."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from tests import expectations
from tests.expectations import Route

TYPED: Mapping[str, Any] = expectations.load("disclosure")
_CODED = "A code of /v1/code-lists/"
_NOT_WORDS = {"uuid", "date", "date-time", "binary"}
_COMBINED = ("anyOf", "oneOf", "allOf")
_DEEPEST = 12
WEBHOOKS = re.compile(r"/v1/(webhook-endpoints|deliveries)/")
"""A system's own, and about no person: tests/webhooks asks for them as everybody."""


def text_members(contract: Mapping[str, Any]) -> set[tuple[str, str]]:
    """(route, pointer) of every string that is neither a code, an id nor a moment; partial dates are words too."""
    return {
        (f"{method.upper()} {path}", pointer)
        for path, operations in contract["paths"].items()
        for method, operation in operations.items()
        if path.startswith("/v1/")
        for media, content in operation.get("requestBody", {}).get("content", {}).items()
        if media.endswith(("/json", "+json"))
        for pointer in _strings(content["schema"], "", contract["components"]["schemas"])
    }


def _strings(schema: Mapping[str, Any], at: str, named: Mapping[str, Any]) -> Iterator[str]:
    if at.count("/") > _DEEPEST:
        return
    if "$ref" in schema:
        yield from _strings(named[schema["$ref"].rsplit("/", 1)[-1]], at, named)
    for part in (each for name in _COMBINED for each in schema.get(name, ())):
        yield from _strings(part, at, named)
    if schema.get("type") == "string" and _is_free(schema):
        yield at
    if not {"type", "$ref", "enum", "const", *_COMBINED} & schema.keys() or schema.get("additionalProperties") is True:
        yield at  # anything at all may stand there
    yield from (
        found for name, part in schema.get("properties", {}).items() for found in _strings(part, f"{at}/{name}", named)
    )
    if "items" in schema:
        yield from _strings(schema["items"], f"{at}/*", named)


def _is_free(schema: Mapping[str, Any]) -> bool:
    coded = {"enum", "const"} & schema.keys() or schema.get("description", "").startswith(_CODED)
    return not coded and schema.get("format") not in _NOT_WORDS


def planted(steps: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """(route, pointer) of every canary and day that the steps of a walk plant."""
    found = set()
    for step in steps:
        method, path = re.sub(r"\{[\w-]+\}", "x", step["call"]).split(" ")
        template = route_of(method, path).path
        for pointer, text in texts(step.get("body")):
            if "{canary}" in text or "{day}" in text:
                found.add((f"{method} {template}", pointer))
    return found


def texts(body: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Pointer (positions as `*`) and text of every string, names of members included."""
    match body:
        case dict():
            for name, value in body.items():
                yield at, name
                yield from texts(value, f"{at}/{name}")
        case list():
            for value in body:
                yield from texts(value, f"{at}/*")
        case str():
            yield at, body


@cache
def _patterns() -> list[tuple[re.Pattern[str], Route]]:
    return [(re.compile(re.sub(r"\{\w+\}", "[^/]+", route.path)), route) for route in expectations.routes()]


def route_of(method: str, path: str) -> Route:
    """The typed route that this call goes to; fixed paths before those with an id."""
    fits = [route for pattern, route in _patterns() if route.method == method and pattern.fullmatch(path)]
    return min(fits, key=lambda route: route.path.count("{"))


def belongs(route: str, pointer: str) -> tuple[frozenset[str], frozenset[str]]:
    """Where the words of this member must lie, and where they may as well, by the longest typed pointer that fits."""
    typed: Mapping[str, list[str]] = TYPED["words"].get(route, {})
    fits = [prefix for prefix in typed if pointer == prefix or pointer.startswith(f"{prefix}/")]
    names = typed[max(fits, key=len)] if fits else []
    must = frozenset(name for name in names if not name.endswith("?"))
    return must, must | {name.removesuffix("?") for name in names}
