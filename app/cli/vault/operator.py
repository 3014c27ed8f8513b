"""Who sits at the command line: an officer with a registered client of an operator, proven by that client's key.

Whoever reaches the tables' owner could write anything; so what must not be one person's decision is signed, and the
signature is kept beside it.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

import typer
from sqlalchemy import func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.auth.keys import SigningKey, VerificationKey, read_key, verification_key
from app.auth.scopes import Agency
from app.auth.tokens import opened, sign
from app.cli.registry import RegistryError, audit_row
from app.happenings import UNPUBLISHED, Event
from app.journal import Subject
from app.oauth.models import Client, ClientKey
from app.organisations.models import Organisation
from app.problems import Unauthenticated
from app.trail import AuditEntry, OutboxEvent

_TYPE = "referral-operator+jws"
ClientId = Annotated[str, typer.Option("--client", help="Hệ thống của đơn vị vận hành · Operator's client")]
KeyFile = Annotated[Path, typer.Option("--key", exists=True, dir_okay=False, help="Khóa riêng (PEM) · Private key")]
Officer = Annotated[
    str, typer.Option("--officer", help="Mã cán bộ · Staff id", metavar="ID", callback=lambda given: _plain(given))
]


def _plain(given: str) -> str:
    if not (1 <= len(given) <= 64 and given.isascii() and given.replace(".", "").replace("-", "").isalnum()):
        raise typer.BadParameter("chữ, số, dấu chấm, gạch nối · letters, digits, dot, hyphen")
    return given


@dataclass(frozen=True)
class Operator:
    """A proven one."""

    client_id: str
    officer: str
    organisation_id: UUID
    key: SigningKey

    def statement(self, act: str, facts: Mapping[str, Any]) -> str:
        """What this operator decided, signed."""
        said = {"act": act, "iss": self.client_id, "officer": self.officer, "iat": int(time.time())}
        return sign({**facts, **said}, self.key, typ=_TYPE)


async def proven(db: AsyncConnection, client_id: str, key_file: Path, officer: str) -> Operator:
    """`RegistryError` unless this is a live key of the client, and the client an operator's, both active."""
    query = select(Client.organisation_id).join(Organisation, Organisation.id == Client.organisation_id)
    active = (Client.status == "active", Organisation.status == "active", Organisation.agency == Agency.OPERATOR)
    organisation_id = (await db.execute(query.where(Client.id == client_id, *active))).scalar()
    key = read_key(key_file)
    operator = Operator(client_id, officer, organisation_id or UUID(int=0), key)
    live = or_(ClientKey.retired_at.is_(None), ClientKey.retired_at > func.now())
    keys = await _keys(db, client_id, live, ClientKey.not_before <= func.now())
    if organisation_id is None or not _holds(operator.statement("prove", {}), keys, {"iss": client_id}):
        raise RegistryError(
            f"Khóa không phải của một hệ thống vận hành {client_id} đang hoạt động. · "
            f"The key is of no active operator's client {client_id}."
        )
    return operator


async def said(db: AsyncConnection, statement: str, act: str, client_id: str, facts: Mapping[str, Any]) -> bool:
    """Whether this client signed just this, by any key that was ever registered for it."""
    return _holds(statement, await _keys(db, client_id), {**facts, "act": act, "iss": client_id})


async def _keys(db: AsyncConnection, client_id: str, *which: Any) -> dict[str, VerificationKey]:
    rows = await db.execute(select(ClientKey.jwk).where(ClientKey.client_id == client_id, *which))
    return {key.thumbprint: key for key in map(verification_key, rows.scalars())}


def _holds(statement: str, keys: Mapping[str, VerificationKey], facts: Mapping[str, Any]) -> bool:
    try:
        claims = opened(statement, keys=keys, typ=_TYPE)
    except Unauthenticated:
        return False
    return all(claims.get(name) == value for name, value in facts.items())


async def note(
    db: AsyncConnection,
    operator: Operator,
    event: Event,
    subject: Subject,
    parties: Iterable[UUID | None] = (),
    **facts: Any,
) -> None:
    """The audit entry of what this operator did, and the event where others must learn of it."""
    row = audit_row(
        event,
        operator.organisation_id,
        subject,
        dict.fromkeys(party for party in parties if party),
        client_id=operator.client_id,
        officer=operator.officer,
        **{name: value for name, value in facts.items() if value is not None},
    )
    await db.execute(insert(AuditEntry).values(row))
    if event not in UNPUBLISHED:
        copied = ("subject_type", "subject_id", "case_id", "organisation_id", "parties")
        await db.execute(insert(OutboxEvent).values(id=uuid4(), type=event, **{name: row[name] for name in copied}))
