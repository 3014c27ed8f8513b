"""Money planned and paid: once, no more than granted, by whoever has custody, and seen by the next one."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from app.reference.fields import today
from tests.benefits import a_disbursement, an_application
from tests.benefits.money import (
    ELSEWHERE,
    HALF,
    PAYMENT,
    WHOLE,
    a_grant,
    a_half_paid_allowance,
    a_payment,
    a_victim,
    moved_to,
    pointers,
    refusal,
    tried,
)
from tests.conftest import Raw
from tests.factories import a_held_case, a_verification
from tests.personas import Clients, Persona, Story
from tests.test_races import etag_of

PLANNED = {
    "regime": "k",
    "service": "initial_allowance",
    "amount_vnd": HALF,
    "planned_on": "2026-12-01",
    "funding": "state",
}


async def planned(clients: Clients, story: Story, **changes: Any) -> Any:
    return await clients.call("demo-labour", "POST", f"/v1/cases/{story.case}/disbursements", {**PLANNED, **changes})


async def test_a_person_moves_province_with_half_an_allowance_paid(clients: Clients, elsewhere: Persona) -> None:
    """The next custodian sees the receipt and pays the rest; the former one sees nothing of it any more."""
    story = await a_victim(clients)
    application, (paid, left) = await a_half_paid_allowance(clients, story)
    await moved_to(clients, story, ELSEWHERE)
    listed = (await clients.ok(ELSEWHERE, "GET", f"/v1/cases/{story.case}/disbursements"))["items"]
    assert [(i["id"], i["status"], i["paid_vnd"]) for i in listed] == [
        (left["id"], "planned", None),
        (paid["id"], "paid", HALF),
    ]
    receipt = await clients.ok(ELSEWHERE, "GET", f"/v1/disbursements/{paid['id']}")
    assert (receipt["receipt_number"], receipt["budget"], receipt["paid_on"]) == (
        "BN-0042",
        "Dự toán năm 2026",
        "2026-11-21",
    )
    assert receipt["paid_by"] == paid["paid_by"] != str(elsewhere.id)
    rest = await a_payment(clients, left, ELSEWHERE)
    assert (rest["status"], rest["paid_by"], rest["available_actions"]) == ("paid", str(elsewhere.id), [])
    sums = await clients.ok(ELSEWHERE, "GET", f"/v1/applications/{application['id']}")
    assert (sums["granted_vnd"], sums["planned_vnd"], sums["paid_vnd"]) == (WHOLE, 0, WHOLE)
    for gone in (paid, left):
        assert (await clients.get("demo-labour", f"/v1/disbursements/{gone['id']}")).status_code == 404
        act = await tried(clients, "demo-labour", f"/v1/disbursements/{gone['id']}", "payments", PAYMENT)
        assert act.status_code == 404
    assert (await clients.get("demo-labour", f"/v1/cases/{story.case}/disbursements")).status_code == 404


async def test_a_payment_is_support_given_and_stands_in_one_place(clients: Clients, raw: Raw) -> None:
    story = await a_victim(clients)
    paid = await a_payment(clients, await a_disbursement(clients, story))
    given = await clients.ok("demo-labour", "GET", f"/v1/support-items/{paid['support_item_id']}")
    assert (given["given_on"], given["amount_vnd"], given["funding"]) == ("2026-11-21", HALF, "state")
    due = (await clients.ok("demo-labour", "GET", f"/v1/cases/{story.case}/entitlements"))["items"]
    assert [item["id"] for point in due if point["point"] == "k" for item in point["given"]] == [given["id"]]
    assert (await clients.ok("demo-labour", "GET", f"/v1/cases/{story.case}"))["support"] == "in_support"
    assert await raw.all.fetchval("select count(*) from support_items") == 1


async def test_the_decider_sees_the_sums_and_no_disbursement(clients: Clients, elsewhere: Persona) -> None:
    story = await a_victim(clients)
    application = await a_grant(clients, story, ELSEWHERE)
    made = await a_disbursement(clients, story, application_id=application["id"])
    shown = await clients.ok(ELSEWHERE, "GET", f"/v1/applications/{application['id']}")
    assert (shown["planned_vnd"], shown["paid_vnd"]) == (HALF, 0)
    assert (await clients.get(ELSEWHERE, f"/v1/disbursements/{made['id']}")).status_code == 404


async def test_no_more_is_planned_than_was_granted(clients: Clients) -> None:
    story = await a_victim(clients)
    application = await a_grant(clients, story)
    first = await a_disbursement(clients, story, application_id=application["id"], amount_vnd=WHOLE - HALF)
    over = await planned(clients, story, application_id=application["id"], amount_vnd=HALF + 1)
    assert refusal(over) == (422, "beyond_grant")
    assert over.json()["params"] == {"granted_vnd": WHOLE, "left_vnd": HALF}
    path = f"/v1/disbursements/{first['id']}"
    await tried(clients, "demo-labour", path, "cancellations", {"reason": "replaced"})
    assert (await planned(clients, story, application_id=application["id"], amount_vnd=WHOLE)).status_code == 201


async def test_what_was_paid_less_than_planned_may_be_planned_again(clients: Clients) -> None:
    story = await a_victim(clients)
    application = await a_grant(clients, story)
    made = await a_disbursement(clients, story, application_id=application["id"], amount_vnd=WHOLE)
    path = f"/v1/disbursements/{made['id']}"
    silent = await tried(clients, "demo-labour", path, "payments", PAYMENT)
    assert (refusal(silent), pointers(silent)) == ((422, "does_not_fit"), ["/reason"])
    less = {**PAYMENT, "reason": "Chỉ có một nửa trong quỹ."}
    assert (await tried(clients, "demo-labour", path, "payments", less)).json()["paid_vnd"] == HALF
    assert (await clients.ok("demo-labour", "GET", path))["text"] == less["reason"]
    again = await planned(clients, story, application_id=application["id"], amount_vnd=WHOLE - HALF)
    assert again.status_code == 201


async def test_more_than_planned_is_not_paid(clients: Clients, raw: Raw) -> None:
    story = await a_victim(clients)
    made = await a_disbursement(clients, story)
    over = {**PAYMENT, "amount_vnd": HALF + 1}
    answer = await tried(clients, "demo-labour", f"/v1/disbursements/{made['id']}", "payments", over)
    assert (refusal(answer), pointers(answer)) == ((422, "does_not_fit"), ["/amount_vnd"])
    assert await raw.all.fetchval("select count(*) from support_items") == 0


async def test_only_a_granted_application_of_this_person_pays_for_what_it_asked(clients: Clients) -> None:
    story, other = await a_victim(clients), await a_victim(clients)
    waiting = await an_application(clients, story)
    granted, theirs = await a_grant(clients, story), await a_grant(clients, other)
    for changes, code, pointer in (
        ({"application_id": waiting["id"]}, "does_not_fit", "/application_id"),
        ({"application_id": theirs["id"]}, "unknown_reference", "/application_id"),
        ({"application_id": str(uuid4())}, "unknown_reference", "/application_id"),
        ({"application_id": granted["id"], "regime": "h", "service": "schooling"}, "does_not_fit", "/service"),
    ):
        answer = await planned(clients, story, **changes)
        assert (refusal(answer), pointers(answer)) == ((422, code), [pointer])


@pytest.mark.parametrize("amount", [0, -1, 1.5, "1500000", 10**12 + 1])
async def test_a_sum_is_whole_dong_and_more_than_nothing(clients: Clients, amount: Any) -> None:
    answer = await planned(clients, await a_victim(clients), amount_vnd=amount)
    assert (refusal(answer), pointers(answer)) == ((422, "validation_failed"), ["/amount_vnd"])


async def test_state_money_is_refused_on_a_sourced_article_and_other_money_flagged(clients: Clients) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    assert refusal(await planned(clients, story)) == (422, "not_entitled")
    donated = await planned(clients, story, funding="donor")
    assert (donated.status_code, donated.json()["beyond"]["point"]) == (201, "k")


async def test_what_the_state_may_no_longer_give_is_not_paid_either(clients: Clients) -> None:
    """Planned for a victim; found not to be one before the payment."""
    story = await a_victim(clients)
    made = await a_disbursement(clients, story)
    path = f"/v1/verifications/{story.verification['id']}"
    await tried(clients, "demo-labour", path, "reconsiderations", {"reason": "Có chứng cứ mới"})
    found = {"result": "not_victim", "grounds": ["traded_as_goods"], "evidence_sources": ["person_or_relatives"]}
    assert (await tried(clients, "demo-police", path, "conclusions", found)).status_code == 200
    payment = {**PAYMENT, "paid_on": today().isoformat()}
    answer = await tried(clients, "demo-labour", f"/v1/disbursements/{made['id']}", "payments", payment)
    assert refusal(answer) == (422, "not_entitled")


async def test_above_the_amount_of_the_law_is_flagged_never_refused(clients: Clients, raw: Raw) -> None:
    """Hà Giang (02) fixed the allowance at 3,000,000 until 30/6/2025: the second half still fits, a third does not."""
    story = await a_victim(clients, "2025-05-01")
    await raw.all.execute("update cases set province_code = '02' where id = $1", UUID(story.case))
    made = [(await planned(clients, story, planned_on="2025-06-01")).json() for _ in range(3)]
    assert [item["beyond"] for item in made[:2]] == [None, None]
    assert (made[2]["beyond"]["point"], made[2]["beyond"]["certainty"]) == ("k", "sourced")
    assert "3000000" in made[2]["beyond"]["vi"]


async def test_a_grant_is_paid_after_the_case_was_closed(clients: Clients) -> None:
    story = await a_victim(clients)
    application = await a_grant(clients, story)
    path = f"/v1/cases/{story.case}"
    await tried(clients, "demo-labour", path, "closures", {"reason": "completed", "outcome": "reintegrated"})
    assert (await clients.ok("demo-labour", "GET", path))["status"] == "closed"
    made = await a_disbursement(clients, story, application_id=application["id"])
    assert (await a_payment(clients, made))["status"] == "paid"


@pytest.mark.parametrize("who", ["demo-stranger", "demo-police", "demo-border", "demo-commune"])
async def test_it_is_hidden_from_everybody_without_custody(clients: Clients, who: str) -> None:
    story = await a_victim(clients)
    path = f"/v1/disbursements/{(await a_disbursement(clients, story))['id']}"
    assert (await clients.get(who, path)).status_code == 404
    for act, body in (("payments", PAYMENT), ("cancellations", {"reason": "replaced"})):
        assert (await tried(clients, who, path, act, body)).status_code == 404
    assert (await clients.call(who, "POST", f"/v1/cases/{story.case}/disbursements", PLANNED)).status_code == 404


async def test_a_live_party_of_the_case_sees_no_money_and_plans_none(clients: Clients) -> None:
    """The verifier at work sees the case; what is paid is the custodian's."""
    story = await a_held_case(clients, accompanying_minors=[])
    await a_verification(clients, story)
    await a_disbursement(clients, story, funding="donor")
    path = f"/v1/cases/{story.case}/disbursements"
    assert (await clients.ok("demo-police", "GET", path))["items"] == []
    assert refusal(await clients.call("demo-police", "POST", path, PLANNED)) == (403, "not_your_move")


async def test_a_key_sent_twice_pays_once(clients: Clients, raw: Raw) -> None:
    story = await a_victim(clients)
    path = f"/v1/disbursements/{(await a_disbursement(clients, story))['id']}"
    etag, key = await etag_of(clients, "demo-labour", path), "k" * 20
    first, second = [
        await clients.call("demo-labour", "POST", f"{path}/payments", PAYMENT, etag=etag, Idempotency_Key=key)
        for _ in range(2)
    ]
    assert (first.status_code, second.status_code) == (200, 200)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert await raw.all.fetchval("select count(*) from support_items") == 1
    again = await tried(clients, "demo-labour", path, "payments", PAYMENT)
    assert refusal(again) == (409, "invalid_transition")
