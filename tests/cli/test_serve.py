"""`referral serve` does not begin with too many rights or too few keys, and ends politely."""

import asyncio
import json
import logging
import socket
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
import typer

from app.cli.logs import _where_only
from app.cli.serve import prepare_keys
from app.embedded import Server
from app.settings import Settings
from tests.cli.conftest import Run
from tests.conftest import dsn
from tests.running import ENVIRONMENT, ROOT, eventually


def as_superuser(server: Server, statement: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(dsn(server.superuser_url))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("login", "why"), [("postgres", "superuser"), ("referral_migrator", "owner of tables"), ("beyond", "BYPASSRLS")]
)
def test_it_refuses_a_login_that_row_level_security_does_not_bind(
    server: Server, run: Run, monkeypatch: pytest.MonkeyPatch, login: str, why: str
) -> None:
    as_superuser(
        server, "CREATE ROLE beyond LOGIN BYPASSRLS PASSWORD 'x'; GRANT CONNECT ON DATABASE referral TO beyond"
    )
    try:
        password = server.passwords.get(login, "x")
        url = f"postgresql+asyncpg://{login}:{password}@127.0.0.1:{server.port}/referral"
        monkeypatch.setenv("DATABASE_URL", url)
        result = run("serve")
    finally:
        as_superuser(server, "REVOKE CONNECT ON DATABASE referral FROM beyond; DROP ROLE beyond")
    assert result.exit_code == 2
    assert why in result.stderr
    assert password not in result.output


def test_it_refuses_to_guess_a_database(run: Run) -> None:
    result = run("serve")
    assert result.exit_code == 2
    assert "DATABASE_URL" in result.stderr


def test_an_empty_key_folder_is_filled_and_a_key_missing_from_a_full_one_is_never_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(data=tmp_path)
    prepare_keys(settings)
    made = sorted(path.name for path in (tmp_path / "keys").iterdir())
    assert made == ["audit.pem", "indexes.json", "issuer.pem", "kek.json", "receipts.pem", "wire.key"]
    prepare_keys(settings)
    for name in made:
        path = tmp_path / "keys" / name
        kept = path.read_bytes()
        path.unlink()
        with pytest.raises(typer.Exit):
            prepare_keys(settings)
        assert name in capsys.readouterr().err
        assert not path.exists()
        path.write_bytes(kept)


def test_workers_serve_log_json_and_end_at_the_first_signal(server: Server, data: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**ENVIRONMENT, "DATABASE_URL": server.api_url, "REFERRAL_DATA": str(data)}
    command = [sys.executable, "-m", "app", "serve", "--port", str(port), "--workers", "2"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            reply = eventually(f"http://127.0.0.1:{port}/readyz", 200)
        finally:
            process.terminate()
            _, said = process.communicate(timeout=60)
    assert "server" not in reply.headers
    lines = [json.loads(line) for line in said.splitlines() if "resource_tracker" not in line]
    assert {"event", "level", "logger", "timestamp"} <= set(lines[0])


def test_a_logged_exception_keeps_its_place_and_loses_its_words() -> None:
    try:
        raise ValueError("Nguyễn Thị Hoa")
    except ValueError:
        entry = _where_only(logging.getLogger(), "error", {"event": "failed", "exc_info": sys.exc_info()})
    assert entry["error"] == "ValueError"
    assert "test_serve.py" in entry["at"][0]
    assert "Hoa" not in str(entry)
