"""What the API's own role cannot write into the audit: another's deed, or a line on a case that it never met."""

from uuid import UUID

import pytest

from tests.conftest import Raw
from tests.factories import a_case, a_held_case, a_notice, a_referral
from tests.handles import a_handle
from tests.personas import Clients
from tests.sql import acting, org, refused

WHO = "demo-labour"
WRITE = (
    "insert into audit_entries (id, request_id, client_id, organisation_id, agency, officer, event, subject_type,"
    " case_id, parties, sections, facts) values (gen_random_uuid(), gen_random_uuid(), $1, $2, $3, $4, 'case.read',"
    " 'case', $5, '{}', '{}', '{}')"
)
TRUE = (WHO, org(WHO), "labour", f"officer.{WHO}")


@pytest.mark.parametrize(
    ("place", "forged"),
    [
        (0, "demo-labour-second"),
        (0, "demo-police"),
        (0, "sweep"),
        (1, org("demo-police")),
        (2, "police"),
        (2, "operator"),
        (3, "officer.demo-police"),
        (3, None),
    ],
)
async def test_nobody_writes_in_the_name_of_another(clients: Clients, raw: Raw, place: int, forged: object) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    names: list[object] = [*TRUE]
    async with acting(raw, WHO) as sql:
        await sql.execute(WRITE, *names, UUID(story.case))
        await sql.execute(WRITE, *names, None)
    names[place] = forged
    await refused(raw, WHO, WRITE, *names, UUID(story.case))
    await refused(raw, WHO, WRITE, *names, None)


async def test_who_never_met_a_case_writes_nothing_on_its_timeline(clients: Clients, raw: Raw) -> None:
    """Nor about one that does not exist; whoever holds, held, found or was told of it does."""
    story = await a_case(clients, "demo-hotline", accompanying_minors=[])
    case = UUID(story.case)
    for unknown in (case, UUID(int=7)):
        await refused(raw, WHO, WRITE, *TRUE, unknown)
    await a_handle(story.case, WHO)
    async with acting(raw, WHO) as sql:
        await sql.execute(WRITE, *TRUE, case)


async def test_former_parties_and_those_who_were_told_still_write_down_what_they_did(
    clients: Clients, raw: Raw
) -> None:
    story = await a_referral(clients, status="sent")
    await a_notice(clients, story)
    met = {"demo-border": "border_guard", "demo-ngo": "ngo", "demo-other-police": "police"}
    for who, agency in met.items():
        async with acting(raw, who) as sql:
            await sql.execute(WRITE, who, org(who), agency, f"officer.{who}", UUID(story.case))
    for who, agency in {"demo-commune": "commune", "demo-stranger": "ngo", "demo-oversight": "oversight"}.items():
        await refused(raw, who, WRITE, who, org(who), agency, f"officer.{who}", UUID(story.case))
