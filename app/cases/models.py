"""The person's case: a pseudonymous root, sealed sections, the grants on them, and what happens around custody.

Everything that says who a person is or what befell them is ciphertext under that person's data key. What is in clear
is codes, dates, states and ids. Visibility is decided in `migrations/row_security.sql` alone.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, Computed, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class DataKey(Base):
    """One person's data key, wrapped by the key-encryption key. Destroying it erases the person, backups included: the
    row remains, the key store knows that it was destroyed, and what a backup holds of it dies with its old KEK."""

    __tablename__ = "data_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    wrapped: Mapped[bytes | None]
    kek_id: Mapped[str]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    destroyed_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint("(wrapped is null) = (destroyed_at is not null)", name="destroyed"),)


class Case(Base):
    """Identification is apart from support, since support starts before confirmation (Law 53/2024 Art 37).

    Only `status` and its companions are the custodian's to write; custody, identification and support follow from
    hand-overs, verifications and support through owner-owned triggers. A `subject` other than a person: a report of a
    group or a situation is passed on like a person's case, and holds no identity.
    """

    __tablename__ = "cases"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    key_id: Mapped[UUID] = mapped_column(ForeignKey("data_keys.id"))
    custodian_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    custodian_sections: Mapped[list[str]]
    subject: Mapped[str] = mapped_column(server_default="person")
    group_size: Mapped[int | None]
    province_code: Mapped[str | None]
    channel: Mapped[str]
    regime: Mapped[str] = mapped_column(server_default="law_2024")
    determined_on: Mapped[date | None]
    status: Mapped[str] = mapped_column(server_default="open")
    identification: Mapped[str] = mapped_column(server_default="unverified")
    support: Mapped[str] = mapped_column(server_default="none")
    support_before_closure: Mapped[str | None]
    closure_reason: Mapped[str | None]
    closure_outcome: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint("status in ('open', 'closed')", name="status"),
        CheckConstraint("subject in ('person', 'group', 'situation', 'missing_person')", name="subject"),
        CheckConstraint("group_size is null or subject = 'group'", name="group_size"),
        CheckConstraint(
            "identification in ('unverified', 'verifying', 'confirmed', 'not_victim', 'insufficient')",
            name="identification",
        ),
        CheckConstraint("support in ('none', 'in_support', 'reintegrating', 'ended')", name="support"),
        Index("ix_cases_custodian_id", "custodian_id", text("created_at desc"), text("id desc")),
        Index("ix_cases_key_id", "key_id"),
    )


class CaseSection(Base):
    """One section's present content. `codes` only for needs, exploitation and handling; all else in `sealed`."""

    __tablename__ = "case_sections"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    section: Mapped[str] = mapped_column(primary_key=True)
    codes: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    sealed: Mapped[bytes | None]
    version: Mapped[int] = mapped_column(server_default="1")
    updated_by: Mapped[UUID]
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class CaseEntry(Base):
    """An appended piece of statement, health or investigation: never overwritten, each with its author.

    A statement also has its version within the case, given by a trigger, and how it was taken; from the second on it
    says why the person was asked again.
    """

    __tablename__ = "case_entries"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    section: Mapped[str]
    author_id: Mapped[UUID]
    sealed: Mapped[bytes]
    version: Mapped[int | None]
    taken_at: Mapped[datetime | None]
    language: Mapped[str | None]
    interpreter: Mapped[bool | None]
    reason: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint("section in ('statement', 'health', 'investigation')", name="section"),
        CheckConstraint(
            "case section when 'statement' then num_nonnulls(version, taken_at) = 2"
            " else num_nonnulls(version, taken_at, language, interpreter, reason) = 0 end",
            name="statement",
        ),
        CheckConstraint("version = 1 or reason is not null", name="further_interview"),
        Index(
            "uq_case_entries_version", "case_id", "version", unique=True, postgresql_where=text("version is not null")
        ),
        Index("ix_case_entries_case_id", "case_id", "created_at", "id"),
    )


class CaseParty(Base):
    """A grant on a case, written by its giver. Live only while its carrier is and, where it rests on one, its consent.

    The two halves of `live` are kept apart so that a withdrawal and an acceptance at the same moment cannot overwrite
    each other; both are set by triggers only. Expiry is judged when reading, since no write happens at midnight.
    """

    __tablename__ = "case_parties"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    given_by: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    carrier: Mapped[str]
    carrier_id: Mapped[UUID]
    sections: Mapped[list[str]]
    consent_id: Mapped[UUID | None]
    lawful_basis: Mapped[str | None]
    override_id: Mapped[UUID | None] = mapped_column(ForeignKey("overrides.id"))
    expires_on: Mapped[date | None]
    expires_at: Mapped[datetime | None]
    carrier_live: Mapped[bool] = mapped_column(server_default=text("false"))
    consent_live: Mapped[bool] = mapped_column(server_default=text("true"))
    live: Mapped[bool] = mapped_column(Boolean, Computed("carrier_live and consent_live", persisted=True))
    case_created_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint("carrier in ('handover', 'verification', 'referral', 'return', 'break_glass')", name="carrier"),
        CheckConstraint("organisation_id <> given_by", name="not_to_oneself"),
        CheckConstraint("consent_id is not null or lawful_basis is not null", name="basis"),
        CheckConstraint(
            "carrier <> 'break_glass' or (expires_at is not null and expires_at <= created_at + '01:00:00'::interval)",
            name="an_hour",
        ),
        CheckConstraint("(override_id is null) = (lawful_basis is distinct from 'override')", name="override"),
        Index("ix_case_parties_organisation_id_case_id", "organisation_id", "case_id", postgresql_where=text("live")),
        Index(
            "ix_case_parties_organisation_id_created",
            "organisation_id",
            text("case_created_at desc"),
            text("case_id desc"),
            postgresql_where=text("live"),
        ),
        Index("ix_case_parties_case_id", "case_id"),
        Index("ix_case_parties_carrier_id", "carrier_id"),
        Index("ix_case_parties_consent_id", "consent_id"),
        Index("ix_case_parties_override_id", "override_id", postgresql_where=text("override_id is not null")),
    )


class CaseLink(Base):
    """Two persons who belong together; written both ways, so that each case finds the other."""

    __tablename__ = "case_links"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    linked_case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    relation: Mapped[str]
    keep_together: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class CaseLookup(Base):
    """Blind indexes: HMACs by which an organisation finds its own cases, and `document` and `name_date` of others
    through `access.find_beyond`; useless without the index keys."""

    __tablename__ = "case_lookups"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(primary_key=True)

    __table_args__ = (
        CheckConstraint("kind in ('document', 'name_year', 'name_set_year', 'name_date')", name="kind"),
        Index("ix_case_lookups_digest", "digest", "kind", "case_id"),
    )


class CaseNote(Base):
    """The custodian's working note."""

    __tablename__ = "case_notes"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    sealed: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (Index("ix_case_notes_case_id", "case_id", "created_at", "id"),)


class Correction(Base):
    """A mended fact: old value, new value, reason and evidence, sealed together; the section holds the new one."""

    __tablename__ = "corrections"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    section: Mapped[str]
    author_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    sealed: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (Index("ix_corrections_case_id", "case_id", "created_at", "id"),)
