"""The suite shown to fail: one masking rule taken out of the access model at a time, and found by those who look."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from tests.disclosure.journals import told_of
from tests.disclosure.sweep import rows_of
from tests.disclosure.watched import Watched

_MODEL = (Path(__file__).parents[2] / "migrations/row_security.sql").read_text("utf-8")
_ALL = "'{identity,papers,contact,family,handling,needs,exploitation,statement,health,investigation,refuge}'::text[]"
_MINE = "(author_id = (select access.caller_org()) and access.caller_takes_part_in({}case_id))"


@dataclass(frozen=True)
class Plant:
    """A statement of the access model by its opening words, what is changed in it, and the paths that must tell."""

    opening: str
    find: str
    replace: str
    paths: tuple[str, ...]

    @property
    def statement(self) -> str:
        start = _MODEL.index(self.opening)
        end = re.compile(r"\$\$;\n" if "function" in self.opening else r";\n").search(_MODEL, start)
        assert end is not None
        return _MODEL[start : end.end()]

    def sql(self, statement: str) -> str:
        if "function" in self.opening:
            return statement.replace("create function", "create or replace function", 1)
        name, table = re.findall(r"create policy (\w+) on (\w+)", self.opening)[0]
        return f"drop policy {name} on {table}; {statement}; alter policy {name} on {table} to app_api"


PLANTS = {
    "every section to whoever has a part": Plant(
        "create function access.caller_sections", "unnest(p.sections) s", f"unnest({_ALL}) s", ("/v1/cases/{case_id}",)
    ),
    "sections for ever": Plant(
        "create function access.caller_sections", " and p.live\n", "\n", ("/v1/corrections/{correction_id}",)
    ),
    "the whole intake to its author for ever": Plant(
        "create policy visible on intake_contents",
        " and (case_id is null or exists (\n    select 1 from cases c where c.id = intake_contents.case_id and"
        " c.custodian_id = (select access.caller_org())\n      and 'statement' = any (c.custodian_sections)))",
        "",
        ("/v1/intakes/{intake_id}",),
    ),
    "notes to everybody in the case": Plant(
        "create policy visible on case_notes",
        _MINE.format(""),
        "access.caller_takes_part_in(case_id)",
        ("/v1/cases/{case_id}/notes",),
    ),
    "supplements to everybody in the case": Plant(
        "create policy visible on intake_supplements",
        "(select access.caller_agency()) in ('labour', 'commune') and access.caller_has_custody(case_id)",
        "access.caller_takes_part_in(case_id)",
        ("/v1/cases/{case_id}/supplements",),
    ),
    "the note of a referral before acceptance": Plant(
        "create policy visible on referral_texts",
        "(kind <> 'note' or r.status in ('accepted', 'in_service'))",
        "true",
        ("/v1/referrals/{referral_id}",),
    ),
    "protection outside the compartment": Plant(
        "create policy visible on protections",
        "'refuge' = any (access.caller_sections(case_id))",
        "access.caller_takes_part_in(case_id)",
        ("/v1/protections/{protection_id}",),
    ),
    "words on an incident to whoever sees it": Plant(
        "create policy visible on incident_texts", _MINE.format("i."), "true", ("/v1/incidents/{incident_id}",)
    ),
    "a question that was withdrawn": Plant(
        "create policy visible on assistance_texts",
        "a.status <> 'withdrawn'",
        "true",
        ("/v1/assistances/{assistance_id}",),
    ),
    "officers of other houses": Plant(
        "create function access.case_accesses",
        "case when a.organisation_id = access.caller_org() then a.officer end, a.purpose",
        "a.officer, a.purpose",
        ("/v1/cases/{case_id}/accesses",),
    ),
}
TIMELINE = Plant(
    "create function access.case_timeline",
    "and (access.caller_has_custody(wanted) or a.organisation_id = access.caller_org()\n"
    "         or access.caller_org() = any (a.parties))\n",
    "\n",
    (),
)


@asynccontextmanager
async def planted(connection: asyncpg.Connection, plant: Plant) -> AsyncIterator[None]:
    """The access model with this one change."""
    assert plant.statement.count(plant.find) == 1
    await connection.execute(plant.sql(plant.statement.replace(plant.find, plant.replace)))
    try:
        yield
    finally:
        await connection.execute(plant.sql(plant.statement))


@pytest.mark.parametrize("name", PLANTS)
async def test_one_masking_rule_removed_is_found(watched: Watched, name: str) -> None:
    plant = PLANTS[name]
    moment = await watched.moment(name)
    rows = rows_of(moment.policy, [watched.walked.words["case"]], 3)
    findings = watched.sweep.findings
    findings.looser.clear()
    await watched.sweep.look(moment, rows, 0, plant.paths)
    assert findings.looser == []
    async with planted(watched.connection, plant):
        await watched.sweep.look(moment, rows, 0, plant.paths)
    assert findings.looser, "nobody was shown too much"
    print(f"\n{len(findings.looser)} leaks, first: {findings.looser[0]}")
    findings.looser.clear()


async def test_an_unfiltered_timeline_is_found(watched: Watched) -> None:
    moment = await watched.moment("timeline")
    case = moment.policy.facts.row("cases", watched.walked.words["case"])
    async with planted(watched.connection, TIMELINE):
        journals = await told_of(watched, moment, case)
    assert {each.who for each in journals if each.shown - each.due} == {"demo-shelter", "demo-police", "demo-commune"}
