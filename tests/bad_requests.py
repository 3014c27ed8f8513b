"""How a row of bad_input.yaml becomes a request: the story walked to the row's stage, placeholders, headers, body."""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import yaml

from tests.factories import CONCLUSION, a_case, a_consent, a_move, a_plan, a_verification
from tests.personas import PERSONAS, Clients, Story

Row = dict[str, Any]
_HERE = Path(__file__).parent / "expectations"
EXPECTED: dict[str, Any] = yaml.safe_load((_HERE / "bad_input.yaml").read_text("utf-8"))
ROUTES: list[Row] = yaml.safe_load((_HERE / "routes.yaml").read_text("utf-8"))
_WITH_ETAG = [
    (route["method"], re.compile(re.sub(r"\{\w+\}", "[^/]+", route["path"]))) for route in ROUTES if route.get("etag")
]
_STAGES = [stage["stage"] for stage in yaml.safe_load((_HERE / "access.yaml").read_text("utf-8"))["stages"]]
_SOME_ETAG = '"AAAAAAAAAAAAAAAAAAAA"'


def asks_for_etag(method: str, path: str) -> bool:
    return any(method == verb and form.fullmatch(path) for verb, form in _WITH_ETAG)


def stage_of(row: Row) -> str:
    return str(row.get("stage", EXPECTED["default_stage"]))


@dataclass
class World:
    """The story at one stage, and what `{words}` of a row stand for there."""

    clients: Clients
    words: dict[str, Any]

    async def request(self, row: Row) -> httpx.Request:
        """The row's request, ready to send; `{new}` is another UUID each time."""
        self.words["new"] = str(uuid4())
        method, path = row["method"], self.fill(row["path"])
        headers = await self.clients.headers(row["persona"], method)
        if asks_for_etag(method, path):
            headers["If-Match"] = await self._etag(row["persona"], path)
        content = self.body(row)
        if content is not None:
            headers["Content-Type"] = "application/json"
        for name, value in (row.get("headers") or {}).items():
            headers.pop(name, None)
            if value is not None:
                headers[name] = self.fill(value)
        return self.clients.http.build_request(method, path, content=content, headers=headers)

    async def _etag(self, persona: str, path: str) -> str:
        """What this persona would hold of the resource; of a hidden one, something that looks like it."""
        resource = "/".join(path.split("/")[:4])
        seen = await self.clients.get(persona, resource)
        return str(seen.json()["etag"]) if seen.status_code == 200 else _SOME_ETAG

    def body(self, row: Row) -> bytes | None:
        match row:
            case {"body": body}:
                return json.dumps(self.fill(body), ensure_ascii=False).encode()
            case {"raw": raw}:
                return str(raw).encode()
            case {"base64": encoded}:
                return base64.b64decode(encoded)
            case {"repeat": how}:
                return f"{how['prefix']}{how['unit'] * how['times']}{how['suffix']}".encode()
        return None

    def fill(self, value: Any) -> Any:
        match value:
            case dict():
                return {name: self.fill(item) for name, item in value.items()}
            case list():
                return [self.fill(item) for item in value]
            case str() if value.startswith("{") and value[1:-1] in self.words:
                return self.words[value[1:-1]]
            case str():
                return re.sub(r"\{(\w+)\}", lambda found: str(self.words.get(found[1], found[0])), value)
        return value

    def sent(self, row: Row) -> Iterator[str]:
        """Every text of the request that is the sender's own: header values, member names, values."""
        yield from (self.fill(text) for text in (row.get("headers") or {}).values() if text)
        yield from _texts(self.fill(row.get("body")))
        yield from re.findall(r"[\w.:+-]+", row.get("raw", ""))
        yield from (self.fill(part) for part in row["path"].split("/") if "{" in part)


def _texts(value: Any) -> Iterator[str]:
    match value:
        case dict():
            for name, item in value.items():
                yield name
                yield from _texts(item)
        case list():
            for item in value:
                yield from _texts(item)
        case str():
            yield value


async def a_world(clients: Clients, stage: str) -> World:
    """The story up to and including `stage` (access.yaml), with the keys and bodies that made what is in it."""
    story = await a_case(clients)
    words: dict[str, Any] = {"unknown": str(uuid4())}
    for name, step in _STEPS:
        if _STAGES.index(name) <= _STAGES.index(stage):
            await step(clients, story, words)
    words |= {name.removeprefix("demo-"): str(persona.id) for name, persona in PERSONAS.items()}
    words |= {"case": story.case, "handover": story.handover.get("id"), "verification": story.verification.get("id")}
    words |= {"consent": story.consent.get("id"), "referral": story.referral.get("id")}
    return World(clients, {name: value for name, value in words.items() if value is not None})


async def _propose(clients: Clients, story: Story, words: dict[str, Any]) -> None:
    words["key_of_handover"] = str(uuid4())
    body = words["body_of_handover"] = {"receiver_id": str(PERSONAS["demo-labour"].id), "with_cases": [story.child]}
    path = f"/v1/cases/{story.case}/handovers"
    story.handover = await clients.ok("demo-border", "POST", path, body, Idempotency_Key=words["key_of_handover"])


async def _confirm(clients: Clients, story: Story, _: dict[str, Any]) -> None:
    path = f"/v1/handovers/{story.handover['id']}"
    etag = (await clients.ok("demo-labour", "GET", path))["etag"]
    story.handover = await clients.ok("demo-labour", "POST", f"{path}/confirmations", {}, etag=etag)


async def _request(clients: Clients, story: Story, _: dict[str, Any]) -> None:
    await a_verification(clients, story)


async def _conclude(clients: Clients, story: Story, _: dict[str, Any]) -> None:
    path = f"/v1/verifications/{story.verification['id']}"
    for act, body in (("starts", {}), ("conclusions", CONCLUSION)):
        etag = (await clients.ok("demo-police", "GET", path))["etag"]
        story.verification = await clients.ok("demo-police", "POST", f"{path}/{act}", body, etag=etag)


async def _refer(clients: Clients, story: Story, words: dict[str, Any]) -> None:
    consent = await a_consent(clients, story)
    words["key_of_referral"] = str(uuid4())
    body = words["body_of_referral"] = {
        "case_id": story.case,
        "receiver_id": str(PERSONAS["demo-ngo"].id),
        "service": "psychological",
        "sections": ["identity", "needs"],
        "consent_id": consent["id"],
    }
    key = words["key_of_referral"]
    story.referral = await clients.ok("demo-labour", "POST", "/v1/referrals", body, Idempotency_Key=key)


async def _acknowledge(clients: Clients, story: Story, _: dict[str, Any]) -> None:
    await a_move(clients, story, "demo-ngo", "acknowledgements", {})


async def _accept(clients: Clients, story: Story, _: dict[str, Any]) -> None:
    await a_move(clients, story, "demo-ngo", "acceptances", {})


async def _complete(clients: Clients, story: Story, _: dict[str, Any]) -> None:
    await a_move(clients, story, "demo-ngo", "starts", {})
    await a_move(clients, story, "demo-ngo", "completions", {"outcome": "service_delivered"})


async def _plan(clients: Clients, story: Story, _: dict[str, Any]) -> None:
    await a_plan(clients, story)


async def _close(clients: Clients, story: Story, _: dict[str, Any]) -> None:
    path = f"/v1/cases/{story.case}"
    etag = (await clients.ok("demo-labour", "GET", path))["etag"]
    body = {"reason": "completed", "outcome": "support_completed"}
    await clients.ok("demo-labour", "POST", f"{path}/closures", body, etag=etag)


_STEPS = (
    ("after_handover_proposed", _propose),
    ("after_handover_confirmed", _confirm),
    ("verification_requested", _request),
    ("verification_concluded", _conclude),
    ("referral_sent", _refer),
    ("referral_acknowledged", _acknowledge),
    ("referral_accepted", _accept),
    ("referral_completed", _complete),
    ("plan_made", _plan),
    ("case_closed", _close),
)


async def row_counts(connection: asyncpg.Connection) -> dict[str, int]:
    """Rows of every table, as the superuser counts them; the audit's queue only repeats new entries."""
    tables = await connection.fetch("select tablename from pg_tables where schemaname = 'public' order by 1")
    names = [table["tablename"] for table in tables if table["tablename"] != "audit_unordered"]
    counted = " union all ".join(f"select '{name}' as name, count(*) as n from {name}" for name in names)  # noqa: S608
    return {row["name"]: row["n"] for row in await connection.fetch(counted)}
