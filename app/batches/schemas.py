"""Wire shapes of batches: one result a line, in order, and the operation that a long batch becomes."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, WithJsonSchema

from app.cases.schemas import Out
from app.intakes.schemas import Accompanying, CaseRef

_Problem = Annotated[dict[str, Any], WithJsonSchema({"$ref": "#/components/schemas/Problem"})]


class LineOut(Out):
    """What the PUT of that one record would have answered. `status`: 201 taken in, 200 taken in before, else `problem`
    says why not, as everywhere. A line whose `id` cannot be told has none."""

    line: Annotated[int, Field(ge=1, description="Counted from 1.")]
    id: UUID | None
    status: int
    digest: str | None = None
    reference: str | None = None
    case: CaseRef | None = None
    accompanying: list[Accompanying] = []
    problem: _Problem | None = None


class Tally(Out):
    """How many of the `lines` were taken in now, taken in before, and refused."""

    lines: int
    created: int
    replayed: int
    refused: int


class BatchOut(Tally):
    results: list[LineOut]


class OperationOut(Tally):
    """`done` of the `lines` are worked off; `results` is null until all are."""

    id: UUID
    status: Literal["accepted", "running", "done"]
    done: int
    created_at: datetime
    finished_at: datetime | None
    results: list[LineOut] | None
