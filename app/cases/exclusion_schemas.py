"""Wire shapes of exclusions."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.caller import PLAIN_NAME
from app.cases.schemas import Out
from app.cases.sections import Line, Wire
from app.reference.fields import coded


class ExclusionIn(Wire):
    """An organisation that must not see the case, or one `officer` of it, by the id that its clients send as
    `Acting-Officer`. An officer's exclusion holds as far as that organisation tells the truth about who acts."""

    organisation_id: UUID
    officer: Annotated[str | None, Field(pattern=f"^{PLAIN_NAME}$", max_length=64)] = None
    reason: Annotated[str, coded("exclusion_reason")]
    text: Line | None = None


class LiftingIn(Wire):
    """Why it may see the case again."""

    text: Line | None = None


class ExclusionItem(Out):
    """Who is excluded, without the words."""

    id: UUID
    case_id: UUID
    organisation_id: UUID
    officer: str | None
    author_id: UUID
    reason: str
    status: str
    lifted_at: datetime | None
    created_at: datetime
    available_actions: list[str]
    etag: str


class ExclusionOut(ExclusionItem):
    text: str | None
    lifting_text: str | None
