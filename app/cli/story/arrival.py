"""Steps 1-3 of the story: a woman and her child reach a border post, are handed over, and she is confirmed."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from app.cli.story.partners import Story
from app.reference.fields import today

NAME = "Nguyễn Thị Hoa"


def receive(story: Story) -> None:
    """Step 1: one intake opens a case for the woman and one for her child; a repetition is safe, a change is not."""
    body, put = _intake(), f"PUT /v1/intakes/{story.ids['intake']}"
    made = story.call("demo-border", put, 201, body=body)
    story.claim(len(made["accompanying"]) == 1, "hai hồ sơ: mẹ và con · two cases: mother and child")
    story.ids |= {"case": made["case"]["id"], "child": made["accompanying"][0]["case"]["id"]}
    again = story.call("demo-border", put, 200, body=body)
    story.claim(again["case"] == made["case"], "gửi lại không tạo thêm gì · sent again, nothing new is made")
    story.refused("demo-border", put, "intake_conflict", body=body | {"urgent_needs": ["medical"]})
    story.call("demo-border", f"GET /v1/cases/{story.ids['case']}", 200)


def _intake() -> dict[str, Any]:
    received_at = (datetime.now(UTC) - timedelta(hours=3)).isoformat(timespec="seconds")
    mother = {"full_name": NAME, "sex": "female", "birth_date": "1999", "nationalities": ["VN"]}
    child = {"full_name": "Vương Tiểu Mai", "sex": "female", "birth_date": "2021", "nationalities": ["CN"]}
    trafficking = {
        "exploitation_types": ["forced_marriage"],
        "means_of_control": ["false_promises"],
        "countries": ["CN"],
        "statement": "Chị được hứa việc làm ở bên kia biên giới rồi bị ép lấy chồng.",
    }
    return {
        "schema_version": "1.0",
        "channel": "self_return_border",
        "received_at": received_at,
        "place": {"province_code": "15", "text": "Cửa khẩu quốc tế Lào Cai"},
        "person": {**mother, "identity_documents": [], "languages": ["vi"]},
        "accompanying_minors": [{**child, "relation": "child"}],
        "urgent_needs": ["medical", "shelter"],
        "handling": ["ask_before_family"],
        "trafficking": trafficking,
    }


def hand_over(story: Story) -> None:
    """Step 2: both cases move together; the post keeps row, receipt, status and the right to supplement."""
    ids = story.ids
    proposal = {"receiver_id": ids["demo-labour"], "with_cases": [ids["child"]], "state": "distressed"}
    handover = story.call("demo-border", f"POST /v1/cases/{ids['case']}/handovers", 201, body=proposal)
    ids["handover"] = handover["id"]
    inbox = story.call("demo-labour", "GET /v1/handovers?box=inbox", 200)
    story.claim(handover["id"] in [item["id"] for item in inbox["items"]], "đã đến hộp thư · it is in the inbox")
    moved = story.act("demo-labour", f"POST /v1/handovers/{handover['id']}/confirmations")
    story.claim(moved["status"] == "received", "quyền quản lý đã chuyển · custody has moved")
    intake = f"/v1/intakes/{ids['intake']}"
    kept = story.call("demo-border", f"GET {intake}", 200)
    story.claim((kept["status"], kept["content"]) == ("received", None), "đồn giữ trạng thái · the post keeps status")
    story.call("demo-border", f"GET {intake}/receipt", 200)
    words = {"kind": "addition", "value": "Chị có giữ một số điện thoại cũ."}
    story.call("demo-border", f"PUT {intake}/supplements/{uuid4()}", 201, body=words)
    for case in (ids["case"], ids["child"]):
        story.refused("demo-border", f"GET /v1/cases/{case}", "not_found")


def verify(story: Story) -> None:
    """Step 3: the police look into it and conclude that she is a victim, with a certificate."""
    ids = story.ids
    wanted = {"verifier_id": ids["demo-police"], "kind": "victim"}
    made = story.call("demo-labour", f"POST /v1/cases/{ids['case']}/verifications", 201, body=wanted)
    ids["verification"], path = made["id"], f"/v1/verifications/{made['id']}"
    story.act("demo-police", f"POST {path}/starts")
    story.call("demo-police", f"GET /v1/cases/{ids['case']}", 200)
    conclusion = {
        "result": "victim",
        "grounds": ["recruited_for_exploitation"],
        "evidence_sources": ["person_or_relatives", "foreign_authority"],
        "certificate": {"number": "27/GXN-CALC", "issued_on": today().isoformat()},
    }
    concluded = story.act("demo-police", f"POST {path}/conclusions", body=conclusion)
    story.claim(concluded["status"] == "concluded", "đã kết luận · concluded")
    story.refused("demo-police", f"GET /v1/cases/{ids['case']}", "not_found")
    case = story.call("demo-labour", f"GET /v1/cases/{ids['case']}", 200)
    story.claim(case["identification"] == "confirmed", "được xác định là nạn nhân · confirmed as a victim")
