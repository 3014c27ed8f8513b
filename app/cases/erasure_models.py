"""What became of keys: which persons' were destroyed, by whose two words, and which key-encryption keys are retired.

Written by the operator's commands alone; the service's own role has no right on either table.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Erasure(Base):
    """One person's data key to be destroyed: asked by one operator, approved by another, then carried out.

    Each side signed what it wrote (`…_statement`, a JWS by its client's key), so that neither word can be made up by
    whoever can write here. `rule_key` names the rule of retention that it rests on, if one does.
    """

    __tablename__ = "erasures"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    key_id: Mapped[UUID] = mapped_column(ForeignKey("data_keys.id"))
    kind: Mapped[str]
    reference: Mapped[str]
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"))
    reason: Mapped[str]
    rule_key: Mapped[str | None]
    asked_client: Mapped[str]
    asked_officer: Mapped[str]
    asked_statement: Mapped[str]
    asked_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    answered_client: Mapped[str | None]
    answered_officer: Mapped[str | None]
    answered_statement: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    approved: Mapped[bool | None]
    done_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("kind in ('case', 'intake', 'reporter')", name="kind"),
        CheckConstraint(
            "num_nonnulls(answered_client, answered_officer, answered_statement, answered_at, approved) in (0, 5)",
            name="answer",
        ),
        CheckConstraint("asked_client <> answered_client and asked_officer <> answered_officer", name="four_eyes"),
        CheckConstraint("done_at is null or coalesce(approved, false)", name="done"),
        Index("uq_erasures_key_id", "key_id", unique=True, postgresql_where=text("approved is not false")),
    )


class RetiredKek(Base):
    """A key-encryption key that wraps nothing any more and was destroyed; no data key is stored under it again."""

    __tablename__ = "retired_keks"

    id: Mapped[str] = mapped_column(primary_key=True)
    retired_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
