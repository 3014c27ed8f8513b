"""What a post or body saw, as it was sent: immutable, with supplements. Ids are the sender's own, unique per sender."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Intake(Base):
    """The part its author keeps for ever: id, digest, reference, dates and the coarse status (kept by a trigger).

    Erasing the person empties the digest, which is a hash of what was said of them.
    """

    __tablename__ = "intakes"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    digest: Mapped[str]
    key_id: Mapped[UUID] = mapped_column(ForeignKey("data_keys.id"), index=True)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"), index=True)
    schema_version: Mapped[str]
    channel: Mapped[str]
    record_mode: Mapped[str]
    subject: Mapped[str] = mapped_column(server_default="person")
    received_at: Mapped[datetime]
    province_code: Mapped[str | None]
    country_code: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default="received")
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    erased_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("record_mode in ('full', 'minimal', 'situation')", name="record_mode"),
        CheckConstraint("subject in ('person', 'group', 'situation', 'missing_person')", name="subject"),
        # An adult who declines has a report that leads to nobody.
        CheckConstraint("record_mode <> 'minimal' or case_id is null", name="minimal"),
        Index("ix_intakes_organisation_id", "organisation_id", text("created_at desc"), text("id desc")),
    )


class IntakePerson(Base):
    """The cases an intake opened or joined, in the order of its body: position 0 is the person, minors follow."""

    __tablename__ = "intake_persons"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    intake_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    case_reference: Mapped[str]

    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "intake_id"], ["intakes.organisation_id", "intakes.id"]),
    )


class IntakeContent(Base):
    """What was said of one person, sealed under that person's own key, so that erasing a child reaches the mother's
    intake too. Position 0 also holds the circumstances. Readable by the author while it has custody."""

    __tablename__ = "intake_contents"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    intake_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"))
    key_id: Mapped[UUID] = mapped_column(ForeignKey("data_keys.id"), index=True)
    sealed: Mapped[bytes]

    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "intake_id"], ["intakes.organisation_id", "intakes.id"]),
    )


class IntakeReporter(Base):
    """Who reported, when it was another than the person: somebody else in danger, so under a data key of its own and
    pointing to no case. Readable by the author alone, for ever."""

    __tablename__ = "intake_reporters"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    intake_id: Mapped[UUID] = mapped_column(primary_key=True)
    key_id: Mapped[UUID] = mapped_column(ForeignKey("data_keys.id"), index=True)
    sealed: Mapped[bytes]

    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "intake_id"], ["intakes.organisation_id", "intakes.id"]),
    )


class Supplement(Base):
    """What the author learnt later: added, corrected or retracted, for ever, whoever has custody by then."""

    __tablename__ = "intake_supplements"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    intake_id: Mapped[UUID]
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"))
    kind: Mapped[str]
    digest: Mapped[str]
    key_id: Mapped[UUID] = mapped_column(ForeignKey("data_keys.id"), index=True)
    sealed: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    erased_at: Mapped[datetime | None]

    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "intake_id"], ["intakes.organisation_id", "intakes.id"]),
        CheckConstraint("kind in ('addition', 'correction', 'retraction')", name="kind"),
        Index("ix_intake_supplements_case_id", "case_id", "created_at", "id"),
        Index("ix_intake_supplements_intake_id", "organisation_id", "intake_id", "created_at", "id"),
    )


class CaseFeedback(Base):
    """What became of a report. `told`, set by a trigger, are the bodies whose intakes are on the case at that moment,
    and that opened it or once held it: they read this, words too, and nothing else of the case."""

    __tablename__ = "case_feedback"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    told: Mapped[list[UUID]]
    outcome: Mapped[str]
    text_sealed: Mapped[bytes | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (Index("ix_case_feedback_case_id", "case_id", "created_at", "id"),)
