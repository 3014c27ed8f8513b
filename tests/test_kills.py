"""Twenty kill -9, API and PostgreSQL in turn, while rows are imported: what was acknowledged is there exactly once.

The longer campaign, with more kinds of fault, is a command of its own; this is the part that every check runs.
"""

import asyncio
import json
import random
import threading
from pathlib import Path
from subprocess import CompletedProcess

import asyncpg

from app.embedded import ensure
from tests.conftest import dsn
from tests.killed import Service, command

KILLS = 20
ROWS = 200
SEED = 20_261_121
CLIENTS = ("demo-border", "demo-police", "demo-labour", "demo-commune", "demo-hotline")


def imports(data: Path, sheet: Path, client: str, report: Path) -> CompletedProcess[str]:
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
