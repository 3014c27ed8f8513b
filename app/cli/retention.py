"""`referral retention`: whose term of keeping is over; it asks for erasures, which another operator decides."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cli.administration import IMPOSSIBLE, administer
from app.cli.options import DEFAULT_DATA, Data
from app.cli.output import refuse, say, show
from app.cli.vault import erasures
from app.cli.vault.due import Due, due
from app.cli.vault.operator import ClientId, KeyFile, Officer, proven
from app.cli.vault.targets import goes_on, target
from app.law.retention import RETENTION
from app.reference.fields import today

REASON = "retention_over"
DryRun = Annotated[bool, typer.Option("--dry-run", help="Chỉ liệt kê, không thay đổi · List only, change nothing")]


def retention(
    *,
    dry_run: DryRun = False,
    client: ClientId | None = None,
    key: KeyFile | None = None,
    officer: Officer | None = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Ai đã hết thời hạn lưu giữ; yêu cầu xóa họ · Whose retention is over; ask that they be erased."""
    if dry_run:
        _tell(administer(data, lambda db: due(db, today())))
        return
    if client is None or key is None or officer is None:
        refuse("Cần --client, --key, --officer, hoặc --dry-run. · Give these, or --dry-run.", IMPOSSIBLE)
    _tell(administer(data, lambda db: _ask(db, (client, key, officer))))


async def _ask(db: AsyncConnection, who: tuple[str, Path, str]) -> list[Due]:
    operator = await proven(db, *who)
    asked = []
    for each in await due(db, today()):
        of = await target(db, each.kind, each.reference)
        if not await goes_on(db, of):
            await erasures.ask(db, operator, of, REASON, each.rule.key)
            asked.append(each)
    return asked


def _tell(found: Sequence[Due]) -> None:
    counts = {rule.key: sum(each.rule == rule for each in found) for rule in RETENTION}
    columns = ("rule", "of", "years", "quy tắc · rule", "certainty", "đến hạn · due")
    show(
        columns,
        [(r.id, r.of, str(r.years), f"{r.vi} · {r.en}", r.certainty, str(counts[r.key])) for r in RETENTION],
    )
    for each in found:
        say(f"{each.rule.id} {each.kind} {each.reference} {each.since} → {each.rule.over_on(each.since)}")
