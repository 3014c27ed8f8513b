"""Writes to the registry of organisations and clients, each with its audit entry in the same transaction.

Only the command line writes here: no token, however wide, can add a client or change what an organisation is.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from app.auth.keys import registrable
from app.auth.scopes import Agency, scopes_of
from app.journal import AuditEntry, Event
from app.oauth.models import Client, ClientKey
from app.organisations.models import Organisation, OrganisationName, Service
from app.reference.fields import Country, Province, Text, coded, today
from app.vault import fold

Name = Annotated[str, Text(200)]
Function = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
NAME: TypeAdapter[str] = TypeAdapter(Name)


class RegistryError(ValueError):
    """The registry cannot hold what was asked; the message, in Vietnamese and English, is for the operator."""


class NewOrganisation(BaseModel):
    """An organisation to add. No provinces: nationwide or abroad. `treats`: gives clinical care, so may hold health."""

    model_config = ConfigDict(extra="forbid")

    id: UUID = Field(default_factory=uuid4)
    agency: Agency
    name_vi: Name
    name_en: Name
    province_codes: list[Province] = []
    functions: list[Function] = []
    country_code: Country | None = None
    supervised_by: UUID | None = None
    treats: bool = False


class NewService(BaseModel):
    """A service an organisation offers; free places are its own to state later."""

    model_config = ConfigDict(extra="forbid")

    service: Annotated[str, coded("service")]
    places: int | None = None


async def add_organisation(db: AsyncConnection, new: NewOrganisation) -> None:
    """Adds it under the name it bears from today on."""
    await _must_exist(db, new.supervised_by)
    row = new.model_dump(exclude={"name_vi", "name_en"}) | {"sort_key": fold(new.name_vi)}
    await db.execute(insert(Organisation).values(row))
    name = {"organisation_id": new.id, "valid_from": today(), "name_vi": new.name_vi, "name_en": new.name_en}
    await db.execute(insert(OrganisationName).values(name))
    await _record(db, Event.ORGANISATION_ADDED, new.id, facts={"agency": new.agency})


async def add_services(db: AsyncConnection, organisation: NewOrganisation, services: Iterable[NewService]) -> None:
    """What it offers in its own provinces, with every place free at first."""
    rows = [
        {
            "id": uuid4(),
            "organisation_id": organisation.id,
            "service": new.service,
            "province_codes": organisation.province_codes,
            "places_total": new.places,
            "places_free": new.places,
        }
        for new in services
    ]
    if rows:
        await db.execute(insert(Service).values(rows))


async def change_organisation(db: AsyncConnection, organisation_id: UUID, changes: Mapping[str, Any]) -> None:
    """Changes what is named: columns of `organisations`."""
    await _must_exist(db, changes.get("supervised_by"))
    values = {**changes, "version": Organisation.version + 1, "changed_at": func.now()}
    changed = await db.execute(update(Organisation).where(Organisation.id == organisation_id).values(values))
    if not changed.rowcount:
        raise RegistryError(f"Không có cơ quan {organisation_id}. · There is no organisation {organisation_id}.")
    await _record(db, Event.ORGANISATION_CHANGED, organisation_id, facts={"changed": sorted(changes)})


async def rename_organisation(
    db: AsyncConnection, organisation_id: UUID, name_vi: str | None, name_en: str | None, since: date
) -> None:
    """The name from that day on; the older one stays for what happened before it."""
    query = select(OrganisationName).where(OrganisationName.organisation_id == organisation_id)
    last = (await db.execute(query.order_by(OrganisationName.valid_from.desc()).limit(1))).first()
    if last is None:
        raise RegistryError(f"Không có cơ quan {organisation_id}. · There is no organisation {organisation_id}.")
    if since < last.valid_from:
        raise RegistryError(f"Tên hiện nay có từ {last.valid_from}. · The present name is from {last.valid_from}.")
    new = {"name_vi": name_vi or last.name_vi, "name_en": name_en or last.name_en}
    if since > last.valid_from:
        ended = update(OrganisationName).where(
            OrganisationName.organisation_id == organisation_id, OrganisationName.valid_from == last.valid_from
        )
        await db.execute(ended.values(valid_to=since - timedelta(days=1)))
    statement = insert(OrganisationName).values(organisation_id=organisation_id, valid_from=since, **new)
    await db.execute(statement.on_conflict_do_update(index_elements=["organisation_id", "valid_from"], set_=new))
    await change_organisation(db, organisation_id, {"sort_key": fold(new["name_vi"])})


async def _must_exist(db: AsyncConnection, organisation_id: UUID | None) -> None:
    if organisation_id is not None:
        await organisation(db, organisation_id)


async def organisation(db: AsyncConnection, organisation_id: UUID) -> Row[Any]:
    """The organisation; `RegistryError` when there is none."""
    row = (await db.execute(select(Organisation).where(Organisation.id == organisation_id))).first()
    if row is None:
        raise RegistryError(f"Không có cơ quan {organisation_id}. · There is no organisation {organisation_id}.")
    return row


async def add_client(
    db: AsyncConnection,
    client: Mapping[str, Any],
    jwk: Mapping[str, Any],
    scopes: Collection[str] = (),
) -> None:
    """Adds a client (`id`, `organisation_id`, `name`, `mode`) with its first key.

    Without `scopes` it may hold all of its agency; one outside the agency's column of the matrix is refused.
    """
    owner = await organisation(db, client["organisation_id"])
    possible = scopes_of(Agency(owner.agency))
    if impossible := set(scopes) - possible:
        listed = ", ".join(sorted(impossible))
        raise RegistryError(f"{owner.agency} không thể có: {listed} · {owner.agency} cannot hold: {listed}")
    if (await db.execute(select(Client.id).where(Client.id == client["id"]))).first():
        raise RegistryError(f"Đã có hệ thống {client['id']}. · There is a client {client['id']} already.")
    await db.execute(insert(Client).values({**client, "scopes": sorted(scopes or possible)}))
    await add_key(db, client["id"], jwk)
    await _record(db, Event.CLIENT_ADDED, owner.id, client=client["id"])


async def add_key(db: AsyncConnection, client_id: str, jwk: Mapping[str, Any]) -> bool:
    """Registers a public key; False when this client has, or had, a key of that name."""
    public = dict(registrable(jwk))
    row = {"client_id": client_id, "kid": public["kid"], "jwk": public}
    return bool((await db.execute(insert(ClientKey).values(row).on_conflict_do_nothing())).rowcount)


async def disable_client(db: AsyncConnection, client_id: str) -> None:
    """From the next seconds on no token of it is issued or honoured; nothing it did is lost."""
    client = await _client(db, client_id)
    await db.execute(update(Client).where(Client.id == client_id).values(status="disabled", changed_at=func.now()))
    await _record(db, Event.CLIENT_DISABLED, client.organisation_id, client=client_id)


async def rotate_key(db: AsyncConnection, client_id: str, jwk: Mapping[str, Any], overlap: timedelta) -> None:
    """A new key, good at once; the older ones stay good for the overlap, so that the client can change over."""
    client = await _client(db, client_id)
    older = update(ClientKey).where(ClientKey.client_id == client_id, ClientKey.retired_at.is_(None))
    await db.execute(older.values(retired_at=func.now() + overlap))
    if not await add_key(db, client_id, jwk):
        raise RegistryError("Khóa này đã được đăng ký. · This key was registered before.")
    await db.execute(update(Client).where(Client.id == client_id).values(changed_at=func.now()))
    await _record(db, Event.CLIENT_ROTATED, client.organisation_id, client=client_id)


async def _client(db: AsyncConnection, client_id: str) -> Row[Any]:
    row = (await db.execute(select(Client).where(Client.id == client_id))).first()
    if row is None:
        raise RegistryError(f"Không có hệ thống {client_id}. · There is no client {client_id}.")
    return row


async def _record(
    db: AsyncConnection,
    event: Event,
    organisation_id: UUID,
    client: str | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """The audit entry of an act by command line; which person sat there is the operating system's log to tell."""
    entry = {
        "id": uuid4(),
        "request_id": uuid4(),
        "client_id": "cli",
        "organisation_id": organisation_id,
        "agency": Agency.OPERATOR,
        "event": event,
        "subject_type": "client" if client else "organisation",
        "subject_id": None if client else organisation_id,
        "parties": [],
        "sections": [],
        "facts": {"client": client} if client else dict(facts or {}),
    }
    await db.execute(insert(AuditEntry).values(entry))
