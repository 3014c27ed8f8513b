"""`referral conformance`: a partner's integration, run through a relay that brings mishaps and judges what it does.

Exit codes: 0 every rule kept; 1 a rule broken; 3 a rule not put to the test; 2 the command is not usable.
"""

import os
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from app.cli.conformance.counterpart import refer
from app.cli.conformance.faults import Plan
from app.cli.conformance.relay import Relay, relaying
from app.cli.conformance.report import Report, judge
from app.cli.folder import key_path
from app.cli.options import DEFAULT_DATA, Data
from app.cli.output import refuse, say
from app.client import Client, Key, ReferralError
from app.client.keys import UnusableKeyError

_UNUSABLE = 2
_EXIT = {"passed": 0, "failed": 1, "unseen": 3}
_REFERRALS = 2


def conformance(
    role: Annotated[str, typer.Option("--as", help="sender | receiver")],
    command: Annotated[list[str] | None, typer.Argument(help="Lệnh chạy hệ thống của bạn · What runs your own")] = None,
    *,
    url: Annotated[str, typer.Option(help="Địa chỉ dịch vụ · The service")] = "http://127.0.0.1:8000",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Cổng để hệ thống của bạn gọi · Where yours calls")
    ] = 8700,
    seconds: Annotated[int, typer.Option(min=1, help="Lâu nhất · At most")] = 120,
    report: Annotated[Path, typer.Option(help="Tệp báo cáo JSON · Where the report goes")] = Path("conformance.json"),
    counterpart: Annotated[
        str | None, typer.Option(help="Hệ thống thử nghiệm gửi giấy chuyển tuyến · Sends them")
    ] = None,
    counterpart_key: Annotated[Path | None, typer.Option(help="Khóa của nó, PEM · Its key")] = None,
    receiver: Annotated[str | None, typer.Option(help="Mã cơ quan của bạn · Your organisation's id")] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Kiểm tra hệ thống của bạn ở chế độ thử · Judge your own integration, in test mode."""
    if role not in ("sender", "receiver"):
        refuse("--as sender | receiver", _UNUSABLE)
    if counterpart and receiver:
        _refer(url, counterpart, counterpart_key or key_path(data, counterpart), receiver)
    relay = Relay(url.rstrip("/"), Plan(role))
    with relaying(relay, port) as address:
        say(f"Gọi qua địa chỉ này · Call by this address: {address}")
        _wait(command or (), address, seconds)
    if relay.live:
        refuse("Hệ thống này không ở chế độ thử. · This client is live: register a test client.", _UNUSABLE)
    _tell(judge(role, relay.upstream, relay.log.all()), report)


def _refer(url: str, client_id: str, key: Path, receiver: str) -> None:
    """More than one, so that what is done at the first may be done otherwise at the next."""
    try:
        with Client(url, client_id, Key.load(key), officer="conformance", purpose="care_coordination") as client:
            if client.request("GET", "/v1/me").body["mode"] != "test":
                refuse("--counterpart không ở chế độ thử. · The counterpart is a live client.", _UNUSABLE)
            for _ in range(_REFERRALS):
                refer(client, receiver)
    except (ReferralError, UnusableKeyError) as error:
        refuse(f"--counterpart: {error}", _UNUSABLE)


def _wait(command: Sequence[str], address: str, seconds: int) -> None:
    """Until the command has ended, or, without one, until somebody stops it; never longer than was asked."""
    with suppress(KeyboardInterrupt, subprocess.TimeoutExpired):
        if command:
            environment = {**os.environ, "REFERRAL_CONNECT": address}
            subprocess.run(command, env=environment, timeout=seconds, check=False)  # noqa: S603 - the caller's own
        else:
            time.sleep(seconds)


def _tell(made: Report, path: Path) -> None:
    path.write_text(made.as_json(), "utf-8")
    say(made.as_text())
    say(f"Báo cáo · Report: {path}")
    raise typer.Exit(_EXIT[made.verdict])
