"""Requests that meet at a return: one effect, one intake for each person, custody in one place."""

import pytest

from tests.conftest import Raw
from tests.factories import in_days
from tests.personas import PERSONAS, Clients
from tests.returns.sent import Body, a_mission_case, a_return, a_traveller, an_announcement, persons
from tests.test_races import effects, etag_of, race, rounds, statuses

BORDER, FOREIGN = "demo-border", "demo-foreign"


async def tags(clients: Clients, path: str) -> list[str]:
    """The versions that the gate and the announcer see now."""
    return [await etag_of(clients, persona, path) for persona in (BORDER, FOREIGN)]


def all_came(made: Body) -> Body:
    return {"arrived_at": in_days(0), "persons": [{"person_id": p["id"], "result": "arrived"} for p in made["persons"]]}


async def received(raw: Raw) -> tuple[int, ...]:
    """How many intakes of the gate there are, cases in its custody, and lines with a result."""
    counts = (
        "select (select count(*) from intakes where organisation_id = $1),"
        " (select count(*) from cases where custodian_id = $1),"
        " (select count(*) from return_persons where result is not null)"
    )
    return tuple(await raw.all.fetchrow(counts, PERSONAS[BORDER].id))


@rounds
async def test_two_clerks_who_record_the_same_arrivals_receive_everybody_once(
    clients: Clients, raw: Raw, attempt: int
) -> None:
    known = await a_mission_case(clients)
    made = await a_return(clients, {"case_id": known}, a_traveller(), a_traveller("Vàng A Sáng"))
    path = f"/v1/returns/{made['id']}"
    etag, _ = await tags(clients, path)
    calls = [clients.call(BORDER, "POST", f"{path}/arrivals", all_came(made), etag=etag) for _ in range(2)]
    assert statuses(await race(raw, *calls)) == [200, 412]
    # One entry for the return and one for the case that was known.
    assert await effects(raw, made["id"]) == {"return.announced": 2, "return.arrived": 2}
    assert await received(raw) == (2, 3, 3)


@rounds
async def test_a_return_either_arrives_or_is_cancelled(clients: Clients, raw: Raw, attempt: int) -> None:
    known = await a_mission_case(clients)
    made = await a_return(clients, {"case_id": known}, a_traveller())
    path = f"/v1/returns/{made['id']}"
    theirs, ours = await tags(clients, path)
    arrived, cancelled = await race(
        raw,
        clients.call(BORDER, "POST", f"{path}/arrivals", all_came(made), etag=theirs),
        clients.call(FOREIGN, "POST", f"{path}/cancellations", {"reason": "not_happening"}, etag=ours),
    )
    assert statuses([arrived, cancelled]) == [200, 412]
    won = "arrived" if arrived.is_success else "cancelled"
    assert await effects(raw, made["id"]) == {"return.announced": 2, f"return.{won}": 2}
    assert await received(raw) == ((1, 2, 2) if arrived.is_success else (0, 0, 0))
    seen = [bool(person["identity"]) for person in await persons(clients, BORDER, made)]
    assert seen[0] == arrived.is_success


@rounds
async def test_custody_moves_once_when_the_gate_confirms_beside_the_arrival(
    clients: Clients, raw: Raw, attempt: int
) -> None:
    known = await a_mission_case(clients)
    made = await a_return(clients, {"case_id": known})
    path = f"/v1/returns/{made['id']}"
    (handover,) = (await clients.ok(FOREIGN, "GET", f"/v1/cases/{known}/handovers"))["items"]
    etag, _ = await tags(clients, path)
    confirmed = await etag_of(clients, BORDER, f"/v1/handovers/{handover['id']}")
    answers = await race(
        raw,
        clients.call(BORDER, "POST", f"{path}/arrivals", all_came(made), etag=etag),
        clients.call(BORDER, "POST", f"/v1/handovers/{handover['id']}/confirmations", {}, etag=confirmed),
    )
    assert any(answer.is_success for answer in answers)
    assert await effects(raw, handover["id"]) == {"handover.proposed": 1, "handover.confirmed": 1}
    assert await received(raw) == (0, 1, int(answers[0].is_success))


@rounds
@pytest.mark.parametrize("direction", ["inbound", "outbound"])
async def test_a_case_is_on_the_list_of_one_return_only(
    clients: Clients, raw: Raw, direction: str, attempt: int
) -> None:
    known = await a_mission_case(clients)
    body = an_announcement({"case_id": known}, direction=direction)
    answers = await race(raw, *(clients.call(FOREIGN, "POST", "/v1/returns", body) for _ in range(2)))
    assert statuses(answers) == [201, 409]
    (made,) = [answer.json() for answer in answers if answer.is_success]
    assert await effects(raw, made["id"]) == {"return.announced": 2}
    assert await raw.all.fetchval("select count(*) from return_persons") == 1
