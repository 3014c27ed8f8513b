"""What schemas are called and how they are bounded, so that code made from the contract reads well.

A name is PascalCase and told once, as component and as title, whatever module of this program it came from; a code list
is one named enumeration wherever its codes stand; every formatted value has the length that its format gives it; and
nothing is listed that nobody refers to.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from app.head import FIELD_LIMIT

_PAGE_NAME = re.compile(r"\bPage_(\w+)_(?=\")")
_MODULE_NAME = re.compile(r"\bapp__(\w+?)__\w+?__(\w+)(?=\")")
_CODED = re.compile(r"A code of /v1/code-lists/(\w+)")
_LENGTHS = {"uuid": 36, "date": 10, "date-time": len("2026-11-20T22:41:00.123456789+07:00")}
_LARGEST_INT32 = 2**31 - 1
_NOT_SCHEMAS = ("example", "examples", "default", "enum", "const")

Schema = dict[str, Any]


def renamed(document: dict[str, Any]) -> dict[str, Any]:
    """Component names without this program's inner structure: `ReferralsRefusalIn`, `CaseItemPage`."""
    text = _PAGE_NAME.sub(r"\1Page", json.dumps(document, ensure_ascii=False))
    found: dict[str, Any] = json.loads(_MODULE_NAME.sub(lambda match: pascal(match[1]) + match[2], text))
    return found


def pascal(name: str) -> str:
    """`break_glass` → `BreakGlass`."""
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", name))


def tidy(document: dict[str, Any]) -> None:
    """Names, bounds and lists codes of the whole document, in place; to be called when nothing more is added to it."""
    named: dict[str, Schema] = document["components"]["schemas"]
    lists: dict[str, Schema] = {}
    for parameter in _parameters(document):
        _bound_parameter(parameter)
    for schema in list(_schemas(document)):
        schema.pop("title", None)
        _bound(schema)
    for schema in list(_schemas(document)):
        _lift_codes(schema, lists)
    named |= lists
    for name, schema in named.items():
        schema["title"] = name
    _prune(document)


def _schemas(document: dict[str, Any]) -> Iterator[Schema]:
    """Every schema of the document, named or not."""
    for schema in document["components"]["schemas"].values():
        yield from _within(schema)
    for part in _holders({key: value for key, value in document.items() if key != "components"}):
        yield from _within(part)
    for kind in ("headers", "parameters", "requestBodies"):
        for part in _holders(document["components"].get(kind, {})):
            yield from _within(part)


def _holders(value: Any) -> Iterator[Schema]:
    """What stands as `schema` of a parameter, header or media type."""
    match value:
        case dict():
            for key, each in value.items():
                if key == "schema":
                    yield each
                elif key not in _NOT_SCHEMAS:
                    yield from _holders(each)
        case list():
            for each in value:
                yield from _holders(each)


def _within(schema: Any) -> Iterator[Schema]:
    """A schema and all those inside it."""
    if not isinstance(schema, dict):
        return
    yield schema
    for key, value in schema.items():
        if key == "properties":
            for each in value.values():
                yield from _within(each)
        elif isinstance(value, list) and key not in _NOT_SCHEMAS:
            for each in value:
                yield from _within(each)
        elif key not in _NOT_SCHEMAS:
            yield from _within(value)


def _parameters(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from document["components"]["parameters"].values()
    for methods in document["paths"].values():
        for operation in methods.values():
            yield from (each for each in operation["parameters"] if "schema" in each)


def _bound_parameter(parameter: dict[str, Any]) -> None:
    """No parameter can be null, only left out; and none is longer than what is taken of any header."""
    schema = parameter["schema"]
    given = [each for each in schema.pop("anyOf", ()) if each != {"type": "null"}]
    if len(given) == 1:
        schema |= given[0]
    elif given:
        schema["anyOf"] = given
    if schema.get("type") == "string" and not {"enum", "const", "format"} & schema.keys():
        schema.setdefault("maxLength", FIELD_LIMIT)


def _bound(schema: Schema) -> None:
    if schema.get("type") == "string" and schema.get("format") in _LENGTHS:
        schema.setdefault("maxLength", _LENGTHS[schema["format"]])
    if schema.get("type") == "integer":
        schema.setdefault("format", "int32" if schema.get("maximum", _LARGEST_INT32 + 1) <= _LARGEST_INT32 else "int64")


def _lift_codes(schema: Schema, lists: dict[str, Schema]) -> None:
    """Makes an enumeration of one code list a reference to that list's own schema."""
    match = _CODED.fullmatch(schema.get("description", ""))
    if match is None or "enum" not in schema:
        return
    name = f"{pascal(match[1])}Code"
    own: Schema = {key: schema[key] for key in ("type", "enum", "description") if key in schema}
    default = {"default": schema["default"]} if "default" in schema else {}
    if schema == own | default and lists.setdefault(name, {**own, "x-code-list": match[1]})["enum"] == own["enum"]:
        schema.clear()
        schema |= {"$ref": f"#/components/schemas/{name}", **default}


def _prune(document: dict[str, Any]) -> None:
    """Drops components nobody refers to, and then those only they referred to."""
    while True:
        used = set(re.findall(r'"#/components/([^"]+)"', json.dumps(document)))
        unused = [
            (kind, name)
            for kind, members in document["components"].items()
            if kind != "securitySchemes"
            for name in members
            if f"{kind}/{name}" not in used
        ]
        if not unused:
            return
        for kind, name in unused:
            del document["components"][kind][name]
