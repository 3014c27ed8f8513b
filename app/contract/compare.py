"""Which differences between two contracts break a client written for the older one; any other may be released freely.

What a client sends must still be taken, what it is answered must still be what it was told. A code list may grow and so
may an answer; an enumeration that is no code list is closed, since code was generated from it. Texts and examples do
not count.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.contract.schemas import Schemas, Taken

_TEXTS = {"description", "summary", "title", "example", "examples", "tags", "links", "externalDocs"}
_METHODS = ("get", "put", "post", "patch", "delete", "head", "options")


def breaking(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Each breaking change in a line, sorted; none when a client of `old` can go on with `new`."""
    comparison = _Comparison(old, new)
    comparison.paths()
    comparison.webhooks()
    return sorted(set(comparison.found))


def admitted(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether a breaking change may be released under the new version: only with a new major."""
    return _major(new) > _major(old)


def bare(document: Any) -> Any:
    """The document without what never breaks anything: a tenth of its size, to be kept for ever."""
    match document:
        case dict():
            kept = {key: value for key, value in document.items() if key not in _TEXTS or not _is_text(key, value)}
            return {key: bare(value) for key, value in kept.items()}
        case list():
            return [bare(each) for each in document]
    return document


def write_release(document: dict[str, Any], folder: Path) -> Path:
    """Keeps this contract as the released one of its version."""
    kept = bare(document)
    for methods in kept["paths"].values():
        for operation in methods.values():
            operation["responses"] = {status: told for status, told in operation["responses"].items() if status < "400"}
    for kind in ("examples", "responses"):  # of refusals
        kept["components"].pop(kind, None)
    path = folder / f"{document['info']['version']}.json"
    folder.mkdir(exist_ok=True)
    path.write_text(json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n", "utf-8")
    return path


def last_release(folder: Path) -> dict[str, Any]:
    """The contract that was released last."""
    newest = max(folder.glob("*.json"), key=lambda path: [int(part) for part in path.stem.split(".")])
    released: dict[str, Any] = json.loads(newest.read_text("utf-8"))
    return released


def _is_text(key: str, value: Any) -> bool:
    """A schema's member may be called `title` or `links`; then it is a schema, not a text."""
    return not (isinstance(value, dict) and key != "examples" and {"type", "$ref", "anyOf"} & value.keys())


def _major(document: Mapping[str, Any]) -> int:
    return int(str(document["info"]["version"]).partition(".")[0])


@dataclass
class _Comparison:
    old: Mapping[str, Any]
    new: Mapping[str, Any]
    found: list[str] = field(default_factory=list)
    schemas: Schemas = field(init=False)

    def __post_init__(self) -> None:
        self.schemas = Schemas(self.old, self.new)

    def paths(self) -> None:
        for path, methods in self.old["paths"].items():
            if path not in self.new["paths"]:
                self.found.append(f"{path}: path removed")
                continue
            for method in (each for each in _METHODS if each in methods):
                where = f"{method.upper()} {path}"
                if method in self.new["paths"][path]:
                    self._operation(where, methods[method], self.new["paths"][path][method])
                else:
                    self.found.append(f"{where}: method removed")

    def webhooks(self) -> None:
        """What the service sends of itself is an answer to whoever receives it."""
        for name, methods in self.old.get("webhooks", {}).items():
            told = self.new.get("webhooks", {}).get(name)
            if told is None:
                self.found.append(f"webhook {name}: removed")
                continue
            body = self.schemas.before(methods["post"]["requestBody"])["content"]
            now = self.schemas.after(told["post"]["requestBody"])["content"]
            self._media(f"webhook {name}", body, now, Taken.ANSWERED)

    def _operation(self, where: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        if old["operationId"] != new["operationId"]:
            self.found.append(f"{where}: operationId changed from {old['operationId']} to {new['operationId']}")
        self._parameters(where, old, new)
        self._body(where, old.get("requestBody", {}), new.get("requestBody", {}))
        self._answers(where, old["responses"], new["responses"])
        self._security(where, old.get("security", []), new.get("security", []))

    def _parameters(self, where: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        before, after = self._by_name(self.old, old), self._by_name(self.new, new)
        for name, parameter in before.items():
            if name not in after:
                self.found.append(f"{where}: parameter {name} removed")
            else:
                self._values(f"{where}: parameter {name}", parameter["schema"], after[name]["schema"], Taken.SENT)
        for name, parameter in after.items():
            if parameter.get("required") and not before.get(name, {}).get("required"):
                self.found.append(f"{where}: parameter {name} is now required")

    def _body(self, where: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        if new.get("required") and not old.get("required"):
            self.found.append(f"{where}: a body is now required")
        self._media(f"{where}: body", old.get("content", {}), new.get("content", {}), Taken.SENT)

    def _answers(self, where: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        """Successes only: a client knows refusals by their `code`, and must be ready for ones it does not know."""
        for status in (each for each in old if each < "400"):
            if status not in new:
                self.found.append(f"{where}: success status {status} removed")
                continue
            before, after = self.schemas.before(old[status]), self.schemas.after(new[status])
            at = f"{where}: {status}"
            gone = before.get("headers", {}).keys() - after.get("headers", {}).keys()
            self.found += [f"{at}: header {name} removed" for name in gone]
            self._media(at, before.get("content", {}), after.get("content", {}), Taken.ANSWERED)

    def _media(self, where: str, old: Mapping[str, Any], new: Mapping[str, Any], taken: Taken) -> None:
        for media, content in old.items():
            if media not in new:
                self.found.append(f"{where}: media type {media} removed")
            else:
                self._values(where, content.get("schema", {}), new[media].get("schema", {}), taken)

    def _values(self, where: str, old: Mapping[str, Any], new: Mapping[str, Any], taken: Taken) -> None:
        self.found += self.schemas.compare(where, old, new, taken)

    def _security(self, where: str, old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> None:
        """Every way in that was open must still be: for each old alternative a new one that asks for no more."""
        if not new:
            return
        for way in old or [{}]:
            if not any(_asks_no_more(each, way) for each in new):
                self.found.append(f"{where}: security is stricter, {_said(way)} no longer admits")

    @staticmethod
    def _by_name(document: Mapping[str, Any], operation: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
        resolve: Callable[[Mapping[str, Any]], Mapping[str, Any]] = Schemas(document, document).before
        found = (resolve(each) for each in operation.get("parameters", ()))
        return {f"{each['in']}:{each['name']}": each for each in found}


def _asks_no_more(asked: Mapping[str, Sequence[str]], held: Mapping[str, Sequence[str]]) -> bool:
    return all(scheme in held and set(scopes) <= set(held[scheme]) for scheme, scopes in asked.items())


def _said(way: Mapping[str, Sequence[str]]) -> str:
    return ", ".join(_parts(way)) or "no token"


def _parts(way: Mapping[str, Sequence[str]]) -> Iterator[str]:
    yield from (f"{scheme} {' '.join(scopes)}".strip() for scheme, scopes in way.items())
