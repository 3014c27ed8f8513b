"""Who calls, as the client registry says; the token only proves which client it is."""

import re
from dataclasses import dataclass
from uuid import UUID

PLAIN_NAME = r"[A-Za-z0-9._-]{1,64}"
"""The form of an officer's opaque id, and of a client's: nothing in it can end a quoted text."""
_PLAIN_NAME = re.compile(PLAIN_NAME)


def plain_name(name: str | None) -> str:
    """The name, or nothing where it is not of that form."""
    return name if name and _PLAIN_NAME.fullmatch(name) else ""


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated client: its organisation, its function, and the scopes both token and registry allow."""

    client_id: str
    organisation_id: UUID
    agency: str
    provinces: frozenset[str]
    scopes: frozenset[str]
    mode: str


@dataclass(frozen=True, slots=True)
class Act:
    """What one request states about itself, for the journal: its id, and who in the organisation acts and why."""

    request_id: UUID
    officer: str | None = None
    purpose: str | None = None
    validate_only: bool = False
