"""What the demo prints once it serves: addresses, who can be played, a first request that works, and how to stop."""

import shlex
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.cli.network import Member
from app.cli.options import DEFAULT_DATA
from app.cli.output import say, show

_LAUNCHER = Path(__file__).parents[2] / "referral"
_REQUEST = """\
curl -sS -X PUT {url}/v1/intakes/$(python3 -c 'import uuid; print(uuid.uuid4())') \\
  -H "Authorization: Bearer $({launcher} token demo-border{data})" \\
  -H 'Acting-Officer: cb-0147' -H 'Content-Type: application/json' -d '{body}'"""
_BODY = (
    '{"schema_version": "1.0", "channel": "self_return_border", "received_at": "%s", "place": {"province_code": "15"}, '
    '"person": {"full_name": "Nguyễn Thị Hoa", "sex": "female", "birth_date": "1999", "nationalities": ["VN"]}, '
    '"urgent_needs": ["medical", "shelter"]}'
)


def welcome(network: Sequence[Member], data: Path, url: str) -> None:
    """All of it, on stdout."""
    launcher, option = _launcher(), "" if data == DEFAULT_DATA else f" --data {shlex.quote(str(data))}"
    say(f"\nDịch vụ đang chạy · Serving: {url}", style="bold green")
    say(f"Tài liệu · Documentation: {url}/docs")
    say(f"Hợp đồng · Contract: {url}/openapi.json\n")
    show(
        ("hệ thống · client", "chức năng · agency", "cơ quan · organisation", "id"),
        [
            (c, m.organisation.agency, m.organisation.name_vi, str(m.organisation.id))
            for m in network
            for c in m.clients
        ],
    )
    say("\nThử ngay trong cửa sổ khác · Try it in another terminal:\n", style="bold")
    say(first_request(url, launcher, option))
    say(f"\nDữ liệu · Data: {data} (khóa của các hệ thống · keys of the clients: {data / 'clients'})")
    say(f"Dừng · Stop: Ctrl+C    Làm lại từ đầu · Start afresh: {launcher} demo --reset{option}\n")


def first_request(url: str, launcher: str, option: str) -> str:
    """A shell command that submits an intake as the border post, each time a new one."""
    received_at = (datetime.now(UTC) - timedelta(hours=1)).isoformat(timespec="seconds")
    return _REQUEST.format(url=url, launcher=launcher, data=option, body=_BODY % received_at)


def _launcher() -> str:
    """`./referral` where that works, else its full path."""
    return "./referral" if _LAUNCHER.parent == Path.cwd() else shlex.quote(str(_LAUNCHER))
