"""Wire shapes of the worklist."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel


class WorkItem(BaseModel):
    """Something that waits. `kind` and `subject_id` lead to it: /v1/verifications/{id}, …."""

    id: UUID
    kind: str
    subject_id: UUID | None
    organisation_id: UUID
    rule: str
    title: str
    source: str
    certainty: str
    province_code: str | None
    started_at: datetime
    due_at: datetime
    paused: bool
    overdue: bool
