"""`referral token`: an access token for one of the demo's clients, for use in other commands."""

import time
from typing import Annotated

import httpx
import typer

from app.auth.keys import UnusableKeyError, read_key
from app.cli.folder import key_path, url_of
from app.cli.options import DEFAULT_DATA, Data
from app.cli.output import refuse
from app.oauth.assertions import fetch_token, make_assertion


def token(
    client: Annotated[str, typer.Argument(help="Ví dụ · For example: demo-border")], data: Data = DEFAULT_DATA
) -> None:
    """In ra mã truy cập, không gì khác · Print an access token and nothing else."""
    try:
        url = url_of(data)
        key = read_key(key_path(data, client))
        typer.echo(fetch_token(url, make_assertion(client, key, url, time.time())))
    except FileNotFoundError:
        refuse(f"Chưa có bản chạy thử ở {data}. · There is no demo in {data}: ./referral demo")
    except UnusableKeyError:
        known = ", ".join(sorted(path.stem for path in key_path(data, client).parent.glob("*.pem")))
        refuse(f"Không có {client}, chỉ có: · There is no {client}, only: {known}")
    except httpx.HTTPError as error:
        refuse(f"Dịch vụ ở {url} không cấp mã. · The service at {url} gave no token: {error}")
