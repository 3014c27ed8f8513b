"""`referral listen`: a client's feed, carried to a port of this machine as webhooks are, to write a receiver by.

Nothing has to be reachable from outside, approved or registered: this reads the feed with the client's own key.
"""

import json
import time
from hashlib import sha256
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import typer

from app.cli.folder import key_path, url_of
from app.cli.options import DEFAULT_DATA, Data
from app.cli.output import refuse, say
from app.client import Client, Key, ReferralError, UnusableKeyError
from app.client import types as wire
from app.webhooks import signing

_HERE = ("127.0.0.1", "localhost", "::1")
_PAUSES = (0.2, 0.5, 1, 2, 5)
_SECONDS = 15


def listen(
    forward_to: Annotated[str, typer.Option("--forward-to", help="http://127.0.0.1:PORT/…")],
    *,
    client: Annotated[str, typer.Option(help="Hệ thống nào · Whose feed")] = "demo-police",
    types: Annotated[str, typer.Option(help="Cách nhau bằng dấu phẩy · Kinds of event, with commas")] = "",
    after: Annotated[
        str, typer.Option(help="`latest`, hoặc con trỏ; trống: từ đầu · Or a cursor; empty: all")
    ] = "latest",
    once: Annotated[bool, typer.Option("--once", help="Dừng khi hết sự kiện · End when there are no more")] = False,
    url: Annotated[str | None, typer.Option(help="Dịch vụ, nếu không phải bản chạy thử · Service, if no demo")] = None,
    key: Annotated[Path | None, typer.Option(help="Khóa riêng PEM · Private key, PEM", exists=True)] = None,
    bearer: Annotated[bool, typer.Option("--bearer", help="Không dùng DPoP · Without DPoP")] = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Chuyển sự kiện về một cổng trên máy này · Forward events to a port of this machine."""
    if urlsplit(forward_to).hostname not in _HERE:
        refuse("Chỉ chuyển đến máy này. · Only to this machine: http://127.0.0.1:PORT/…", 2)
    try:
        pem = (key or key_path(data, client)).read_bytes()
        speaker = Client(url or url_of(data), client, Key.from_pem(pem), dpop=not bearer)
    except (FileNotFoundError, UnusableKeyError):
        refuse(f"Chưa có khóa hoặc bản chạy thử ở {data}. · No key, or no demo, in {data}.", 2)
    # Derived from the client's key, so that a receiver's configuration outlives this command.
    signer = signing.keys(sha256(pem).digest(), UUID(int=0), 1)
    say(f"secret: {signer.secret}\npublic key: {signer.public}")
    with speaker, httpx.Client(trust_env=False, timeout=_SECONDS) as http:
        try:
            for batch in speaker.follow(
                after or None, [each for each in types.split(",") if each], wait=0 if once else 25
            ):
                for event in batch.events:
                    _forward(http, forward_to, signer, event)
        except ReferralError as error:
            refuse(f"Dịch vụ từ chối hoặc không trả lời. · The service refused or did not answer: {error}")
        except KeyboardInterrupt:
            return


def _forward(http: httpx.Client, to: str, signer: signing.Keys, event: wire.CloudEvent) -> None:
    """Until it is taken: at least once and in order, as the feed itself."""
    body = json.dumps(event, separators=(",", ":")).encode()
    tries = 0
    while True:
        signed = signing.headers([signer], UUID(event["id"]), int(time.time()), body)
        try:
            headers = {"Content-Type": "application/cloudevents+json", **signed}
            status = str((answer := http.post(to, content=body, headers=headers)).status_code)
            taken = answer.is_success
        except httpx.HTTPError as error:
            status, taken = type(error).__name__, False
        say(f"{event['time']}  {event['type']}  {event['subject']}  → {status}")
        if taken:
            return
        time.sleep(_PAUSES[min(tries, len(_PAUSES) - 1)])
        tries += 1
