"""What anybody finds without a token: pages for people, JSON for programs, and the catalogue that leads to both."""

import json
import re

import httpx
import pytest

from app.discovery.html import guides
from app.problems import CATALOGUE

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def self_contained(page: httpx.Response) -> bool:
    """No script, no other host, and a policy that would not have them."""
    policy = page.headers["content-security-policy"]
    return (
        "<script" not in page.text and not re.search(r"(src|href)=\"(https?:)?//", page.text) and "http" not in policy
    )


@pytest.mark.parametrize("code", sorted(CATALOGUE))
async def test_the_type_of_a_problem_is_a_page_for_people_and_json_for_programs(
    client: httpx.AsyncClient, code: str
) -> None:
    page = await client.get(f"/problems/{code}", headers=BROWSER)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "Accept" in page.headers["vary"]
    assert self_contained(page)
    told = await client.get(f"/problems/{code}")
    assert told.json()["code"] == code
    assert f"HTTP {told.json()['status']}" in page.text
    for language in ("vi", "en"):
        assert f'<p lang="{language}">' in page.text


async def test_the_page_of_all_problems_links_to_each(client: httpx.AsyncClient) -> None:
    page = await client.get("/problems", headers=BROWSER)
    assert set(re.findall(r'href="/problems/(\w+)"', page.text)) == set(CATALOGUE)
    assert {item["code"] for item in (await client.get("/problems")).json()["items"]} == set(CATALOGUE)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [("*/*", "json"), ("application/json, text/html;q=0.9", "json"), ("text/html", "html"), ("text/html;q=0", "json")],
)
async def test_a_page_is_for_whoever_wants_it_rather_than_json(
    client: httpx.AsyncClient, accept: str, kind: str
) -> None:
    assert kind in (await client.get("/problems/not_found", headers={"Accept": accept})).headers["content-type"]


async def test_every_guide_is_served_and_so_is_whatever_it_links_to(client: httpx.AsyncClient) -> None:
    index = await client.get("/docs/guides", headers=BROWSER)
    assert set(re.findall(r'href="/docs/guides/([^"]+)"', index.text)) == set(guides())
    assert self_contained(index)
    for name in guides():
        page = await client.get(f"/docs/guides/{name}", headers=BROWSER)
        assert page.status_code == 200, name
        assert "<script" not in page.text
        for link in re.findall(r'href="([^"#:]+\.md)', page.text):
            if "../../" not in link:
                assert (await client.get(str(page.url.join(link)))).status_code == 200, f"{name}: {link}"


@pytest.mark.parametrize("name", ["nowhere.md", "roles", "README", "roles%2FREADME.md"])
async def test_nothing_but_guides_is_served(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.get(f"/docs/guides/{name}")).status_code in (400, 404)


async def test_the_catalogue_leads_to_everything_and_answers_head(client: httpx.AsyncClient) -> None:
    answer = await client.get("/.well-known/api-catalog")
    assert answer.headers["content-type"] == "application/linkset+json"
    own, service = answer.json()["linkset"]
    assert own["anchor"].endswith("/.well-known/api-catalog")
    assert own["item"] == [{"href": service["anchor"]}]
    targets = [each["href"] for rel in service if rel != "anchor" for each in service[rel]]
    assert len(targets) == 7
    for target in targets:
        assert (await client.get(httpx.URL(target).path, headers=BROWSER)).status_code in (200, 302), target
    head = await client.head("/.well-known/api-catalog")
    assert head.status_code == 200
    assert 'rel="api-catalog"' in head.headers["link"]


async def test_the_page_of_errors_shows_what_the_service_answers(client: httpx.AsyncClient) -> None:
    page = guides()["errors.md"]
    command, shown = re.findall(r"```(?:sh|json)\n(.*?)```", page, flags=re.S)
    path, language = re.findall(r"curl -sS http://[^/]+(\S+) -H 'Accept-Language: (\w+)'", command)[0]
    answer = await client.get(path, headers={"Accept-Language": language})
    told = json.loads(shown)
    assert {**answer.json(), "instance": told["instance"]} == told
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \|", page, flags=re.M)
    assert {(int(status), code) for status, code in rows} == {(p.status, code) for code, p in CATALOGUE.items()}
