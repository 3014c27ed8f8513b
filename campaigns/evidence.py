"""The log and the database side by side, and each intake that somebody wanted stored, whichever way it was sent."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from campaigns.history import Operation, Told
from campaigns.stored import Stored

Answer = tuple[int, str, str, str | None]
"""Status, id, digest and reference that a success was told with."""


@dataclass(frozen=True)
class Submission:
    """One intake. `id` is None where the service makes it; `key` is then what it was sent under."""

    by: str
    id: str | None
    digest: str
    told: tuple[Answer, ...]
    refused: bool
    key: str


@dataclass(frozen=True)
class Evidence:
    told: Told
    stored: Stored
    submissions: Sequence[Submission]


def submissions(told: Told) -> Iterator[Submission]:
    for operation in told.of_kind("put", "post"):
        yield _single(operation)
    for operation in told.of_kind("batch"):
        yield from _lines(operation)


def _single(operation: Operation) -> Submission:
    oks = [each.facts for each in operation.oks]
    answers = tuple((int(f["status"]), f["id"], f["digest"], f["reference"]) for f in oks)
    asked, refused = operation.asked, operation.outcome == "fail"
    key = f"{operation.by} {asked.get('id') or asked['key']}"
    return Submission(operation.by, asked.get("id"), asked["digest"], answers, refused, key)


def _lines(operation: Operation) -> Iterator[Submission]:
    """A try that was not a success as a whole may have told some of its lines."""
    answered: dict[str, list[Answer]] = defaultdict(list)
    for each in operation.tries.values():
        for sent_id, status, digest, reference in each.facts.get("lines", ()):
            if status in (200, 201):
                answered[sent_id].append((status, sent_id, digest, reference))
    for sent_id, digest in operation.asked["lines"]:
        key = f"{operation.by} {sent_id}"
        yield Submission(operation.by, sent_id, digest, tuple(answered[sent_id]), False, key)
