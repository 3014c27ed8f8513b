"""Hand-over, consent and case in every status, every action by everybody it could concern, over HTTP."""

from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from tests import expectations
from tests.conftest import Raw
from tests.factories import a_case, a_held_case, a_proposed_handover, a_referral, a_verification, an_action
from tests.moves import Judge, Kind, World
from tests.personas import PERSONAS, Clients

LIFECYCLES = expectations.lifecycles()
HANDOVER = Kind(
    LIFECYCLES["handover"],
    "handovers",
    "/v1/handovers",
    {
        "confirm": ("confirmations", {}),
        "refuse": ("refusals", {"reason": "not_present", "text": "Không đến."}),
        "cancel": ("cancellations", {"reason": "replaced"}),
    },
)
CONSENT = Kind(LIFECYCLES["consent"], "consents", "/v1/consents", {"revoke": ("revocations", {})}, versioned=False)
CASE = Kind(
    LIFECYCLES["case"],
    "cases",
    "/v1/cases",
    {
        "close": ("closures", {"reason": "completed", "outcome": "support_completed"}),
        "reopen": ("reopenings", {"reason": "new_need"}),
    },
)
CUSTODIAN, GIVER, RECEIVER = frozenset({"custodian"}), frozenset({"giver"}), frozenset({"receiver"})
NO_PART: frozenset[str] = frozenset()


async def _act(clients: Clients, kind: Kind, id_: str, who: str, action: str) -> None:
    await an_action(clients, who, f"{kind.path}/{id_}", *kind.requests[action])


async def _handover(clients: Clients, status: str) -> World:
    story = await a_case(clients, accompanying_minors=[])
    await a_proposed_handover(clients, story, "demo-border", "demo-labour")
    made = str(story.handover["id"])
    step = {"received": ("demo-labour", "confirm"), "refused": ("demo-labour", "refuse")}
    step["cancelled"] = ("demo-border", "cancel")
    if status in step:
        await _act(clients, HANDOVER, made, *step[status])
    return World(made, status, {"demo-border": GIVER, "demo-labour": RECEIVER, "demo-commune": None})


async def _consent(clients: Clients, raw: Raw, status: str) -> World:
    """Recorded by police while it verifies, for the NGO; labour has custody."""
    story = await a_held_case(clients, accompanying_minors=[])
    await a_verification(clients, story)
    body = {"recipient_id": str(PERSONAS["demo-ngo"].id), "purpose": "psychological", "sections": ["identity"]}
    body |= {"language": "vi", "method": "spoken"}
    made = (await clients.ok("demo-police", "POST", f"/v1/cases/{story.case}/consents", body))["id"]
    if status == "revoked":
        await _act(clients, CONSENT, made, "demo-police", "revoke")
    if status == "expired":
        await raw.all.execute("update consents set expires_on = $2 where id = $1", UUID(made), date(2026, 1, 1))
        assert (await clients.ok("demo-labour", "GET", f"/v1/consents/{made}"))["status"] == "expired"
    parties: dict[str, Any] = {"demo-labour": CUSTODIAN, "demo-police": GIVER, "demo-ngo": NO_PART}
    return World(made, status, parties | {"demo-shelter": None})


async def _open_case(clients: Clients) -> World:
    story = await a_held_case(clients, accompanying_minors=[])
    return World(story.case, "open", {"demo-labour": CUSTODIAN, "demo-border": None, "demo-stranger": None})


async def _closed_case(clients: Clients) -> World:
    world = await _open_case(clients)
    await _act(clients, CASE, world.id, "demo-labour", "close")
    return World(world.id, "closed", world.parties)


@pytest.mark.parametrize("status", LIFECYCLES["handover"].statuses)
async def test_a_handover_moves_as_typed_and_no_otherwise(clients: Clients, raw: Raw, status: str) -> None:
    judge = Judge(clients, raw, HANDOVER)
    await judge.judge(partial(_handover, clients, status), status)
    assert judge.faults == []
    assert judge.tried == 9


@pytest.mark.parametrize("status", LIFECYCLES["consent"].statuses)
async def test_a_consent_is_revoked_as_typed_and_no_otherwise(clients: Clients, raw: Raw, status: str) -> None:
    judge = Judge(clients, raw, CONSENT)
    await judge.judge(partial(_consent, clients, raw, status), status)
    assert judge.faults == []
    assert judge.tried == 4


async def test_a_case_closes_and_reopens_as_typed_and_no_otherwise(clients: Clients, raw: Raw) -> None:
    judge = Judge(clients, raw, CASE)
    await judge.judge(partial(_open_case, clients), "open")
    await judge.judge(partial(_closed_case, clients), "closed")
    assert judge.faults == []
    assert judge.tried == 12


async def test_who_takes_part_in_a_case_neither_closes_nor_reopens_it(clients: Clients, raw: Raw) -> None:
    """Receiver of a referral, verifier and proposed receiver see the case; its status is the custodian's alone."""
    story = await a_held_case(clients, accompanying_minors=[])
    await a_referral(clients, story, status="in_service")
    await a_verification(clients, story)
    await a_proposed_handover(clients, story, "demo-labour", "demo-commune")
    parties = dict.fromkeys(("demo-ngo", "demo-police", "demo-commune"), NO_PART)
    judge = Judge(clients, raw, CASE)

    async def shared() -> World:
        return World(story.case, "open", parties)

    await judge.judge(shared, "open")
    assert judge.faults == []
