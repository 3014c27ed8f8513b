"""Compares what the service shows each client with what the policy says it must; the first difference ends a walk."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from tests.history.policy import CLIENTS, SECTIONS, Case, Thing, actions, kind_of, parties, sees, view
from tests.history.world import Answer, World
from tests.personas import PERSONAS

PATHS = {
    "case": "/v1/cases",
    "handover": "/v1/handovers",
    "verification": "/v1/verifications",
    "consent": "/v1/consents",
    "referral": "/v1/referrals",
}
_NAMES = {str(persona.id): name for name, persona in PERSONAS.items()}
NEWEST = 10
"""Length of the lists asked for: they are newest first, and a walk makes fewer cases than this."""
Views = dict[tuple[str, str], Any]


class Violation(AssertionError):
    """The service showed or did something else than the policy."""


def path_of(thing: Thing) -> str:
    return f"{PATHS[kind_of(thing)]}/{thing.id}"


def require(answer: Answer, status: int, code: str = "") -> None:
    if (answer.status, answer.code) != (status, code):
        raise Violation(f"{answer.sent}: {answer.status} {answer.code}, wanted {status} {code}: {answer.body}")


def equal(sent: str, what: str, got: object, wanted: object) -> None:
    if got != wanted:
        raise Violation(f"{sent}: {what} is {got}, wanted {wanted}")


def views(cases: Iterable[Case]) -> Views:
    return {(case.id, who): view(case, who) for case in cases for who in CLIENTS}


async def look(world: World, who: str, thing: Thing) -> Answer:
    """Reads the thing as this client and judges all of the answer that the policy speaks of."""
    answer = await world.ask(who, "GET", path_of(thing))
    if not sees(thing, who):
        require(answer, 404, "not_found")
    elif isinstance(thing, Case):
        require(answer, 200)
        judge_case(answer, view(thing, who))
    else:
        require(answer, 200)
        equal(answer.sent, "status", answer.body["status"], thing.status)
        equal(answer.sent, "available_actions", frozenset(answer.body["available_actions"]), actions(thing, who))
    return answer


def judge_case(answer: Answer, wanted: dict[str, Any] | None) -> None:
    assert wanted is not None
    body, sections = answer.body, answer.body["sections"]
    shown = {
        "sections": {name for name in SECTIONS if sections[name] is not None},
        "masked": body["masked"],
        "statements": len(sections["statement"] or []),
        "custodian": _NAMES[body["custodian_id"]],
        "actions": frozenset(body["available_actions"]),
        **{name: body[name] for name in ("status", "stage", "identification", "support")},
    }
    for what, got in shown.items():
        equal(answer.sent, what, got, wanted[what])


async def look_at_lists(world: World, who: str, cases: list[Case]) -> None:
    """The case is in the list of exactly those that can read it, and each box holds exactly its own."""
    referrals = [referral for case in cases for referral in case.referrals]
    verifications = [verification for case in cases for verification in case.verifications]
    lists: dict[str, Sequence[Thing]] = {
        "/v1/cases": [case for case in cases if sees(case, who)],
        "/v1/referrals?box=inbox": [r for r in referrals if "receiver" in parties(r, who)],
        "/v1/referrals?box=outbox": [r for r in referrals if "sender" in parties(r, who)],
        "/v1/verifications?box=inbox": [v for v in verifications if "verifier" in parties(v, who)],
        "/v1/verifications?box=outbox": [v for v in verifications if "requester" in parties(v, who)],
    }
    of_this_walk = {thing.id for case in cases for thing in (case, *case.things)}
    for path, wanted in lists.items():
        answer = await world.ask(who, "GET", f"{path}{'&' if '?' in path else '?'}limit={NEWEST}")
        require(answer, 200)
        found = {item["id"] for item in answer.body["items"]} & of_this_walk
        expected = {thing.id for thing in wanted}
        if len(answer.body["items"]) == NEWEST and found < expected:
            continue  # more than a page of its own
        equal(answer.sent, "list", found, expected)


async def look_at_intake(world: World, case: Case) -> None:
    """The author keeps the row and the coarse status, whoever has the case."""
    answer = await world.ask(case.author, "GET", f"/v1/intakes/{case.intake}")
    require(answer, 200)
    equal(answer.sent, "status", answer.body["status"], case.coarse)


async def look_at_all(world: World, wanted: Iterable[tuple[str, Thing]]) -> None:
    """Side by side: the application answers one while the database works for another."""
    await asyncio.gather(*(look(world, who, thing) for who, thing in wanted))
