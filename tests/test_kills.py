"""Twenty kill -9, API and PostgreSQL in turn, while rows are imported: what was acknowledged is there exactly once.

The longer campaign, with more kinds of fault, is a command of its own; this is the part that every check runs.
"""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import asyncpg

from app.cli.folder import url_of
from app.embedded import ensure
from app.postgres_programs import process
from tests.conftest import dsn
from tests.running import ENVIRONMENT, ROOT, launch

KILLS = 20
ROWS = 200
SEED = 20_261_121
CLIENTS = ("demo-border", "demo-police", "demo-labour", "demo-commune", "demo-hotline")


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    run = [sys.executable, "-m", "app", *arguments]
    return subprocess.run(run, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, timeout=600)


class Service:
    """A demo that is killed and started again on its port, and its PostgreSQL, which the demo itself brings back."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = "0"
        self.start()
        self.port = url_of(data).rsplit(":", 1)[1]

    def start(self) -> None:
        self.api = launch(self.data, "--port", self.port)
        assert self.api.stdout is not None
        said = []
        for line in self.api.stdout:
            said.append(line)
            if "Dừng · Stop" in line:
                break
        assert self.api.poll() is None, "".join(said)

    def kill_api(self) -> None:
        self.api.kill()
        self.api.wait()
        assert self.api.stdout is not None
        self.api.stdout.close()
        self.start()

    def kill_postgres(self) -> None:
        pid = self._postgres(but_not=None)
        os.kill(pid, signal.SIGKILL)
        self._postgres(but_not=pid)

    def _postgres(self, but_not: int | None) -> int:
        """The process of the cluster, waited for: the demo brings it back within a second or so."""
        deadline = time.monotonic() + 60
        while (pid := process(self.data / "postgres")) in (None, but_not):
            assert time.monotonic() < deadline, "PostgreSQL was not brought back"
            threading.Event().wait(0.05)
        assert pid is not None
        return pid

    def stop(self) -> None:
        self.api.terminate()
        self.api.communicate(timeout=60)


def imports(data: Path, sheet: Path, client: str, report: Path) -> subprocess.CompletedProcess[str]:
    return command(
        *("import", "htcds", str(sheet), "--as", client, "--channel", "self_return_border", "--province", "15"),
        *("--received-at", "2026-11-20T08:00:00+07:00", "--data", str(data), "--report", str(report)),
    )


def acknowledged(report: Path) -> dict[str, str]:
    lines = json.loads(report.read_text("utf-8"))["rows"]
    return {line["intake_id"]: line["reference"] for line in lines if line["result"] != "rejected"}


async def _stored(api_url: str) -> list[tuple[str, str, int, int, int]]:
    """Every intake with the number of its audit entries, outbox events and cases."""
    connection = await asyncpg.connect(dsn(api_url).rsplit("/", 1)[0] + "/referral")
    rows = await connection.fetch(
        "select i.id, i.reference,"
        " (select count(*) from audit_entries a where a.subject_id = i.id and a.event = 'intake.submitted'),"
        " (select count(*) from outbox_events o where o.subject_id = i.id and o.type = 'intake.submitted'),"
        " (select count(*) from intake_persons p where p.intake_id = i.id) from intakes i"
    )
    await connection.close()
    return [(str(row[0]), row[1], row[2], row[3], row[4]) for row in rows]


def test_twenty_kills_during_an_import_lose_and_double_nothing(tmp_path: Path) -> None:
    data, sheet = tmp_path / "data", tmp_path / "rows.xlsx"
    made = command("import", "htcds-sample", "--rows", str(ROWS), "--seed", "11", "--out", str(sheet))
    assert made.returncode == 0, made.stdout + made.stderr
    service = Service(data)
    chance = random.Random(SEED)  # noqa: S311 - which moment, not a secret
    reports: list[Path] = []
    done = threading.Event()

    def keep_importing() -> None:
        """One client after the other, so that there is work until the last kill."""
        for number, client in enumerate(
            ["demo-border", "demo-police", "demo-labour", "demo-commune", "demo-hotline"] * 9
        ):
            if done.is_set() and number:
                break
            reports.append(tmp_path / f"report-{number}.json")
            imports(data, sheet, client, reports[-1])

    importing = threading.Thread(target=keep_importing)
    importing.start()
    try:
        for number in range(KILLS):
            done.wait(chance.uniform(0.0, 0.8))
            (service.kill_api if number % 2 else service.kill_postgres)()
        done.set()
        importing.join(timeout=300)
        assert not importing.is_alive()
        rows = asyncio.run(_stored(ensure(data).superuser_url))
    finally:
        done.set()
        importing.join(timeout=60)
        service.stop()
    told = {intake: reference for report in reports for intake, reference in acknowledged(report).items()}
    found = {intake: reference for intake, reference, *_ in rows}
    assert len(told) >= ROWS // 2
    assert told.items() <= found.items(), "an acknowledged intake is not there"
    assert len(rows) == len(found), "an intake is there twice"
    assert {(audits, events) for _, _, audits, events, _ in rows} == {(1, 1)}
