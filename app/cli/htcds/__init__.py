"""`referral import`: records that others keep in IOM's HTCDS 2.0 become intakes, through the public API and no other way.

Exit codes: 0 every row is in; 3 some were rejected and stand in the report; 1 the service was not reached or does not
admit the client, and the same command may simply be given again; 2 the command or the file is not usable.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import track
from rich.table import Table

from app.auth.keys import UnusableKeyError, read_key
from app.cli.htcds import ids
from app.cli.htcds.generate import generate, write_workbook
from app.cli.htcds.report import Report, take_in
from app.cli.htcds.send import NotAdmittedError, Sender, UnreachableError
from app.cli.htcds.workbook import UnreadableFileError, read
from app.intakes.schemas import IntakeIn
from app.settings import Settings

imports = typer.Typer(name="import", help="Nhập dữ liệu từ nơi khác · Import records", no_args_is_help=True)
_out = Console(stderr=True)

_SOME_REJECTED, _STOPPED = 3, 1
_SHOWN = 50

InFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="XLSX, CSV: HTCDS 2.0")]
Client = Annotated[str, typer.Option("--as", help="Mã client · Client id")]
Channel = Annotated[str, typer.Option(help="Mã của danh mục intake_channel · A code of intake_channel")]
Province = Annotated[str, typer.Option(help="Mã tỉnh nơi tiếp nhận · Code of the province of reception")]
ReceivedAt = Annotated[str, typer.Option(help="2026-11-20T22:41:00+07:00")]
Officer = Annotated[str, typer.Option(help="Mã cán bộ · Acting-Officer")]
Data = Annotated[Path | None, typer.Option(help="Thư mục dữ liệu · Data folder")]
Url = Annotated[str | None, typer.Option(help="Địa chỉ dịch vụ · Address of the service, which is its issuer")]
ReportFile = Annotated[Path | None, typer.Option(dir_okay=False, help="Kết quả từng dòng (JSON) · Result of each row")]
LanguageOption = Annotated[Literal["vi", "en"], typer.Option("--language")]


@imports.command("htcds")
def import_htcds(
    file: InFile,
    client: Client,
    channel: Channel,
    province: Province,
    received_at: ReceivedAt,
    data: Data = None,
    url: Url = None,
    officer: Officer = "htcds-import",
    report: ReportFile = None,
    language: LanguageOption = "vi",
) -> None:
    """Nhập tệp HTCDS 2.0; chạy lại không tạo thêm gì. · Import HTCDS 2.0; run again, it creates nothing more."""
    settings = Settings()
    folder = data or settings.data
    frame = _frame(channel, province, received_at)
    try:
        sheet = read(file)
        key = read_key(folder / "clients" / f"{client}.pem")
        row_ids = ids.RowIds(ids.secret(folder), client)
    except (UnreadableFileError, UnusableKeyError, ValueError) as error:
        raise typer.BadParameter(str(error)) from error
    found = Report(len(sheet.rows), sheet.ignored)
    try:
        with Sender(url or settings.public_url, client, key, officer=officer, language=language) as sender:
            for row in track(sheet.rows, description=file.name, console=_out):
                found.lines.append(take_in(row, frame, row_ids, sender, language))
    except (UnreachableError, NotAdmittedError) as error:
        _out.print(f"{_WHY[type(error)]}: {error}", style="red")
        raise typer.Exit(_STOPPED) from error
    finally:
        _tell(found, report)
    if found.counts()["rejected"]:
        raise typer.Exit(_SOME_REJECTED)


_WHY: dict[type[Exception], str] = {
    UnreachableError: "Không liên lạc được dịch vụ; hãy chạy lại / The service was not reached; run this again",
    NotAdmittedError: "Dịch vụ từ chối client này / The service does not admit this client",
}


def _frame(channel: str, province: str, received_at: str) -> dict[str, Any]:
    """What all rows have in common, judged before any is sent."""
    frame = {
        "schema_version": "1.0",
        "channel": channel,
        "received_at": received_at,
        "place": {"province_code": province},
    }
    try:
        IntakeIn.model_validate(frame)
    except ValidationError as error:
        first = error.errors()[0]
        raise typer.BadParameter(f"{first['loc'][-1]}: {first['msg']}") from error
    return frame


def _tell(found: Report, path: Path | None) -> None:
    if path is not None:
        found.write(path)
    rejected = list(found.rejected())
    if rejected:
        table = Table("Dòng · Row", "Ô · Cell", "Lý do · Reason")
        for row, reason in rejected[:_SHOWN]:
            table.add_row(str(row), reason.cell or "-", f"{reason.message} ({reason.code})")
        _out.print(table)
    if len(rejected) > _SHOWN:
        _out.print(f"… {len(rejected) - _SHOWN}")
    if found.ignored_columns:
        _out.print("Cột không đọc · Columns not read:", ", ".join(found.ignored_columns), markup=False)
    _out.print(", ".join(f"{name}: {count}" for name, count in found.counts().items()))


@imports.command("htcds-sample")
def htcds_sample(
    out: Annotated[Path, typer.Option(dir_okay=False, help="XLSX")],
    rows: Annotated[int, typer.Option(min=1, max=50_000)] = 200,
    seed: int = 7,
    template: Annotated[Path | None, typer.Option(exists=True, help="Biểu mẫu IOM · The published workbook")] = None,
    ctdc: Annotated[Path | None, typer.Option(exists=True, help="Mẫu CTDC (CSV) · CTDC sample")] = None,
) -> None:
    """Tạo tệp HTCDS để thử, không có người thật. · Make an HTCDS file for trials; nobody in it is real."""
    write_workbook(out, generate(rows, seed, ctdc), template)
