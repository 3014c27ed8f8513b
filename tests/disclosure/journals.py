"""Timeline and accesses of a case, as they are told and as they are published: what one took part in.

To the custodian everything, to others what they did or were party to, and of accesses their own; of protection only to
whoever reads the compartment or took part.
"""

from dataclasses import dataclass
from typing import Any

from tests.disclosure.facts import Row
from tests.disclosure.sweep import Moment
from tests.disclosure.watched import Watched
from tests.personas import PERSONAS

_ENTRIES = (
    "select id::text, case_id::text, event, subject_type, organisation_id::text, parties::text[] as parties"
    " from audit_entries where case_id = $1::text::uuid and event not in ('case.searched', 'request.refused')"
)


@dataclass(frozen=True)
class Told:
    """One journal of a case as one persona gets it, by the ids of entries made before it asked."""

    who: str
    path: str
    shown: frozenset[str]
    due: frozenset[str]


async def told_of(watched: Watched, moment: Moment, case: Row) -> list[Told]:
    """Both journals of the case, for everybody who may ask."""
    entries = [dict(row) for row in await watched.connection.fetch(_ENTRIES, case["id"])]
    known, found = {entry["id"] for entry in entries}, []
    for who, persona in PERSONAS.items():
        organisation = str(persona.id)
        if not moment.policy.sees(organisation, "case", case):
            continue
        for path, reads in (("timeline", False), ("accesses", True)):
            due = {each["id"] for each in entries if _is_due(moment, organisation, each, reads)}
            shown = {item["id"] for item in await _all_of(watched, who, f"/v1/cases/{case['id']}/{path}")}
            found.append(Told(who, path, frozenset(shown & known), frozenset(due)))
    return found


def _is_due(moment: Moment, organisation: str, entry: dict[str, Any], reads: bool) -> bool:
    found = entry["event"] == "case.found"  # by a search of others: told to the holder on both
    if entry["event"].endswith(".read") != reads and not found:
        return False
    own = entry["organisation_id"] == organisation
    party = own or (not reads and organisation in entry["parties"])
    custody = moment.policy.facts.custodian(entry["case_id"]) == organisation
    refuge = "refuge" in moment.policy.sections(organisation, entry["case_id"])
    return (custody or party) and (entry["subject_type"] != "protection" or party or refuge)


async def _all_of(watched: Watched, who: str, path: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    following: str | None = ""
    while following is not None:
        page = await watched.clients.ok(who, "GET", f"{path}?limit=200" + (f"&cursor={following}" if following else ""))
        items += page["items"]
        following = page["next"]
    return items
