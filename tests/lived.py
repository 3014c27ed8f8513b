"""A case that has a row in every table, made over the public API like everything else."""

from dataclasses import replace
from uuid import uuid4

from tests.batches import sent, worked_off
from tests.benefits import a_disbursement, an_application
from tests.break_glass import a_look
from tests.factories import (
    a_follow_up,
    a_gathering,
    a_guarded_stay,
    a_guardian,
    a_held_case,
    a_move,
    a_notice,
    a_plan,
    a_referral,
    a_return_of_a_traveller,
    a_verification,
    a_verification_with_words,
    an_action,
    an_assessment,
)
from tests.overrides import an_override
from tests.personas import PERSONAS, Clients, Story
from tests.receptions import NOT_FOUND, a_list, a_reception, people
from tests.searches import a_contact_request, a_found_case, an_exclusion


async def a_lived_case(clients: Clients) -> Story:
    """A case with a row in every table: labour holds it, the shelter serves it; post, police and NGO have done so.
    Labour also awaits a traveller whom the mission announced. Each area adds its rows in a step of its own."""
    story = await a_held_case(clients, reporter={"full_name": "Vàng A Páo", "relation": "sibling"})
    await _lived_returns(clients)
    await _lived_verification(clients, story)
    await a_plan(clients, story)
    await _lived_records(clients, story)
    await an_application(clients, story)
    await a_disbursement(clients, story)
    await _lived_care(clients, story)
    await a_guarded_stay(clients, story)
    await _lived_reception(clients, "demo-police", "demo-labour")
    await _lived_search(clients)
    await _lived_batches(clients)
    await a_look(clients, story.child, "reviewed")
    await _lived_webhook(clients)
    return story


async def _lived_webhook(clients: Clients) -> None:
    made = await clients.ok("demo-labour", "POST", "/v1/webhook-endpoints", {"url": "http://127.0.0.1:9/hooks"})
    await clients.ok("demo-labour", "POST", f"/v1/webhook-endpoints/{made['id']}/tests", {})


async def _lived_returns(clients: Clients) -> None:
    await clients.ok("demo-foreign", "POST", "/v1/returns", a_return_of_a_traveller("demo-labour"))


async def _lived_verification(clients: Clients, story: Story) -> None:
    """With what the police found, a certificate and a review of fines."""
    await a_verification(clients, story)
    path = f"/v1/cases/{story.case}"
    etag = (await clients.ok("demo-police", "GET", path))["etag"]
    found = {"sections": {"investigation": {"text": "Đã xác minh tại địa phương."}}}
    await clients.ok("demo-police", "PATCH", path, found, etag=etag)
    await a_gathering(clients, story)
    await a_verification_with_words(clients, story)
    fines = f"/v1/verifications/{story.verification['id']}/fine-reviews"
    await clients.ok("demo-police", "POST", fines, {"outcome": "none_found"})


async def _lived_records(clients: Clients, story: Story) -> None:
    """A supplement by the first receiver, a note and a correction by the custodian."""
    said = {"kind": "addition", "value": "Có sẹo ở tay trái."}
    await clients.ok("demo-border", "PUT", f"/v1/intakes/{story.intake}/supplements/{uuid4()}", said)
    path = f"/v1/cases/{story.case}"
    await an_override(clients, story)
    await a_guardian(clients, story.child)
    await an_assessment(clients, story.child)
    await clients.ok("demo-labour", "POST", f"{path}/notes", {"text": "Gọi lại thứ hai."})
    await clients.ok("demo-labour", "POST", f"{path}/feedback", {"outcome": "support_started", "text": "Đã đón."})
    told = await a_notice(clients, story, "demo-police", text="Sẽ về nhà trong tuần này.")
    await an_action(clients, "demo-police", f"/v1/notices/{told['id']}", "acknowledgements", {})
    paper = {"type": "passport", "number": "C1234567"}
    mended = {"section": "papers", "value": {"identity_documents": [paper]}, "reason": "Tìm thấy hộ chiếu"}
    await clients.ok("demo-labour", "POST", f"{path}/corrections", mended)


async def _lived_care(clients: Clients, story: Story) -> None:
    """The NGO has served and is done; what the shelter was asked for goes on."""
    await a_referral(clients, story, status="in_service", note="Cần người phiên dịch.")
    await a_follow_up(clients, story)
    await a_move(clients, story, "demo-ngo", "completions", {"outcome": "service_delivered"})
    live = replace(story)
    await a_referral(clients, live, status="accepted", receiver="demo-shelter", service="shelter", note="Đến tối nay.")


async def _lived_reception(clients: Clients, holder: str, receiver: str) -> None:
    """Two people on a list, one screened without indicators and told to the receiver as a number."""
    reception = await a_reception(clients, holder)
    line, _ = await a_list(clients, reception, *people(2), by=holder)
    path = f"/v1/receptions/{reception['id']}"
    await clients.ok(holder, "PUT", f"{path}/lines/{line}", NOT_FOUND)
    groups = {"groups": [{"receiver_id": str(PERSONAS[receiver].id), "province_code": "40"}]}
    await clients.ok(holder, "POST", f"{path}/handovers", groups)


async def _lived_batches(clients: Clients) -> None:
    """One long batch of the post's is done, all of it refused; another waits."""
    for worked in (True, False):
        answer = await sent(clients, b"\n" * 501)
        assert answer.status_code == 202, answer.text
        if worked:
            await worked_off(clients)


async def _lived_search(clients: Clients) -> None:
    """The mission has a case that the police find and ask about, and that the other police must not see."""
    found = await a_found_case(clients, "demo-foreign")
    asked = await a_contact_request(clients, "demo-police", text="Đang ở chỗ chúng tôi.")
    said = {"answer": "will_contact", "text": "Sẽ gọi ngày mai."}
    await an_action(clients, "demo-foreign", f"/v1/contact-requests/{asked['id']}", "answers", said)
    await an_exclusion(clients, found.case, "demo-other-police", "demo-foreign")
