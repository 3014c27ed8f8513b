"""`referral serve`: the service in earnest. It decides what must be right before the first request is taken."""

import asyncio
import gc
import time
from importlib.util import find_spec
from typing import Annotated, Any

import asyncpg
import typer
import uvicorn
from fastapi import FastAPI

from app import traces
from app.auth.key_folder import ensure_keys, load_keys
from app.auth.keys import UnusableKeyError
from app.cli import logs
from app.cli.output import refuse
from app.keyring import Keyring
from app.settings import Settings
from app.wire import Wire

MISCONFIGURED = 2
UVICORN: dict[str, Any] = {
    "loop": "uvloop",
    "http": Wire,
    "ws": "none",
    "log_config": None,
    "access_log": False,  # paths hold ids; who did what is the audit's to tell
    "server_header": False,
    "date_header": True,
    "proxy_headers": False,  # anybody can send them; REFERRAL_TRUSTED_PROXIES says whose are believed
    "timeout_graceful_shutdown": 20,
}

# MEMBER, not USAGE: the migrator inherits nothing, but one SET ROLE makes it the owner.
_RIGHTS = """
select rolsuper, rolbypassrls,
       exists (select from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace
               and pg_has_role(current_user, relowner, 'MEMBER')) as owner
from pg_roles where rolname = current_user
"""


def serve(
    host: Annotated[str, typer.Option(help="Địa chỉ lắng nghe · Address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Cổng · Port")] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Số tiến trình · Processes")] = 1,
) -> None:
    """Chạy dịch vụ với DATABASE_URL · Serve, with DATABASE_URL."""
    settings = Settings()
    if settings.database_url is None:
        refuse("Chưa đặt DATABASE_URL. · DATABASE_URL is not set.", MISCONFIGURED)
    if settings.traces_url is not None and find_spec("opentelemetry.sdk") is None:
        refuse("Hãy cài phần `tracing`. · Install the extra `tracing`, for REFERRAL_TRACES_URL is set.", MISCONFIGURED)
    _check_rights(settings.database_url)
    prepare_keys(settings)
    uvicorn.run("app.cli.serve:application", factory=True, host=host, port=port, workers=workers, **UVICORN)


def application() -> FastAPI:
    """What each worker process serves."""
    from app.main import create_app  # here, because the other commands need not wait for it

    logs.configure()
    settings = Settings()
    if settings.traces_url is not None:
        traces.send_to(settings.traces_url)
    app = create_app(settings, settings.database_url or "")
    # What was built once lives as long as the process: looking at it again for garbage stops everybody for 200 ms.
    gc.collect()
    gc.freeze()
    return app


def prepare_keys(settings: Settings) -> None:
    """Makes every key in an empty folder. In any other one a missing key ends the command: a new one in its place would
    leave all that the lost one sealed unreadable. What a newer version needs besides is added."""
    folder = settings.keys
    if not folder.exists() or not any(folder.iterdir()):
        Keyring.create(folder, kek=settings.kms_url is None)
        ensure_keys(folder)
    try:
        Keyring.complete(folder)
        Keyring.load(settings)
        load_keys(folder, time.time())
    except (OSError, UnusableKeyError) as error:
        refuse(f"Thiếu khóa trong {folder}, hãy phục hồi. · A key is missing in {folder}, restore it.\n{error}", 2)


def _check_rights(url: str) -> None:
    """Row-level security binds neither a superuser, nor BYPASSRLS, nor a table's owner (unforced): none may serve."""
    try:
        rights = asyncio.run(_rights(url))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        refuse(f"Không kết nối được cơ sở dữ liệu. · The database cannot be reached: {type(error).__name__}")
    held = ", ".join(name for name, has in rights.items() if has)
    if held:
        refuse(
            f"DATABASE_URL có quyền quá rộng ({held}): phân quyền theo dòng sẽ không có hiệu lực. · "
            f"The login of DATABASE_URL may do too much ({held}): row-level security would not bind it.",
            MISCONFIGURED,
        )


async def _rights(url: str) -> dict[str, bool]:
    connection = await asyncpg.connect(url.replace("+asyncpg", "", 1), timeout=10)
    try:
        row = await connection.fetchrow(_RIGHTS)
    finally:
        await connection.close()
    return {"superuser": row["rolsuper"], "BYPASSRLS": row["rolbypassrls"], "owner of tables": row["owner"]}
