"""The audit as a file that `proof` can judge: heads first, then every ordered entry, as one moment of the database."""

import json
from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit.models import AuditHead, AuditLeaf, UnorderedEntry
from app.auth.keys import encode_base64url
from app.leaves import content, spelled
from app.trail import AuditEntry


async def counted(db: AsyncConnection) -> tuple[int, int]:
    """How many entries have a position, and how many still wait for one."""
    tables = (AuditLeaf, UnorderedEntry)
    ordered, waiting = [(await db.execute(select(func.count()).select_from(table))).scalar_one() for table in tables]
    return ordered, waiting


async def lines(db: AsyncConnection) -> AsyncIterator[str]:
    """The export's lines. An entry that was deleted is null, so that its place still shows."""
    for head in (await db.execute(select(AuditHead).order_by(AuditHead.tree_size))).all():
        root = encode_base64url(head.root)
        yield _line({"tree_size": head.tree_size, "root": root, "at": spelled(head.at), "jws": head.jws})
    placed = select(AuditLeaf.position, AuditLeaf.leaf.label("placed_leaf"), *AuditEntry.__table__.columns)
    placed = placed.outerjoin(AuditEntry, AuditEntry.id == AuditLeaf.entry_id).order_by(AuditLeaf.position)
    async for row in (await db.stream(placed)).mappings():
        entry = content({name: value for name, value in row.items() if name not in ("position", "placed_leaf")})
        leaf = encode_base64url(row["placed_leaf"])
        yield _line({"position": row["position"], "leaf": leaf, "entry": entry or None})


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"
