"""Schemas as Python types: objects as TypedDict, codes as Literal, what JSON has no type for as text."""

import keyword
from collections.abc import Iterable, Mapping
from typing import Any

SHARED = frozenset({"Problem", "Valid", "Replayed"})
"""What the client has by other means: exceptions, `Request.rehearsed`, `Answer.unseen`."""

_PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
_HEAD = "from __future__ import annotations\n\nfrom typing import Any, Literal, NotRequired, TypedDict\n"


def types(document: Mapping[str, Any]) -> str:
    """The module of all schemas but the pages of lists, which are one generic type."""
    schemas = document["components"]["schemas"]
    return _HEAD + "".join(
        f"\n{_definition(class_name(name), schema)}"
        for name, schema in sorted(schemas.items())
        if name not in SHARED and item_of(schema) is None
    )


def class_name(schema: str) -> str:
    """`referrals.RefusalIn` → `ReferralsRefusalIn`."""
    return "".join(part[0].upper() + part[1:] for part in schema.replace("_", ".").split("."))


def item_of(schema: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The schema of a list's items, if this is a page of a list."""
    members = schema.get("properties", {})
    item: Mapping[str, Any] | None = members["items"]["items"] if {"items", "next", "prev"} <= members.keys() else None
    return item


def annotation(schema: Mapping[str, Any], module: str = "") -> str:
    """The type of a value of this schema; `module` is where the named ones are found, with its dot."""
    if "$ref" in schema:
        return module + class_name(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema or "oneOf" in schema:
        return union(annotation(each, module) for each in schema.get("anyOf") or schema["oneOf"])
    if "enum" in schema or "const" in schema:
        return f"Literal[{', '.join(repr(value) for value in schema.get('enum') or [schema['const']])}]"
    kind = schema.get("type")
    if isinstance(kind, list):
        return union(_PLAIN[each] for each in kind)
    if kind == "array":
        return f"list[{annotation(schema.get('items', {}), module)}]"
    if kind == "object":
        return f"dict[str, {_further(schema, module)}]"
    if schema.get("format") == "binary" or "contentEncoding" in schema:
        return "bytes"
    return _PLAIN.get(str(kind), "Any")


def union(names: Iterable[str]) -> str:
    return " | ".join(dict.fromkeys(names))


def _further(schema: Mapping[str, Any], module: str) -> str:
    inner = schema.get("additionalProperties", True)
    return annotation(inner, module) if isinstance(inner, Mapping) and not schema.get("properties") else "Any"


def _definition(name: str, schema: Mapping[str, Any]) -> str:
    members = schema.get("properties")
    if members is None:
        return f"\n{name} = {annotation(schema)}\n"
    required = schema.get("required", ())
    stated = {
        member: annotation(inner) if member in required else f"NotRequired[{annotation(inner)}]"
        for member, inner in members.items()
    }
    if all(member.isidentifier() and not keyword.iskeyword(member) for member in stated):
        lines = "".join(f"    {member}: {kind}\n" for member, kind in stated.items())
        return f"\nclass {name}(TypedDict):\n{lines}" + ("" if lines else "    pass\n")
    lines = "".join(f"        {member!r}: {kind!r},\n" for member, kind in stated.items())
    return f"\n{name} = TypedDict(\n    {name!r},\n    {{\n{lines}    }},\n)\n"
