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


class AuditCheckpointOut(BaseModel):
    """A signed tree head. Keep `jws`: with it, anybody can show later that the audit was changed or cut.

    `root` is base64url of the RFC 9162 root over the first `tree_size` entries; `jws` states the same, signed by a key
    of `/.well-known/jwks`.
    """

    tree_size: int
    root: str
    at: datetime
    jws: str
