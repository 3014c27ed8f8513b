"""Step 9 of the story: the mission announces a return, the border post records who arrived."""

from typing import Any

from tests.conftest import Raw
from tests.factories import in_days
from tests.personas import PERSONAS, Clients
from tests.returns.sent import (
    NAME,
    a_mission_case,
    a_return,
    a_traveller,
    amended,
    arrivals,
    came,
    persons,
)

BORDER, FOREIGN = "demo-border", "demo-foreign"


async def custodian(raw: Raw, case: str) -> Any:
    return await raw.all.fetchval("select custodian_id from cases where id = $1", case)


async def test_a_mission_announces_and_the_post_records_who_arrived(clients: Clients, raw: Raw) -> None:
    known = await a_mission_case(clients)
    made = await a_return(clients, {"case_id": known}, a_traveller())
    assert (made["status"], made["notice"], made["available_actions"]) == ("announced", "on_time", ["amend", "cancel"])
    (inbox,) = (await clients.ok(BORDER, "GET", "/v1/returns?box=inbox"))["items"]
    assert (inbox["id"], inbox["reference"]) == (made["id"], made["reference"])
    awaited = await persons(clients, BORDER, made)
    assert [person["identity"]["full_name"] for person in awaited] == ["Nguyễn Thị Hoa", NAME]
    assert awaited[1]["papers"]["identity_documents"][0]["number"] == "C1234567"
    assert [person["handling"]["flags"] for person in awaited] == [["ask_before_family"], ["ask_before_family"]]
    assert await custodian(raw, known) == PERSONAS[FOREIGN].id
    done = await came(clients, made, "arrived", "arrived")
    assert (done["status"], [line["result"] for line in done["persons"]]) == ("arrived", ["arrived", "arrived"])
    assert await custodian(raw, known) == PERSONAS[BORDER].id
    opened = done["persons"][1]["case_id"]
    case = await clients.ok(BORDER, "GET", f"/v1/cases/{opened}")
    assert (case["sections"]["identity"]["full_name"], case["province_code"]) == (NAME, "15")
    assert case["sections"]["papers"]["identity_documents"][0]["number"] == "C1234567"
    assert case["sections"]["handling"]["flags"] == ["ask_before_family"]


async def test_the_mission_keeps_its_announcement_and_loses_the_cases(clients: Clients) -> None:
    known = await a_mission_case(clients)
    made = await a_return(clients, {"case_id": known}, a_traveller())
    done = await came(clients, made, "arrived", "arrived")
    assert (await clients.get(FOREIGN, f"/v1/cases/{known}")).status_code == 404
    kept = await persons(clients, FOREIGN, made)
    assert [person["result"] for person in kept] == ["arrived", "arrived"]
    assert (kept[0]["identity"], kept[1]["identity"]["full_name"]) == (None, NAME)
    opened = done["persons"][1]["case_id"]
    assert kept[1]["case_id"] is None
    assert (await clients.get(FOREIGN, f"/v1/cases/{opened}")).status_code == 404


async def test_the_case_opened_at_the_gate_lies_under_the_key_of_the_announcement(clients: Clients, raw: Raw) -> None:
    """One key a person: erasing it reaches what the mission announced and what the gate took down."""
    made = await a_return(clients, a_traveller())
    await came(clients, made, "arrived")
    keys = await raw.all.fetchrow(
        "select p.key_id as announced, c.key_id as opened, i.key_id as taken, c.channel from return_persons p"
        " join intakes i on i.id = p.intake_id join cases c on c.id = i.case_id"
    )
    assert keys["announced"] == keys["opened"] == keys["taken"]
    assert keys["channel"] == "mission_return_land_sea"


async def test_a_list_grows_by_persons_and_waves_and_shrinks_by_who_stays(clients: Clients) -> None:
    made = await a_return(clients, a_traveller())
    waves = [{"number": n, "arrives_at": in_days(30 + n)} for n in (1, 2, 3)]
    known = await a_mission_case(clients)
    grown = await amended(
        clients, made, waves=waves, add=[a_traveller("Vàng A Sáng", wave=2), {"case_id": known, "wave": 3}]
    )
    assert [line["wave"] for line in grown["persons"]] == [None, 2, 3]
    assert len(grown["waves"]) == 3
    shrunk = await amended(clients, made, withdraw=[grown["persons"][2]["id"]], text=None, means="rail")
    assert (shrunk["persons"][2]["result"], shrunk["text"], shrunk["means"]) == ("withdrew", None, "rail")
    (handover,) = (await clients.ok(FOREIGN, "GET", f"/v1/cases/{known}/handovers"))["items"]
    assert handover["status"] == "cancelled"
    assert shrunk["escorts"] == made["escorts"]


async def test_three_waves_arrive_one_after_another_and_the_list_still_grows(clients: Clients) -> None:
    waves = [{"number": n, "arrives_at": in_days(30 + n)} for n in (1, 2, 3)]
    made = await a_return(clients, *(a_traveller(f"Người {n}", wave=n) for n in (1, 2)), waves=waves)
    first, second = (line["id"] for line in made["persons"])
    changed = await arrivals(clients, made, {"person_id": first, "result": "arrived"})
    assert (changed["status"], [line["result"] for line in changed["persons"]]) == ("arrived", ["arrived", None])
    grown = await amended(clients, made, add=[a_traveller("Người 3", wave=3)])
    assert grown["status"] == "arrived"
    third = grown["persons"][2]["id"]
    await arrivals(clients, made, {"person_id": second, "result": "absent"})
    changed = await arrivals(clients, made, {"person_id": third, "result": "arrived"})
    assert (changed["status"], [line["result"] for line in changed["persons"]]) == (
        "arrived",
        ["arrived", "absent", "arrived"],
    )
    assert len((await clients.ok(BORDER, "GET", "/v1/cases"))["items"]) == 2


async def test_who_does_not_come_is_refused_in_writing_and_stays_with_the_mission(clients: Clients, raw: Raw) -> None:
    results = ("absent", "hospitalised", "detained", "withdrew")
    cases = [await a_mission_case(clients) for _ in results]
    made = await a_return(clients, *({"case_id": case} for case in cases))
    lines = [{"person_id": line["id"], "result": result} for line, result in zip(made["persons"], results, strict=True)]
    lines[1]["text"] = "Đang ở Bệnh viện đa khoa số 1."
    await arrivals(clients, made, *lines)
    reasons = {}
    for case, result in zip(cases, results, strict=True):
        assert await custodian(raw, case) == PERSONAS[FOREIGN].id
        (item,) = (await clients.ok(FOREIGN, "GET", f"/v1/cases/{case}/handovers"))["items"]
        handover = await clients.ok(FOREIGN, "GET", f"/v1/handovers/{item['id']}")
        reasons[result] = (handover["status"], handover["reason"], handover["answer"])
        assert (await clients.get(BORDER, f"/v1/cases/{case}")).status_code == 404
    assert reasons == {
        "absent": ("refused", "not_present", "Vắng mặt"),
        "hospitalised": ("refused", "hospital_first", "Đang ở Bệnh viện đa khoa số 1."),
        "detained": ("refused", "not_present", "Bị tạm giữ"),
        "withdrew": ("refused", "not_present", "Không về"),
    }
    for who in (BORDER, FOREIGN):
        assert (await persons(clients, who, made))[1]["text"] == "Đang ở Bệnh viện đa khoa số 1."


async def test_who_is_not_on_the_list_is_received_all_the_same(clients: Clients) -> None:
    made = await a_return(clients)
    unlisted = {"result": "unlisted", "person": {"full_name": "Giàng Thị Dợ"}, "handling": ["ask_before_family"]}
    changed = await arrivals(clients, made, unlisted, {"result": "unlisted", "person": {}})
    assert [line["result"] for line in changed["persons"]] == ["unlisted", "unlisted"]
    case = await clients.ok(BORDER, "GET", f"/v1/cases/{changed['persons'][0]['case_id']}")
    assert case["sections"]["identity"]["full_name"] == "Giàng Thị Dợ"
    seen = await persons(clients, FOREIGN, made)
    assert [(person["result"], person["identity"], person["case_id"]) for person in seen] == [
        ("unlisted", None, None),
        ("unlisted", None, None),
    ]


async def test_a_return_nobody_announced_is_opened_at_the_gate(clients: Clients, raw: Raw) -> None:
    body = {"province_code": "15", "means": "land", "arrived_at": in_days(0), "text": "Phía bạn bàn giao tại cầu."}
    made = await clients.ok(BORDER, "POST", "/v1/returns/unannounced", body)
    assert (made["status"], made["notice"], made["announcer_id"]) == ("arrived", "missing", None)
    assert [term["kept"] for term in made["notice_terms"]] == [False, False]
    assert made["available_actions"] == ["arrive"]
    changed = await arrivals(clients, made, {"result": "unlisted", "person": {"full_name": NAME}})
    channel = await raw.all.fetchval("select channel from cases where id = $1", changed["persons"][0]["case_id"])
    assert channel == "foreign_handover_unannounced"
    assert (await clients.call(FOREIGN, "POST", "/v1/returns/unannounced", body)).json()["code"] == "insufficient_scope"
    assert (await clients.get(FOREIGN, f"/v1/returns/{made['id']}")).status_code == 404


async def test_a_foreign_victim_goes_home_and_custody_stays(clients: Clients, raw: Raw) -> None:
    known = await a_mission_case(clients)
    made = await a_return(clients, {"case_id": known}, a_traveller(), direction="outbound")
    assert (made["notice"], made["notice_terms"]) == (None, [])
    seen = await clients.ok(BORDER, "GET", f"/v1/cases/{known}")
    assert {name for name, said in seen["sections"].items() if said is not None} <= {"identity", "papers", "handling"}
    assert {"contact", "family", "needs", "statement"} <= set(seen["masked"])
    mended = {"sections": {"papers": {"identity_documents": [{"type": "passport", "number": "E55"}]}}}
    await clients.ok(BORDER, "PATCH", f"/v1/cases/{known}", mended, etag=seen["etag"])
    etag = (await clients.ok(BORDER, "GET", f"/v1/cases/{known}"))["etag"]
    needs = {"sections": {"identity": {"full_name": "Ai Khác"}}}
    refusal = await clients.call(BORDER, "PATCH", f"/v1/cases/{known}", needs, etag=etag)
    assert refusal.json()["code"] == "sections_not_permitted"
    done = await came(clients, made, "arrived", "arrived")
    assert await custodian(raw, known) == PERSONAS[FOREIGN].id
    assert (await clients.get(BORDER, f"/v1/cases/{known}")).status_code == 404
    assert [line["case_id"] for line in done["persons"]] == [known, None]
    assert await raw.all.fetchval("select count(*) from handovers") == 0
    assert await raw.all.fetchval("select count(*) from cases") == 1
