"""Placement, incident and protection in every status, every action by everybody it could concern, over HTTP."""

from functools import partial

import pytest

from tests import expectations
from tests.conftest import Raw
from tests.factories import a_held_case, a_stay, a_verification, an_action, an_incident, an_order
from tests.moves import Judge, Kind, World
from tests.personas import Clients
from tests.safety.stays import ENDED, a_taken_in, set_places

LIFECYCLES = expectations.lifecycles()
PLACEMENT = Kind(
    LIFECYCLES["placement"],
    "placements",
    "/v1/placements",
    {"extend": ("extensions", {"until": "2027-06-20", "reason": "Chưa có nơi ở."}), "end": ("ends", ENDED)},
)
INCIDENT = Kind(
    LIFECYCLES["incident"],
    "incidents",
    "/v1/incidents",
    {
        "acknowledge": ("acknowledgements", {}),
        "resolve": ("resolutions", {"outcome": "made_safe", "text": "Đã chuyển phòng."}),
    },
)
PROTECTION = Kind(
    LIFECYCLES["protection"],
    "protections",
    "/v1/protections",
    {
        "change": ("changes", {"measures": ["privacy"], "order_number": "13/QĐ"}),
        "end": ("ends", {"ended_on": "2026-11-21", "reason": "danger_over"}),
    },
)
LABOUR, HOUSE, POLICE = "demo-labour", "demo-shelter", "demo-police"
CUSTODIAN, FACILITY, REPORTER = frozenset({"custodian"}), frozenset({"facility"}), frozenset({"reporter"})


async def _placement(clients: Clients, raw: Raw, status: str) -> World:
    await set_places(raw, 10)
    made = await a_stay(clients, await a_taken_in(clients))
    if status == "ended":
        await an_action(clients, HOUSE, f"/v1/placements/{made['id']}", "ends", ENDED)
    return World(made["id"], status, {LABOUR: CUSTODIAN, HOUSE: FACILITY, POLICE: None})


async def _incident(clients: Clients, raw: Raw, status: str) -> World:
    """Acknowledged by both, then only the resolution is left; the second acknowledgement is a refusal of its own."""
    story = await a_taken_in(clients)
    made = await clients.ok(HOUSE, "POST", f"/v1/cases/{story.case}/incidents", an_incident())
    path = f"/v1/incidents/{made['id']}"
    if status == "resolved":
        await an_action(clients, HOUSE, path, *INCIDENT.requests["resolve"])
    parties = {LABOUR: CUSTODIAN, POLICE: frozenset({"police"}), HOUSE: REPORTER, "demo-other-police": None}
    if status == "acknowledged":
        await an_action(clients, POLICE, path, *INCIDENT.requests["acknowledge"])
        del parties[POLICE]
    return World(made["id"], status, parties)


async def _protection(clients: Clients, raw: Raw, status: str) -> World:
    story = await a_held_case(clients, accompanying_minors=[])
    await a_verification(clients, story)
    body = an_order("privacy")
    if status == "declined":
        body = {"measures": ["privacy"], "declined": {"undertaking": True, "text": "Không cần."}}
    made = await clients.ok(POLICE, "POST", f"/v1/cases/{story.case}/protections", body)
    if status == "ended":
        await an_action(clients, POLICE, f"/v1/protections/{made['id']}", *PROTECTION.requests["end"])
    return World(made["id"], status, {LABOUR: CUSTODIAN, POLICE: frozenset({"orderer"}), HOUSE: None})


WORLDS = [
    (kind, make, status)
    for kind, make in ((PLACEMENT, _placement), (INCIDENT, _incident), (PROTECTION, _protection))
    for status in kind.lifecycle.statuses
]


@pytest.mark.parametrize(("kind", "make", "status"), WORLDS, ids=[f"{k.table}-{status}" for k, _, status in WORLDS])
async def test_it_moves_as_typed_and_no_otherwise(
    clients: Clients, raw: Raw, kind: Kind, make: type, status: str
) -> None:
    judge = Judge(clients, raw, kind)
    await judge.judge(partial(make, clients, raw, status), status)
    assert judge.faults == []
    assert judge.tried >= 6
