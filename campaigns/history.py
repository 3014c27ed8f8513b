"""What clients asked and what they were told, as it happened: one line of JSON for each invoke, ok, fail and unknown.

An operation is one thing a client wants, however often it has to ask: all its tries bear one name, and one id or key.
`ok` is an answer of success, `fail` one that decides against it, `unknown` everything that decides nothing: no answer,
429, 5xx, or 409 while a twin is at work. Times are nanoseconds of this machine's monotonic clock.
"""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LOG = "history.jsonl"
Line = Mapping[str, Any]


class History:
    """The log of one campaign; only ever appended to."""

    def __init__(self, folder: Path) -> None:
        self._file = (folder / LOG).open("a", encoding="utf-8", buffering=1 << 16)
        self.answered = 0
        """Successes told so far."""

    def note(self, event: str, **facts: Any) -> int:
        """Writes one line; its time."""
        now = time.monotonic_ns()
        self.answered += event == "ok"
        self._file.write(json.dumps({"t": now, "e": event, **facts}, ensure_ascii=False, separators=(",", ":")) + "\n")
        return now

    def close(self) -> None:
        self._file.close()


@dataclass
class Try:
    """One time of asking; `at` is the worker it went to. `ended` stays None when the log breaks off."""

    at: str
    begun: int
    ended: int | None = None
    outcome: str = "unknown"
    facts: Line = field(default_factory=dict)


@dataclass
class Operation:
    """All tries of one wish. `asked` is what every one of them said: id, key, digest, action and the like."""

    name: str
    kind: str
    by: str
    asked: Line
    tries: dict[int, Try] = field(default_factory=dict)

    @property
    def begun(self) -> int:
        return min(each.begun for each in self.tries.values())

    @property
    def oks(self) -> list[Try]:
        return self._ended_as("ok")

    @property
    def fails(self) -> list[Try]:
        return self._ended_as("fail")

    @property
    def outcome(self) -> str:
        return "ok" if self.oks else "fail" if self.fails else "unknown"

    @property
    def ended(self) -> int | None:
        """When its client first knew; None if it never did."""
        return min((each.ended for each in self.oks or self.fails if each.ended is not None), default=None)

    def _ended_as(self, outcome: str) -> list[Try]:
        return [each for each in self.tries.values() if each.outcome == outcome]


def lines(folder: Path) -> Iterator[Line]:
    """A last line that was cut off by a kill of the campaign itself is left out."""
    with (folder / LOG).open(encoding="utf-8") as file:
        for line in file:
            if line.endswith("\n"):
                yield json.loads(line)


@dataclass
class Told:
    """The log, gathered: operations, the pages that each reader of the feed was given, and the faults."""

    operations: dict[str, Operation] = field(default_factory=dict)
    feed: dict[str, list[str]] = field(default_factory=dict)
    faults: list[Line] = field(default_factory=list)

    def of_kind(self, *kinds: str) -> Iterator[Operation]:
        return (each for each in self.operations.values() if each.kind in kinds)


def gathered(folder: Path) -> Told:
    told = Told()
    for line in lines(folder):
        match line["e"]:
            case "invoke":
                made = Operation(line["op"], line["kind"], line["by"], line["asked"])
                operation = told.operations.setdefault(line["op"], made)
                operation.tries[line["try"]] = Try(line["at"], line["t"])
            case "ok" | "fail" | "unknown" as outcome:
                asked = told.operations[line["op"]].tries[line["try"]]
                asked.ended, asked.outcome, asked.facts = line["t"], outcome, line
            case "feed":
                told.feed.setdefault(line["by"], []).extend(line["ids"])
            case "fault":
                told.faults.append(line)
    return told
