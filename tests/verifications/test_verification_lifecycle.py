"""A verification in every status, every action by requester, verifier and those it is hidden from, over HTTP.

Police hold the case and ask the police of another province: both then hold every scope of verification, so that a move
that is not theirs is refused for that reason and not for want of a scope.
"""

from functools import partial

from tests import expectations
from tests.conftest import Raw
from tests.factories import A_REPLY, CONCLUSION, a_held_case, a_verification, an_action
from tests.moves import Judge, Kind, World
from tests.personas import PERSONAS, Clients, Story

VERIFICATION = Kind(
    expectations.lifecycles()["verification"],
    "verifications",
    "/v1/verifications",
    {
        "start": ("starts", {}),
        "conclude": ("conclusions", CONCLUSION),
        "refuse": ("refusals", {"reason": "not_competent"}),
        "withdraw": ("withdrawals", {}),
        "forward": ("forwardings", {"verifier_id": str(PERSONAS["demo-police"].id), "reason": "Khác địa bàn"}),
        "request_information": ("information-requests", {"text": "Xin bổ sung."}),
        "answer": ("answers", {"text": "Đã bổ sung."}),
        "extend": ("extensions", {"reason": "Cần thêm thời gian"}),
        "reconsider": ("reconsiderations", {"reason": "Có chứng cứ mới"}),
        "record_reply": ("paper-replies", A_REPLY),
    },
)
ROUTES = {
    "requested": [],
    "in_progress": ["start"],
    "info_requested": ["start", "request_information"],
    "concluded": ["conclude"],
    "refused": ["refuse"],
    "withdrawn": ["withdraw"],
    "forwarded": ["forward"],
}
PARTIES = {
    "demo-police": frozenset({"requester"}),
    "demo-other-police": frozenset({"verifier"}),
    "demo-border": None,
}
"""The border post is the former custodian: it decides verifications, too, but neither sees nor moves this one."""


async def _do(clients: Clients, id_: str, action: str) -> None:
    who = "demo-police" if action in ("withdraw", "answer", "reconsider") else "demo-other-police"
    await an_action(clients, who, f"/v1/verifications/{id_}", *VERIFICATION.requests[action])


async def _verification(clients: Clients, story: Story, status: str, *actions: str) -> World:
    await a_verification(clients, story, "demo-police", "demo-other-police")
    world = World(story.verification["id"], status, PARTIES)
    for action in [*ROUTES[status], *actions]:
        await _do(clients, world.id, action)
    return world


async def test_a_verification_moves_as_typed_and_no_otherwise(clients: Clients, raw: Raw) -> None:
    story = await a_held_case(clients, "demo-police", accompanying_minors=[])
    judge = Judge(clients, raw, VERIFICATION)
    for status in ROUTES:
        await judge.judge(partial(_verification, clients, story, status), status)
    assert judge.faults == []
    assert judge.tried == 7 * 10 * 3


async def test_a_verification_is_extended_once_in_its_life(clients: Clients) -> None:
    story = await a_held_case(clients, "demo-police", accompanying_minors=[])
    world = await _verification(clients, story, "requested", "extend", "start")
    path, (suffix, body) = f"/v1/verifications/{world.id}", VERIFICATION.requests["extend"]
    shown = await clients.ok("demo-other-police", "GET", path)
    assert "extend" not in shown["available_actions"]
    answer = await clients.call("demo-other-police", "POST", f"{path}/{suffix}", body, etag=shown["etag"])
    assert answer.status_code == 409
    assert {move.once for move in VERIFICATION.lifecycle.moves if move.action == "extend"} == {True}


async def test_a_forwarded_verification_is_requested_anew_at_the_other_body(clients: Clients) -> None:
    story = await a_held_case(clients, "demo-police", accompanying_minors=[])
    world = await _verification(clients, story, "forwarded")
    inbox = (await clients.ok("demo-police", "GET", "/v1/verifications?box=inbox"))["items"]
    assert [item["status"] for item in inbox] == ["requested"]
    made = await clients.ok("demo-police", "GET", f"/v1/verifications/{inbox[0]['id']}")
    assert made["forwarded_from"] == world.id
