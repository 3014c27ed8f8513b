"""`referral events …`: the feed of events after the database was put back to an earlier moment."""

from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cli.administration import IMPOSSIBLE, administer
from app.cli.options import DEFAULT_DATA, Data
from app.cli.output import refuse, say
from app.cli.registry import audit_row
from app.happenings import Event
from app.journal import Subject
from app.trail import AuditEntry

commands = typer.Typer(no_args_is_help=True, help="Luồng sự kiện · The feed of events")
REASONS = ("snapshot_restored", "restored", "other")
_NOBODY = UUID(int=0)


@commands.callback()
def _about() -> None: ...


@commands.command("begin-epoch")
def begin_epoch(
    reason: Annotated[str, typer.Option(help=", ".join(REASONS))],
    *,
    from_the_start: Annotated[
        bool,
        typer.Option(
            "--from-the-start",
            help="Dịch vụ đã chạy sau khi phục hồi: gửi lại tất cả những gì còn giữ "
            "· The service has run since the restore: everything kept is told again",
        ),
    ] = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Sau khi phục hồi ảnh chụp đĩa, trước khi chạy dịch vụ: số thứ tự nay có nghĩa khác · After a volume snapshot was
    put back, before the service runs: from here on sequence numbers mean something else.

    A restore to a point in time and a fail-over need none: their new timeline begins one by itself.
    """
    if reason not in REASONS:
        refuse(f"--reason: {', '.join(REASONS)}", IMPOSSIBLE)

    async def begin(db: AsyncConnection) -> str:
        newest = text("select epoch from feed_epochs order by number desc limit 1")
        known = (await db.execute(newest)).scalar()
        await db.execute(
            text("select access.feed_new_epoch(:known, :whole)"), {"known": known, "whole": from_the_start}
        )
        subject = Subject("feed", None)
        row = audit_row(Event.FEED_EPOCH_BEGUN, _NOBODY, subject, reason=reason, from_the_start=from_the_start)
        await db.execute(insert(AuditEntry).values(row))
        return str((await db.execute(newest)).scalar())

    say(f"Bắt đầu · Begun: {administer(data, begin)}")
