"""A person is erased by two operators, and then nobody reads them any more, whichever way they ask."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from app.cli.administration import as_owner
from app.cli.registry import RegistryError
from app.cli.vault import erasures
from app.cli.vault.operator import proven
from app.embedded import Server
from app.key_files import DestroyedKeys
from tests.conftest import Raw
from tests.factories import a_case, an_intake
from tests.intakes.reports import a_refusal, sent
from tests.personas import Clients
from tests.sql import acting, refused
from tests.vault.conftest import Desk, Operate, closed

Erase = Callable[..., Awaitable[str]]
ASK = ("--reason", "persons_request")


async def key_of(raw: Raw, case: str) -> asyncpg.Record:
    row = await raw.all.fetchrow("select k.* from data_keys k join cases c on c.key_id = k.id where c.id = $1", case)
    assert row is not None
    return row


async def test_the_author_of_the_intake_is_told_that_it_was_erased(clients: Clients, raw: Raw, erase: Erase) -> None:
    body = an_intake()
    intake_id = str(uuid4())
    made = await clients.ok("demo-border", "PUT", f"/v1/intakes/{intake_id}", body)
    path = f"/v1/intakes/{intake_id}"
    await erase(await closed(clients, made["case"]["id"]))
    changed = {**body, "urgent_needs": ["medical"]}
    supplement = {"kind": "addition", "value": "Thêm."}
    for method, to, said in (
        ("PUT", path, body),
        ("PUT", path, changed),
        ("GET", path, None),
        ("GET", f"{path}/receipt", None),
        ("PUT", f"{path}/supplements/{uuid4()}", supplement),
    ):
        answer = await clients.call("demo-border", method, to, said)
        assert (answer.status_code, answer.json()["code"]) == (410, "record_erased"), (method, to)
    for who in ("demo-police", "demo-other-police"):
        assert (await clients.get(who, path)).status_code == 404
    listed = (await clients.ok("demo-border", "GET", "/v1/intakes"))["items"]
    assert [(item["id"], item["status"], item["digest"]) for item in listed] == [(intake_id, "closed", "")]
    assert await raw.all.fetchval("select count(*) from audit_entries where facts ->> 'code' = 'record_erased'") == 5


async def test_its_custodian_gets_410_and_a_stranger_still_404(clients: Clients, erase: Erase) -> None:
    story = await a_case(clients)
    note = await clients.ok("demo-border", "POST", f"/v1/cases/{story.case}/notes", {"text": "Gọi lại."})
    await erase(await closed(clients, story.case))
    paths = (f"/v1/cases/{story.case}", f"/v1/cases/{story.case}/notes", f"/v1/notes/{note['id']}")
    for path in paths:
        answer = await clients.get("demo-border", path)
        assert (answer.status_code, answer.json()["code"]) == (410, "record_erased"), path
        assert (await clients.get("demo-other-police", path)).status_code == 404
    listed = (await clients.ok("demo-border", "GET", "/v1/cases"))["items"]
    (item,) = [item for item in listed if item["id"] == story.case]
    reopening = {"reason": "returned"}
    path = f"/v1/cases/{story.case}/reopenings"
    answer = await clients.call("demo-border", "POST", path, reopening, etag=item["etag"])
    assert (answer.status_code, answer.json()["code"]) == (410, "record_erased")
    assert (await clients.get("demo-border", f"/v1/cases/{story.child}")).status_code == 200


async def test_codes_dates_and_the_audit_stay_and_whatever_could_find_or_guess_the_person_goes(
    clients: Clients, raw: Raw, erase: Erase, data: Path
) -> None:
    papers = [{"type": "passport", "number": "C7654321"}]
    story = await a_case(clients, person={**an_intake()["person"], "identity_documents": papers})
    kinds = "select kind from case_lookups where case_id = $1 order by kind"
    assert [row["kind"] for row in await raw.all.fetch(kinds, story.case)] == ["document", "name_set_year", "name_year"]
    entries = await raw.all.fetchval("select count(*) from audit_entries")
    erasure = await erase(await closed(clients, story.case))
    assert await raw.all.fetch(kinds, story.case) == []
    assert await raw.all.fetch(kinds, story.child) != []
    key = await key_of(raw, story.case)
    assert key["wrapped"] is None
    assert key["destroyed_at"] is not None
    assert (await key_of(raw, story.child))["wrapped"] is not None
    assert await raw.all.fetchval("select digest from intakes where id = $1", UUID(story.intake)) == ""
    assert await raw.all.fetchval("select count(*) from audit_entries") > entries
    codes = "select codes ->> 'exploitation_types' from case_sections where case_id = $1 and section = 'exploitation'"
    assert "forced_marriage" in await raw.all.fetchval(codes, story.case)
    told = await raw.all.fetch("select subject_id from outbox_events where type = 'person.erased'")
    assert [str(row["subject_id"]) for row in told] == [story.case]
    found = await clients.ok("demo-border", "POST", "/v1/case-searches", {"document_number": "C7654321"})
    assert found["items"] == []
    (line,) = [line for line in DestroyedKeys(data / "keys") if line["id"] == erasure]
    assert UUID(line["key_id"]) == key["id"]


async def test_each_step_is_on_the_timeline_with_its_operator_unnamed(clients: Clients, raw: Raw, erase: Erase) -> None:
    story = await a_case(clients)
    await erase(await closed(clients, story.case))
    items = (await clients.ok("demo-border", "GET", f"/v1/cases/{story.case}/timeline"))["items"]
    steps = [item for item in items if item["agency"] == "operator"]
    assert [step["event"] for step in steps] == ["erasure.requested", "erasure.approved", "person.erased"]
    assert {step["officer"] for step in steps} == {None}
    rows = await raw.all.fetch("select client_id, officer from audit_entries where agency = 'operator' order by at")
    one, other = ("operator-one", "officer.operator-one"), ("operator-two", "officer.operator-two")
    assert [tuple(row) for row in rows if row["officer"]] == [one, other, other]


async def test_while_the_case_is_open_nobody_is_erased(
    clients: Clients, raw: Raw, operate: Operate, desks: tuple[Desk, Desk]
) -> None:
    story = await a_case(clients)
    reference = await raw.all.fetchval("select reference from cases where id = $1", story.case)
    asked = await operate("erasure", "ask", reference, *ASK, *desks[0].options)
    assert asked.exit_code == 2
    assert "open" in asked.stderr
    await closed(clients, story.case)
    request = (await operate("erasure", "ask", reference, *ASK, *desks[0].options)).stdout.strip()
    await raw.all.execute("update cases set status = 'open' where id = $1", story.case)
    approved = await operate("erasure", "approve", request, *desks[1].options)
    assert approved.exit_code == 2
    assert (await key_of(raw, story.case))["wrapped"] is not None
    assert (await clients.get("demo-border", f"/v1/cases/{story.case}")).status_code == 200


async def test_one_operator_alone_erases_nobody(
    clients: Clients, raw: Raw, operate: Operate, desks: tuple[Desk, Desk]
) -> None:
    one, other = desks
    story = await a_case(clients)
    reference = await closed(clients, story.case)
    request = (await operate("erasure", "ask", reference, *ASK, *one.options)).stdout.strip()
    twice = await operate("erasure", "ask", reference, *ASK, *one.options)
    assert (twice.exit_code, request in twice.stderr) == (2, True)
    for desk in (
        one,
        Desk(one.client, one.key, other.officer),
        Desk(other.client, other.key, one.officer),
        Desk(other.client, one.key, other.officer),
        Desk("demo-police", other.key, other.officer),
        Desk("nobody", other.key, other.officer),
    ):
        answer = await operate("erasure", "approve", request, *desk.options)
        assert answer.exit_code == 2, (desk, answer.output)
    assert (await key_of(raw, story.case))["wrapped"] is not None
    refusal = await operate("erasure", "refuse", request, *other.options)
    assert refusal.exit_code == 0, refusal.output
    assert (await operate("erasure", "approve", request, *other.options)).exit_code == 2
    listed = await operate("erasure", "list")
    assert "refused" in listed.stdout
    again = await operate("erasure", "ask", reference, *ASK, *one.options)
    assert again.exit_code == 0


async def test_words_written_into_the_table_are_not_an_operators_words(
    clients: Clients, raw: Raw, operate: Operate, desks: tuple[Desk, Desk]
) -> None:
    """Who reaches the tables' owner still lacks the key with which the first operator would have signed."""
    one, other = desks
    story = await a_case(clients)
    reference = await closed(clients, story.case)
    request = (await operate("erasure", "ask", reference, *ASK, *one.options)).stdout.strip()
    child = (await key_of(raw, story.child))["id"]
    await raw.all.execute("update cases set status = 'closed' where id = $1", story.child)
    for change in (
        f"update erasures set key_id = '{child}', case_id = '{story.child}'",  # noqa: S608
        "update erasures set reason = 'authority_decision'",
        "update erasures set asked_statement = 'a.b.c'",
    ):
        kept = await raw.all.fetchrow("select key_id, case_id, reason, asked_statement from erasures")
        assert kept is not None
        await raw.all.execute(change)
        answer = await operate("erasure", "approve", request, *other.options)
        assert (answer.exit_code, "signature" in answer.stderr) == (2, True), answer.output
        restored = "update erasures set key_id = $1, case_id = $2, reason = $3, asked_statement = $4"
        await raw.all.execute(restored, *kept.values())
    forged = "update erasures set approved = true, answered_client = 'operator-two', answered_officer = 'x',"
    await raw.all.execute(f"{forged} answered_statement = asked_statement, answered_at = now()")
    answer = await operate("erasure", "approve", request, *other.options)
    assert (answer.exit_code, "two signatures" in answer.stderr) == (2, True)
    assert (await key_of(raw, story.case))["wrapped"] is not None


async def test_the_tables_themselves_ask_for_two_and_never_put_a_key_back(
    clients: Clients, raw: Raw, erase: Erase, operate: Operate, desks: tuple[Desk, Desk]
) -> None:
    story = await a_case(clients)
    key = await key_of(raw, story.case)
    lost = "update data_keys set wrapped = null, destroyed_at = now() where id = $1"
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="two only"):
        await raw.all.execute(lost, key["id"])
    await operate("erasure", "ask", await closed(clients, story.case), *ASK, *desks[0].options)
    for answer in (("operator-one", "x"), ("operator-two", "officer.operator-one")):
        same = "update erasures set approved = true, answered_client = $1, answered_officer = $2,"
        with pytest.raises(asyncpg.CheckViolationError, match="four_eyes"):
            await raw.all.execute(f"{same} answered_statement = '', answered_at = now()", *answer)
    await erase(await closed(clients, story.child))
    child = await key_of(raw, story.child)
    back = "update data_keys set wrapped = $1, destroyed_at = null where id = $2"
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="not put back"):
        await raw.all.execute(back, key["wrapped"], child["id"])


async def test_the_services_own_role_changes_no_key_and_sees_no_request(clients: Clients, raw: Raw) -> None:
    story = await a_case(clients)
    key = await key_of(raw, story.case)
    for statement in (
        "update data_keys set kek_id = kek_id",
        "update data_keys set wrapped = null, destroyed_at = now()",
        "delete from data_keys",
        "select * from erasures",
        "select * from retired_keks",
        "insert into retired_keks (id) values ('x')",
        "update intakes set digest = ''",
    ):
        await refused(raw, "demo-border", statement)
    async with acting(raw, "demo-other-police") as sql:
        assert await sql.fetch("select * from data_keys where id = $1", key["id"]) == []
        assert await sql.fetch("select * from access.case_key($1)", UUID(story.case)) == []


async def test_a_child_erased_leaves_the_mothers_intake_readable(clients: Clients, erase: Erase) -> None:
    story = await a_case(clients)
    await erase(await closed(clients, story.child))
    shown = await clients.ok("demo-border", "GET", f"/v1/intakes/{story.intake}")
    assert shown["content"]["person"]["full_name"] == "Nguyễn Thị Hoa"
    assert shown["content"]["accompanying_minors"] == []
    assert "Vương Tiểu Mai" not in json.dumps(shown, ensure_ascii=False)


async def test_a_reporter_and_one_who_declined_are_erased_by_the_reference_of_the_report(
    clients: Clients, raw: Raw, erase: Erase
) -> None:
    reporter = {"full_name": "Vàng A Páo", "relation": "sibling"}
    story = await a_case(clients, reporter=reporter)
    path = f"/v1/intakes/{story.intake}"
    reference = (await clients.ok("demo-border", "GET", path))["reference"]
    await closed(clients, story.case)
    await erase(reference, "--of", "reporter")
    answer = await clients.get("demo-border", f"{path}/reporter")
    assert (answer.status_code, answer.json()["code"]) == (410, "record_erased")
    assert (await clients.get("demo-border", path)).status_code == 200
    told = "select case_id from audit_entries where event = 'person.erased'"
    assert await raw.all.fetchval(told) is None  # its custodian never learns that there was a reporter
    made = (await sent(clients, a_refusal())).json()
    await erase(made["reference"], "--of", "intake")
    assert (await clients.get("demo-hotline", f"/v1/intakes/{made['id']}")).status_code == 410


@pytest.fixture
async def waiting(clients: Clients, operate: Operate, desks: tuple[Desk, Desk]) -> UUID:
    """A request that awaits the second operator."""
    story = await a_case(clients)
    asked = await operate("erasure", "ask", await closed(clients, story.case), *ASK, *desks[0].options)
    return UUID(asked.stdout.strip())


async def test_two_approvals_at_once_erase_once(
    waiting: UUID, raw: Raw, desks: tuple[Desk, Desk], server: Server, data: Path
) -> None:
    destroyed, other = DestroyedKeys(data / "keys"), desks[1]

    async def approved() -> None:
        async with as_owner(server.migration_url) as db:
            operator = await proven(db, other.client, other.key, other.officer)
            await erasures.answer(db, operator, waiting, approve=True)
        async with as_owner(server.migration_url) as db:
            await erasures.carry_out(db, operator, waiting, destroyed)

    ended = await asyncio.gather(approved(), approved(), return_exceptions=True)
    assert None in ended
    assert [type(end) for end in ended if end] == [RegistryError]
    assert await raw.all.fetchval("select count(*) from audit_entries where event = 'person.erased'") == 1
