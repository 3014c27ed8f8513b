"""A referral open to claims: whoever could claim it is told what is needed and where, and of whom by whom nothing."""

from typing import Any

from tests.factories import a_held_case
from tests.personas import PERSONAS, Clients


async def offered(clients: Clients) -> tuple[str, dict[str, Any]]:
    story = await a_held_case(clients)
    body = {"case_id": story.case, "claimable": {"province_code": "15"}, "service": "shelter", "sections": ["needs"]}
    return story.case, await clients.ok("demo-labour", "POST", "/v1/referrals", body)


async def test_what_may_be_claimed_names_neither_case_nor_sender(clients: Clients) -> None:
    case, made = await offered(clients)
    (listed,) = (await clients.ok("demo-ngo", "GET", "/v1/referrals?box=claimable"))["items"]
    one = await clients.ok("demo-ngo", "GET", f"/v1/referrals/{made['id']}")
    for shown in (listed, one):
        assert (shown["id"], shown["service"], shown["province_code"]) == (made["id"], "shelter", "15")
        assert (shown["case_id"], shown["sender_id"], shown["preview"]) == (None, None, None)
        assert shown.get("sections", []) == []
        assert case not in str(shown)
        assert str(PERSONAS["demo-labour"].id) not in str(shown)
    assert (await clients.get("demo-ngo", f"/v1/cases/{case}")).status_code == 404


async def test_in_another_province_it_is_not_even_there(clients: Clients) -> None:
    _, made = await offered(clients)
    for who in ("demo-other-police", "demo-stranger", "demo-hotline"):
        assert (await clients.ok(who, "GET", "/v1/referrals?box=claimable"))["items"] == []
        assert (await clients.get(who, f"/v1/referrals/{made['id']}")).status_code == 404
