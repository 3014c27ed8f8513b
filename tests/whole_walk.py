"""Every call that changes something, once, in the order of journal.yaml, with a canary in every text it can carry."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4, uuid5

import httpx
import yaml

from app.reference.fields import today
from tests.bad_requests import asks_for_etag
from tests.disclosure.marks import nth_day
from tests.factories import in_days
from tests.personas import PERSONAS, Clients
from tests.searches import a_handle

Row = dict[str, Any]
STEPS: list[Row] = yaml.safe_load((Path(__file__).parent / "expectations" / "journal.yaml").read_text("utf-8"))


@dataclass(frozen=True)
class Sent:
    """A call as it went out, to be looked into and sent again."""

    who: str
    method: str
    path: str
    body: Any
    headers: dict[str, str | None]

    async def send(self, clients: Clients) -> httpx.Response:
        if isinstance(self.body, bytes):
            return await clients.send(self.who, self.path, self.body, "text/csv", **self.headers)
        return await clients.call(self.who, self.method, self.path, self.body, **self.headers)


@dataclass
class Walk:
    """`canaries` are ASCII marks within Vietnamese texts: folding, decomposing or cutting a text leaves them whole.
    `sent` are the calls made so far."""

    clients: Clients
    canaries: list[str] = field(default_factory=list)
    words: dict[str, str] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    days: int = 0

    def __post_init__(self) -> None:
        self.words |= {name.removeprefix("demo-"): str(persona.id) for name, persona in PERSONAS.items()}
        self.words["today"] = today().isoformat()
        self.words["in_30_days"] = in_days(30)
        self.words["service"] = str(uuid5(PERSONAS["demo-shelter"].id, "shelter"))

    async def steps(self) -> AsyncIterator[tuple[Row, httpx.Response]]:
        """Each row with its answer, just given."""
        for row in STEPS:
            for word, path in row.get("find", {}).items():
                self.words[word] = (await self.clients.ok(row["who"], "GET", path))["items"][0]["id"]
            if "search" in row:
                self.words["handle"] = await a_handle(self.clients, row["who"], row["search"])
            answer = await self._make(row)
            assert answer.is_success, (row["call"], answer.text)
            for word, where in row.get("keep", {}).items():
                self.words[word] = _at(answer.json(), where)
            yield row, answer

    async def _make(self, row: Row) -> httpx.Response:
        method, path = self._fill(row["call"]).split(" ")
        body = self._fill(row["file"]).encode() if "file" in row else self._fill(row["body"])
        headers: dict[str, str | None] = {"Idempotency_Key": str(uuid4())} if method == "POST" else {}
        if "media" in row:
            headers["Content_Type"] = row["media"]
        if asks_for_etag(method, path):
            headers["If_Match"] = (await self.clients.ok(row["who"], "GET", "/".join(path.split("/")[:4])))["etag"]
        self.sent.append(Sent(row["who"], method, path, body, headers))
        return await self.sent[-1].send(self.clients)

    def _fill(self, value: Any) -> Any:
        match value:
            case dict():
                return {self._fill(name): self._fill(item) for name, item in value.items()}
            case list():
                return [self._fill(item) for item in value]
            case str():
                return re.sub(r"\{([\w-]+)\}", self._word, value)
        return value

    def _word(self, found: re.Match[str]) -> str:
        if found[1] == "new":
            return str(uuid4())
        if found[1] == "day":
            self.days += 1
            return nth_day(self.days)
        if found[1] != "canary":
            return self.words[found[1]]
        self.canaries.append(f"zq{uuid4().hex[:12]}")
        return f"Đặng Thị Ửng {self.canaries[-1]}"


def _at(answer: Any, where: str) -> str:
    for part in where.split("."):
        answer = answer[int(part) if part.isdigit() else part]
    return str(answer)
