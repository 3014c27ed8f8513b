"""The story of the contract, walked once: at every stage, what each persona gets of every resource."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import replace

from tests import expectations
from tests.expectations import Stage
from tests.factories import (
    a_case,
    a_conclusion,
    a_confirmation,
    a_move,
    a_plan,
    a_proposed_handover,
    a_referral,
    a_verification,
    an_action,
)
from tests.personas import PERSONAS, Clients, Story

RELATIONS: dict[str, str] = expectations.load("access")["relations"]
SECTIONS: list[str] = expectations.load("access")["sections"]
STAGES = expectations.stages()


async def walk(clients: Clients, story: Story) -> AsyncGenerator[str]:
    """Steps 1 to 7 of the contract's story; stops at every stage and says which."""
    made = await a_case(clients)
    story.intake, story.case, story.child = made.intake, made.case, made.child
    yield "after_intake"
    await a_proposed_handover(clients, story, "demo-border", "demo-labour")
    yield "after_handover_proposed"
    await a_confirmation(clients, story, "demo-labour")
    yield "after_handover_confirmed"
    await a_verification(clients, story)
    yield "verification_requested"
    await a_conclusion(clients, story)
    yield "verification_concluded"
    await a_referral(clients, story)
    yield "referral_sent"
    await a_move(clients, story, "demo-ngo", "acknowledgements", {})
    yield "referral_acknowledged"
    await a_move(clients, story, "demo-ngo", "acceptances", {})
    yield "referral_accepted"
    await a_move(clients, story, "demo-ngo", "starts", {})
    await a_move(clients, story, "demo-ngo", "completions", {"outcome": "service_delivered"})
    yield "referral_completed"
    await a_plan(clients, story)
    yield "plan_made"
    await _support_and_close(clients, story)
    yield "case_closed"


async def _support_and_close(clients: Clients, story: Story) -> None:
    """The rest of step 7: support, and a second referral that holds the closure up until it is completed."""
    support = {"regime": "g", "service": "psychological", "given_on": "2026-11-20", "funding": "state"}
    await clients.ok("demo-labour", "POST", f"/v1/plans/{story.plan['id']}/support-items", support)
    second = replace(story)
    await a_referral(clients, second, receiver="demo-shelter", service="shelter", status="accepted")
    path, closure = f"/v1/cases/{story.case}", {"reason": "completed", "outcome": "reintegrated"}
    etag = (await clients.ok("demo-labour", "GET", path))["etag"]
    refused = await clients.call("demo-labour", "POST", f"{path}/closures", closure, etag=etag)
    assert (refused.status_code, refused.json()["code"]) == (409, "open_referrals")
    await a_move(clients, second, "demo-shelter", "completions", {"outcome": "service_delivered"})
    await an_action(clients, "demo-labour", path, "closures", closure)


class Walked:
    """What the personas get at the stage the walk stands at, compared with the cells typed for it."""

    def __init__(self, clients: Clients, story: Story) -> None:
        self.clients, self.story = clients, story

    def path(self, relation: str) -> str:
        story = self.story
        ids = {"case_id": story.case, "intake_id": story.intake}
        for name in ("handover", "verification", "referral", "plan"):
            ids[f"{name}_id"] = getattr(story, name).get("id")
        return RELATIONS[relation].format(**ids)

    async def faults(self, stage: Stage) -> list[str]:
        found = [fault async for fault in self._statuses(stage)]
        found += [fault async for fault in self._sections(stage)]
        found += [fault async for fault in self._coarse(stage)]
        return [f"{stage.name}: {fault}" for fault in found]

    async def _statuses(self, stage: Stage) -> AsyncIterator[str]:
        for who, cells in stage.cells.items():
            for relation, wanted in cells.items():
                got = (await self.clients.get(who, self.path(relation))).status_code
                if wanted is not None and got != wanted:
                    yield f"{relation} by {who}: {got}, typed {wanted}"
            listed = await self.clients.get(who, "/v1/cases")
            found = listed.status_code == 200 and self.story.case in {row["id"] for row in listed.json()["items"]}
            if found != (cells["case"] == 200):
                yield f"the case is {'' if found else 'not '}in the list of {who}"

    async def _sections(self, stage: Stage) -> AsyncIterator[str]:
        for who, typed in stage.reads.items():
            shown = await self.clients.ok(who, "GET", self.path("case"))
            read = {name for name, content in shown["sections"].items() if content is not None}
            if read != set(typed["reads"]):
                yield f"{who} reads {sorted(read)}, typed {sorted(typed['reads'])}"
            if shown["masked"] != [name for name in SECTIONS if name in typed["masked"]]:
                yield f"{who} has masked {shown['masked']}, typed {typed['masked']}"

    async def _coarse(self, stage: Stage) -> AsyncIterator[str]:
        if stage.intake_status is not None:
            got = (await self.clients.ok("demo-border", "GET", self.path("intake")))["status"]
            if got != stage.intake_status:
                yield f"the intake shows {got}, typed {stage.intake_status}"
        if stage.case_stage is not None:
            custodian = next(who for who, cells in stage.cells.items() if cells["accesses"] == 200)
            got = (await self.clients.ok(custodian, "GET", self.path("case")))["stage"]
            if got != stage.case_stage:
                yield f"the case shows {got}, typed {stage.case_stage}"


async def test_at_every_stage_everybody_gets_exactly_what_was_typed(clients: Clients) -> None:
    story, faults, seen = Story(), [], []
    stages = {stage.name: stage for stage in STAGES}
    async for name in walk(clients, story):
        seen.append(name)
        faults += await Walked(clients, story).faults(stages[name])
    assert seen == [stage.name for stage in STAGES]
    assert faults == []


async def test_a_changed_cell_is_noticed(clients: Clients) -> None:
    """Seen to fail: one status, one section and one coarse status typed wrong are three faults, and no more."""
    story, typed = Story(), STAGES[0]
    async with aclosing(walk(clients, story)) as stages:
        await anext(stages)
    cells = {**typed.cells, "demo-police": {**typed.cells["demo-police"], "receipt": 200}}
    reads = {
        "demo-border": {
            "reads": typed.reads["demo-border"]["reads"][1:],
            "masked": typed.reads["demo-border"]["masked"],
        }
    }
    changed = replace(typed, cells=cells, reads=reads, intake_status="confirmed")
    assert len(await Walked(clients, story).faults(changed)) == 3


def test_reads_and_masked_are_typed_as_halves_of_the_eleven_sections() -> None:
    for stage in STAGES:
        assert set(stage.cells) == set(PERSONAS) - {"demo-stranger"}
        for typed in stage.reads.values():
            assert sorted(typed["reads"] + typed["masked"]) == sorted(SECTIONS)
        assert set(stage.reads) == {who for who, cells in stage.cells.items() if cells["case"] == 200}
