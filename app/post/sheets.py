"""Records kept in a table (CSV, XLSX) or as JSON Lines come into the outbox; again, the same file changes nothing.

A column is named by a question's key, or by its words in either language. A row that cannot be sent as it is comes in
parked, with every answer as it was written, so that `fix` opens it in the form. A column `ref` (the post's own number
of the record) ties the id to that number; without it the id follows from the content.
"""

import hmac
import os
import unicodedata
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID
from zipfile import BadZipFile

import rfc8785

from app import safejson
from app.post.answers import body_of, digest_of
from app.post.clock import Clock
from app.post.outbox import Item, Outbox
from app.post.questions import columns, counters, is_urgent, question
from app.problems import MalformedRequest
from app.spreadsheets import Bounds, Grid, TooBigError, read_book, read_csv

BOUNDS = Bounds(inflated=100_000_000, rows=20_000)
_VERSION, _VARIANT = 0x8 << 76, 0b10 << 62
_KEPT = ~((0xF << 76) | (0b11 << 62))


class UnreadableTableError(Exception):
    """The file is no table of this kind; `reason` in both languages."""


@dataclass
class Report:
    """By row number: `parked`, its faults by question; `changed`, known under this `ref` or `id` with other content and
    left as it is here; `unreadable`, JSON Lines that are no object. `ignored`: columns of no question."""

    new: int = 0
    known: int = 0
    changed: list[int] = field(default_factory=list)
    unreadable: list[int] = field(default_factory=list)
    parked: dict[int, Mapping[str, str]] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)


def take_in(outbox: Outbox, file: Path, clock: Clock) -> Report:
    """Every row of the file becomes a record; `UnreadableTableError` before any does."""
    report, ids = Report(), _Ids(_secret(outbox))
    if file.suffix.lower() in (".jsonl", ".ndjson"):
        records = [(number, _line(ids, text)) for number, text in _lines(file)]
    else:
        grid = _grid(file)
        header = _columns(grid[0][1], report)
        records = [(number, _row(ids, header, texts, clock)) for number, texts in grid[1:]]
    for number, item in records:
        if item is None:
            report.unreadable.append(number)
        else:
            _keep(outbox, number, item, report)
    return report


def _keep(outbox: Outbox, number: int, item: Item, report: Report) -> None:
    if outbox.add(item):
        report.new += 1
        if item.problem:
            report.parked[number] = {fault["pointer"]: fault["code"] for fault in item.problem["errors"]}
    elif _is_changed(outbox, item):
        report.changed.append(number)
    else:
        report.known += 1


def _is_changed(outbox: Outbox, item: Item) -> bool:
    kept = outbox.receipt(item.id)
    if kept is not None:
        return item.body is None or kept.digest != digest_of(item.body)
    here = outbox.find(item.id)
    return here is not None and (here.answers, here.body) != (item.answers, item.body)


class _Ids:
    """As for HTCDS (RFC 9562 §5.8): from such an id nobody can tell, or try out, what the row says."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._seen: Counter[bytes] = Counter()

    def of(self, ref: str, content: Any) -> UUID:
        """By the post's own number; else by the content, equal rows told apart by which comes first."""
        named = rfc8785.dumps({"ref": ref} if ref else {"content": content})
        self._seen[named] += 0 if ref else 1
        bits = int.from_bytes(hmac.digest(self._secret, named + b"%d" % self._seen[named], "sha256")[:16])
        return UUID(int=bits & _KEPT | _VERSION | _VARIANT)


def _secret(outbox: Outbox) -> bytes:
    if outbox.setting("import_secret") is None:
        outbox.set("import_secret", b64encode(os.urandom(32)).decode())
    return b64decode(outbox.setting("import_secret"))


def _row(ids: _Ids, header: Mapping[int, str], texts: Any, clock: Clock) -> Item:
    said = {key: texts[at] for at, key in header.items() if at < len(texts) and texts[at]}
    ref = said.pop("ref", "")
    answers = {"received_at": "", **_counted(said)}  # when it was is for the table to say
    body, faults = body_of(answers, {}, clock)
    item_id = ids.of(ref, said)
    if faults:
        return Item(item_id, "parked", answers=answers, problem=local_problem(faults))
    return Item(item_id, "ready", urgent=is_urgent(body), answers=answers, body=body)


def _counted(said: Mapping[str, str]) -> dict[str, str]:
    """A table that describes a second minor need not say that there are two."""
    answers = dict(said)
    for prefix, count in counters():
        numbers = [int(key.split(".")[1]) for key in said if key.startswith(prefix)]
        if numbers and count.key not in answers:
            answers[count.key] = str(max(numbers))
    return answers


def _line(ids: _Ids, text: str) -> Item | None:
    """A line is the body of an intake, as the contract has it; a member `id` gives the record that id."""
    try:
        body = safejson.parse(text.encode())
        stated = body.pop("id", None)
        item_id = ids.of("", body) if stated is None else UUID(str(stated))
    except (MalformedRequest, ValueError, AttributeError, TypeError):
        return None
    return Item(item_id, "ready", urgent=is_urgent(body), body=body)


def local_problem(faults: Mapping[str, str]) -> dict[str, Any]:
    """Faults found here, in the shape of a refusal of the service; pointers are keys of questions."""
    errors = [{"pointer": key, "code": code} for key, code in faults.items()]
    return {"code": "not_complete", "status": 0, "errors": errors}


def _columns(header: Any, report: Report) -> dict[int, str]:
    """Column number → key of its question; `ref` may stand beside them."""
    named = {
        _plain(name): each.key for each in columns() if "." not in each.key for name in (each.key, each.vi, each.en)
    }
    found: dict[int, str] = {}
    for at, title in enumerate(header):
        key = "ref" if _plain(title) in ("ref", "số hồ sơ") else named.get(_plain(title))
        key = key or (title.strip() if question(title.strip()) else None)
        if key:
            found[at] = key
        elif title:
            report.ignored.append(title)
    if "channel" not in found.values():
        raise UnreadableTableError("Thiếu cột channel ở dòng đầu. / The first row has no column channel.")
    return found


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).split("(")[0].strip(" ?*").casefold()


def _grid(file: Path) -> Grid:
    try:
        if file.suffix.lower() == ".csv":
            with file.open(encoding="utf-8-sig", newline="") as text:
                grid = read_csv(text, BOUNDS)
        else:
            with file.open("rb") as book:
                grid = next(iter(read_book(book, BOUNDS)))
    except (TooBigError, UnicodeDecodeError, BadZipFile, StopIteration, KeyError, ValueError, OSError) as error:
        raise UnreadableTableError(f"Không đọc được tệp. / The file cannot be read: {type(error).__name__}") from error
    if not grid:
        raise UnreadableTableError("Tệp trống. / The file is empty.")
    return grid


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    try:
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableTableError("Tệp không phải UTF-8. / The file is not UTF-8.") from error
    return ((number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip())


def template() -> list[str]:
    """The columns of a table for this post, with one minor and one paper."""
    return ["ref", *(each.key for each in columns())]
