"""`referral import …`: records kept in IOM's HTCDS 2.0 become intakes, through the public API and no other way.

Exit codes: 0 every row is in; 3 some were rejected and stand in the report; 1 the service was not reached or does not
admit the client, and the same command may simply be given again; 2 the command or the file is not usable.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import track

from app.cli.folder import key_path, url_of
from app.cli.htcds import ids
from app.cli.htcds.generate import generate, write_workbook
from app.cli.htcds.report import Line, Report, take_in
from app.cli.htcds.send import PATIENCE
from app.cli.htcds.workbook import Row, Sheet, UnreadableFileError, read
from app.cli.options import DEFAULT_DATA, Data
from app.cli.output import refuse, say, show
from app.client import Client, Key, NotAdmittedError, UnexpectedAnswerError, UnreachableError
from app.intakes.schemas import IntakeIn
from app.settings import Settings

commands = typer.Typer(no_args_is_help=True, help="Nhập dữ liệu từ nơi khác · Import records kept elsewhere")

_STOPPED, _UNUSABLE, _SOME_REJECTED = 1, 2, 3
_SHOWN = 50
_WHY: dict[type[Exception], str] = {
    UnreachableError: "Không liên lạc được dịch vụ, hãy chạy lại. · The service was not reached, run this again",
    NotAdmittedError: "Dịch vụ từ chối hệ thống này. · The service does not admit this client",
    UnexpectedAnswerError: "Nơi trả lời không phải dịch vụ này. · What answers is not this service",
}

InFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="HTCDS 2.0: XLSX, CSV")]
ClientId = Annotated[str, typer.Option("--as", help="Mã hệ thống · Client id")]
Channel = Annotated[str, typer.Option(help="Mã của danh mục intake_channel · A code of intake_channel")]
Province = Annotated[str, typer.Option(help="Mã tỉnh nơi tiếp nhận · Code of the province of reception")]
ReceivedAt = Annotated[str, typer.Option(help="Ví dụ · For example: 2026-11-20T22:41:00+07:00")]
Officer = Annotated[str, typer.Option(help="Mã cán bộ · Acting officer")]
Url = Annotated[str | None, typer.Option(help="Địa chỉ dịch vụ, cũng là issuer · The service's address and issuer")]
ReportFile = Annotated[Path | None, typer.Option(dir_okay=False, help="Kết quả từng dòng (JSON) · Result of each row")]
Tongue = Annotated[Literal["vi", "en"], typer.Option("--language", help="Ngôn ngữ của lý do · Language of reasons")]


@commands.command("htcds")
def import_htcds(
    file: InFile,
    *,
    client: ClientId,
    channel: Channel,
    province: Province,
    received_at: ReceivedAt,
    data: Data = DEFAULT_DATA,
    url: Url = None,
    officer: Officer = "htcds-import",
    report: ReportFile = None,
    language: Tongue = "vi",
) -> None:
    """Nhập tệp HTCDS 2.0, chạy lại không tạo thêm gì · Import HTCDS 2.0; run again, it creates nothing more"""
    frame = _frame(channel, province, received_at)
    try:
        sheet = read(file)
        key = Key.load(key_path(data, client))
        row_ids = ids.RowIds(ids.secret(data), client)
        service = Client(url or _url(data), client, key, officer=officer, language=language, retries=PATIENCE)
    except (UnreadableFileError, ValueError, ids.DamagedSecretError) as error:
        refuse(str(error), _UNUSABLE)
    found = Report(len(sheet.rows), sheet.ignored)
    with service:
        _send_all(sheet, found, lambda row: take_in(row, frame, row_ids, service, language), report)


def _url(data: Path) -> str:
    try:
        return url_of(data)
    except FileNotFoundError:
        return Settings().public_url


def _frame(channel: str, province: str, received_at: str) -> dict[str, Any]:
    """What all rows have in common, judged before any is sent."""
    place = {"province_code": province}
    frame = {"schema_version": "1.0", "channel": channel, "received_at": received_at, "place": place}
    try:
        IntakeIn.model_validate(frame)
    except ValidationError as error:
        first = error.errors()[0]
        refuse(f"{first['loc'][-1]}: {first['msg']}", _UNUSABLE)
    return frame


def _send_all(sheet: Sheet, found: Report, send: Callable[[Row], Line], report: Path | None) -> None:
    """Row after row; however it ends, the report says how far it came."""
    try:
        for row in track(sheet.rows, description="HTCDS", console=Console(stderr=True)):
            found.lines.append(send(row))
    except tuple(_WHY) as error:
        refuse(f"{_WHY[type(error)]}: {error}", _STOPPED)
    finally:
        _tell(found, report)
    if found.counts()["rejected"]:
        raise typer.Exit(_SOME_REJECTED)


def _tell(found: Report, path: Path | None) -> None:
    if path is not None:
        found.write(path)
    rejected = list(found.rejected())
    if rejected:
        lines = [(str(row), reason.cell or "-", f"{reason.message} ({reason.code})") for row, reason in rejected]
        show(("dòng · row", "ô · cell", "lý do · reason"), lines[:_SHOWN])
    if len(rejected) > _SHOWN:
        say(f"… +{len(rejected) - _SHOWN}: --report")
    if found.ignored_columns:
        say(f"Cột không đọc · Columns not read: {', '.join(found.ignored_columns)}")
    say(", ".join(f"{name}: {count}" for name, count in found.counts().items()))


@commands.command("htcds-sample")
def htcds_sample(
    out: Annotated[Path, typer.Option(dir_okay=False, help="XLSX")],
    rows: Annotated[int, typer.Option(min=1, max=50_000, help="Số dòng · Number of rows")] = 200,
    seed: Annotated[int, typer.Option(help="Cùng số này, cùng các dòng · The same seed gives the same rows")] = 7,
    template: Annotated[Path | None, typer.Option(exists=True, help="Biểu mẫu IOM · The published workbook")] = None,
    ctdc: Annotated[Path | None, typer.Option(exists=True, help="Mẫu CTDC (CSV) · The CTDC sample (CSV)")] = None,
) -> None:
    """Tạo tệp HTCDS để thử, không có người thật · Make an HTCDS file for trials; nobody in it is real"""
    try:
        write_workbook(out, generate(rows, seed, ctdc), template)
    except UnreadableFileError as error:
        refuse(str(error), _UNUSABLE)
    say(str(out))
