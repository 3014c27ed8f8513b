"""Applications and disbursements in every status, every action by every party and by strangers, over HTTP."""

from tests import expectations
from tests.benefits import a_disbursement, an_application
from tests.benefits.money import ELSEWHERE, GRANT, HALF, PAYMENT, REFUSAL, a_victim
from tests.conftest import Raw
from tests.factories import an_action
from tests.moves import Judge, Kind, World
from tests.personas import Clients, Persona, Story

APPLICATION = Kind(
    expectations.lifecycles()["application"],
    "applications",
    "/v1/applications",
    {
        "grant": ("decisions", GRANT),
        "refuse": ("decisions", REFUSAL),
        "withdraw": ("withdrawals", {"reason": "need_met"}),
    },
)
DISBURSEMENT = Kind(
    expectations.lifecycles()["disbursement"],
    "disbursements",
    "/v1/disbursements",
    {"pay": ("payments", PAYMENT), "cancel": ("cancellations", {"reason": "replaced"})},
)
CUSTODIAN, DECIDER = frozenset({"custodian"}), frozenset({"decider"})
REACHED = {"submitted": None, "granted": "grant", "refused": "refuse", "withdrawn": "withdraw"}
SETTLED = {"planned": None, "paid": "pay", "cancelled": "cancel"}


async def test_an_application_moves_as_typed_and_no_otherwise(clients: Clients, raw: Raw, elsewhere: Persona) -> None:
    story, judge = await a_victim(clients), Judge(clients, raw, APPLICATION)

    async def led_to(status: str) -> World:
        made = await an_application(clients, story, ELSEWHERE)
        action = REACHED[status]
        if action:
            who = "demo-labour" if action == "withdraw" else ELSEWHERE
            await an_action(clients, who, f"/v1/applications/{made['id']}", *APPLICATION.requests[action])
        return World(
            made["id"], status, {"demo-labour": CUSTODIAN, ELSEWHERE: DECIDER, "demo-police": None, "demo-ngo": None}
        )

    for status in REACHED:
        await judge.judge(lambda status=status: led_to(status), status)  # type: ignore[misc]
    assert judge.faults == []
    assert judge.tried == 4 * 3 * 4


async def test_a_decider_with_custody_has_the_moves_of_both(clients: Clients, raw: Raw) -> None:
    story, judge = await a_victim(clients), Judge(clients, raw, APPLICATION)

    async def submitted() -> World:
        made = await an_application(clients, story)
        return World(made["id"], "submitted", {"demo-labour": CUSTODIAN | DECIDER})

    await judge.judge(submitted, "submitted")
    assert judge.faults == []


async def test_a_disbursement_moves_as_typed_and_no_otherwise(clients: Clients, raw: Raw) -> None:
    story, judge = await a_victim(clients), Judge(clients, raw, DISBURSEMENT)
    for status in SETTLED:
        await judge.judge(lambda status=status: _disbursed(clients, story, status), status)  # type: ignore[misc]
    assert judge.faults == []
    assert judge.tried == 3 * 2 * 4


async def _disbursed(clients: Clients, story: Story, status: str) -> World:
    made = await a_disbursement(clients, story, amount_vnd=HALF)
    action = SETTLED[status]
    if action:
        await an_action(clients, "demo-labour", f"/v1/disbursements/{made['id']}", *DISBURSEMENT.requests[action])
    parties = {"demo-labour": CUSTODIAN, "demo-police": None, "demo-border": None, "demo-stranger": None}
    return World(made["id"], status, parties)
