"""Money and moves that meet: one effect, and nothing of the refused one."""

from tests.benefits import a_disbursement, an_application
from tests.benefits.money import ELSEWHERE, GRANT, HALF, PAYMENT, a_grant, a_victim
from tests.conftest import Raw
from tests.factories import a_proposed_handover
from tests.personas import PERSONAS, Clients, Persona
from tests.test_races import effects, etag_of, race, rounds, statuses

PLANNED = {
    "regime": "k",
    "service": "initial_allowance",
    "amount_vnd": HALF + 1,
    "planned_on": "2026-12-01",
    "funding": "state",
}
APPLIED = {
    "supports": ["initial_allowance"],
    "applicant": "person",
    "text": "Xin trợ cấp.",
    "submitted_on": "2026-11-20",
    "decider_id": str(PERSONAS["demo-labour"].id),
}


@rounds
async def test_of_two_clerks_who_pay_at_once_one_pays(clients: Clients, raw: Raw, attempt: int) -> None:
    story = await a_victim(clients)
    made = await a_disbursement(clients, story)
    path = f"/v1/disbursements/{made['id']}"
    etag = await etag_of(clients, "demo-labour", path)
    calls = [clients.call("demo-labour", "POST", f"{path}/payments", PAYMENT, etag=etag) for _ in range(2)]
    assert statuses(await race(raw, *calls)) == [200, 412]
    assert await effects(raw, made["id"]) == {"disbursement.planned": 1, "disbursement.paid": 1}
    assert await raw.all.fetchval("select sum(amount_vnd) from support_items") == HALF


@rounds
async def test_it_is_either_paid_or_cancelled(clients: Clients, raw: Raw, attempt: int) -> None:
    story = await a_victim(clients)
    made = await a_disbursement(clients, story)
    path = f"/v1/disbursements/{made['id']}"
    etag = await etag_of(clients, "demo-labour", path)
    paid, cancelled = await race(
        raw,
        clients.call("demo-labour", "POST", f"{path}/payments", PAYMENT, etag=etag),
        clients.call("demo-labour", "POST", f"{path}/cancellations", {"reason": "replaced"}, etag=etag),
    )
    assert statuses([paid, cancelled]) == [200, 412]
    assert await raw.all.fetchval("select count(*) from support_items") == int(paid.is_success)


@rounds
async def test_two_plans_at_once_do_not_exceed_the_grant_together(clients: Clients, raw: Raw, attempt: int) -> None:
    story = await a_victim(clients)
    application = await a_grant(clients, story)
    body = {**PLANNED, "application_id": application["id"]}
    answers = await race(
        raw, *(clients.call("demo-labour", "POST", f"/v1/cases/{story.case}/disbursements", body) for _ in range(2))
    )
    assert statuses(answers) == [201, 422]


@rounds
async def test_a_payment_that_meets_a_handover_is_paid_once_by_one_of_them(
    clients: Clients, raw: Raw, elsewhere: Persona, attempt: int
) -> None:
    story = await a_victim(clients)
    made = await a_disbursement(clients, story)
    await a_proposed_handover(clients, story, "demo-labour", ELSEWHERE)
    path, handover = f"/v1/disbursements/{made['id']}", f"/v1/handovers/{story.handover['id']}"
    ours, theirs = await etag_of(clients, "demo-labour", path), await etag_of(clients, ELSEWHERE, handover)
    paid, confirmed = await race(
        raw,
        clients.call("demo-labour", "POST", f"{path}/payments", PAYMENT, etag=ours),
        clients.call(ELSEWHERE, "POST", f"{handover}/confirmations", {}, etag=theirs),
    )
    assert confirmed.status_code == 200
    assert paid.status_code in (200, 404)
    seen = await clients.ok(ELSEWHERE, "GET", path)
    assert seen["status"] == ("paid" if paid.is_success else "planned")
    assert await raw.all.fetchval("select count(*) from support_items") == int(paid.is_success)


@rounds
async def test_an_application_is_either_decided_or_withdrawn(
    clients: Clients, raw: Raw, elsewhere: Persona, attempt: int
) -> None:
    story = await a_victim(clients)
    made = await an_application(clients, story, ELSEWHERE)
    path = f"/v1/applications/{made['id']}"
    theirs, ours = [await etag_of(clients, who, path) for who in (ELSEWHERE, "demo-labour")]
    decided, withdrawn = await race(
        raw,
        clients.call(ELSEWHERE, "POST", f"{path}/decisions", GRANT, etag=theirs),
        clients.call("demo-labour", "POST", f"{path}/withdrawals", {"reason": "need_met"}, etag=ours),
    )
    assert statuses([decided, withdrawn]) == [200, 412]
    won = "application.decided" if decided.is_success else "application.withdrawn"
    assert await effects(raw, made["id"]) == {"application.submitted": 1, won: 1}


@rounds
async def test_what_was_applied_for_while_custody_moved_follows_it(clients: Clients, raw: Raw, attempt: int) -> None:
    story = await a_victim(clients)
    await a_proposed_handover(clients, story, "demo-labour", "demo-commune")
    handover = f"/v1/handovers/{story.handover['id']}"
    etag = await etag_of(clients, "demo-commune", handover)
    confirmed, made = await race(
        raw,
        clients.call("demo-commune", "POST", f"{handover}/confirmations", {}, etag=etag),
        clients.call("demo-labour", "POST", f"/v1/cases/{story.case}/applications", APPLIED),
    )
    assert confirmed.status_code == 200
    assert made.status_code in (201, 404)
    for row in await raw.all.fetch("select custodian_id from applications"):
        assert row["custodian_id"] == PERSONAS["demo-commune"].id
