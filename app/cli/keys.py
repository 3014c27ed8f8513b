"""`referral keys …`: the service's own keys, those that sign and those that wrap, are replaced while workers run."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from app.auth.key_folder import LOOK, PUBLIC_SECONDS, Dated, Purpose, add_successor, replace_leaked_issuer, succession
from app.auth.keys import UnusableKeyError
from app.cli.administration import IMPOSSIBLE, as_owner, reach
from app.cli.options import DEFAULT_DATA, Data
from app.cli.output import progress, refuse, say, show
from app.cli.vault import erasures, rotation
from app.keyring import Keyring
from app.settings import Settings
from app.vault import KeyProvider

commands = typer.Typer(no_args_is_help=True, help="Khóa của dịch vụ · The service's keys")

_LEAD = 2 * PUBLIC_SECONDS
Lead = Annotated[
    int,
    typer.Option(
        min=int(2 * LOOK),
        help="Giây công bố trước khi ký; dưới 300, bản lưu /oauth/jwks của nơi khác có thể chưa có khóa mới · "
        "Seconds published before it signs; below 300, copies of the key set elsewhere may not hold it yet",
    ),
]


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


@commands.command("rotate-issuer")
def rotate_issuer(
    *,
    lead_seconds: Lead = _LEAD,
    leaked: Annotated[
        bool,
        typer.Option("--leaked", help="Khóa đã lộ: bỏ ngay, mọi mã đang dùng mất hiệu lực · Drop it; tokens end now"),
    ] = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Thay khóa ký mã truy cập, không cần khởi động lại · Replace the key of access tokens, without a restart."""
    if not leaked:
        return _rotate(Purpose.ISSUER, lead_seconds, data)
    _started(data)
    say(f"Khóa mới, ký ngay · New key, signs now: {replace_leaked_issuer(_folder(data)).kid}")


@commands.command("rotate-receipts")
def rotate_receipts(lead_seconds: Lead = _LEAD, data: Data = DEFAULT_DATA) -> None:
    """Thay khóa ký biên nhận; biên nhận cũ vẫn kiểm được · Replace the key of receipts; old ones still verify."""
    _rotate(Purpose.RECEIPTS, lead_seconds, data)


@commands.command("rotate-audit")
def rotate_audit(lead_seconds: Lead = _LEAD, data: Data = DEFAULT_DATA) -> None:
    """Thay khóa ký mốc nhật ký; mốc cũ vẫn kiểm được · Replace the key of audit heads; old ones still verify."""
    _rotate(Purpose.AUDIT, lead_seconds, data)


@commands.command("list")
def show_all(data: Data = DEFAULT_DATA) -> None:
    """Các khóa ký và lúc bắt đầu · The signing keys and when each begins."""
    rows = [
        (purpose.value, each.key.kid, _at(each.begins) if each.begins else "-")
        for purpose, keys in _started(data).items()
        for each in keys
    ]
    show(("purpose", "kid", "signs from"), rows)


def _rotate(purpose: Purpose, lead_seconds: int, data: Path) -> None:
    _started(data)
    begins = time.time() + lead_seconds
    key = add_successor(_folder(data), purpose, begins)
    say(f"Khóa mới, ký từ {_at(begins)} · New key, signs from then: {key.kid}")


def _started(data: Path) -> Mapping[Purpose, Sequence[Dated]]:
    """Every key of a folder that a service has used; any other folder ends the command with exit code 2."""
    try:
        return {purpose: succession(_folder(data), purpose) for purpose in Purpose}
    except UnusableKeyError as error:
        refuse(f"Không đọc được khóa. · The keys cannot be read: {error}", IMPOSSIBLE)


def _folder(data: Path) -> Path:
    return Settings(data=data).keys


def _at(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%SZ}"
