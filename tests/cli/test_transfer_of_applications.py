"""An application under way passes with the function of its decider; one that is over keeps the name of who decided."""

from app.embedded import Server
from tests.benefits import an_application
from tests.cli.heirs import pass_on, to_heir
from tests.conftest import Raw
from tests.deadlines.duties import owed
from tests.factories import a_conclusion, a_held_case, a_verification, an_action
from tests.personas import Clients
from tests.sql import org

GRANT = {"result": "granted", "number": "88/QĐ-SYT", "decided_on": "2026-11-21", "amount_vnd": 3_000_000}


async def test_who_takes_over_decides_what_waits_and_reads_what_was_decided(
    clients: Clients, raw: Raw, server: Server, heirs: None
) -> None:
    story = await a_held_case(clients)
    await a_verification(clients, story)
    await a_conclusion(clients, story)
    waiting, over = await an_application(clients, story), await an_application(clients, story)
    await an_action(clients, "demo-labour", f"/v1/applications/{over['id']}", "decisions", GRANT)
    assert await pass_on(server, to_heir()) == (2, [])
    rows = await raw.all.fetch("select id::text, custodian_id, decider_id from applications")
    new, old = org("new-labour"), org("demo-labour")
    assert {row[0]: tuple(row[1:]) for row in rows} == {waiting["id"]: (new, new), over["id"]: (new, old)}
    assert (await owed(clients, "new-labour"))["D19"]["subject_id"] == waiting["id"]
    path = f"/v1/applications/{waiting['id']}"
    assert (await clients.get("demo-labour", path)).status_code == 404
    assert (await an_action(clients, "new-labour", path, "decisions", GRANT))["status"] == "granted"
    assert (await clients.ok("new-labour", "GET", f"/v1/applications/{over['id']}"))["number"] == GRANT["number"]
