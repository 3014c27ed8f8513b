"""Wire shapes of the directory. No address appears here, of a shelter least of all."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class Labels(BaseModel):
    vi: str
    en: str


class OrganisationOut(BaseModel):
    """`province_codes` empty: nationwide or abroad."""

    id: UUID
    name: Labels
    agency: str
    functions: list[str]
    province_codes: list[str]
    country_code: str | None
    supervised_by: UUID | None
    status: str


class ServiceOut(BaseModel):
    id: UUID
    organisation_id: UUID
    service: str
    province_codes: list[str]
    places_total: int | None
    places_free: int | None
    updated_at: datetime
    etag: str


class CapacityIn(BaseModel):
    """Free places never exceed all places."""

    model_config = ConfigDict(extra="forbid")

    places_total: int = Field(strict=True, ge=0, le=100_000)
    places_free: int = Field(strict=True, ge=0, le=100_000)


class MeOut(BaseModel):
    class Organisation(BaseModel):
        id: UUID
        name: Labels
        agency: str

    client_id: str
    organisation: Organisation
    scopes: list[str]
    mode: str
    server_time: datetime
