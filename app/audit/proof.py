"""Whether an export of the audit is whole and unchanged, judged from the file, signed heads and public keys alone.

An export is lines of JSON: first the heads, then the entries in order, each with its position and its leaf.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.audit.sequencer import HEAD
from app.auth import tokens
from app.auth.keys import VerificationKey, encode_base64url
from app.leaves import leaf_of
from app.merkle import Frontier
from app.problems import Unauthenticated

Keys = Mapping[str, VerificationKey]


class TamperedError(Exception):
    """What does not fit, in Vietnamese and English, and the first position from which the export cannot be believed;
    None where it is a head itself that cannot."""

    def __init__(self, position: int | None, text: str) -> None:
        super().__init__(text)
        self.position = position


@dataclass(frozen=True)
class Head:
    """A head whose signature held."""

    tree_size: int
    root: str
    at: str
    issuer: str


@dataclass(frozen=True)
class Proven:
    """A good export. Entries from `covered` on are newer than every head, so only their leaves were checked."""

    entries: int
    root: str
    heads: int
    covered: int


def opened(jws: str, keys: Keys) -> Head:
    """The head that a compact JWS states; `TamperedError` unless the service signed it."""
    try:
        claims = tokens.opened(jws.strip(), keys=keys, typ=HEAD)
        return Head(**{name: claims[name] for name in ("tree_size", "root", "at", "issuer")})
    except (Unauthenticated, KeyError):
        raise TamperedError(None, "Mốc không có chữ ký hợp lệ. · A head is not validly signed.") from None


def prove(lines: Iterable[str], checkpoints: Iterable[str], keys: Keys) -> Proven:
    """Recomputes every leaf and root of an export; `TamperedError` at the first thing that does not fit. `checkpoints`
    are heads, as JWS, that others kept: they show what the file alone cannot, that it was cut or written anew."""
    heads = [opened(jws, keys) for jws in checkpoints]
    parsed = _parsed(lines)
    first: Mapping[str, Any] | None = None
    for first in parsed:
        if "jws" not in first:
            break
        heads.append(_head_of(first, keys))
        first = None
    tree = _Tree(heads)
    if first is not None:
        tree.grow(first)
        for line in parsed:
            tree.grow(line)
    return tree.end()


class _Tree:
    """The tree as it is read, and the roots it must have at the sizes that heads name."""

    def __init__(self, heads: list[Head]) -> None:
        self._frontier = Frontier()
        self._roots: dict[int, set[str]] = {}
        for head in heads:
            self._roots.setdefault(head.tree_size, set()).add(head.root)
        self._heads = len(heads)
        self._covered = 0

    def grow(self, line: Mapping[str, Any]) -> None:
        position = self._frontier.size
        if line.get("position") != position:
            raise TamperedError(position, f"Thiếu hoặc sai thứ tự. · Missing or out of order: {line.get('position')}")
        entry = line.get("entry")
        if not isinstance(entry, dict):
            raise TamperedError(position, "Bản ghi đã bị xóa. · The entry is gone.")
        leaf = leaf_of(entry)
        if encode_base64url(leaf) != line.get("leaf"):
            raise TamperedError(position, "Bản ghi đã bị sửa. · The entry was changed.")
        self._frontier.add([leaf])
        self._compare()

    def _compare(self) -> None:
        size = self._frontier.size
        if size not in self._roots:
            return
        if self._roots[size] != {encode_base64url(self._frontier.root())}:
            raise TamperedError(
                self._covered,
                f"Gốc khác mốc đã ký: sai trong {self._covered}–{size - 1}."
                f" · The root is not the signed one: something within {self._covered}–{size - 1} was changed.",
            )
        self._covered = size

    def end(self) -> Proven:
        size = self._frontier.size
        signed = max(self._roots, default=0)
        if signed > size:
            raise TamperedError(
                size, f"Bị cắt đuôi: mốc có {signed} bản ghi. · Cut off: a head covers {signed} entries."
            )
        return Proven(size, encode_base64url(self._frontier.root()), self._heads, self._covered)


def _parsed(lines: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    for number, line in enumerate(lines, 1):
        try:
            value = json.loads(line)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise TamperedError(None, f"Dòng {number} không đọc được. · Line {number} cannot be read.")
        yield value


def _head_of(line: Mapping[str, Any], keys: Keys) -> Head:
    """A head line of an export, whose members must be those that were signed."""
    head = opened(str(line["jws"]), keys)
    if (line.get("tree_size"), line.get("root"), line.get("at")) != (head.tree_size, head.root, head.at):
        raise TamperedError(None, f"Mốc {head.tree_size} bị sửa. · Head {head.tree_size} was changed.")
    return head
