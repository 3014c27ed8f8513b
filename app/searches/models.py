"""What a search beyond one's own cases leaves: an opaque handle of a hit, good for minutes and for its finder alone."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class SearchHandle(Base):
    """A hit that its finder may name and not see. `digest` is the SHA-256 of the handle, which only the finder has."""

    __tablename__ = "search_handles"

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    client_id: Mapped[str]
    purpose: Mapped[str]
    expires_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (Index("ix_search_handles_expires_at", "expires_at"),)
