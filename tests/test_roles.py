"""Every act of the role walks in `docs/roles/`, in the order a reader meets it, answers as the page says."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4, uuid5

import pytest

from app.reference.fields import today
from tests.bad_requests import asks_for_etag
from tests.personas import PERSONAS, Clients

FOLDER = Path(__file__).parents[1] / "docs" / "roles"
WALKS = {page.stem: page.read_text("utf-8") for page in sorted(FOLDER.glob("*.md")) if page.stem != "README"}
ROLES = {
    "border-guard",
    "police",
    "foreign-affairs",
    "social-support",
    "commune",
    "shelter",
    "ngo",
    "hotline",
    "oversight",
}
_ACT = re.compile(
    r"^```http (?P<who>[\w-]+)\n(?P<method>[A-Z]+) (?P<path>\S+)\n(?P<body>.*?)^```\n+→ `(?P<answer>\d{3}(?: \w+)?)`"
    r"(?P<keep>.*?)$",
    re.M | re.S,
)
_KEEP = re.compile(r"`\{(\w+)\}` = `([\w.]+)`")


@dataclass(frozen=True)
class Act:
    """One request as printed, what it must answer, and which members of the answer later acts name."""

    who: str
    method: str
    path: str
    body: str
    answer: str
    keep: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, found: re.Match[str]) -> "Act":
        keep = tuple((name, path) for name, path in _KEEP.findall(found["keep"]))
        return cls(found["who"], found["method"], found["path"], found["body"], found["answer"], keep)


def acts(page: str) -> Iterator[Act]:
    return (Act.of(found) for found in _ACT.finditer(page))


def _at(answer: Any, where: str) -> str:
    for part in where.split("."):
        answer = answer[int(part) if part.isdigit() else part]
    return str(answer)


class Walk:
    """The acts of one page against the service; `{words}` are organisations, days, and what earlier answers gave."""

    def __init__(self, clients: Clients) -> None:
        self.clients = clients
        self.words = {name: str(persona.id) for name, persona in PERSONAS.items()}
        self.words["shelter-beds"] = str(uuid5(PERSONAS["demo-shelter"].id, "shelter"))
        for name, days in (("yesterday", -1), ("today", 0), ("tomorrow", 1), ("in-a-week", 7), ("in-a-month", 30)):
            self.words[name] = (today() + timedelta(days=days)).isoformat()

    def fill(self, text: str) -> str:
        return re.sub(r"\{([\w-]+)\}", lambda found: self.words.get(found[1]) or self._new(found), text)

    @staticmethod
    def _new(found: re.Match[str]) -> str:
        assert found[1] == "new", f"nothing on this page gave {found[0]}"
        return str(uuid4())

    async def do(self, act: Act) -> None:
        path, etag = self.fill(act.path), None
        if asks_for_etag(act.method, path):
            etag = (await self.clients.ok(act.who, "GET", "/".join(path.split("/")[:4])))["etag"]
        body = json.loads(self.fill(act.body)) if act.body.strip() else None
        answer = await self.clients.call(act.who, act.method, path, body, etag=etag)
        status, _, code = act.answer.partition(" ")
        assert str(answer.status_code) == status, (act.who, act.method, act.path, answer.text)
        assert not code or answer.json()["code"] == code, (act.path, answer.text)
        for name, where in act.keep:
            self.words[name] = _at(answer.json(), where)


def test_there_is_a_walk_for_each_of_the_nine_roles() -> None:
    assert set(WALKS) == ROLES


@pytest.mark.parametrize("role", sorted(WALKS))
def test_no_act_of_a_page_is_skipped(role: str) -> None:
    assert len(list(acts(WALKS[role]))) == WALKS[role].count("```http ") > 0


@pytest.mark.parametrize("role", sorted(WALKS))
def test_every_act_is_told_in_both_languages(role: str) -> None:
    told = re.findall(r"^(?P<text>[^\n`#|>].*(?:\n[^\n`#].*)*)\n\n```http ", WALKS[role], re.M)
    assert len(told) == WALKS[role].count("```http ")
    assert [text for text in told if " · " not in text] == []


@pytest.mark.parametrize("role", sorted(WALKS))
async def test_every_act_answers_as_the_page_says(role: str, clients: Clients) -> None:
    walk = Walk(clients)
    for act in acts(WALKS[role]):
        await walk.do(act)
