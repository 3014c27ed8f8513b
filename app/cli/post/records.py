"""`post new`, `fix`, `import`, `status`: what is written down here."""

import csv
from pathlib import Path
from typing import Annotated

import typer

from app.cli.output import refuse, say, show
from app.cli.post.opening import DEFAULT_FOLDER, PARKED, UNUSABLE, Folder, InFile, ItemId, chosen, opened, short, warn
from app.post import enrolment, wording
from app.post.outbox import Item, Outbox
from app.post.reopening import reopen
from app.post.terminal import Form

_STATES = {"draft": "nháp · draft", "ready": "chờ gửi · ready", "parked": "CẦN SỬA · PARKED"}


def new(folder: Folder = DEFAULT_FOLDER) -> None:
    """Ghi một lần tiếp nhận, từng câu hỏi một · Take a record, question by question."""
    box = opened(folder)
    _fill(box, box.open_draft({}))


def fix(
    item: ItemId,
    *,
    new_id: Annotated[bool, typer.Option(help="Là bản ghi khác: cấp mã mới · Another record: a new id")] = False,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Mở lại một bản nháp hoặc bản cần sửa · Reopen a draft or a parked record."""
    box = opened(folder)
    found = chosen(box, item)
    if found.state == "ready":
        refuse("Bản ghi đã xác nhận, đang chờ gửi. · Confirmed already, waiting to be sent.", UNUSABLE)
    _fill(box, found if found.state == "draft" else _reopened(box, found, new_id=new_id))


def _reopened(box: Outbox, item: Item, *, new_id: bool) -> Item:
    say(wording.reason(item.problem))
    code = (item.problem or {}).get("code")
    if code in wording.NEEDS_NEW_ID and not new_id:
        raise typer.Exit(PARKED)
    return reopen(box, item, new_id=new_id)


def _fill(box: Outbox, draft: Item) -> None:
    clock = enrolment.clock_of(box)
    warn(clock.is_off(), clock.warning())
    say(f"Mã · Id: {draft.id}")
    form = Form(box, clock, lambda prompt: str(typer.prompt(prompt, default="", show_default=False)), say)
    try:
        form.fill(draft.id)
    except (EOFError, KeyboardInterrupt, typer.Abort):
        say(f"\nĐã lưu bản nháp: `post fix {short(draft.id)}` · Kept as a draft: `post fix {short(draft.id)}`")


def import_table(file: InFile, folder: Folder = DEFAULT_FOLDER) -> None:
    """Nhập bảng CSV, XLSX hoặc JSONL; nhập lại không tạo thêm gì · Import CSV, XLSX or JSONL; again, nothing more."""
    from app.post import sheets  # here, because the other commands need not wait for a reader of workbooks

    box = opened(folder)
    try:
        report = sheets.take_in(box, file, enrolment.clock_of(box))
    except sheets.UnreadableTableError as error:
        refuse(str(error), UNUSABLE)
    wrong = [(row, key, code) for row, faults in report.parked.items() for key, code in faults.items()]
    lines = [(str(row), f"{key}: {wording.rule(code)}") for row, key, code in wrong]
    lines += [(str(row), "đã có, nội dung khác, giữ nguyên · known with other content, kept") for row in report.changed]
    lines += [(str(row), "không đọc được · unreadable") for row in report.unreadable]
    if lines:
        show(("dòng · row", "lý do · reason"), lines)
    if report.ignored:
        say(f"Cột không đọc · Columns not read: {', '.join(report.ignored)}")
    say(f"mới · new: {report.new}, đã có · known: {report.known}, cần sửa · parked: {len(report.parked)}")
    if lines:
        raise typer.Exit(PARKED)


def template(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="CSV")],
) -> None:
    """Ghi bảng trống có đủ các cột để nhập · Write an empty table with every column for import."""
    from app.post import sheets

    with file.open("w", encoding="utf-8-sig", newline="") as text:
        csv.writer(text).writerow(sheets.template())
    say(str(file))


def status(folder: Folder = DEFAULT_FOLDER) -> None:
    """Còn gì ở đây, vì sao · What is still here, and why; no names."""
    box = opened(folder)
    rows = [
        (short(item.id), _STATES[item.state], "KHẨN · urgent" if item.urgent else "", str(item.attempts), _why(item))
        for item in box.items()
    ]
    if rows:
        show(("mã · id", "trạng thái · state", "", "lần gửi · tries", "tình trạng · why"), rows)
    for item in box.items("parked"):
        for line in wording.faults(item.problem):
            say(f"  {short(item.id)}: {line}")
    say(f"biên nhận · receipts: {sum(1 for _ in box.receipts())}, còn lại · left: {len(rows)}")


def _why(item: Item) -> str:
    return "" if item.state == "draft" else wording.reason(item.problem)
