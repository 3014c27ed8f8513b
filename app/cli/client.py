"""`referral client …`: which machines may call, and by which keys."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cli import registry
from app.cli.administration import IMPOSSIBLE, administer, parsed
from app.cli.options import DEFAULT_DATA, Data
from app.cli.output import refuse, say, show
from app.oauth.models import Client, ClientKey
from app.organisations.sides import is_test

commands = typer.Typer(no_args_is_help=True, help="Hệ thống được gọi · Client systems")

ClientId = Annotated[str, typer.Argument(help="Mã hệ thống · Client id")]
Jwk = Annotated[Path, typer.Option(help="Khóa công khai P-256, JWK · Public P-256 key as JWK", exists=True)]


def read_jwk(path: Path) -> Any:
    """The JSON object in the file; anything else ends the command with exit code 2."""
    try:
        jwk = json.loads(path.read_text("utf-8"))
    except ValueError:
        jwk = None
    return jwk if isinstance(jwk, dict) else refuse("Tệp không phải là JWK. · The file is not a JWK.", IMPOSSIBLE)


@commands.command("add")
def add(
    id: Annotated[str, typer.Option(help="Chữ thường, số, gạch nối · Lower case, digits, hyphens")],
    organisation: Annotated[UUID, typer.Option(help="Mã cơ quan · Organisation id")],
    jwk: Jwk,
    *,
    name: Annotated[str | None, typer.Option(help="Tên gọi, nếu khác mã · Name, if not the id")] = None,
    scope: Annotated[list[str], typer.Option(help="agency:capability; mặc định: tất cả · default: all")] = [],  # noqa: B006
    mode: Annotated[
        str | None, typer.Option(help="live | test; mặc định theo cơ quan · by default as its organisation")
    ] = None,
    bearer: Annotated[
        bool,
        typer.Option(
            help="Nhận cả mã không gắn với khóa, kém an toàn hơn; mặc định mỗi lần gọi kèm bằng chứng DPoP (RFC 9449) "
            "· Also take tokens bound to no key, which is weaker; by default every call carries a DPoP proof"
        ),
    ] = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Đăng ký một hệ thống · Register a client."""
    mode = mode or ("test" if is_test(organisation) else "live")
    stated = {"id": id, "organisation_id": organisation, "name": name or id, "mode": mode, "scopes": scope}
    new = parsed(registry.NewClient, **stated, dpop_required=not bearer)
    key = read_jwk(jwk)
    administer(data, lambda db: registry.add_client(db, new, key))
    say(f"Đã đăng ký {id}. · Registered {id}.")


@commands.command("disable")
def disable(client: ClientId, data: Data = DEFAULT_DATA) -> None:
    """Ngừng một hệ thống, có hiệu lực trong vài giây · Disable a client, within seconds."""
    administer(data, lambda db: registry.disable_client(db, client))
    say(f"Đã ngừng {client}. · Disabled {client}.")


@commands.command("rotate")
def rotate(
    client: ClientId,
    jwk: Jwk,
    overlap_hours: Annotated[
        float, typer.Option(min=0, help="Khóa cũ còn dùng được bao lâu; 0 nếu bị lộ · 0 when the old key leaked")
    ] = 24,
    data: Data = DEFAULT_DATA,
) -> None:
    """Thay khóa · Replace the key."""
    key = read_jwk(jwk)
    administer(data, lambda db: registry.rotate_key(db, client, key, timedelta(hours=overlap_hours)))
    say(f"Đã thay khóa của {client}. · Replaced the key of {client}.")


@commands.command("list")
def show_all(data: Data = DEFAULT_DATA) -> None:
    """Các hệ thống và số khóa còn dùng được · Clients and their live keys."""
    live = func.count(ClientKey.kid).filter(or_(ClientKey.retired_at.is_(None), ClientKey.retired_at > func.now()))
    query = select(Client, live.label("keys")).outerjoin(ClientKey, ClientKey.client_id == Client.id)

    async def fetch(db: AsyncConnection) -> Any:
        return (await db.execute(query.group_by(Client.id).order_by(Client.id))).all()

    columns = ("client", "status", "mode", "token", "keys", "scopes", "organisation")
    show(
        columns,
        [
            (
                *(row.id, row.status, row.mode, "DPoP" if row.dpop_required else "Bearer"),
                *(str(row.keys), str(len(row.scopes)), str(row.organisation_id)),
            )
            for row in administer(data, fetch)
        ],
    )
