"""`referral openapi` and `referral docs`: files made from the code and committed, so that review sees every change."""

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


def openapi(check: Check = False) -> None:
    """Ghi openapi/ và app/client/contract/ từ mã nguồn · Write openapi/ and app/client/contract/ from the code."""
    from app import contract

    app = _application()
    if check:
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
