"""Links of the contract: from what a call made or moved to the call that reads it, so that nobody guesses a path.

Nothing is listed by hand: whatever is created at `…/things` is read at `/v1/things/{id}` (api.md), and what a move
names in its path is read there.
"""

import re
from dataclasses import dataclass
from typing import Any

_JSON = "application/json"
_ONCE = frozenset({"secret"})
"""Members that are told when a thing is made and never again."""


def add_links(document: dict[str, Any]) -> None:
    """A link `read` in every answer to a POST, PUT or PATCH that made or changed something which can be read."""
    links = _Links(document["paths"], document["components"]["schemas"])
    for path, methods in document["paths"].items():
        for method in methods.keys() & {"post", "put", "patch"}:
            responses = methods[method]["responses"]
            for status in responses.keys() & {"200", "201"}:
                target = links.target(path, made=method == "post" and "201" in responses)
                if target and not _rehearsed(responses, status):
                    responses[status]["links"] = {"read": target}


def _rehearsed(responses: dict[str, Any], status: str) -> bool:
    """200 beside 201 tells of a rehearsal, or of a repetition, which is told to whoever made it already."""
    return status == "200" and "201" in responses


@dataclass(frozen=True)
class _Links:
    paths: dict[str, dict[str, Any]]
    schemas: dict[str, Any]

    def target(self, path: str, *, made: bool) -> dict[str, Any] | None:
        """What was made is named by the `id` answered; what was changed, or added to, by the path."""
        read = self._reading(path) if made else None
        if read:
            return self._link(read, {_ids(read)[-1]: "$response.body#/id"})
        here = (each for each in (path, path.rpartition("/")[0]) if "get" in self.paths.get(each, {}) and _ids(each))
        read = next(here, None)
        return self._link(read, {name: f"$request.path.{name}" for name in _ids(read)}) if read else None

    def _reading(self, path: str) -> str | None:
        """Where the thing made at this path is read: by its id under the last word, or under an earlier one, as
        `/v1/returns/unannounced` makes one of the returns. What is read there must be what was answered, or more."""
        made = self._members(path, "post", "201")
        for word in reversed(re.findall(r"/([\w-]+)(?=/|$)", path.removeprefix("/v1"))):
            wanted = re.compile(rf"/v1/{re.escape(word)}/\{{\w+\}}")
            for each in filter(wanted.fullmatch, self.paths):
                if "id" in made and "get" in self.paths[each] and made - _ONCE <= self._members(each, "get", "200"):
                    return each
        return None

    def _members(self, path: str, method: str, status: str) -> set[str]:
        schema = self.paths[path][method]["responses"][status].get("content", {}).get(_JSON, {}).get("schema", {})
        first = schema.get("anyOf", [schema])[0]
        named = self.schemas.get(first.get("$ref", "").rpartition("/")[2], first)
        return set(named.get("properties", ()))

    def _link(self, read: str, parameters: dict[str, str]) -> dict[str, Any]:
        return {
            "operationId": self.paths[read]["get"]["operationId"],
            "parameters": parameters,
            "description": "Đọc lại · Read it again",
        }


def _ids(path: str) -> list[str]:
    return re.findall(r"\{(\w+)\}", path)
