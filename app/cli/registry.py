"""Writes to the registry of organisations and clients, each with its audit entry in the same transaction.

Only the command line writes here: no token, however wide, can add a client or change what an organisation is.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from app.auth.keys import registrable
from app.auth.scopes import Agency, scopes_of
from app.happenings import Event
from app.journal import Subject
from app.leaves import with_leaf
from app.oauth.models import Client, ClientKey
from app.organisations.actions import with_name
from app.organisations.models import Organisation, OrganisationName, Service
from app.organisations.sides import is_test, twin_of
from app.reference.fields import Country, Province, Text, coded, today
from app.trail import AuditEntry
from app.vault import fold

Name = Annotated[str, Text(200)]
Function = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


class RegistryError(ValueError):
    """The registry cannot hold what was asked; the message, in Vietnamese and English, is for the operator."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewOrganisation(_Entry):
    """An organisation to add. No provinces: nationwide or abroad. `treats`: gives clinical care, so may hold health."""

    id: UUID = Field(default_factory=uuid4)
    agency: Agency
    name_vi: Name
    name_en: Name
    province_codes: list[Province] = []
    functions: list[Function] = []
    country_code: Country | None = None
    supervised_by: UUID | None = None
    treats: bool = False


class OrganisationChange(_Entry):
    """What to change; None leaves a member alone. A name holds from `since` on, the older one until the day before."""

    name_vi: Name | None = None
    name_en: Name | None = None
    since: date = Field(default_factory=today)
    province_codes: list[Province] | None = None
    functions: list[Function] | None = None
    supervised_by: UUID | None = None
    treats: bool | None = None
    status: Literal["active", "disabled"] | None = None


class NewService(_Entry):
    """A service an organisation offers; its free places are its own to state."""

    service: Annotated[str, coded("service")]
    places: int | None = None


class NewClient(_Entry):
    """A machine of an organisation. Without scopes it may hold all of its agency; its tokens are bound to its key."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    organisation_id: UUID
    name: Name
    mode: Literal["live", "test"]
    scopes: list[str] = []
    dpop_required: bool = True


async def add_organisation(db: AsyncConnection, new: NewOrganisation) -> None:
    """Adds it under the name it bears from today on."""
    if new.supervised_by:
        await organisation(db, new.supervised_by)
    row = new.model_dump(exclude={"name_vi", "name_en"}) | {"sort_key": fold(new.name_vi)}
    await db.execute(insert(Organisation).values(row))
    name = {"organisation_id": new.id, "valid_from": today(), "name_vi": new.name_vi, "name_en": new.name_en}
    await db.execute(insert(OrganisationName).values(name))
    await _record(db, Event.ORGANISATION_ADDED, new.id, agency=new.agency)


async def add_services(db: AsyncConnection, offering: NewOrganisation, services: Iterable[NewService]) -> None:
    """What it offers in its own provinces, with every place free at first."""
    for new in services:
        row = {
            "id": uuid4(),
            "organisation_id": offering.id,
            "service": new.service,
            "province_codes": offering.province_codes,
            "places_total": new.places,
            "places_free": new.places,
        }
        await db.execute(insert(Service).values(row))


async def change_organisation(db: AsyncConnection, organisation_id: UUID, change: OrganisationChange) -> None:
    """Changes what the organisation is from now on; what it did under its old name keeps that name."""
    await organisation(db, organisation_id)
    if change.supervised_by:
        await organisation(db, change.supervised_by)
    columns = change.model_dump(exclude_none=True, exclude={"name_vi", "name_en", "since"})
    if change.name_vi or change.name_en:
        columns["sort_key"] = fold(await _rename(db, organisation_id, change))
    columns |= {"version": Organisation.version + 1, "changed_at": func.now()}
    await db.execute(update(Organisation).where(Organisation.id == organisation_id).values(columns))
    changed = sorted(change.model_dump(exclude_none=True, exclude={"since"}))
    await _record(db, Event.ORGANISATION_CHANGED, organisation_id, changed=changed)


async def _rename(db: AsyncConnection, organisation_id: UUID, change: OrganisationChange) -> str:
    """The Vietnamese name from that day on."""
    names = select(OrganisationName).where(OrganisationName.organisation_id == organisation_id)
    last = (await db.execute(names.order_by(OrganisationName.valid_from.desc()).limit(1))).one()
    if change.since < last.valid_from:
        raise RegistryError(f"Tên hiện nay có từ {last.valid_from}. · The present name is from {last.valid_from}.")
    if change.since > last.valid_from:
        ended = update(OrganisationName).where(
            OrganisationName.organisation_id == organisation_id, OrganisationName.valid_from == last.valid_from
        )
        await db.execute(ended.values(valid_to=change.since - timedelta(days=1)))
    new = {"name_vi": change.name_vi or last.name_vi, "name_en": change.name_en or last.name_en}
    row = insert(OrganisationName).values(organisation_id=organisation_id, valid_from=change.since, **new)
    await db.execute(row.on_conflict_do_update(index_elements=["organisation_id", "valid_from"], set_=new))
    return new["name_vi"]


async def organisation(db: AsyncConnection, organisation_id: UUID) -> Row[Any]:
    """The organisation of that id."""
    row = (await db.execute(select(Organisation).where(Organisation.id == organisation_id))).first()
    if row is None:
        raise RegistryError(f"Không có cơ quan {organisation_id}. · There is no organisation {organisation_id}.")
    return row


async def add_client(db: AsyncConnection, new: NewClient, jwk: Mapping[str, Any]) -> None:
    """Adds it with its first key; a scope outside its agency's column of the matrix is refused. A test client acts for
    the test organisation that stands for its own."""
    if new.mode == "test":
        new = new.model_copy(update={"organisation_id": await _rehearsing(db, new.organisation_id)})
    owner = await organisation(db, new.organisation_id)
    if new.mode == "live" and is_test(owner.id):
        raise RegistryError(
            "Cơ quan thử nghiệm chỉ có hệ thống thử nghiệm. · A test organisation has test clients only."
        )
    possible = scopes_of(Agency(owner.agency))
    if impossible := ", ".join(sorted(set(new.scopes) - possible)):
        raise RegistryError(f"{owner.agency} không thể có: {impossible} · {owner.agency} cannot hold: {impossible}")
    if (await db.execute(select(Client.id).where(Client.id == new.id))).first():
        raise RegistryError(f"Đã có hệ thống {new.id}. · There is a client {new.id} already.")
    scopes = sorted(set(new.scopes) or possible)
    await db.execute(insert(Client).values(new.model_dump() | {"scopes": scopes}))
    await add_key(db, new.id, jwk)
    await _record(db, Event.CLIENT_ADDED, owner.id, client=new.id)


async def _rehearsing(db: AsyncConnection, organisation_id: UUID) -> UUID:
    """The test organisation that stands for this one; made as it is today, with services and supervisor, if missing."""
    test_id = twin_of(organisation_id)
    if (await db.execute(select(Organisation.id).where(Organisation.id == test_id))).first():
        return test_id
    life = await organisation(db, organisation_id)
    above = await _rehearsing(db, life.supervised_by) if life.supervised_by else None
    known = (await db.execute(with_name(today()).where(Organisation.id == organisation_id))).one()
    names = {"name_vi": f"{known.name_vi} (thử nghiệm)", "name_en": f"{known.name_en} (test)"}
    kept = {name: life._mapping[name] for name in ("agency", "province_codes", "functions", "country_code", "treats")}
    twin = NewOrganisation(id=test_id, supervised_by=above, **kept, **names)
    await add_organisation(db, twin)
    offered = select(Service).where(Service.organisation_id == organisation_id, Service.status == "active")
    rows = (await db.execute(offered)).all()
    await add_services(db, twin, [NewService(service=row.service, places=row.places_total) for row in rows])
    return test_id


async def add_key(db: AsyncConnection, client_id: str, jwk: Mapping[str, Any]) -> bool:
    """Registers a public key; False when this client has, or had, a key of that name."""
    public = dict(registrable(jwk))
    row = {"client_id": client_id, "kid": public["kid"], "jwk": public}
    return bool((await db.execute(insert(ClientKey).values(row).on_conflict_do_nothing())).rowcount)


async def disable_client(db: AsyncConnection, client_id: str) -> None:
    """Within seconds no token of it is issued or honoured any more; nothing it did is lost."""
    organisation_id = await _changed_client(db, client_id, status="disabled")
    await _record(db, Event.CLIENT_DISABLED, organisation_id, client=client_id)


async def rotate_key(db: AsyncConnection, client_id: str, jwk: Mapping[str, Any], overlap: timedelta) -> None:
    """A new key, good at once; the older ones stay good for the overlap, so that the client can change over."""
    organisation_id = await _changed_client(db, client_id)
    older = update(ClientKey).where(ClientKey.client_id == client_id, ClientKey.retired_at.is_(None))
    await db.execute(older.values(retired_at=func.now() + overlap))
    if not await add_key(db, client_id, jwk):
        raise RegistryError("Khóa này đã được đăng ký. · This key was registered before.")
    await _record(db, Event.CLIENT_ROTATED, organisation_id, client=client_id)


async def _changed_client(db: AsyncConnection, client_id: str, **values: str) -> UUID:
    """The organisation of the client, which is now marked as changed."""
    statement = update(Client).where(Client.id == client_id).values(**values, changed_at=func.now())
    organisation_id: UUID | None = (await db.execute(statement.returning(Client.organisation_id))).scalar()
    if organisation_id is None:
        raise RegistryError(f"Không có hệ thống {client_id}. · There is no client {client_id}.")
    return organisation_id


async def _record(db: AsyncConnection, event: Event, organisation_id: UUID, **facts: Any) -> None:
    of_client = "client" in facts
    subject = Subject("client", None) if of_client else Subject("organisation", organisation_id)
    await db.execute(insert(AuditEntry).values(audit_row(event, organisation_id, subject, **facts)))


def audit_row(
    event: Event,
    organisation_id: UUID,
    subject: Subject,
    parties: Iterable[UUID] = (),
    *,
    client_id: str = "cli",
    officer: str | None = None,
    **facts: Any,
) -> dict[str, Any]:
    """The audit entry of an act by command line; who sat there is for the operating system's own log to tell, unless
    they were proven."""
    row = {
        "id": uuid4(),
        "request_id": uuid4(),
        "client_id": client_id,
        "organisation_id": organisation_id,
        "agency": Agency.OPERATOR,
        "officer": officer,
        "event": event,
        "subject_type": subject.type,
        "subject_id": subject.id,
        "case_id": subject.case_id,
        "parties": list(parties),
        "sections": [],
        "facts": facts,
    }
    return with_leaf(row)
