"""A function passes from one body to another: nothing under way is lost, nothing that is over changes its name."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.cli import transfer
from app.cli.registry import RegistryError
from app.embedded import Server
from app.reference.fields import today
from tests.cli.conftest import Command
from tests.cli.heirs import pass_on, to_heir
from tests.conftest import Raw
from tests.factories import (
    CONCLUSION,
    a_case,
    a_conclusion,
    a_held_case,
    a_move,
    a_notice,
    a_proposed_handover,
    a_referral,
    a_verification,
    an_action,
)
from tests.lived import a_lived_case
from tests.personas import Clients, Story
from tests.sql import acting, org

LABOUR, POLICE = org("demo-labour"), org("demo-police")
UNDER_WAY = {
    "cases": "true",
    "case_sections": "true",
    "verifications": "true",
    "referrals": "true",
    "consents": "true",
    "handovers": "status = 'proposed'",
    "notices": "status = 'sent'",
    "case_parties": "live",
    "duties": "status = 'running'",
}
HELD = ("owner", "rule_key", "carrier_id", "started_at", "due_at", "paused_at", "missed_at")


async def parts(raw: Raw, who: str) -> dict[str, int]:
    """What this body sees of anything under way as the API's role, past every route."""
    async with acting(raw, who) as sql:
        counts = [f"select '{table}', count(*) from {table} where {live}" for table, live in UNDER_WAY.items()]  # noqa: S608
        return {row[0]: row[1] for row in await sql.fetch(" union all ".join(counts)) if row[1]}


async def clocks(raw: Raw, who: str) -> list[tuple[object, ...]]:
    duties = f"select {', '.join(HELD)} from duties where status = 'running' and organisation_id = $1 order by id"  # noqa: S608
    return [tuple(row) for row in await raw.all.fetch(duties, org(who))]


async def transfers(raw: Raw) -> list[UUID]:
    rows = await raw.all.fetch("select case_id from audit_entries where event = 'organisation.transferred'")
    return sorted(row["case_id"] for row in rows)


async def a_busy_case(clients: Clients) -> Story:
    """Labour has custody; police asked it something, so did the NGO, and the shelter is to take the person over."""
    story = await a_held_case(clients)
    await a_verification(clients, story)
    verification = f"/v1/verifications/{story.verification['id']}"
    await an_action(clients, "demo-police", verification, "starts", {})
    await an_action(clients, "demo-police", verification, "information-requests", {"text": "Có giấy tờ gì không?"})
    await a_referral(clients, story, status="acknowledged")
    await a_move(clients, story, "demo-ngo", "information-requests", {"text": "Có cần phiên dịch không?"})
    await a_proposed_handover(clients, story, "demo-labour", "demo-shelter")
    await a_notice(clients, story)
    return story


async def test_everything_under_way_passes_and_the_new_body_acts_where_the_old_one_reads_nothing(
    clients: Clients, raw: Raw, server: Server, heirs: None
) -> None:
    story = await a_busy_case(clients)
    await clients.ok("demo-labour", "POST", f"/v1/cases/{story.case}/notes", {"text": "Gọi lại thứ hai."})
    before, running = await parts(raw, "demo-labour"), await clocks(raw, "demo-labour")
    assert running
    assert await pass_on(server, to_heir()) == (2, [])
    assert await parts(raw, "demo-labour") == {}
    assert await parts(raw, "new-labour") == before
    assert await clocks(raw, "new-labour") == running
    for path in (
        "cases/" + story.case,
        f"verifications/{story.verification['id']}",
        f"handovers/{story.handover['id']}",
    ):
        assert (await clients.get("demo-labour", f"/v1/{path}")).status_code == 404
    case = await clients.ok("new-labour", "GET", f"/v1/cases/{story.case}")
    assert case["sections"]["identity"]["full_name"] == "Nguyễn Thị Hoa"
    assert (await clients.ok("new-labour", "GET", f"/v1/cases/{story.case}/notes"))["items"][0]["text"]
    answer = {"text": "Không."}
    await an_action(clients, "new-labour", f"/v1/verifications/{story.verification['id']}", "answers", answer)
    await a_move(clients, story, "new-labour", "answers", answer)
    path = f"/v1/verifications/{story.verification['id']}"
    assert (await an_action(clients, "demo-police", path, "conclusions", CONCLUSION))["result"] == "victim"
    await a_move(clients, story, "demo-ngo", "acceptances", {})
    assert (await clients.ok("demo-ngo", "GET", f"/v1/cases/{story.case}"))["sections"]["needs"]
    why = {"reason": "replaced"}
    await an_action(clients, "new-labour", f"/v1/handovers/{story.handover['id']}", "cancellations", why)


async def test_a_receiver_and_a_verifier_are_succeeded_too(
    clients: Clients, raw: Raw, server: Server, heirs: None
) -> None:
    coming = await a_case(clients)
    await a_proposed_handover(clients, coming, "demo-border", "demo-labour")
    asked = await a_held_case(clients, "demo-commune")
    await a_verification(clients, asked, by="demo-commune")
    told = await a_notice(clients, await a_held_case(clients), "demo-police")
    owed = await clocks(raw, "demo-police")
    await pass_on(server, to_heir())
    await pass_on(server, to_heir("demo-police", "new-police"))
    path = f"/v1/handovers/{coming.handover['id']}"
    assert (await an_action(clients, "new-labour", path, "confirmations", {}))["status"] == "received"
    assert (await clients.get("new-labour", f"/v1/cases/{coming.case}")).status_code == 200
    assert owed
    assert await clocks(raw, "new-police") == owed
    assert await parts(raw, "demo-police") == {}
    known = await an_action(clients, "new-police", f"/v1/notices/{told['id']}", "acknowledgements", {})
    assert known["status"] == "acknowledged"
    await a_conclusion(clients, asked, "new-police")
    assert (await clients.ok("demo-commune", "GET", f"/v1/cases/{asked.case}"))["identification"] == "confirmed"


async def test_a_dry_run_counts_and_changes_nothing(clients: Clients, raw: Raw, heirs: None, command: Command) -> None:
    await a_busy_case(clients)
    digest = "select md5(string_agg(t::text, '' order by t::text)) from {} t"
    tables = [*UNDER_WAY, "organisations", "organisation_names", "services", "audit_entries", "outbox_events"]
    before = [await raw.all.fetchval(digest.format(table)) for table in tables]
    sides = ("transfer", "--from", LABOUR, "--to", org("new-labour"))
    result = await command(*sides, "--dry-run")
    assert result.exit_code == 0, result.output
    assert [await raw.all.fetchval(digest.format(table)) for table in tables] == before
    counts = {line.split()[0]: int(line.split()[-1]) for line in result.stdout.splitlines()[1:]}
    assert counts["cases.custodian_id"] == 2
    assert counts["handovers.giver_id"] == counts["verifications.requester_id"] == counts["referrals.sender_id"] == 1
    assert counts["services.organisation_id"] == 1
    done = await command(*sides)
    assert done.exit_code == 0, done.output
    assert "2 cases" in done.stdout
    again = await command(*sides, "--dry-run")
    assert {int(line.split()[-1]) for line in again.stdout.splitlines()[1:]} == {0}


class KilledError(Exception):
    """Stands for the end of the process between two batches."""


async def test_an_interrupted_transfer_is_run_again_and_tells_each_case_once(
    clients: Clients, raw: Raw, server: Server, heirs: None
) -> None:
    stories = [await a_held_case(clients, accompanying_minors=[]) for _ in range(3)]
    await a_verification(clients, stories[1])
    running = await clocks(raw, "demo-labour")

    def killed(done: int, total: int) -> None:
        raise KilledError

    with pytest.raises(KilledError):
        await transfer.carry_out(server.migration_url, to_heir(), killed, batch=1)
    assert len(await transfers(raw)) == 1
    assert (await parts(raw, "demo-labour"))["cases"] == 2
    assert await pass_on(server, to_heir(), batch=1) == (2, [])
    versions = "select id, version from cases union all select id, version from verifications order by id"
    after = await raw.all.fetch(versions)
    assert await pass_on(server, to_heir(), batch=1) == (0, [])
    assert await raw.all.fetch(versions) == after
    assert await transfers(raw) == sorted(UUID(story.case) for story in stories)
    published = await raw.all.fetch("select case_id from outbox_events where type = 'organisation.transferred'")
    assert sorted(row["case_id"] for row in published) == await transfers(raw)
    assert sorted(await clocks(raw, "new-labour"), key=str) == sorted(running, key=str)


async def test_a_family_about_to_be_handed_over_passes_in_one_batch(
    clients: Clients, raw: Raw, server: Server, heirs: None
) -> None:
    story = await a_held_case(clients)
    await a_proposed_handover(clients, story, "demo-labour", "demo-shelter")
    with pytest.raises(KilledError):
        await transfer.carry_out(server.migration_url, to_heir(), _kill, batch=1)
    assert await transfers(raw) == sorted((UUID(story.case), UUID(story.child)))
    assert await pass_on(server, to_heir("demo-shelter", "new-shelter"), batch=1) == (2, [])
    assert len(await transfers(raw)) == 4


def _kill(done: int, total: int) -> None:
    raise KilledError


async def test_the_transfer_is_on_the_timeline_of_everybody_concerned(
    clients: Clients, server: Server, heirs: None
) -> None:
    story = await a_held_case(clients)
    await a_verification(clients, story)
    await pass_on(server, to_heir(on=date(2025, 7, 1)))
    facts = {"from": str(LABOUR), "to": str(org("new-labour")), "on": "2025-07-01"}
    for who in ("new-labour", "demo-police"):
        entries = (await clients.ok(who, "GET", f"/v1/cases/{story.case}/timeline"))["items"]
        assert [e["facts"] for e in entries if e["event"] == "organisation.transferred"] == [facts]


async def test_what_is_over_keeps_the_old_body(clients: Clients, raw: Raw, server: Server, heirs: None) -> None:
    story = await a_lived_case(clients)
    asked = {"reason": "completed", "outcome": "support_completed"}
    closed = await a_held_case(clients, accompanying_minors=[])
    await an_action(clients, "demo-labour", f"/v1/cases/{closed.case}", "closures", asked)
    await pass_on(server, to_heir())
    await pass_on(server, to_heir("demo-police", "new-police"))
    row = await raw.all.fetchrow("select sender_id, custodian_id, status from referrals where status = 'completed'")
    assert tuple(row) == (LABOUR, org("new-labour"), "completed")
    verification = await clients.ok("new-labour", "GET", f"/v1/verifications/{story.verification['id']}")
    assert verification["verifier_id"] == str(POLICE)
    assert await raw.all.fetchval("select count(*) from handovers where receiver_id = $1", LABOUR) == 2
    assert await raw.all.fetchval("select author_id from plans") == LABOUR
    reopened = {"reason": "new_need"}
    path = f"/v1/cases/{closed.case}"
    assert (await an_action(clients, "new-labour", path, "reopenings", reopened))["status"] == "open"


async def test_a_first_receivers_successor_reads_what_it_took_down_and_a_later_custodians_what_is_its_own(
    clients: Clients, raw: Raw, server: Server, heirs: None
) -> None:
    first, later = await a_case(clients), await a_held_case(clients, "demo-shelter")
    await pass_on(server, to_heir("demo-border", "new-border"))
    await pass_on(server, to_heir("demo-shelter", "new-shelter"))
    assert (await clients.ok("new-border", "GET", f"/v1/cases/{first.case}"))["sections"]["statement"]
    reads = "select custodian_sections from cases where id = $1"
    assert "health" in await raw.all.fetchval("select access.later_custodian_sections('provider', true)")
    assert "health" not in await raw.all.fetchval(reads, UUID(later.case))


async def test_only_the_cases_of_a_province_pass_when_one_is_named(
    clients: Clients, raw: Raw, server: Server, heirs: None
) -> None:
    here = await a_held_case(clients, accompanying_minors=[])
    there = await a_held_case(clients, accompanying_minors=[], place={"province_code": "20"})
    nowhere = await a_held_case(clients, accompanying_minors=[], place={"country_code": "CN"})
    assert await pass_on(server, to_heir(province="20")) == (1, [])
    assert await transfers(raw) == [UUID(there.case)]
    for story in (here, nowhere):
        assert (await clients.get("demo-labour", f"/v1/cases/{story.case}")).status_code == 200


async def test_what_the_two_bodies_asked_of_each_other_is_one_bodys_own_business(
    clients: Clients, raw: Raw, server: Server, heirs: None
) -> None:
    story = await a_referral(clients, status="accepted", receiver="new-labour")
    await pass_on(server, to_heir())
    assert await raw.all.fetchval("select count(*) from case_parties where carrier = 'referral'") == 0
    await a_move(clients, story, "new-labour", "starts", {})
    assert await parts(raw, "demo-labour") == {}


async def test_a_referral_that_the_new_body_has_already_stays_until_somebody_ends_one(
    clients: Clients, raw: Raw, server: Server, heirs: None
) -> None:
    story = await a_held_case(clients, "demo-commune", accompanying_minors=[])
    for receiver in ("demo-labour", "new-labour"):
        body: dict[str, Any] = {
            "recipient_id": str(org(receiver)),
            "purpose": "legal_advice",
            "sections": ["identity", "needs"],
        }
        said: dict[str, Any] = {**body, "language": "vi", "method": "spoken"}
        consent = await clients.ok("demo-commune", "POST", f"/v1/cases/{story.case}/consents", said)
        basis = {"sections": ["identity"], "consent_id": consent["id"]}
        sent = {"case_id": story.case, "receiver_id": str(org(receiver)), "service": "legal_advice", **basis}
        story.referral = await clients.ok("demo-commune", "POST", "/v1/referrals", sent)
    cases, left = await pass_on(server, to_heir())
    assert (cases, len(left)) == (1, 1)  # the consent passed
    assert (await pass_on(server, to_heir()))[0] == 0
    await a_move(clients, story, "demo-commune", "withdrawals", {"reason": "duplicate"})
    assert await pass_on(server, to_heir()) == (1, [])


@pytest.mark.parametrize(
    "wanted",
    [
        {"taker": "demo-labour"},
        {"taker": "demo-ngo"},
        {"on": today() + timedelta(days=2)},
        {"close": True, "province": "15"},
    ],
    ids=["to itself", "to a body that could not act", "before its day", "an end while other provinces stay"],
)
async def test_an_impossible_transfer_is_refused(server: Server, heirs: None, wanted: dict[str, Any]) -> None:
    taker = str(wanted.pop("taker", "new-labour"))
    with pytest.raises(RegistryError):
        await pass_on(server, to_heir(taker=taker, **wanted))
