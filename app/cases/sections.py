"""The eleven sections of a case: what each may hold, what of it lies in clear, and how it is sealed and opened.

Only codes of needs, exploitation and handling are stored in clear, so that previews, statistics and the
`hidden_address` rule need no key; every word is ciphertext under the person's data key.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from app.db import Tx
from app.reference.fields import (
    Country,
    Day,
    EthnicGroup,
    Language,
    PartialDate,
    Province,
    Text,
    coded,
    other_needs_text,
)
from app.vault import DataKey, Place


class Section(StrEnum):
    IDENTITY = "identity"
    PAPERS = "papers"
    CONTACT = "contact"
    FAMILY = "family"
    HANDLING = "handling"
    NEEDS = "needs"
    EXPLOITATION = "exploitation"
    STATEMENT = "statement"
    HEALTH = "health"
    INVESTIGATION = "investigation"
    REFUGE = "refuge"


APPENDED = frozenset({Section.STATEMENT, Section.HEALTH, Section.INVESTIGATION})
"""Sections that only grow, entry by entry, each with its author."""

IN_CLEAR: Mapping[str, frozenset[str]] = {
    Section.HANDLING: frozenset({"flags", "declines"}),
    Section.NEEDS: frozenset({"services"}),
    Section.EXPLOITATION: frozenset({"exploitation_types", "acts", "means_of_control", "countries"}),
}

Name = Annotated[str, Text(200)]
Line = Annotated[str, Text(500)]
Words = Annotated[str, Text(20_000, prose=True)]
Service = Annotated[str, coded("service")]
Few = Field(max_length=50)


class Wire(BaseModel):
    """Base of every body: an unknown member is an error, since it would be lost without anybody noticing."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)


class Identity(Wire):
    """Who the person is, as far as known. Nothing is required: many arrive without a paper and some without a name.

    `description` is what is known of somebody unknown, of a group or of a situation.
    """

    full_name: Name | None = None
    other_names: Annotated[list[Name], Few] | None = None
    sex: Annotated[str, coded("sex")] | None = None
    birth_date: PartialDate | None = None
    birth_place: Line | None = None
    nationalities: Annotated[list[Country], Few] | None = None
    ethnic_group: EthnicGroup | None = None
    languages: Annotated[list[Language], Few] | None = None
    occupation: Line | None = None
    education: Line | None = None
    description: Words | None = None


class IdentityDocument(Wire):
    type: Annotated[str, coded("document_type")]
    number: Name | None = None
    country_code: Country | None = None
    issued_on: PartialDate | None = None
    expires_on: Day | None = None
    text: Line | None = None

    _other = other_needs_text(type="text")


class Papers(Wire):
    """Documents the person holds, held, or was given."""

    identity_documents: Annotated[list[IdentityDocument], Few] | None = None


class Contact(Wire):
    """How the person may be reached; read with `handling`."""

    phones: Annotated[list[Name], Few] | None = None
    email: Name | None = None
    address: Line | None = None
    province_code: Province | None = None
    contact_family: Annotated[str, coded("contact_family")] | None = None
    text: Line | None = None


class Relative(Wire):
    full_name: Name | None = None
    relation: Annotated[str, coded("relation")] | None = None
    phone: Name | None = None
    text: Line | None = None


class Family(Wire):
    members: Annotated[list[Relative], Few] | None = None
    text: Words | None = None


def _of_a_record(code: str) -> str:
    # Who declines to be recorded has a minimal report and no case.
    if code == "record":
        raise PydanticCustomError("not_with_mode", "Not of somebody who is recorded.")
    return code


class Handling(Wire):
    """How to treat and reach the person safely, and what the person refuses: a refusal of one thing is not a refusal of
    help."""

    flags: Annotated[list[Annotated[str, coded("handling")]], Few] | None = None
    declines: Annotated[list[Annotated[str, coded("declines"), AfterValidator(_of_a_record)]], Few] | None = None
    text: Line | None = None


class Needs(Wire):
    """Care tasks: services needed, and words about them."""

    services: Annotated[list[Service], Few] | None = None
    text: Words | None = None


class Exploitation(Wire):
    """What was done to the person, in codes (Law 53/2024 Art 2)."""

    exploitation_types: Annotated[list[Annotated[str, coded("exploitation_type")]], Few] | None = None
    acts: Annotated[list[Annotated[str, coded("trafficking_act")]], Few] | None = None
    means_of_control: Annotated[list[Annotated[str, coded("means_of_control")]], Few] | None = None
    countries: Annotated[list[Country], Few] | None = None
    started: PartialDate | None = None
    ended: PartialDate | None = None
    other_text: Line | None = None

    _other = other_needs_text(means_of_control="other_text")


class Refuge(Wire):
    """The compartment: where the person is hidden, and protection orders by number only. Their file is a state secret
    (Decree 62/2012 Art 9.6) and is never stored."""

    address: Line | None = None
    protection_order_numbers: Annotated[list[Name], Few] | None = None


class Addition(Wire):
    """One piece to append."""

    text: Words


class Finding(Addition):
    """A piece of the investigation; `procedural_status` when the person is a suspect too, for its authors alone."""

    procedural_status: Annotated[str, coded("procedural_status")] | None = None


class Replaceable(Wire):
    """The sections that are replaced when they change; the appended three are of different shapes in and out."""

    identity: Identity | None = None
    papers: Papers | None = None
    contact: Contact | None = None
    family: Family | None = None
    handling: Handling | None = None
    needs: Needs | None = None
    exploitation: Exploitation | None = None
    refuge: Refuge | None = None


class SectionsIn(Replaceable):
    """Merge patch of sections (RFC 7396): members given replace, null removes; the appended three grow."""

    statement: Addition | None = None
    health: Addition | None = None
    investigation: Finding | None = None


MODELS: Mapping[str, type[Wire]] = {
    Section.IDENTITY: Identity,
    Section.PAPERS: Papers,
    Section.CONTACT: Contact,
    Section.FAMILY: Family,
    Section.HANDLING: Handling,
    Section.NEEDS: Needs,
    Section.EXPLOITATION: Exploitation,
    Section.REFUGE: Refuge,
}


def content_of(model: BaseModel | None) -> dict[str, Any]:
    """A section as stored: only what was said."""
    return {} if model is None else model.model_dump(mode="json", exclude_none=True)


def merged(old: Mapping[str, Any], patch: BaseModel) -> dict[str, Any]:
    """RFC 7396 one level deep: sections are flat, their lists are replaced whole."""
    changed = {**old, **patch.model_dump(mode="json", exclude_unset=True)}
    return {name: value for name, value in changed.items() if value is not None}


def to_columns(tx: Tx, key: DataKey, case_id: UUID, section: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """`codes` and `sealed` of a section's row."""
    clear = IN_CLEAR.get(section, frozenset())
    words = {name: value for name, value in content.items() if name not in clear}
    return {
        "codes": {name: value for name, value in content.items() if name in clear},
        "sealed": tx.keyring.vault.seal(key, Place("case_sections", section, case_id), words) if words else None,
    }


def from_columns(tx: Tx, key: DataKey, row: Any) -> dict[str, Any]:
    """The content of a section's row."""
    words = {}
    if row.sealed is not None:
        words = tx.keyring.vault.open(key, Place("case_sections", row.section, row.case_id), row.sealed)
    return {**row.codes, **words}
