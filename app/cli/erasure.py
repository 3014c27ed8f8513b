"""`referral erasure …`: one operator asks that a person be erased, another approves, and the key is destroyed."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar
from uuid import UUID

import typer
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cases.erasure_models import Erasure
from app.cli.administration import IMPOSSIBLE, administer
from app.cli.options import DEFAULT_DATA, Data
from app.cli.output import refuse, say, show
from app.cli.vault import erasures
from app.cli.vault.operator import ClientId, KeyFile, Officer, Operator, proven
from app.cli.vault.targets import Kind, target
from app.key_files import DestroyedKeys
from app.reference.codes import code_list
from app.reference.fields import today
from app.settings import Settings

commands = typer.Typer(no_args_is_help=True, help="Xóa dữ liệu của một người · Erasing a person")
T = TypeVar("T")
Reference = Annotated[str, typer.Argument(help="Số hồ sơ, hoặc số tiếp nhận · Reference of the case, or intake")]
ErasureId = Annotated[UUID, typer.Argument(help="Mã yêu cầu · Request id")]
Of = Annotated[
    str,
    typer.Option(
        help="case: người trong hồ sơ; intake: người không muốn lập hồ sơ; reporter: người báo tin "
        "· person of a case; who declined to be recorded; who reported"
    ),
]
REASONS = "erasure_reason"


@commands.command()
def ask(
    reference: Reference,
    reason: Annotated[str, typer.Option(help=f"Mã · Code: {', '.join(c.code for c in code_list(REASONS).codes)}")],
    client: ClientId,
    key: KeyFile,
    officer: Officer,
    *,
    of: Of = "case",
    data: Data = DEFAULT_DATA,
) -> None:
    """Yêu cầu xóa; in ra mã yêu cầu · Ask for an erasure; prints the request's id."""
    if of not in ("case", "intake", "reporter"):
        refuse("--of: case, intake, reporter", IMPOSSIBLE)
    kind: Kind = of  # type: ignore[assignment]
    if code_list(REASONS).find(reason, today()) is None:
        refuse(f"Không có lý do {reason}. · There is no reason {reason}.", IMPOSSIBLE)

    async def work(db: AsyncConnection, operator: Operator) -> UUID:
        return await erasures.ask(db, operator, await target(db, kind, reference), reason)

    say(str(_as(data, (client, key, officer), work)))


@commands.command()
def approve(erasure: ErasureId, client: ClientId, key: KeyFile, officer: Officer, data: Data = DEFAULT_DATA) -> None:
    """Đồng ý và hủy khóa, không thể phục hồi · Approve, and destroy the key for good."""
    who = (client, key, officer)
    destroyed = _destroyed(data)
    _as(data, who, lambda db, operator: erasures.answer(db, operator, erasure, approve=True))
    _as(data, who, lambda db, operator: erasures.carry_out(db, operator, erasure, destroyed))
    say(f"Đã xóa. · Erased. {erasure}")
    say("Bản sao lưu cũ chỉ mất hẳn khả năng đọc sau · Older backups lose it for good after: keys rotate [--retire]")


@commands.command("refuse")
def refuse_(erasure: ErasureId, client: ClientId, key: KeyFile, officer: Officer, data: Data = DEFAULT_DATA) -> None:
    """Từ chối yêu cầu · Refuse a request."""
    _as(data, (client, key, officer), lambda db, operator: erasures.answer(db, operator, erasure, approve=False))
    say(f"Đã từ chối. · Refused. {erasure}")


@commands.command()
def reapply(client: ClientId, key: KeyFile, officer: Officer, data: Data = DEFAULT_DATA) -> None:
    """Sau khi phục hồi bản sao lưu: xóa lại những người đã xóa · After restoring a backup: erase again who was."""
    destroyed = _destroyed(data)
    again = _as(data, (client, key, officer), lambda db, operator: erasures.reapply(db, operator, destroyed))
    say(f"{again} người · persons")


@commands.command("list")
def show_all(data: Data = DEFAULT_DATA) -> None:
    """Các yêu cầu, cũ nhất trước · The requests, oldest first."""

    async def fetch(db: AsyncConnection) -> Any:
        return (await db.execute(select(Erasure).order_by(Erasure.asked_at, Erasure.id))).all()

    rows = [
        (str(r.id), r.kind, r.reference, r.reason, r.asked_client, r.answered_client or "—", _state(r))
        for r in administer(data, fetch)
    ]
    show(("id", "of", "reference", "reason", "asked by", "answered by", "state"), rows)


def _state(row: Any) -> str:
    if row.done_at:
        return "đã xóa · erased"
    if row.approved is None:
        return "chờ · waiting"
    return "đã đồng ý · approved" if row.approved else "từ chối · refused"


def _destroyed(data: Path) -> DestroyedKeys:
    return DestroyedKeys(Settings(data=data).keys)


def _as(data: Path, who: tuple[str, Path, str], work: Callable[[AsyncConnection, Operator], Awaitable[T]]) -> T:
    """Runs work in one transaction as a proven operator."""

    async def run(db: AsyncConnection) -> T:
        return await work(db, await proven(db, *who))

    return administer(data, run)
