"""The key-encryption key is replaced while the service runs: nothing fails, nothing is lost, a kill loses nothing."""

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from app.cli.administration import many
from app.cli.registry import RegistryError
from app.cli.vault import rotation
from app.embedded import Server
from app.key_files import FileKeyProvider
from tests.conftest import Raw
from tests.factories import a_case, a_held_case, an_intake
from tests.personas import Clients
from tests.running import ENVIRONMENT, ROOT
from tests.sql import refused
from tests.vault.conftest import Operate

WRAPPINGS = "select kek_id, count(*) from data_keys where wrapped is not null group by kek_id order by kek_id"


async def wrappings(raw: Raw) -> dict[str, int]:
    return {row[0]: row[1] for row in await raw.all.fetch(WRAPPINGS)}


def kek(data: Path) -> dict[str, object]:
    content: dict[str, object] = json.loads((data / "keys" / "kek.json").read_text("utf-8"))
    return content


async def test_every_key_is_wrapped_anew_and_every_word_opens_as_before(
    clients: Clients, raw: Raw, operate: Operate, data: Path
) -> None:
    story = await a_held_case(clients)
    path = f"/v1/cases/{story.case}"
    before = await clients.ok("demo-labour", "GET", path)
    old = kek(data)["current"]
    sealed = await raw.all.fetch("select sealed from case_sections order by case_id, section")
    ran = await operate("keys", "rotate")
    assert ran.exit_code == 0, ran.output
    new = kek(data)["current"]
    assert await wrappings(raw) == {new: 2}
    assert new != old
    assert await clients.ok("demo-labour", "GET", path) == before
    assert await raw.all.fetch("select sealed from case_sections order by case_id, section") == sealed
    await a_case(clients)
    assert await wrappings(raw) == {new: 4}
    shown = await operate("keys", "status")
    assert [line.split()[:2] for line in shown.stdout.splitlines() if str(new) in line] == [[str(new), "●"]]
    entries = await raw.all.fetch("select facts from audit_entries where event = 'keys.rotated'")
    assert [json.loads(entry["facts"]) for entry in entries] == [{"kek": new, "wrapped": 2}]


async def test_requests_go_on_while_it_runs_and_while_the_old_one_is_retired(
    clients: Clients, raw: Raw, server: Server, data: Path
) -> None:
    stories = [await a_case(clients) for _ in range(4)]
    stopped, answers = asyncio.Event(), []

    async def ask(number: int) -> None:
        while not stopped.is_set():
            answers.append(await clients.get("demo-border", f"/v1/cases/{stories[number].case}"))
            if number == 0:
                answers.append(await clients.call("demo-border", "POST", "/v1/intakes", an_intake()))

    asking = [asyncio.create_task(ask(number)) for number in range(4)]
    provider = FileKeyProvider(data / "keys")
    for _ in range(3):
        await rotation.rotate(server.migration_url, provider, lambda done, total: None, batch=5)
        await rotation.retire(server.migration_url, provider, lambda done, total: None, batch=5)
    stopped.set()
    await asyncio.gather(*asking)
    assert {answer.status_code for answer in answers} == {200, 201}
    assert len(answers) > 20
    current = kek(data)["current"]
    assert set(await wrappings(raw)) == {current}
    assert list(kek(data)["keys"]) == [current]  # type: ignore[call-overload]
    for row in await raw.all.fetch("select id from cases"):
        assert (await clients.get("demo-border", f"/v1/cases/{row['id']}")).status_code == 200


async def test_killed_in_the_middle_it_goes_on_where_it_stopped(
    clients: Clients, raw: Raw, server: Server, data: Path, operate: Operate
) -> None:
    """With -9, by the operating system, in a process of its own; a second KEK is not made by going on."""
    for _ in range(6):
        await a_case(clients)
    script = (
        "import asyncio, os, signal, sys\n"
        "from pathlib import Path\n"
        "from app.cli.vault import rotation\n"
        "from app.key_files import FileKeyProvider\n"
        "def moved(done, total):\n"
        "    if done >= 4: os.kill(os.getpid(), signal.SIGKILL)\n"
        "provider = FileKeyProvider(Path(sys.argv[2]))\n"
        "asyncio.run(rotation.rotate(sys.argv[1], provider, moved, batch=2))\n"
    )
    command = [sys.executable, "-c", script, server.migration_url, str(data / "keys")]
    ended = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, env=ENVIRONMENT, check=False)
    assert ended.returncode == -signal.SIGKILL
    half = await wrappings(raw)
    new = str(kek(data)["current"])
    assert half == {new: 4, next(iter(half.keys() - {new})): 8}
    keys = [row["id"] for row in await raw.all.fetch("select id from cases")]
    for case in keys:
        assert (await clients.get("demo-border", f"/v1/cases/{case}")).status_code == 200
    ran = await operate("keys", "rotate")
    assert ran.exit_code == 0, ran.output
    assert await wrappings(raw) == {new: 12}
    for case in keys:
        assert (await clients.get("demo-border", f"/v1/cases/{case}")).status_code == 200


async def test_a_kek_still_in_use_is_not_retired_and_a_retired_one_wraps_nothing_more(
    clients: Clients, raw: Raw, operate: Operate, data: Path, server: Server
) -> None:
    await a_case(clients)
    provider = FileKeyProvider(data / "keys")
    old, new = await provider.current(), await provider.renew()
    with pytest.raises(RegistryError, match="older"):
        async with many(server.migration_url) as engine:
            await rotation.forbid(engine, new, [old])
    assert old in kek(data)["keys"]  # type: ignore[operator]
    assert (await operate("keys", "rotate", "--retire")).exit_code == 0
    assert await wrappings(raw) == {new: 2}
    assert list(kek(data)["keys"]) == [new]  # type: ignore[call-overload]
    stale = "insert into data_keys (id, wrapped, kek_id, created_by) values (gen_random_uuid(), 'x', $1, $2)"
    by = await raw.all.fetchval("select created_by from data_keys limit 1")
    await refused(raw, "demo-border", stale, old, by, by=asyncpg.OperatorInterventionError)
    again = await operate("keys", "rotate", "--retire")
    assert "no older key" in again.stdout


async def test_a_rotation_never_brings_back_a_key_destroyed_meanwhile(
    clients: Clients, raw: Raw, server: Server, data: Path
) -> None:
    story = await a_case(clients)
    provider = FileKeyProvider(data / "keys")
    kek_id = await provider.renew()
    async with many(server.migration_url) as engine:
        rows = await rotation.others(engine, kek_id, rotation.NOBODY, 10)
        await _destroyed(raw, story.case)
        await rotation.wrap(engine, provider, rows)
    assert await wrappings(raw) == {kek_id: 1}
    assert (await clients.get("demo-border", f"/v1/cases/{story.case}")).status_code == 410


async def _destroyed(raw: Raw, case: str) -> None:
    """Behind the back of the trigger that asks for two operators."""
    gone = "update data_keys set wrapped = null, destroyed_at = now() where id = $1"
    await raw.all.execute("set session_replication_role = replica")
    await raw.all.execute(gone, await raw.all.fetchval("select key_id from cases where id = $1", case))
    await raw.all.execute("reset session_replication_role")


async def test_two_rotations_do_not_run_at_once(raw: Raw, server: Server, data: Path, operate: Operate) -> None:
    async with many(server.migration_url) as engine, rotation.alone(engine):
        ran = await operate("keys", "rotate")
    assert (ran.exit_code, "Another rotation" in ran.stderr) == (2, True)
