"""How a post is opened for a command: its folder, its PIN, its line; and what happens when one of them is not right."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from app.cli.output import refuse, say
from app.post import enrolment, lock, outbox
from app.post.enrolment import NotEnrolledError
from app.post.network import Network, connect
from app.post.outbox import Item, NoPostError, Outbox

WAITS, UNUSABLE, PARKED = 1, 2, 3
PIN = "REFERRAL_POST_PIN"

Folder = Annotated[Path, typer.Option("--post", envvar="REFERRAL_POST", help="Thư mục của trạm · The post's folder")]
DEFAULT_FOLDER = Path(".post")
ItemId = Annotated[str, typer.Argument(help="Mã, hoặc phần đầu của mã · Id, or how it begins")]
InFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Tệp · File")]
NOT_ENROLLED = "Trạm chưa được dịch vụ nhận: `post enrol`, `post send`. · Not admitted yet: `post enrol`, `post send`."


def ask_pin() -> str:
    """Typed unseen; from the environment only for a machine that sends by itself."""
    return os.environ.get(PIN) or str(typer.prompt("PIN", hide_input=True))


def opened(folder: Path, pin: str | None = None) -> Outbox:
    """The post, unlocked; a wrong PIN ends the command, and several cost time."""
    if not (folder / outbox.FILE).exists():
        refuse(f"Chưa có trạm ở {folder}: `post enrol`. · There is no post in {folder}: `post enrol`.", UNUSABLE)
    try:
        return outbox.unlock(folder, ask_pin() if pin is None else pin)
    except NoPostError:
        refuse(f"Chưa có trạm ở {folder}: `post enrol`. · There is no post in {folder}: `post enrol`.", UNUSABLE)
    except lock.WrongPinError:
        refuse("Sai PIN. · Wrong PIN.", UNUSABLE)
    except lock.TooEarlyError as early:
        refuse(f"Sai PIN nhiều lần: chờ {early.seconds} giây. · Too many wrong PINs: wait {early.seconds} s.", UNUSABLE)


@contextmanager
def line_of(box: Outbox) -> Iterator[Network]:
    """The line to the service, closed at the end; a drift of the clock is told, and never stops anything."""
    clock = enrolment.clock_of(box)
    try:
        network = connect(box, clock)
    except NotEnrolledError:
        refuse(NOT_ENROLLED, UNUSABLE)
    try:
        yield network
    finally:
        network.client.close()
        enrolment.remember(box, clock)
        warn(clock.is_off(), clock.warning())


def warn(when: bool, text: str) -> None:
    if when:
        say(text, style="yellow")


def chosen(box: Outbox, beginning: str) -> Item:
    """The one record whose id begins so; else the command ends."""
    found = [item for item in box.items() if str(item.id).startswith(beginning.lower())]
    if len(found) != 1:
        refuse(f"{len(found)} bản ghi có mã như vậy. · {len(found)} records have such an id.", UNUSABLE)
    return found[0]


def short(item_id: UUID) -> str:
    return str(item_id)[:8]
