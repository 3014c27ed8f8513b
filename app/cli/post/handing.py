"""`post send`, `bundle`, `import-bundle`, `receipts`, `import-receipts`: how records leave, by wire or by stick."""

import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.output import progress, refuse, say, show
from app.cli.post.opening import (
    DEFAULT_FOLDER,
    NOT_ENROLLED,
    PARKED,
    UNUSABLE,
    WAITS,
    Folder,
    InFile,
    line_of,
    opened,
    short,
)
from app.post import bundles, enrolment, receipts, wording
from app.post.enrolment import NotEnrolledError
from app.post.outbox import Item, Kept, Outbox
from app.post.sending import Sender, Tally

OutFile = Annotated[Path, typer.Option("--out", dir_okay=False, help="Tệp · File")]


def send(
    watch: Annotated[bool, typer.Option(help="Gửi mãi cho đến Ctrl+C · Go on until Ctrl+C")] = False,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Gửi các bản ghi đã xác nhận, khẩn cấp trước · Send what was confirmed, the urgent first."""
    box = opened(folder)
    with line_of(box) as line, progress("Gửi · Sending") as bar:
        done, waiting = 0, sum(1 for _ in box.items("ready"))

        def told(item: Item, what: Kept | Mapping[str, Any]) -> None:
            nonlocal done
            done += 1
            bar(done, max(done, waiting))
            say(f"{short(item.id)}  {what.reference if isinstance(what, Kept) else wording.reason(what)}")

        sender = Sender(box, line, line.clock, told)
        tally = _watched(sender) if watch else sender.walk()
    _conclude(tally, box)


def _watched(sender: Sender) -> Tally:
    tally = Tally()

    def told(now: Tally, seconds: float) -> None:
        nonlocal tally
        tally = now
        if now.waits:
            say(f"{wording.reason({'code': now.waits.code})} ({seconds:.0f} s)")

    with suppress(KeyboardInterrupt):
        sender.watch(time.sleep, told)
    return tally


def _conclude(tally: Tally, box: Outbox) -> None:
    parked = sum(1 for _ in box.items("parked"))
    say(f"đã gửi · sent: {tally.sent}, chờ · waiting: {tally.waiting}, cần sửa · parked: {parked}")
    if tally.waits:
        say(wording.reason({"code": tally.waits.code}))
    if tally.waiting:
        raise typer.Exit(WAITS)
    if parked:
        raise typer.Exit(PARKED)


def bundle(
    to: Annotated[str, typer.Option(help="Nơi nhận gói, do `post doctor` ở trạm kia in ra · age1…, from its `doctor`")],
    out: OutFile,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Đóng gói niêm phong để mang bằng USB tới trạm có mạng · Seal what waits into a file for a post with a network."""
    box = opened(folder)
    try:
        count = bundles.seal(box, to, out)
    except ValueError:
        refuse("Nơi nhận gói không đúng: cần age1… · Not a recipient: age1… is needed.", UNUSABLE)
    except NotEnrolledError:
        refuse(NOT_ENROLLED, UNUSABLE)
    say(f"{count} bản ghi · records: {out}")
    say(f"Khóa của trạm này · This post's key: {enrolment.key_of(box).kid}")


def import_bundle(
    file: InFile,
    *,
    maker: Annotated[
        str | None,
        typer.Option("--from", help="Khóa của trạm gửi, khỏi hỏi · The maker's key, unasked"),
    ] = None,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Nhận gói của trạm khác cùng cơ quan; nhập lại không tạo thêm gì · Take in a bundle; again, nothing more."""
    box = opened(folder)
    try:
        found = bundles.read(box, file)
    except bundles.UnreadableBundleError:
        refuse("Gói hỏng, hoặc không gửi cho trạm này. · Damaged, or not for this post.", UNUSABLE)
    except bundles.ForeignBundleError:
        refuse("Gói của cơ quan hoặc dịch vụ khác. · Of another organisation or service.", UNUSABLE)
    except NotEnrolledError:
        refuse(NOT_ENROLLED, UNUSABLE)
    if maker not in (None, found.maker):
        refuse(f"Gói do khóa khác lập · Made by another key: {found.maker}", UNUSABLE)
    say(f"{found.client_id}: {len(found.items)} bản ghi · records")
    say(f"Khóa của trạm gửi · The maker's key: {found.maker}")
    if maker is None and not typer.confirm("Đúng khóa `post doctor` ở trạm kia? · Is it its `doctor`'s?"):
        raise typer.Exit(UNUSABLE)
    done = bundles.bring(box, found)
    say(f"mới · new: {done.new}, đã có · known: {done.known}, khác nội dung · other content: {done.other_content}")


def show_receipts(
    export: Annotated[Path | None, typer.Option(dir_okay=False, help="Ghi ra tệp cho trạm kia · Into a file")] = None,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Các biên nhận có chữ ký · The signed receipts."""
    box = opened(folder)
    if export is not None:
        say(f"{receipts.export(box, export)} biên nhận · receipts: {export}")
        return
    show(("mã · id", "số · reference", "SHA-256"), [(str(k.id), k.reference, k.digest) for k in box.receipts()])


def import_receipts(file: InFile, folder: Folder = DEFAULT_FOLDER) -> None:
    """Nhận biên nhận mang về từ trạm có mạng · Take in receipts brought back from the post with a network."""
    box = opened(folder)
    try:
        taken = receipts.take_in(box, file)
    except NotEnrolledError:
        refuse(NOT_ENROLLED, UNUSABLE)
    say(
        f"xong · done: {taken.left}, không còn chờ · not waiting: {taken.not_waiting}, "
        f"không tin được · refused: {taken.refused}"
    )
    if taken.refused:
        raise typer.Exit(UNUSABLE)
