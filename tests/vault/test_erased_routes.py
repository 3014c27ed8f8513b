"""Whichever way somebody asks for an erased person, nothing is shown and nothing fails."""

from collections.abc import Awaitable, Callable

from app.forms.pages import PAGES
from tests.bad_requests import ROUTES
from tests.conftest import Raw
from tests.lived import a_lived_case
from tests.personas import Clients, Story
from tests.vault.conftest import closed_by_hand

ONLOOKERS = ("demo-border", "demo-police", "demo-labour", "demo-ngo")
"""First receiver, verifier, custodian, and a provider whose part is over."""
Erase = Callable[..., Awaitable[str]]


async def test_no_route_shows_an_erased_person_or_fails(
    clients: Clients, raw: Raw, erase: Callable[..., Awaitable[str]]
) -> None:
    """Every reading route, by everybody, with every id there is: never a 5xx, and where words would stand, 410."""
    story = await a_lived_case(clients)
    before = await _readings(clients, raw, story)
    opened = {call for call, (status, _) in before.items() if status == 200}
    await erase(await closed_by_hand(raw, story))
    after = await _readings(clients, raw, story)
    assert {status for status, _ in after.values()} <= {200, 403, 404, 410, 422}
    assert len([status for status, _ in after.values() if status == 410]) > 20
    assert {after[call][0] for call in opened} == {200, 410}
    for call, (status, text) in after.items():
        for word in ("Nguyễn Thị Hoa", "Bị lừa sang", "Có sẹo", "Gọi lại thứ hai", "C1234567", "Đã xác minh tại"):
            assert word not in text, (call, status, word)


async def _readings(clients: Clients, raw: Raw, story: Story) -> dict[tuple[str, str], tuple[int, str]]:
    """The answer to each reading route, by persona and path, every placeholder filled with every id it may mean."""
    found: dict[tuple[str, str], tuple[int, str]] = {}
    for path in await _paths(raw, story):
        for who in ONLOOKERS:
            answer = await clients.get(who, path)
            found[who, path] = (answer.status_code, answer.text)
    return found


async def _paths(raw: Raw, story: Story) -> list[str]:
    tables = {
        "intake": "intakes", "supplement": "intake_supplements", "note": "case_notes", "correction": "corrections",
        "handover": "handovers", "consent": "consents", "verification": "verifications", "referral": "referrals",
        "plan": "plans", "follow_up": "follow_ups", "support_item": "support_items", "notice": "notices",
        "return": "returns", "reception": "receptions", "guardian": "guardians", "assessment": "assessments",
        "statement": "case_entries", "evidence": "verification_evidence", "assistance": "assistances",
        "fine_review": "fine_reviews", "certificate": "certificates", "placement": "placements",
        "incident": "incidents", "protection": "protections", "application": "applications",
        "disbursement": "disbursements", "feedback": "case_feedback", "line": "reception_lines",
    }  # fmt: skip
    ids: dict[str, list[str]] = {"case": [story.case]}
    for name, table in tables.items():
        rows = await raw.all.fetch(f"select id from {table} limit 2")  # noqa: S608
        ids[name] = [str(row["id"]) for row in rows]
    words = {f"{name}_id": found for name, found in ids.items()}
    paths: list[str] = []
    for route in ROUTES:
        if route["method"] != "GET" or not route["path"].startswith("/v1/") or route.get("capability") == "public":
            continue
        paths += _filled(route["path"], {**words, "form_code": list(PAGES)[:4]})
    return sorted(set(paths))


def _filled(path: str, ids: dict[str, list[str]]) -> list[str]:
    if "{" not in path:
        return [path]
    name = path.partition("{")[2].partition("}")[0]
    return [done for each in ids.get(name, []) for done in _filled(path.replace(f"{{{name}}}", each), ids)]
