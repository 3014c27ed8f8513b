"""The walk under watch: canaries filed as they are sent, everybody looking at moments, all of it judged."""

import io
import re
from pathlib import Path

import asyncpg
import httpx

from app.keyring import Keyring
from app.settings import Settings
from tests.disclosure.facts import Facts
from tests.disclosure.marks import MARK, Finder
from tests.disclosure.places import Places
from tests.disclosure.policy import Policy
from tests.disclosure.sweep import Moment, Sweep, rows_of
from tests.disclosure.wire import belongs, route_of, texts
from tests.personas import Clients
from tests.whole_walk import Sent, Walk

MOMENTS = {
    *(
        "intake.submitted",
        "handover.proposed",
        "handover.confirmed",
        "verification.requested",
        "verification.concluded",
    ),
    *("referral.accepted", "referral.completed", "referral.claimed", "return.arrived", "consent.revoked"),
}
"""The first step that leaves such an entry, and each that moves custody, is looked at by everybody, as to its case."""
_AGAIN = {"handover.confirmed"}
_MOST = 1
_STRANGERS = 2


class Watched:
    """What one walk left behind, to be looked at again: `sweep` has the findings, `misfiled` the texts gone astray."""

    def __init__(self, clients: Clients, connection: asyncpg.Connection, data: Path, *, thorough: bool = False) -> None:
        self.clients, self.connection = clients, connection
        self.finder = Finder()
        self.places = Places(Keyring.load(Settings(data=data)).vault, self.finder)
        self.sweep = Sweep(clients, self.finder, thorough=thorough)
        self.misfiled: list[str] = []
        self.walked = Walk(clients)
        self.logged = io.StringIO()

    async def moment(self, name: str) -> Moment:
        facts = await Facts.read(self.connection)
        return Moment(name, Policy(facts), await self.places.of(facts))

    async def walk(self) -> None:
        seen: set[str] = set()
        async for row, answer in self.walked.steps():
            sent = self.walked.sent[-1]
            planted = self._plant(sent)
            moment = await self.moment(row["call"])
            self._file(moment, sent, planted)
            self.sweep.judge(moment, sent.who, f"answer to {row['call']} by {sent.who}", answer)
            if news := {*row["event"]} & MOMENTS - (seen - _AGAIN):
                seen |= news
                await self.look(moment, answer)

    async def look(self, moment: Moment, answer: httpx.Response) -> None:
        """Everybody at the cases that this call touched."""
        entries = await self.connection.fetch(
            "select distinct case_id::text from audit_entries where request_id = $1 and case_id is not null",
            answer.headers["X-Request-Id"],
        )
        cases = [entry["case_id"] for entry in entries]
        await self.sweep.look(moment, rows_of(moment.policy, cases, _MOST))

    async def look_at_all(self, name: str) -> None:
        """Everybody at everything there is, and at their lists."""
        moment = await self.moment(name)
        await self.connection.execute("select access.feed_advance(epoch, drawn) from access.feed_mark()")
        await self.sweep.look_at_lists(moment)
        await self.sweep.look(moment, rows_of(moment.policy), _STRANGERS)

    def _plant(self, sent: Sent) -> dict[str, set[str]]:
        """Mark → the pointers it was sent at."""
        found: dict[str, set[str]] = {}
        body = texts(sent.body) if not isinstance(sent.body, bytes) else texts(re.split("[,\n]", sent.body.decode()))
        for pointer, text in body:
            if MARK.search(text) or text[:3] == "190":
                found.setdefault(self.finder.plant(text), set()).add(pointer)
        return found

    def _file(self, moment: Moment, sent: Sent, planted: dict[str, set[str]]) -> None:
        """Every text lies where its member belongs, and nowhere else."""
        route = f"{sent.method} {route_of(sent.method, sent.path).path}"
        for mark, pointers in planted.items():
            must, may = zip(*(belongs(route, pointer) for pointer in pointers), strict=True)
            lies = {place.name for place in moment.held.get(mark, [])}
            if not frozenset().union(*must) <= lies <= frozenset().union(*may):
                self.misfiled.append(f"{route} {sorted(pointers)}: lies in {sorted(lies)}, belongs in {sorted(*may)}")
