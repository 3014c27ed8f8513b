"""The embedded server: many starters share it, a crash loses nothing, its roles hold no more than they should."""

import asyncio
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from app.embedded import Server, ensure

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    started = ensure(tmp_path_factory.mktemp("postgres") / "data")
    yield started
    ensure(started.data).stop()


def query(url: str, *statements: str) -> Any:
    """The first value that the last statement gives."""

    async def run() -> Any:
        connection = await asyncpg.connect(url.replace("+asyncpg", ""))
        try:
            for statement in statements[:-1]:
                await connection.execute(statement)
            return await connection.fetchval(statements[-1])
        finally:
            await connection.close()

    return asyncio.run(run())


def pid_file(server: Server) -> Path:
    return server.data / "postgres" / "postmaster.pid"


def kill(server: Server) -> None:
    os.kill(int(pid_file(server).read_text().split()[0]), signal.SIGKILL)
    while server.is_alive():
        pass


def test_starters_at_the_same_moment_share_one_server(tmp_path: Path) -> None:
    code = "import sys, pathlib, app.embedded as e; print(e.ensure(pathlib.Path(sys.argv[1]), durable=False).api_url)"
    command = [sys.executable, "-c", code, str(tmp_path / "a folder")]
    starters = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(2)]
    said = [starter.communicate(timeout=60)[0].strip() for starter in starters]
    shared = ensure(tmp_path / "a folder", durable=False)
    try:
        assert said == [shared.api_url, shared.api_url]
        assert query(shared.superuser_url, "SHOW fsync") == "off"
    finally:
        shared.stop()


def test_a_committed_row_survives_kill_9_at_the_same_address(server: Server) -> None:
    query(server.migration_url, "SET ROLE referral_owner", "CREATE TABLE kept (id int)", "INSERT INTO kept VALUES (7)")
    kill(server)
    assert ensure(server.data) == server
    assert query(server.migration_url, "SET ROLE referral_owner", "SELECT id FROM kept") == 7
    assert query(server.superuser_url, "SHOW fsync") == "on"


def test_a_dead_servers_number_borne_by_a_zombie_or_a_stranger_does_not_stop_a_start(server: Server) -> None:
    with subprocess.Popen(["true"]) as zombie:
        os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
        for pid in (zombie.pid, os.getpid()):
            kill(server)
            _, rest = pid_file(server).read_text().split("\n", 1)
            pid_file(server).write_text(f"{pid}\n{rest}")
            assert not server.is_alive()
            assert ensure(server.data).is_alive()


def test_a_server_that_dies_once_it_was_found_alive_is_started_again(server: Server) -> None:
    """In its place listens somebody who takes the question whether it is alive, and then nothing any more."""
    port_file = server.data / "postgres.json"
    with socket.create_server(("127.0.0.1", 0)) as listening:
        stored = json.loads(port_file.read_text())
        port_file.write_text(json.dumps({**stored, "port": listening.getsockname()[1]}))

        def die() -> None:
            listening.accept()[0].close()
            kill(server)
            listening.close()

        dying = threading.Thread(target=die)
        dying.start()
        found = ensure(server.data)
        dying.join()
    assert found.is_alive()
    assert query(found.api_url, "SELECT 1") == 1
    ensure(server.data).stop()
    port_file.write_text(json.dumps(stored))
    assert ensure(server.data) == server


def test_a_start_interrupted_before_the_roles_were_made_is_completed(server: Server) -> None:
    query(server.superuser_url, "ALTER ROLE app_api PASSWORD NULL", "SELECT 1")
    assert query(ensure(server.data).api_url, "SELECT 1") == 1


def test_stop_is_clean(tmp_path: Path) -> None:
    server = ensure(tmp_path, durable=False)
    server.stop()
    assert not server.is_alive()
    assert not pid_file(server).exists()
    server.stop()
    log = tmp_path / "postgres" / "server.log"
    assert log.read_text().rstrip().endswith("database system is shut down")


def test_every_login_needs_its_password_which_only_the_owner_of_the_folder_can_read(server: Server) -> None:
    assert stat.S_IMODE((server.data / "postgres.json").stat().st_mode) == 0o600
    assert not any(password in repr(server) for password in server.passwords.values())
    for login, password in server.passwords.items():
        address = f"{login}:{password}@127.0.0.1:{server.port}/referral"
        assert query(f"postgresql://{address}", "SELECT current_user") == login
        with pytest.raises(asyncpg.InvalidPasswordError):
            query(f"postgresql://{address.replace(password, 'guess')}", "SELECT current_user")


def test_vietnamese_letters_change_case(server: Server) -> None:
    assert query(server.api_url, "SELECT lower('ĐẶNG THỊ ƯỚC')") == "đặng thị ước"


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "SET ROLE referral_owner",
        "SET log_error_verbosity = 'verbose'",
    ],
)
def test_the_api_role_may_do_nothing_by_itself(server: Server, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        query(server.api_url, statement)


def test_the_migrator_may_do_nothing_before_it_sets_its_role(server: Server) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        query(server.migration_url, "CREATE TABLE public.mine (id int)")


def test_only_the_owner_bypasses_row_security_and_nobody_logs_in_as_it(server: Server) -> None:
    rights = (
        "SELECT string_agg(concat_ws(' ', rolname, rolcanlogin, rolbypassrls, "
        "rolsuper OR rolcreaterole OR rolcreatedb), ', ' ORDER BY rolname) "
        "FROM pg_roles WHERE rolname ~ '^(app|referral)_'"
    )
    assert query(server.superuser_url, rights) == "app_api t f f, referral_migrator t f f, referral_owner f t f"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("statement_timeout", "15s"),
        ("lock_timeout", "5s"),
        ("idle_in_transaction_session_timeout", "30s"),
        ("log_error_verbosity", "terse"),
        ("log_parameter_max_length", "0"),
        ("log_parameter_max_length_on_error", "0"),
        ("data_checksums", "on"),
        ("TimeZone", "UTC"),
    ],
)
def test_the_api_works_under_these_settings(server: Server, name: str, value: str) -> None:
    assert query(server.api_url, f"SHOW {name}") == value
