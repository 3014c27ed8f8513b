"""Whether values of one schema are still values of another: what is sent may be allowed more, what is answered less."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf
from typing import Any

Schema = Mapping[str, Any]


class Taken(StrEnum):
    """Who takes the value: the service what a client sent, or the client what it was answered."""

    SENT = "sent"
    ANSWERED = "answered"


_AT_MOST = ("maxLength", "maxItems", "maximum", "exclusiveMaximum", "maxProperties")
_AT_LEAST = ("minLength", "minItems", "minimum", "exclusiveMinimum", "minProperties")
_LEAST = {"minLength": 0, "minItems": 0, "minProperties": 0}


@dataclass
class Schemas:
    """The schemas of two documents. A pair that refers to itself is compared once."""

    old: Mapping[str, Any]
    new: Mapping[str, Any]
    _seen: set[tuple[str, str, Taken]] = field(default_factory=set)

    def before(self, value: Schema) -> Schema:
        return resolved(self.old, value)

    def after(self, value: Schema) -> Schema:
        return resolved(self.new, value)

    def compare(self, where: str, old: Schema, new: Schema, taken: Taken) -> list[str]:
        """Each way in which the new schema lets a client of the old one down, named after the component met last."""
        if "$ref" in old and "$ref" in new:
            pair = (old["$ref"], new["$ref"], taken)
            if pair in self._seen:
                return []
            self._seen.add(pair)
            where = _named(old["$ref"])
        before, after = self.before(old), self.after(new)
        if len(_ways(before)) > 1 or len(_ways(after)) > 1:
            return self._alternatives(where, _ways(before), _ways(after), taken)
        return [*self._kind(where, before, after, taken), *self._parts(where, before, after, taken)]

    def _alternatives(self, where: str, old: Sequence[Schema], new: Sequence[Schema], taken: Taken) -> list[str]:
        """What one side may say, the other must have a place for; where none fits, the nearest tells why."""
        found: list[str] = []
        said, places = (old, new) if taken is Taken.SENT else (new, old)
        for each in said:
            nearest: list[str] = min((self._tried(where, each, place, taken) for place in places), key=_distance)
            found += nearest
        return found

    def _tried(self, where: str, said: Schema, place: Schema, taken: Taken) -> list[str]:
        old, new = (said, place) if taken is Taken.SENT else (place, said)
        return Schemas(self.old, self.new, set(self._seen)).compare(where, old, new, taken)

    def _kind(self, where: str, old: Schema, new: Schema, taken: Taken) -> Iterator[str]:
        said, place = (old, new) if taken is Taken.SENT else (new, old)
        if "type" in place and not _types(said) <= _types(place):
            yield f"{where}: type changed from {_told(old)} to {_told(new)}"
            return
        yield from _values(where, old, new, taken)
        if _format(old) != _format(new) and (taken is Taken.ANSWERED or "format" in new):
            yield f"{where}: format changed from {old.get('format')} to {new.get('format')}"
        if taken is Taken.SENT:
            yield from _limits(where, old, new)

    def _parts(self, where: str, old: Schema, new: Schema, taken: Taken) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        needed, needs = set(old.get("required", ())), set(new.get("required", ()))
        for name in before.keys() - after.keys():
            yield f"{where}.{name}: member removed"
        if taken is Taken.SENT:
            yield from (f"{where}.{name}: member is now required" for name in needs - needed)
            if new.get("additionalProperties") is False and "additionalProperties" not in old and "type" in old:
                yield f"{where}: further members are now refused"
        else:
            yield from (f"{where}.{name}: member may now be missing" for name in (needed - needs) & after.keys())
        for name in before.keys() & after.keys():
            yield from self.compare(f"{where}.{name}", before[name], after[name], taken)
        for name in ("items", "additionalProperties"):
            if isinstance(old.get(name), dict) and isinstance(new.get(name), dict):
                yield from self.compare(f"{where}[]", old[name], new[name], taken)


def resolved(document: Mapping[str, Any], value: Schema) -> Schema:
    while "$ref" in value:
        found: Any = document
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        value = found
    return value


def _distance(faults: list[str]) -> tuple[bool, int]:
    """Of another type altogether is farther than any number of smaller faults."""
    return any(": type changed" in fault for fault in faults), len(faults)


def _named(reference: str) -> str:
    return reference.rpartition("/")[2]


def _ways(schema: Schema) -> Sequence[Schema]:
    return schema.get("anyOf") or schema.get("oneOf") or [schema]


def _types(schema: Schema) -> set[str]:
    stated = schema.get("type", "anything")
    types = {stated} if isinstance(stated, str) else set(stated)
    return types | {"integer"} if "number" in types else types


def _told(schema: Schema) -> str:
    return " | ".join(sorted(_types(schema) - ({"integer"} if "number" in _types(schema) else set())))


def _format(schema: Schema) -> Any:
    """Integers' formats are sizes, which `maximum` says better."""
    return None if schema.get("type") == "integer" else schema.get("format")


def _enumerated(schema: Schema) -> set[str] | None:
    if "const" in schema:
        return {str(schema["const"])}
    return {str(each) for each in schema["enum"]} if "enum" in schema else None


def _values(where: str, old: Schema, new: Schema, taken: Taken) -> Iterator[str]:
    before, after = _enumerated(old), _enumerated(new)
    if taken is Taken.SENT and after is not None:
        if before is None:
            yield f"{where}: values are now enumerated"
        else:
            yield from (f"{where}: value {value} no longer taken" for value in sorted(before - after))
    if taken is Taken.ANSWERED and before is not None and not old.get("x-code-list"):
        if after is None:
            yield f"{where}: values are no longer enumerated"
        else:
            yield from (f"{where}: value {value} was not in this closed list" for value in sorted(after - before))


def _limits(where: str, old: Schema, new: Schema) -> Iterator[str]:
    for name in _AT_MOST:
        if name in new and (name not in old or new[name] < old[name]):
            yield f"{where}: {name} tightened from {old.get(name, 'none')} to {new[name]}"
    for name in _AT_LEAST:
        if name in new and new[name] > old.get(name, _LEAST.get(name, -inf)):
            yield f"{where}: {name} tightened from {old.get(name, 'none')} to {new[name]}"
    if "pattern" in new and new["pattern"] != old.get("pattern"):
        yield f"{where}: pattern changed"
    if new.get("uniqueItems") and not old.get("uniqueItems"):
        yield f"{where}: items must now be unique"
