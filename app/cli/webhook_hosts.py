"""`referral webhook-hosts …`: which hosts partners may name as targets of webhooks. To no other is anything sent."""

import re
from typing import Annotated, Any
from uuid import UUID

import typer
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cli.administration import IMPOSSIBLE, administer
from app.cli.options import DEFAULT_DATA, Data
from app.cli.output import refuse, say, show
from app.cli.registry import RegistryError, audit_row
from app.happenings import Event
from app.journal import Subject
from app.trail import AuditEntry
from app.webhooks.models import WebhookHost
from app.webhooks.targets import LOOPBACK

commands = typer.Typer(no_args_is_help=True, help="Máy chủ nhận webhook · Hosts of webhooks")
_NOBODY = UUID(int=0)
_HOST = re.compile(r"((?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)(?::([0-9]{1,5}))?")

Host = Annotated[str, typer.Argument(help="HOST hoặc · or HOST:PORT; 443")]


@commands.command("add")
def add(
    host: Host,
    *,
    loopback: Annotated[
        bool,
        typer.Option(
            "--loopback",
            help=f"Cho phép {LOOPBACK}:PORT, chỉ để chạy thử · Allow this machine itself, for a trial only",
        ),
    ] = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Duyệt một máy chủ · Approve a host."""
    name, port = _parsed(host)
    if loopback != (name == LOOPBACK):
        refuse(f"--loopback: chỉ với, và cần với, {LOOPBACK}. · Only for, and needed for, {LOOPBACK}.", IMPOSSIBLE)

    async def approve(db: AsyncConnection) -> None:
        row = insert(WebhookHost).values(host=name, port=port, loopback=loopback).on_conflict_do_nothing()
        if (await db.execute(row)).rowcount:
            await _record(db, Event.WEBHOOK_HOST_APPROVED, name, port)

    administer(data, approve)
    say(f"Đã duyệt {name}:{port}. · Approved {name}:{port}.")


@commands.command("remove")
def remove(host: Host, data: Data = DEFAULT_DATA) -> None:
    """Thôi duyệt; từ lần gửi kế tiếp không gửi nữa · Withdraw an approval, from the next try on."""
    name, port = _parsed(host)

    async def withdraw(db: AsyncConnection) -> None:
        gone = delete(WebhookHost).where(WebhookHost.host == name, WebhookHost.port == port)
        if not (await db.execute(gone)).rowcount:
            raise RegistryError(f"Chưa duyệt {name}:{port}. · {name}:{port} is not approved.")
        await _record(db, Event.WEBHOOK_HOST_REMOVED, name, port)

    administer(data, withdraw)
    say(f"Đã thôi duyệt {name}:{port}. · No longer approved: {name}:{port}.")


@commands.command("list")
def show_all(data: Data = DEFAULT_DATA) -> None:
    """Các máy chủ đã duyệt · Approved hosts."""

    async def fetch(db: AsyncConnection) -> Any:
        return (await db.execute(select(WebhookHost).order_by(WebhookHost.host, WebhookHost.port))).all()

    rows = administer(data, fetch)
    show(
        ("host", "port", "loopback", "từ · since"),
        [(r.host, str(r.port), "●" if r.loopback else "", r.created_at.isoformat(timespec="minutes")) for r in rows],
    )


def _parsed(text: str) -> tuple[str, int]:
    match = _HOST.fullmatch(text.lower())
    port = int(match[2] or 443) if match else 0
    if match is None or not 0 < port < 1 << 16:
        refuse("Cần HOST hoặc HOST:PORT, chữ không dấu. · HOST or HOST:PORT is needed, in plain letters.", IMPOSSIBLE)
    return match[1], port


async def _record(db: AsyncConnection, event: Event, host: str, port: int) -> None:
    row = audit_row(event, _NOBODY, Subject("webhook_host", None), host=host, port=port)
    await db.execute(insert(AuditEntry).values(row))
