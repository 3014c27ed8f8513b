"""`referral keys`: the service's own keys are replaced while it runs."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from app.cli.administration import as_owner, reach
from app.cli.options import DEFAULT_DATA, Data
from app.cli.output import progress, say, show
from app.cli.vault import erasures, rotation
from app.keyring import Keyring
from app.settings import Settings
from app.vault import KeyProvider

commands = typer.Typer(no_args_is_help=True, help="Khóa của dịch vụ · The service's keys")
T = TypeVar("T")
Retire = Annotated[
    bool,
    typer.Option(
        "--retire",
        help="Không tạo khóa mới; hủy các khóa cũ: mọi bản sao lưu trước đó không mở được nữa "
        "· Make no new one; destroy the older ones: no backup from before opens again",
    ),
]


@commands.command()
def rotate(retire: Retire = False, data: Data = DEFAULT_DATA) -> None:
    """Thay khóa mã hóa khóa; bị ngắt thì chạy lại · Replace the key-encryption key; if interrupted, run it again."""
    with progress("Thay khóa · Rotate") as moved:
        if retire:
            older = _with_provider(data, lambda url, provider: rotation.retire(url, provider, moved))
        else:
            kek_id, wrapped = _with_provider(data, lambda url, provider: rotation.rotate(url, provider, moved))
    if not retire:
        say(f"{wrapped} khóa nay dưới · keys are now under {kek_id}")
        say("Sao lưu cơ sở dữ liệu và thư mục khóa, rồi · Back up database and key folder, then: keys rotate --retire")
    elif older:
        say(f"Đã hủy · Destroyed: {', '.join(older)}")
    else:
        say("Không có khóa cũ. · There is no older key.")


@commands.command()
def status(data: Data = DEFAULT_DATA) -> None:
    """Khóa nào đang dùng, khóa nào đã hủy · Which keys are in force, and whether all destroyed ones are known."""

    async def ask(url: str, provider: KeyProvider) -> None:
        current = await provider.current()
        wrapped = {current: 0, **await rotation.usage(url)}
        rows = [(kek_id, "●" if kek_id == current else "", str(number)) for kek_id, number in wrapped.items()]
        show(("KEK", "hiện hành · in force", "khóa dữ liệu · data keys"), rows)
        async with as_owner(url) as db:
            missing = await erasures.differences(db, Keyring.load(Settings(data=data)).destroyed)
        if missing:
            say(f"{missing} khóa đã hủy chưa khớp · destroyed keys do not agree: erasure reapply", style="red")

    _with_provider(data, ask)


def _with_provider(data: Data, work: Callable[[str, KeyProvider], Awaitable[T]]) -> T:
    async def run(url: str) -> T:
        provider = Keyring.load(Settings(data=data)).vault.provider
        try:
            return await work(url, provider)
        finally:
            await provider.close()

    return reach(data, run)
