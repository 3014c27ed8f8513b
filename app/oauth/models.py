"""The client registry: which systems may call, by which keys, and which of their tokens are spent or revoked.

The API's role has no right on these tables: it asks the owner's functions of registry.sql.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Client(Base):
    """A machine of one organisation. `scopes` is the most it can ever be granted; `mode` tells real from
    rehearsal, as does the id of its organisation (app/organisations/sides.py);
    `dpop_required`: a token alone is nothing without a proof of the key it is bound to (RFC 9449)."""

    __tablename__ = "clients"

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="active")
    mode: Mapped[str]
    scopes: Mapped[list[str]]
    dpop_required: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    changed_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint("id ~ '^[a-z0-9][a-z0-9-]{0,63}$'", name="id"),
        CheckConstraint("status in ('active', 'disabled')", name="status"),
        CheckConstraint("mode in ('live', 'test')", name="mode"),
        CheckConstraint("(mode = 'test') = (get_byte(uuid_send(organisation_id), 6) / 16 = 8)", name="side"),
    )


class ClientKey(Base):
    """A public key of a client; two are live at once while it rotates. No private key is ever stored, and the table
    refuses one."""

    __tablename__ = "client_keys"

    client_id: Mapped[str] = mapped_column(ForeignKey("clients.id"), primary_key=True)
    kid: Mapped[str] = mapped_column(primary_key=True)
    jwk: Mapped[dict[str, Any]]
    not_before: Mapped[datetime] = mapped_column(server_default=text("now()"))
    retired_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("not jwk ? 'd'", name="public"),
        CheckConstraint("jwk ->> 'kid' = kid", name="kid"),
    )


class RevokedToken(Base):
    """An access token that must no longer be honoured, kept until it would have expired anyway (RFC 7009)."""

    __tablename__ = "revoked_tokens"

    jti: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class AssertionUse(Base):
    """A client assertion already used, by whichever worker: a second use is a replay (RFC 7523 §3, point 7)."""

    __tablename__ = "assertion_uses"

    client_id: Mapped[str] = mapped_column(ForeignKey("clients.id"), primary_key=True)
    jti: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class ProofUse(Base):
    """A proof of possession already used, by whichever worker, named by the key that signed it (RFC 9449 §11.1)."""

    __tablename__ = "proof_uses"

    thumbprint: Mapped[str] = mapped_column(primary_key=True)
    jti: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
