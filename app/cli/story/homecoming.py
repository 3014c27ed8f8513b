"""Step 9 of the story: others come home by a way that was announced, or are only heard of over the telephone."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from app.cli.story.partners import Story

_KNOWN, _UNKNOWN = "Vàng Thị Dợ", "Lò Thị Mỷ"


def come_home(story: Story) -> None:
    """Step 9: a mission announces two women, the post records that they came; the hotline hears of somebody."""
    _announce(story)
    _arrive(story)
    _hear_of_somebody(story)


def _announce(story: Story) -> None:
    """One whose case the mission has, and one who has none yet."""
    body = _intake("abroad_not_rescued", {"country_code": "CN"}, person={"full_name": _KNOWN, "sex": "female"})
    made = story.call("demo-foreign", f"PUT /v1/intakes/{uuid4()}", 201, body=body)
    story.ids["abroad"] = made["case"]["id"]
    traveller = {
        "full_name": _UNKNOWN,
        "sex": "female",
        "identity_documents": [{"type": "travel_paper", "number": "GTH-0271"}],
    }
    notice = {
        "direction": "inbound",
        "gate_id": story.ids["demo-border"],
        "province_code": "15",
        "arrives_at": (datetime.now(UTC) + timedelta(days=30)).isoformat(timespec="seconds"),
        "means": "land",
        "persons": [{"case_id": story.ids["abroad"]}, {"person": traveller, "handling": ["ask_before_family"]}],
    }
    announced = story.call("demo-foreign", "POST /v1/returns", 201, body=notice)
    story.ids["return"] = announced["id"]
    story.claim(announced["notice"] == "on_time", "báo trước đúng hạn · announced in time")


def _arrive(story: Story) -> None:
    """The post knows whom it awaits; custody moves when they stand there, not before."""
    path = f"/v1/returns/{story.ids['return']}"
    inbox = story.call("demo-border", "GET /v1/returns?box=inbox", 200)
    story.claim(story.ids["return"] in [item["id"] for item in inbox["items"]], "đồn đang chờ · the post awaits them")
    awaited = story.call("demo-border", f"GET {path}/persons", 200)["items"]
    names = [person["identity"]["full_name"] for person in awaited]
    story.claim(names == [_KNOWN, _UNKNOWN], "biết đón ai · it knows whom to meet")
    came = [{"person_id": person["id"], "result": "arrived"} for person in awaited]
    done = story.act("demo-border", f"POST {path}/arrivals", body={"arrived_at": _now(), "persons": came})
    story.claim(done["status"] == "arrived", "đã về đến nơi · they have arrived")
    for line in done["persons"]:
        story.call("demo-border", f"GET /v1/cases/{line['case_id']}", 200)
    story.claim(done["persons"][1]["case_id"] is not None, "mở hồ sơ tại cửa khẩu · a case was opened at the gate")
    story.refused("demo-foreign", f"GET /v1/cases/{story.ids['abroad']}", "not_found")
    kept = story.call("demo-foreign", f"GET {path}", 200)
    results = [line["result"] for line in kept["persons"]]
    story.claim(results == ["arrived", "arrived"], "cơ quan đại diện biết kết quả · the mission learns the result")


def _hear_of_somebody(story: Story) -> None:
    """Of whom nothing is known but where; the commune goes and looks."""
    place = {"province_code": "15", "text": "Gần chợ Bát Xát"}
    body = _intake("hotline_111", place, text="Người gọi thấy một cô gái lạ bị giữ trong nhà, không rõ tên tuổi.")
    made = story.call("demo-hotline", f"PUT /v1/intakes/{uuid4()}", 201, body=body)
    case = made["case"]["id"]
    proposal = {"receiver_id": story.ids["demo-commune"]}
    handover = story.call("demo-hotline", f"POST /v1/cases/{case}/handovers", 201, body=proposal)
    story.act("demo-commune", f"POST /v1/handovers/{handover['id']}/confirmations")
    found = story.call("demo-commune", f"GET /v1/cases/{case}", 200)
    story.claim(not any(found["sections"]["identity"].values()), "chưa biết là ai · nobody knows yet who it is")
    story.refused("demo-hotline", f"GET /v1/cases/{case}", "not_found")
    row = story.call("demo-hotline", f"GET /v1/intakes/{made['id']}", 200)
    story.claim(row["status"] == "received", "tổng đài giữ trạng thái · the hotline keeps status")


def _intake(channel: str, place: dict[str, Any], **known: Any) -> dict[str, Any]:
    return {"schema_version": "1.0", "channel": channel, "received_at": _now(), "place": place, **known}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
