"""What a search beyond one's own cases leaves: a count, opaque handles of hits, and requests for contact."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import CONSTRAINT_PROBLEMS, Base
from app.refusals import AlreadyAsked


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


class SearchCount(Base):
    """How often a client searched beyond its own cases on a day of Viet Nam; counted here, so by all workers together.

    The limit is a constraint as well: a function that forgot to ask would still not get past it.
    """

    __tablename__ = "search_counts"

    client_id: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    used: Mapped[int] = mapped_column(server_default="1")

    __table_args__ = (CheckConstraint("used between 1 and 20", name="limit"),)


class ContactRequest(Base):
    """What asker and holder both see. `disclosed_id` is the holder, where its answer says so.

    `found_by` is the digest of the handle: one hit, one request.
    """

    __tablename__ = "contact_requests"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    asker_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    found_by: Mapped[bytes] = mapped_column(unique=True)
    reason: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="asked")
    answer: Mapped[str | None]
    disclosed_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    answered_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint("status in ('asked', 'answered')", name="status"),
        CheckConstraint("(status = 'answered') = (answer is not null)", name="answered"),
        Index("ix_contact_requests_asker_id", "asker_id", text("created_at desc"), text("id desc")),
    )


class ContactTarget(Base):
    """Whom the request reached: a row of its own, which the asker cannot read, since row security hides rows and no
    columns. A trigger writes it, another has it follow custody."""

    __tablename__ = "contact_targets"

    request_id: Mapped[UUID] = mapped_column(ForeignKey("contact_requests.id"), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    holder_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        Index("ix_contact_targets_holder_id", "holder_id", text("created_at desc"), text("request_id desc")),
        Index("ix_contact_targets_case_id", "case_id", text("created_at desc"), text("request_id desc")),
    )


class ContactText(Base):
    """The words of either side, sealed under the person's key."""

    __tablename__ = "contact_texts"

    request_id: Mapped[UUID] = mapped_column(ForeignKey("contact_requests.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    author_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    sealed: Mapped[bytes]

    __table_args__ = (CheckConstraint("kind in ('question', 'answer')", name="kind"),)


CONSTRAINT_PROBLEMS["uq_contact_requests_found_by"] = AlreadyAsked
