"""Nobody is turned away: what does not fit the procedure of its channel is taken in, and flagged with what is owed."""

from uuid import uuid4

from tests.conftest import Raw
from tests.deadlines.duties import statuses
from tests.factories import a_case, a_proposed_handover, an_intake
from tests.personas import Clients


async def test_an_intake_that_fits_its_channel_owes_nothing_more(clients: Clients) -> None:
    made = await clients.ok("demo-border", "PUT", f"/v1/intakes/{uuid4()}", an_intake())
    assert made["duties_owed"] == []


async def test_an_intake_by_a_body_that_its_channel_does_not_name_is_taken_in_and_flagged(clients: Clients) -> None:
    path = f"/v1/intakes/{uuid4()}"
    answer = await clients.call("demo-ngo", "PUT", path, an_intake(channel="rescued_domestic"))
    assert answer.status_code == 201
    made = answer.json()
    (owed,) = made["duties_owed"]
    assert (owed["owed_by"], owed["owed_to"], owed["act"]) == ("ngo", ["labour"], "hand_over")
    assert (owed["article"], owed["deadline_id"]) == ("Law 53/2024 Art 28", "D06")
    assert (
        owed["en"] == "Hand over at once to the support authority (provincial health authority) at the place of rescue"
    )
    assert (await clients.ok("demo-ngo", "GET", path))["duties_owed"] == made["duties_owed"]


async def test_a_handover_that_fits_owes_nothing_more(clients: Clients) -> None:
    story = await a_case(clients, accompanying_minors=[])
    await a_proposed_handover(clients, story, "demo-border", "demo-commune")
    assert story.handover["duties_owed"] == []


async def test_a_handover_to_a_body_that_the_procedure_does_not_name_is_made_and_flagged(
    clients: Clients, raw: Raw
) -> None:
    story = await a_case(clients, channel="rescued_domestic", accompanying_minors=[])
    body = {"receiver_id": str(uuid4())}
    assert (await clients.call("demo-border", "POST", f"/v1/cases/{story.case}/handovers", body)).status_code == 422
    await a_proposed_handover(clients, story, "demo-border", "demo-ngo")
    (owed,) = story.handover["duties_owed"]
    assert (owed["owed_by"], owed["owed_to"], owed["deadline_id"]) == ("ngo", ["labour"], "D06")
    seen = await clients.ok("demo-ngo", "GET", f"/v1/handovers/{story.handover['id']}")
    assert seen["duties_owed"] == [owed]
    assert await statuses(raw, "D06") == ["running"]
