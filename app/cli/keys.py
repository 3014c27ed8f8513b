"""`referral keys …`: the service's own signing keys, and how each is followed by the next while workers run."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from app.auth.key_folder import LOOK, PUBLIC_SECONDS, Dated, Purpose, add_successor, replace_leaked_issuer, succession
from app.auth.keys import UnusableKeyError
from app.cli.administration import IMPOSSIBLE
from app.cli.options import DEFAULT_DATA, Data
from app.cli.output import refuse, say, show
from app.settings import Settings

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
