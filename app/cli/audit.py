"""`referral audit`: the audit as a file, whether such a file is whole and unchanged, and what a breach notice needs."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from sqlalchemy import text

from app.audit import breach as breaches
from app.audit.export import counted, lines
from app.audit.proof import Keys, TamperedError, prove
from app.auth.key_folder import load_keys
from app.auth.keys import verification_keys
from app.cli.administration import IMPOSSIBLE, as_owner, reach
from app.cli.options import DEFAULT_DATA, Data
from app.cli.output import progress, refuse, say
from app.leaves import spelled
from app.reference.fields import VIET_NAM
from app.settings import Settings

commands = typer.Typer(no_args_is_help=True, help="Nhật ký kiểm tra · The audit")
_STEP = 1000
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Tệp đã xuất · An export")]
Kept = Annotated[
    list[Path], typer.Option(exists=True, dir_okay=False, help="Mốc (JWS) một cơ quan đã giữ · A kept JWS")
]


@commands.command()
def export(
    out: Annotated[Path, typer.Option(help="Tệp JSON Lines · JSON Lines file")], data: Data = DEFAULT_DATA
) -> None:
    """Xuất toàn bộ nhật ký theo thứ tự, kèm các mốc đã ký · Export all entries in order, with the signed heads."""
    with progress("Xuất · Export") as moved:
        ordered, waiting = reach(data, lambda url: _export(url, out, moved))
    say(f"{ordered} bản ghi → {out} · entries")
    if waiting:
        say(f"{waiting} bản ghi mới chưa có thứ tự. · {waiting} new entries have no position yet.")


async def _export(url: str, out: Path, moved: Callable[[int, int], None]) -> tuple[int, int]:
    async with as_owner(url) as db:
        await db.execute(text("set transaction isolation level repeatable read, read only"))
        ordered, waiting = await counted(db)
        written = 0
        with out.open("w", encoding="utf-8") as file:
            async for line in lines(db):
                file.write(line)
                written += '"position"' in line[:12]
                if written % _STEP == 0:
                    moved(written, ordered)
        moved(ordered, ordered)
    return ordered, waiting


@commands.command()
def verify(
    file: File,
    *,
    checkpoint: Kept = [],  # noqa: B006 - typer reads the default and nobody changes it
    jwks: Annotated[Path | None, typer.Option(help="Bản lưu của · A copy of /.well-known/jwks")] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Kiểm tra một tệp đã xuất, không cần mạng · Check an export, offline; exit code 1 if it was tampered with."""
    keys = _keys(jwks, data)
    kept = [path.read_text("utf-8") for path in checkpoint]
    try:
        with progress("Kiểm tra · Verify") as moved:
            proven = prove(_read(file, moved), kept, keys)
    except TamperedError as fault:
        where = "" if fault.position is None else f"\nVị trí sai đầu tiên · First bad position: {fault.position}"
        refuse(f"ĐÃ BỊ CAN THIỆP · TAMPERED: {fault}{where}")
    except (UnicodeDecodeError, RecursionError):
        refuse("Không đọc được tệp. · The file cannot be read.")
    say(f"✓ Nguyên vẹn · Intact: {proven.entries} bản ghi · entries, {proven.heads} mốc · heads", style="green")
    say(f"Gốc · Root: {proven.root}")
    if newer := proven.entries - proven.covered:
        say(f"{newer} bản ghi cuối chưa có mốc. · The last {newer} entries have no signed head yet.")


@commands.command()
def breach(
    start: Annotated[str, typer.Option("--from", help="Ngày hoặc thời điểm · Day or moment")],
    end: Annotated[str, typer.Option("--to", help="Ngày (tính cả ngày) hoặc thời điểm · Day, included, or moment")],
    out: Annotated[Path, typer.Option(help="Tệp JSON; bản đọc .md nằm cạnh · JSON file; a page .md beside it")],
    *,
    client: Annotated[str | None, typer.Option(help="Chỉ hệ thống này · Only this client")] = None,
    organisation: Annotated[UUID | None, typer.Option(help="Chỉ cơ quan này · Only this organisation")] = None,
    officer: Annotated[str | None, typer.Option(help="Chỉ cán bộ này · Only this officer")] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Dữ kiện thông báo vi phạm trong 72 giờ: ai, phần nào, ai đọc · The facts of a 72-hour breach notice."""
    scope = breaches.Scope(_moment(start), _moment(end, after=True), client, organisation, officer)
    if scope.start >= scope.end:
        refuse("--from phải trước --to. · --from must lie before --to.", IMPOSSIBLE)
    with progress("Đọc nhật ký · Reading the audit") as moved:
        facts = reach(data, lambda url: _breach(url, scope, moved))
    out.write_text(json.dumps(facts, ensure_ascii=False, indent=2) + "\n", "utf-8")
    readable = out.with_suffix(".md")
    readable.write_text(breaches.page(facts), "utf-8")
    say(f"{facts['persons_affected']} hồ sơ · cases, {facts['reads']} lượt đọc · reads → {out}, {readable}")


async def _breach(url: str, scope: breaches.Scope, moved: Callable[[int, int], None]) -> dict[str, Any]:
    async with as_owner(url) as db:
        await db.execute(text("set transaction isolation level repeatable read, read only"))
        total, tally = await breaches.count(db, scope), breaches.Tally()
        async for entry in breaches.reads(db, scope):
            tally.add(entry)
            if tally.reads % _STEP == 0:
                moved(tally.reads, total)
        moved(total, total)
        return {
            "law": breaches.LAW,
            "made_at": spelled(datetime.now(UTC)),
            "scope": scope.shown(),
            **tally.facts(await breaches.names(db)),
            "besides": await breaches.besides(db, scope),
            "head": await breaches.newest_head(db),
        }


def _moment(said: str, *, after: bool = False) -> datetime:
    """A moment, of Viet Nam where it names no offset; a day is its first instant, or the one `after` it."""
    try:
        if len(said) == len("2026-11-20"):
            day = datetime.combine(date.fromisoformat(said), datetime.min.time(), VIET_NAM)
            return day + timedelta(days=1) if after else day
        moment = datetime.fromisoformat(said)
    except ValueError:
        refuse(f"Không phải ngày hay thời điểm: {said} · Neither a day nor a moment: {said}", IMPOSSIBLE)
    return moment if moment.tzinfo else moment.replace(tzinfo=VIET_NAM)


def _keys(jwks: Path | None, data: Path) -> Keys:
    """From a saved key set, which is how another organisation checks; else the service's own."""
    try:
        if jwks:
            return verification_keys(json.loads(jwks.read_text("utf-8"))["keys"])
        return load_keys(Settings(data=data).keys, time.time()).heads
    except (OSError, ValueError, KeyError, TypeError) as error:
        refuse(f"Không có khóa công khai dùng được. · No usable public key: {error}", IMPOSSIBLE)


def _read(file: Path, moved: Callable[[int, int], None]) -> Iterator[str]:
    total, done = file.stat().st_size, 0
    with file.open(encoding="utf-8") as source:
        for number, line in enumerate(source):
            done += len(line.encode())
            if number % _STEP == 0:
                moved(done, total)
            yield line
    moved(total, total)
