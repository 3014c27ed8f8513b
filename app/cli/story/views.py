"""Steps 6 and 8 of the story: what each party sees of it, while it goes on and when it is over."""

from collections import Counter
from typing import Any

from app.cli.story.partners import Story

_LISTS: tuple[str, ...] = ("cases", "intakes", "handovers?box=inbox", "handovers?box=outbox", "verifications?box=inbox")
_LISTS += ("verifications?box=outbox", "referrals?box=inbox", "referrals?box=outbox", "referrals?box=claimable")
_ORDER: tuple[str, ...] = (
    "case.opened",
    "handover.proposed",
    "handover.confirmed",
    "verification.requested",
    "verification.started",
)
_ORDER += ("verification.concluded", "consent.given", "referral.sent", "referral.acknowledged", "referral.accepted")
_ORDER += ("referral.started", "referral.completed", "plan.made", "support.given", "follow_up.held", "consent.given")
_ORDER += ("referral.sent", "referral.completed", "case.closed")
_READERS = {
    "border_guard": "demo-border",
    "labour": "demo-labour",
    "police": "demo-police",
    "ngo": "demo-ngo",
    "provider": "demo-shelter",
}


def follow(story: Story) -> None:
    """Step 6: both sides follow the referral, the post its intake, strangers see nothing, oversight the audit alone."""
    for who in ("demo-labour", "demo-ngo"):
        status = story.call(who, f"GET /v1/referrals/{story.ids['referral']}/status", 200)
        story.claim(status["status"] == "completed", "đã hoàn thành · completed")
    row = story.call("demo-border", f"GET /v1/intakes/{story.ids['intake']}", 200)
    story.claim(row["status"] == "confirmed", "đồn biết kết luận · the post sees it is confirmed")
    _stranger(story, "demo-other-police")
    case = f"/v1/cases/{story.ids['case']}"
    for hidden in ("/v1/cases", case):
        story.refused("demo-oversight", f"GET {hidden}", "insufficient_scope")
    entries = story.call("demo-oversight", f"GET /v1/audit-events?case_id={story.ids['case']}&limit=200", 200)["items"]
    seen = {entry["event"] for entry in entries}
    story.claim(seen >= {"case.opened", "case.read", "referral.sent"}, "đọc nhật ký · reads the audit")


def _stranger(story: Story, who: str) -> None:
    """The lists of somebody without a part in the story hold nothing of it, and every id of it is a 404."""
    ids = story.ids
    for name in _LISTS:
        items = story.call(who, f"GET /v1/{name}", 200)["items"]
        story.claim(not {item["id"] for item in items} & set(ids.values()), "không có gì ở đây · nothing here")
    for case in (ids["case"], ids["child"]):
        story.refused(who, f"GET /v1/cases/{case}", "not_found")
    for kind in ("intake", "handover", "verification", "consent", "referral"):
        story.refused(who, f"GET /v1/{kind}s/{ids[kind]}", "not_found")
    story.refused(who, f"GET /v1/referrals/{ids['referral']}/status", "not_found")


def review(story: Story) -> None:
    """Step 8: the timeline tells it in order; every read is there, one's own with the officer, others' by function."""
    case = f"/v1/cases/{story.ids['case']}"
    told = story.call("demo-labour", f"GET {case}/timeline?limit=200", 200)["items"]
    story.claim(sorted(told, key=_time) == told, "theo thứ tự thời gian · in order of time")
    events = iter([entry["event"] for entry in told])
    story.claim(all(event in events for event in _ORDER), "đủ từng bước · every step is there")
    reads = story.call("demo-labour", f"GET {case}/accesses?limit=200", 200)["items"]
    officer = story.partners["demo-labour"].officer
    own, others = ([read for read in reads if read["own"] is whose] for whose in (True, False))
    story.claim({read["officer"] for read in own} == {officer}, "của mình: có cán bộ · own reads name the officer")
    story.claim({read["officer"] for read in others} == {None}, "của người khác: không · others' reads do not")
    story.claim({read["agency"] for read in reads} == set(_READERS), "đủ mọi bên đã đọc · every reader is there")
    listed = Counter(read["agency"] for read in reads if read["event"] == "case.read")
    complete = all(listed[agency] >= story.partners[who].read.count(case) for agency, who in _READERS.items())
    story.claim(complete, "không sót lượt đọc nào · no read is missing")
    stated = all(read["purpose"] == "care_coordination" and read["at"] for read in reads)
    story.claim(stated, "lúc nào, vì sao · when and why")


def _time(entry: dict[str, Any]) -> str:
    return str(entry["at"])
