"""Papers that say who is a victim, and who came home: issued, corrected, re-issued, revoked."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import CONSTRAINT_PROBLEMS, Base
from app.refusals import CertificateExists


class Certificate(Base):
    """One paper (Joint Circular 01/2014 Annexes 5 to 7). Its number and what it says of its holder are sealed, with
    what it said before each correction. A paper that takes another's place names it in `replaces_id`."""

    __tablename__ = "certificates"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    kind: Mapped[str]
    issuer_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    verification_id: Mapped[UUID | None] = mapped_column(ForeignKey("verifications.id"))
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("certificates.id"))
    status: Mapped[str] = mapped_column(server_default="issued")
    issued_on: Mapped[date]
    reason: Mapped[str | None]
    sealed: Mapped[bytes]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint("status in ('issued', 'replaced', 'revoked')", name="status"),
        Index("uq_certificates_issued", "case_id", "kind", unique=True, postgresql_where=text("status = 'issued'")),
        Index("ix_certificates_case_id", "case_id", "created_at", "id"),
        Index("ix_certificates_issuer_id", "issuer_id", text("created_at desc"), text("id desc")),
    )


CONSTRAINT_PROBLEMS["uq_certificates_issued"] = CertificateExists
