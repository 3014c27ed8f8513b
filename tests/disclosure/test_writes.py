"""Every write of every record by everybody, rehearsed: 404 to whom it is hidden, 403 to whom it is never open."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from tests import expectations
from tests.bad_requests import asks_for_etag
from tests.bodies import BODIES
from tests.disclosure.facts import Row
from tests.disclosure.policy import Policy
from tests.disclosure.sweep import Cell, filled, lookers, out_of_scope, rows_of
from tests.disclosure.watched import Watched
from tests.disclosure.wire import TYPED, WEBHOOKS
from tests.moves import NOBODY
from tests.personas import Clients

_LIFECYCLES = expectations.lifecycles()
_CLASSES: dict[str, tuple[tuple[int, ...], str | None]] = {
    "out of scope": ((403,), "insufficient_scope"),
    "hidden": ((404,), "not_found"),
    "never theirs": ((403,), "not_your_move"),
    "not now": ((409,), None),
    "not theirs to add": ((403, 409, 422), None),
    "for a second person": ((403, 409), None),
    "open": ((200, 409, 422), None),
}
"""What may be answered in each class; the code, where the contract has but one."""


@dataclass(frozen=True)
class Attempt:
    """A persona rehearsing a write on a record, and the class of answer that the policy foresees."""

    cell: Cell
    route: str
    wanted: str

    async def make(self, clients: Clients, etags: dict[tuple[str, str], str]) -> httpx.Response:
        method, path = self.route.split(" ")[0], filled(self.cell)
        body = BODIES.get(self.route, {})
        etag = NOBODY
        if self.wanted not in ("hidden", "out of scope") and asks_for_etag(method, path):
            etag = await self._etag(clients, "/".join(path.split("/")[:4]), etags)
        return await clients.call(self.cell.who, method, f"{path}?validate_only=true", body, etag=etag)

    async def _etag(self, clients: Clients, resource: str, etags: dict[tuple[str, str], str]) -> str:
        """What this persona holds of the resource; asked once, since a rehearsal changes nothing."""
        known = self.cell.who, resource
        if known not in etags:
            etags[known] = str((await clients.get(*known)).headers.get("ETag", NOBODY))
        return etags[known]

    def fault(self, answer: httpx.Response) -> str | None:
        statuses, code = _CLASSES[self.wanted]
        got = answer.json().get("code")
        if answer.status_code in statuses and code in (None, got):
            return None
        return f"{self.route} by {self.cell.who}: {answer.status_code} {got}, published {self.wanted}"


def attempts(policy: Policy, rows: list[tuple[str, Row]]) -> Iterator[Attempt]:
    """Each lifecycle's moves and whatever is added, for the records that they are of."""
    for route, (kind, act) in {**TYPED["moves"], **TYPED["adds"]}.items():
        for row in (row for each, row in rows if each == kind):
            for who in lookers(policy, kind, row, 1):
                cell = Cell(who, route.split(" ")[1], kind, row)
                judge = _of_a_move if route in TYPED["moves"] else _of_an_addition
                scope = out_of_scope(who, *route.split(" "))
                yield Attempt(cell, route, "out of scope" if scope else judge(policy, cell, act))


def _one_of_each(policy: Policy) -> list[tuple[str, Row]]:
    """The newest record of every kind in every status."""
    found: dict[tuple[str, Any], tuple[str, Row]] = {}
    for kind, row in rows_of(policy, None, 1):
        found.setdefault((kind, row.get("status")), (kind, row))
    return list(found.values())


def _of_a_move(policy: Policy, cell: Cell, action: str) -> str:
    if not policy.sees(cell.organisation, cell.kind, cell.row):
        return "hidden"
    lifecycle = _LIFECYCLES[cell.kind]
    parts = [part for part in lifecycle.parties if part != "clock" and _has(policy, cell, part)]
    outcome = lifecycle.outcome(cell.row["status"], action, parts)
    if "second" in parts and action == "approve":
        return "for a second person"  # whoever asked, through the client it asked with, cannot also approve
    return {"not_your_move": "never theirs", "invalid_transition": "not now"}.get(outcome, "open")


def _has(policy: Policy, cell: Cell, part: str) -> bool:
    typed = TYPED["parts"].get(f"{cell.kind}.{part}") or TYPED["parts"].get(part) or part
    return policy.holds([typed] if isinstance(typed, str) else typed, cell.organisation, cell.kind, cell.row)


def _of_an_addition(policy: Policy, cell: Cell, by: str) -> str:
    acts = any(r.name != "handover_receiver" for r in policy.facts.relations(cell.organisation, _case_of(cell)))
    seen = policy.sees(cell.organisation, cell.kind, cell.row)
    if by == "party_or_acts":
        return "open" if acts or seen else "hidden"
    if not seen:
        return "hidden"
    may = acts if by == "acts" else policy.holds([by], cell.organisation, cell.kind, cell.row)
    return "open" if may else "not theirs to add"


def _case_of(cell: Cell) -> Any:
    return cell.row["id"] if cell.kind == "case" else cell.row.get("case_id")


def test_every_write_with_an_id_is_a_move_or_an_addition() -> None:
    typed = TYPED["moves"].keys() | TYPED["adds"].keys()
    written = {f"{r.method} {r.path}" for r in expectations.routes() if r.method != "GET" and "{" in r.path}
    of_files_and_places = {
        "PUT /v1/intakes/{intake_id}",
        "POST /v1/receptions/{reception_id}/manifests",
        "PUT /v1/services/{service_id}/capacity",
    }
    assert {each for each in written - of_files_and_places if not WEBHOOKS.match(each.partition(" ")[2])} == typed


async def test_every_write_answers_everybody_as_published(watched: Watched) -> None:
    moment = await watched.moment("after the walk")
    before = await watched.connection.fetchval("select count(*) from outbox_events")
    faults, classes, etags = [], Counter[str](), dict[tuple[str, str], str]()
    for attempt in attempts(moment.policy, _one_of_each(moment.policy)):
        answer = await attempt.make(watched.clients, etags)
        watched.sweep.judge(moment, attempt.cell.who, f"answer to {attempt.route}", answer)
        classes[attempt.wanted] += 1
        faults.append(attempt.fault(answer))
    print(f"\n{classes.total()} cells: {dict(classes)}")
    assert [fault for fault in faults if fault] == []
    assert watched.sweep.findings.looser == []
    assert await watched.connection.fetchval("select count(*) from outbox_events") == before
    assert classes.total() > 600
