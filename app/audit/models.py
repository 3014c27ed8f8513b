"""Tables of the audit tree. Only functions owned by the tables' owner write here; nothing here is ever changed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class UnorderedEntry(Base):
    """An entry that waits for its place. A trigger puts it here in the entry's own transaction, so however late that
    commits, the entry is found; what was ordered leaves, so finding costs what waits and not what there is."""

    __tablename__ = "audit_unordered"

    entry_id: Mapped[UUID] = mapped_column(primary_key=True)


class AuditLeaf(Base):
    """An entry's place in the tree, from 0 without a gap."""

    __tablename__ = "audit_leaves"

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    entry_id: Mapped[UUID] = mapped_column(unique=True)
    leaf: Mapped[bytes]


class AuditHead(Base):
    """A signed head over the first `tree_size` leaves; `frontier` is from where the next one goes on."""

    __tablename__ = "audit_heads"

    tree_size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    root: Mapped[bytes]
    frontier: Mapped[bytes]
    at: Mapped[datetime]
    jws: Mapped[str]
