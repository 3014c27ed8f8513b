"""`referral openapi` and `referral docs`: files made from the code and committed, so that review sees every change."""

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from fastapi import FastAPI

from app.auth.key_folder import ensure_keys
from app.cli.output import refuse, say
from app.keyring import Keyring
from app.settings import Settings

OPENAPI = Path(__file__).parents[2] / "openapi"
Check = Annotated[bool, typer.Option("--check", help="Chỉ so sánh; mã thoát 1 nếu cũ · Only compare; exit 1 if stale")]


Pair = Annotated[
    tuple[Path, Path] | None,
    typer.Option(help="Hai hợp đồng, cũ và mới: nêu thay đổi làm hỏng phía gọi · Two contracts: what breaks clients"),
]
Release = Annotated[bool, typer.Option("--release", help="Giữ bản đã công bố · Keep this version as released")]


def openapi(check: Check = False, compare: Pair = None, release: Release = False) -> None:
    """Ghi openapi/ và app/client/ từ mã nguồn, hoặc so sánh hai hợp đồng · Write openapi/ and app/client/ from
    the code, or compare two contracts."""
    from app import contract
    from app.contract.compare import write_release

    if compare:
        return _compare(*compare)
    app = _application()
    if release:
        say(f"Đã ghi · Wrote {write_release(contract.document(app), OPENAPI / 'released').name}")
    elif check:
        _refuse_stale("openapi", contract.stale(OPENAPI, app))
    else:
        contract.write(OPENAPI, app)
        say("Đã ghi openapi/ và app/client/contract/. · Wrote openapi/ and app/client/contract/.")


def docs(check: Check = False) -> None:
    """Ghi các trang sinh tự động của docs/ · Write the generated pages of docs/."""
    from app.cli import docs as pages

    if check:
        _refuse_stale("docs", pages.stale())
    else:
        pages.write()
        say("Đã ghi docs/. · Wrote docs/.")


def _compare(old: Path, new: Path) -> None:
    """Exit 0 when nothing breaks, or the new one has another major; 1 with each breaking change in a line."""
    from app.contract.compare import admitted, breaking

    before, after = (json.loads(path.read_text("utf-8")) for path in (old, new))
    found = breaking(before, after)
    for line in found:
        say(line)
    if found and not admitted(before, after):
        refuse(f"{len(found)} thay đổi cần số chính mới · breaking changes: they need a new major version")
    say("Không có gì cản trở. · Nothing stands against it.")


def _refuse_stale(command: str, names: Sequence[str]) -> None:
    if names:
        refuse(f"Đã cũ · Stale: {', '.join(names)}. Chạy · Run: ./referral {command}")


def _application() -> FastAPI:
    """The application, for its document: it needs keys to be made, though not these, and opens no connection."""
    from app.main import create_app

    with TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder))
        Keyring.create(settings.keys)
        ensure_keys(settings.keys)
        return create_app(settings, "postgresql+asyncpg://127.0.0.1/referral")
