"""Steps 4, 5 and 7 of the story: support by referral and under a plan, until the case can be closed."""

from datetime import timedelta

from app.cli.story.arrival import NAME
from app.cli.story.partners import Story
from app.reference.fields import today

_NGO_READS = {"identity", "needs", "handling"}


def refer(story: Story) -> None:
    """Step 4: with her consent, two sections go to the association, for psychological support."""
    story.ids["referral"] = send_referral(story, "demo-ngo", "psychological")


def send_referral(story: Story, receiver: str, service: str) -> str:
    """A consent for that receiver and service, and the referral resting on it; its id."""
    case, receiver_id, sections = story.ids["case"], story.ids[receiver], ["identity", "needs"]
    consent = {"recipient_id": receiver_id, "purpose": service, "sections": sections, "language": "vi"}
    made = story.call("demo-labour", f"POST /v1/cases/{case}/consents", 201, body={**consent, "method": "written"})
    story.ids["consent"] = made["id"]
    referral = {"case_id": case, "receiver_id": receiver_id, "service": service, "sections": sections}
    sent = story.call("demo-labour", "POST /v1/referrals", 201, body={**referral, "consent_id": made["id"]})
    return str(sent["id"])


def deliver(story: Story) -> None:
    """Step 5: the association decides by a preview without a name, then reads what was consented to."""
    referral, case = f"/v1/referrals/{story.ids['referral']}", f"/v1/cases/{story.ids['case']}"
    inbox = story.call("demo-ngo", "GET /v1/referrals?box=inbox", 200)
    item = next(item for item in inbox["items"] if item["id"] == story.ids["referral"])
    story.claim(item["preview"]["sex"] == "female" and NAME not in str(inbox), "không có tên · a preview, no name")
    story.refused("demo-ngo", f"GET {case}", "not_found")
    story.act("demo-ngo", f"POST {referral}/acknowledgements")
    story.act("demo-ngo", f"POST {referral}/acceptances")
    shown = story.call("demo-ngo", f"GET {case}", 200)
    read = {name for name, content in shown["sections"].items() if content is not None}
    story.claim(read == _NGO_READS, "đọc được · reads: identity, needs, handling")
    story.claim(shown["sections"]["identity"]["full_name"] == NAME, "giờ mới biết tên · only now the name")
    story.claim(len(shown["masked"]) == 8 and not read & set(shown["masked"]), "tám phần bị che · eight are masked")
    story.act("demo-ngo", f"POST {referral}/starts")
    story.act("demo-ngo", f"POST {referral}/completions", body={"outcome": "service_delivered"})
    story.refused("demo-ngo", f"GET {case}", "not_found")
    kept = story.call("demo-ngo", f"GET {referral}", 200)
    story.claim(kept["status"] == "completed", "chuyển tuyến vẫn còn đó · its own record stays")


def reintegrate(story: Story) -> None:
    """Step 7: plan, support and follow-up; while the shelter still helps the case cannot be closed, then it can."""
    case = f"/v1/cases/{story.ids['case']}"
    _plan(story, case)
    referral = send_referral(story, "demo-shelter", "shelter")
    closure = {"reason": "completed", "outcome": "reintegrated"}
    tag = story.call("demo-labour", f"GET {case}", 200)["etag"]
    story.refused("demo-labour", f"POST {case}/closures", "open_referrals", body=closure, etag=tag)
    for move in ("acknowledgements", "acceptances", "starts"):
        story.act("demo-shelter", f"POST /v1/referrals/{referral}/{move}")
    story.call("demo-shelter", f"GET {case}", 200)
    outcome = {"outcome": "service_delivered", "text": "Chị đã về ở với chị gái."}
    story.act("demo-shelter", f"POST /v1/referrals/{referral}/completions", body=outcome)
    closed = story.act("demo-labour", f"POST {case}/closures", body=closure)
    story.claim(closed["status"] == "closed", "hồ sơ đã đóng · the case is closed")
    row = story.call("demo-border", f"GET /v1/intakes/{story.ids['intake']}", 200)
    story.claim(row["status"] == "closed", "đồn biên phòng cũng biết · the post learns of it")


def _plan(story: Story, case: str) -> None:
    day = today().isoformat()
    goals = [
        {"service": "psychological", "text": "Ngủ ngon trở lại"},
        {"service": "shelter", "text": "Có chỗ ở"},
    ]
    dates = {"starts_on": day, "review_on": (today() + timedelta(days=90)).isoformat(), "agreed_on": day}
    plan = story.call("demo-labour", f"POST {case}/plans", 201, body={"goals": goals, **dates})
    story.ids["plan"] = plan["id"]
    allowance = {"regime": "k", "service": "initial_allowance", "given_on": day, "amount_vnd": 1_500_000}
    travel = {"regime": "e", "service": "travel", "given_on": day, "amount_vnd": 300_000, "funding": "state"}
    given = f"POST /v1/plans/{plan['id']}/support-items"
    story.call("demo-labour", given, 201, body={**allowance, "funding": "provincial"})
    story.call("demo-labour", f"POST {case}/support-items", 201, body=travel)
    met = {"held_on": day, "method": "visit", "result": "stable", "retrafficking_risk": "low"}
    story.call("demo-labour", f"POST /v1/plans/{plan['id']}/follow-ups", 201, body=met)
    stage = story.call("demo-labour", f"GET {case}", 200)["stage"]
    story.claim(stage == "reintegrating", "đang tái hòa nhập · the case is reintegrating")
