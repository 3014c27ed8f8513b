"""What became of each row, for the person who mends the file: never a word of what a cell says."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from app.cli.htcds.ids import RowIds
from app.cli.htcds.mapping import Draft, Fault, draft
from app.cli.htcds.send import Refusal, Result, submit
from app.cli.htcds.workbook import Row
from app.client import Client
from app.problems import RULES, Language


@dataclass(frozen=True)
class Reason:
    """Why a row was not taken in; without `cell`, it is not about one."""

    cell: str | None
    code: str
    message: str


@dataclass(frozen=True)
class Line:
    """One row. `minimal`: there was no consent to more."""

    row: int
    result: Result
    intake_id: str | None = None
    reference: str | None = None
    minimal: bool = False
    reasons: Sequence[Reason] = ()


@dataclass
class Report:
    """`total` rows were read; those without a line were not sent, because the run was cut short."""

    total: int
    ignored_columns: Sequence[str]
    lines: list[Line] = field(default_factory=list)

    def counts(self) -> Mapping[str, int]:
        found = Counter(line.result for line in self.lines)
        results: tuple[Result, ...] = ("created", "replayed", "rejected")
        return {**{name: found[name] for name in results}, "not_sent": self.total - len(self.lines)}

    def rejected(self) -> Iterator[tuple[int, Reason]]:
        return ((line.row, reason) for line in self.lines for reason in line.reasons)

    def write(self, path: Path) -> None:
        """As JSON."""
        content: dict[str, Any] = {
            "total": self.total,
            "counts": self.counts(),
            "ignored_columns": list(self.ignored_columns),
            "rows": [asdict(line) for line in self.lines],
        }
        path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", "utf-8")


def take_in(row: Row, frame: Mapping[str, Any], ids: RowIds, client: Client, language: Language) -> Line:
    """Maps and sends one row; whatever is wrong with it stays its own affair."""
    made = draft(row, frame)
    if made.faults:
        return Line(row.number, "rejected", reasons=[_fault(fault, language) for fault in made.faults])
    return _sent(row, made, ids.next(row), client)


def _sent(row: Row, made: Draft, intake_id: UUID, client: Client) -> Line:
    answer = submit(client, intake_id, made.body)
    return Line(
        row.number,
        answer.result,
        str(intake_id),
        answer.reference,
        minimal=made.body.get("record_mode") == "minimal",
        reasons=[_refusal(refusal, made) for refusal in answer.refusals],
    )


def _fault(fault: Fault, language: Language) -> Reason:
    return Reason(fault.cell, fault.code, RULES[fault.code][language])


def _refusal(refusal: Refusal, made: Draft) -> Reason:
    return Reason(made.cell_of(refusal.pointer), refusal.code, refusal.message)
