"""A referral in every status, every action by sender, receiver, custodian, claimants and strangers, over HTTP."""

from collections.abc import Iterator
from dataclasses import replace

from app.reference.codes import code_list
from tests import expectations
from tests.conftest import Raw
from tests.factories import a_held_case, a_verification, an_action
from tests.moves import Judge, Kind, World
from tests.personas import PERSONAS, Clients, Story

VITAL = {"lawful_basis": "vital_interest"}
TEXT = {"text": "Xin bổ sung."}
REFERRAL = Kind(
    expectations.lifecycles()["referral"],
    "referrals",
    "/v1/referrals",
    {
        "acknowledge": ("acknowledgements", {}),
        "accept": ("acceptances", {}),
        "refuse": ("refusals", {"reason": "no_capacity", "text": "Hết chỗ."}),
        "request_information": ("information-requests", TEXT),
        "answer": ("answers", TEXT),
        "start": ("starts", {}),
        "complete": ("completions", {"outcome": "service_delivered"}),
        "withdraw": ("withdrawals", {"reason": "need_met"}),
        "claim": ("claims", {}),
        "confirm": ("confirmations", VITAL),
        "decline": ("declines", {}),
    },
)
ROUTES = {
    "sent": [],
    "acknowledged": ["acknowledge"],
    "info_requested": ["acknowledge", "request_information"],
    "accepted": ["accept"],
    "refused": ["refuse"],
    "in_service": ["accept", "start"],
    "completed": ["accept", "complete"],
    "withdrawn": ["withdraw"],
}
"""The shortest way to each status of a referral that has a receiver."""
HIDDEN = {"demo-shelter": None, "demo-stranger": None}
SENDER, RECEIVER, CLAIMANT, CUSTODIAN = (frozenset({part}) for part in ("sender", "receiver", "claimant", "custodian"))
ADDRESSED = {"demo-police": SENDER, "demo-labour": CUSTODIAN, "demo-ngo": RECEIVER, **HIDDEN}
OFFERED = {
    "demo-police": SENDER,
    "demo-labour": CUSTODIAN,
    "demo-ngo": CLAIMANT,
    "demo-shelter": CLAIMANT,
    "demo-stranger": None,
}
"""The stranger acts in another province; the shelter loses once the NGO has claimed."""
CLAIMED = {**OFFERED, "demo-shelter": None}


class Referrals:
    """Makes referrals of one case, each of another service; police, its verifier, sends, labour has custody."""

    def __init__(self, clients: Clients, story: Story, sender: str = "demo-police") -> None:
        self.clients, self.story, self.sender = clients, story, sender
        self._services: Iterator[str] = iter([code.code for code in code_list("service").codes])

    async def addressed(self, status: str) -> World:
        id_ = await self._send(receiver_id=str(PERSONAS["demo-ngo"].id), **VITAL)
        for action in ROUTES[status]:
            await self.do(id_, self.sender if action == "withdraw" else "demo-ngo", action)
        return World(id_, status, ADDRESSED)

    async def offered(self) -> World:
        return World(await self._send(claimable={"province_code": "15"}), "sent", OFFERED)

    async def claimed(self) -> World:
        world = await self.offered()
        await self.do(world.id, "demo-ngo", "claim")
        return World(world.id, "claimed", CLAIMED)

    async def declined(self) -> World:
        world = await self.claimed()
        await self.do(world.id, "demo-labour", "decline")
        return World(world.id, "sent", OFFERED)

    async def confirmed(self) -> World:
        world = await self.claimed()
        await self.do(world.id, "demo-labour", "confirm")
        return World(world.id, "sent", ADDRESSED)

    async def do(self, id_: str, who: str, action: str) -> None:
        await an_action(self.clients, who, f"/v1/referrals/{id_}", *REFERRAL.requests[action])

    async def _send(self, **to: object) -> str:
        body = {"case_id": self.story.case, "service": next(self._services), "sections": ["identity"], **to}
        made = await self.clients.ok(self.sender, "POST", "/v1/referrals", body)
        return str(made["id"])


async def _referrals(clients: Clients) -> Referrals:
    story = await a_held_case(clients, accompanying_minors=[])
    await a_verification(clients, story)
    return Referrals(clients, story)


async def test_a_referral_with_a_receiver_moves_as_typed_and_no_otherwise(clients: Clients, raw: Raw) -> None:
    referrals, judge = await _referrals(clients), Judge(clients, raw, REFERRAL)
    for status in ROUTES:
        await judge.judge(lambda status=status: referrals.addressed(status), status)  # type: ignore[misc]
    assert judge.faults == []
    assert judge.tried == 8 * 11 * 5


async def test_a_claimable_referral_moves_as_typed_and_no_otherwise(clients: Clients, raw: Raw) -> None:
    referrals, judge = await _referrals(clients), Judge(clients, raw, REFERRAL)
    for make in (referrals.offered, referrals.claimed, referrals.declined, referrals.confirmed):
        await judge.judge(make, make.__name__)
    assert judge.faults == []
    assert judge.tried == 4 * 11 * 5


async def test_a_sender_with_custody_has_the_moves_of_both(clients: Clients, raw: Raw) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    referrals, judge = Referrals(clients, story, "demo-labour"), Judge(clients, raw, REFERRAL)

    async def claimed() -> World:
        world = await referrals.claimed()
        return replace(world, parties={"demo-labour": SENDER | CUSTODIAN})

    await judge.judge(claimed, "claimed")
    assert judge.faults == []


async def test_a_changed_cell_is_noticed(clients: Clients, raw: Raw) -> None:
    """Seen to fail: the receiver's acceptance taken out of what was typed, and given to the sender."""
    referrals = await _referrals(clients)
    accept = next(m for m in REFERRAL.lifecycle.moves if (m.source, m.action) == ("sent", "accept"))
    moves = (REFERRAL.lifecycle.moves - {accept}) | {replace(accept, by="sender")}
    kind = replace(
        REFERRAL,
        lifecycle=replace(REFERRAL.lifecycle, moves=moves),
        requests={"accept": REFERRAL.requests["accept"]},
    )
    judge = Judge(clients, raw, kind)
    await judge.judge(lambda: referrals.addressed("sent"), "sent")
    assert [fault.split(":")[0] for fault in judge.faults] == ["sent —accept/demo-police", "sent —accept/demo-ngo"]
