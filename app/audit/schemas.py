"""Wire shape of an audit entry, as oversight reads it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class AuditEventOut(BaseModel):
    """Who did or read what, when, in which function and why. Codes and ids only; the officer is an opaque staff id."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    at: datetime
    request_id: UUID
    client_id: str
    organisation_id: UUID
    agency: str
    officer: str | None
    purpose: str | None
    event: str
    subject_type: str
    subject_id: UUID | None
    case_id: UUID | None
    sections: list[str]
    facts: dict[str, Any]
