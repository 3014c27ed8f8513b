"""Links of the contract: from what a call made or moved to the call that reads it, so that nobody has to guess the path.

Nothing is listed by hand: whatever is created at `…/things` is read at `/v1/things/{id}` (api.md), and what a move names
in its path is read there.
"""

import re
from typing import Any

Paths = dict[str, dict[str, Any]]


def add_links(paths: Paths) -> None:
    """A link `read` in every answer to a POST, PUT or PATCH that made or changed something which can be read."""
    for path, methods in paths.items():
        for method in methods.keys() & {"post", "put", "patch"}:
            responses = methods[method]["responses"]
            for status in responses.keys() & {"200", "201"}:
                target = _target(paths, path, made="201" in responses, own=method != "post")
                if target and not _rehearsed(responses, status):
                    responses[status]["links"] = {"read": target}


def _rehearsed(responses: dict[str, Any], status: str) -> bool:
    """200 beside 201 tells of a rehearsal, or of a repetition, which is told to whoever made it already."""
    return status == "200" and "201" in responses


def _target(paths: Paths, path: str, *, made: bool, own: bool) -> dict[str, Any] | None:
    """What was made is named by the `id` answered; what was changed, or added to, by the path."""
    read = _reading(paths, path) if made and not own else None
    if read:
        return _link(paths, read, {_ids(read)[-1]: "$response.body#/id"})
    here = (each for each in (path, path.rpartition("/")[0]) if "get" in paths.get(each, {}) and _ids(each))
    read = next(here, None)
    if read is None:
        return None
    return _link(paths, read, {name: f"$request.path.{name}" for name in _ids(read)})


def _reading(paths: Paths, path: str) -> str | None:
    """Where the thing made at this path is read: by its id under the last word; or under an earlier one, where the same
    is answered: `/v1/returns/unannounced` makes one of the returns."""
    words = re.findall(r"/([\w-]+)(?=/|$)", path.removeprefix("/v1"))
    made = _shapes(paths[path]["post"], "201")
    for word in reversed(words):
        wanted = re.compile(rf"/v1/{re.escape(word)}/\{{\w+\}}")
        found = next((each for each in paths if wanted.fullmatch(each) and "get" in paths[each]), None)
        if found and (word == words[-1] or made & _shapes(paths[found]["get"], "200")):
            return found
    return None


def _shapes(operation: dict[str, Any], status: str) -> set[str]:
    """The components that an answer may be."""
    schema = operation["responses"][status].get("content", {}).get("application/json", {}).get("schema", {})
    return {each["$ref"] for each in [schema, *schema.get("anyOf", ())] if "$ref" in each}


def _link(paths: Paths, read: str, parameters: dict[str, str]) -> dict[str, Any]:
    return {
        "operationId": paths[read]["get"]["operationId"],
        "parameters": parameters,
        "description": "Đọc lại · Read it again",
    }


def _ids(path: str) -> list[str]:
    return re.findall(r"\{(\w+)\}", path)
