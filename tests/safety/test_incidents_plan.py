"""A long inbox of incidents: a page is two walks of two indexes, whatever lies below it."""

from fastapi import FastAPI

from tests.conftest import Raw
from tests.deadlines.test_worklist_plan import Taken, planned
from tests.factories import a_held_case, an_incident
from tests.personas import Clients
from tests.sql import org

MANY = 20_000
_SEED = """
insert into incidents (id, reference, case_id, reported_by, custodian_id, police_id, kind, occurred_at, text_sealed,
                       status, created_at)
select gen_random_uuid(), 'seeded ' || n, case_id, $1, custodian_id, $2, kind, occurred_at, text_sealed, 'resolved',
  created_at - n * interval '1 minute'
from incidents, generate_series(1, $3::int) n
"""


async def test_a_page_of_an_inbox_reads_a_page_of_each_part(clients: Clients, app: FastAPI, raw: Raw) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    made = await clients.ok("demo-labour", "POST", f"/v1/cases/{story.case}/incidents", an_incident())
    await raw.all.execute("set session_replication_role = replica")
    await raw.all.execute(_SEED, org("demo-labour"), org("demo-police"), MANY)
    await raw.all.execute("reset session_replication_role; analyze incidents")
    for who in ("demo-labour", "demo-police"):
        with Taken(app) as taken:
            page = await clients.ok(who, "GET", "/v1/incidents?limit=50")
        assert (len(page["items"]), page["items"][0]["id"]) == (50, made["id"])
        plan = await planned(raw, who, *taken.statements[-1])
        walked = {node["Index Name"] for node in plan if node.get("Relation Name") == "incidents"}
        assert walked == {"ix_incidents_custodian_id", "ix_incidents_police_id", "pk_incidents"}
