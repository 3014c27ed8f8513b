"""`referral demo`: what it prints works, what it owns it guards, and it ends as it should."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
import typer

from app.auth.keys import ensure_key
from app.cli.demo import _listening
from app.cli.folder import claimed, key_path
from app.cli.welcome import first_request
from app.embedded import ensure
from app.postgres_programs import process
from tests.cli.conftest import Run
from tests.running import ENVIRONMENT, ROOT, Demo, eventually, running


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_the_printed_request_is_accepted_and_each_time_anew(demo: Demo) -> None:
    command = first_request(demo.url, f"{sys.executable} -m app", f" --data {demo.data}")
    assert command.splitlines()[0] in demo.said
    replies = [
        json.loads(
            subprocess.run(["sh", "-c", command], cwd=ROOT, env=ENVIRONMENT, capture_output=True, check=True).stdout
        )
        for _ in range(2)
    ]
    assert [reply["status"] for reply in replies] == ["received", "received"]
    assert replies[0]["reference"] != replies[1]["reference"]


def test_every_client_is_printed_and_its_key_is_for_its_owner_only(demo: Demo) -> None:
    clients = sorted(path.stem for path in (demo.data / "clients").iterdir())
    assert len(clients) == 12
    for client in clients:
        assert any(line.startswith(client) for line in demo.said)
        assert key_path(demo.data, client).stat().st_mode & 0o777 == 0o600


def test_documentation_is_served(demo: Demo) -> None:
    assert httpx.get(f"{demo.url}/docs").status_code == 200
    assert httpx.get(f"{demo.url}/.well-known/oauth-authorization-server").json()["issuer"] == demo.url


def test_postgresql_killed_is_brought_back_and_what_was_there_stays(demo: Demo, run: Run) -> None:
    killed = process(demo.data / "postgres")
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while process(demo.data / "postgres") in (None, killed):
        assert time.monotonic() < deadline
    eventually(f"{demo.url}/readyz", 200)
    assert "demo-ngo" in run("client", "list", "--data", demo.data).stdout


def test_a_second_demo_in_the_same_folder_is_refused(demo: Demo, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit), claimed(demo.data, reset=True):
        pass
    assert "already running" in capsys.readouterr().err
    assert eventually(f"{demo.url}/readyz", 200)


def test_a_taken_port_is_refused(demo: Demo, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit), _listening(int(demo.url.rsplit(":", 1)[1])):
        pass
    assert "--port" in capsys.readouterr().err


def test_a_reset_stops_a_server_left_running_and_deletes_all_that_the_demo_made(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with claimed(data, reset=False):
        left = ensure(data, durable=False)
        ensure_key(key_path(data, "demo-ngo"))
    with claimed(data, reset=True):
        assert not left.is_alive()
        assert [path.name for path in data.iterdir()] == ["referral-demo"]


def test_a_folder_with_other_files_is_neither_used_nor_deleted(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("ten years of work")
    with pytest.raises(typer.Exit), claimed(tmp_path, reset=True):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_signal_lets_requests_finish_and_stops_postgresql_and_the_next_start_finds_everything(
    tmp_path: Path,
) -> None:
    with running(tmp_path / "data") as first:
        host, port = first.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as line:
            line.sendall(b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n")
            line.sendall(b"Content-Type: application/x-www-form-urlencoded\r\n\r\na")
            eventually(f"{first.url}/healthz", 200)
            first.process.terminate()
            line.sendall(b"=123")
            answer = line.makefile("rb").read()
        assert first.stop() == 0
    assert answer.startswith(b"HTTP/1.1 4")
    log = (tmp_path / "data" / "postgres" / "server.log").read_text()
    assert log.rstrip().endswith("database system is shut down")
    key = key_path(tmp_path / "data", "demo-ngo").read_bytes()
    with running(tmp_path / "data") as second:
        assert eventually(f"{second.url}/readyz", 200)
        assert key_path(tmp_path / "data", "demo-ngo").read_bytes() == key
