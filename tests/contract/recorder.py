"""Records the contract's examples: runs calls.yaml against the application and makes its answers the same each time.

Ids, times, tags, references, keys and tokens are replaced by fixed ones, the same for the same; lists are cut short.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import httpx
import yaml
from fastapi import FastAPI

from app.contract.examples import FILE, load
from app.events.relay import advance
from app.reference.fields import today
from tests.factories import in_days
from tests.handles import a_handle
from tests.personas import PERSONAS, Clients

CALLS = yaml.safe_load(Path(__file__).with_name("calls.yaml").read_text("utf-8"))
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_JWT = "eyJhbGciOiJFUzI1NiIsImtpZCI6Ii4uLiJ9.eyJpc3MiOiIuLi4ifQ.c2lnbmF0dXJl"
_FIXED = {
    "etag": '"b3f9Qm1xV7o2Jk8sTz4A"',
    "reference": "7KQ2M9XA",
    "case_reference": "7KQ2M9XA",
    "reception_reference": "7KQ2M9XA",
    "digest": "9f2c" * 16,
    "instance": "urn:uuid:a0000000-0000-4000-8000-000000000000",
    "handle": "q7Xw2mV9bT4cZk1LrY8sHA",
    "receipt": _JWT,
    "access_token": _JWT,
    "token": _JWT,
    "client_assertion": _JWT,
    "next": "AWc3Zk1hQ2tYd1ZwSnE",
    "sequence": "00000000000000000042",
    "url": "https://hooks.example.org/referral",
    "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=",
    "public_keys": "whpk_f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU=",
    "kid": "Zq3vY0c8m1r5T7k2Wb9nXs4LdPfJhGtEuRoQaCiVyMk",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}
_AHEAD = {30: "2026-12-20T01:00:00Z", 31: "2026-12-21T01:00:00Z"}
"""How a moment is written that lies so many days ahead, whenever this runs: calls.yaml says `$in_30_days`."""
_SENT_AS = {"form": "data", "file": "content"}
_MOST = {"items": 2}
_LONGEST = 12
_TODAY = "2026-11-21"


@dataclass
class _Steady:
    """The same answer for every run: the n-th id met becomes the n-th fixed id, the n-th time the n-th minute."""

    ids: dict[str, str] = field(default_factory=dict)
    times: dict[str, str] = field(default_factory=dict)
    sent: set[datetime] = field(default_factory=set)
    ahead: dict[str, str] = field(default_factory=lambda: {in_days(days): written for days, written in _AHEAD.items()})

    def __call__(self, value: Any, name: str = "") -> Any:
        match value:
            case dict():
                return {key: self(each, key) for key, each in value.items()}
            case list() if name in _FIXED:
                return [_FIXED[name] for _ in value]
            case list():
                return [self(each) for each in value[: _MOST.get(name, _LONGEST)]]
            case str() if name in _FIXED:
                return _FIXED[name]
            case str() if _UUID.fullmatch(value):
                return self.ids.setdefault(value, str(UUID(int=0xA000_0000_4000_8000_0000 + len(self.ids), version=4)))
            case str() if name == "subject":
                thing, _, id = value.partition("/")
                return f"{thing}/{self(id)}"
            case str() if _TIME.fullmatch(value):
                return self._time(value)
            case str() if value == today().isoformat():
                return _TODAY
        return value

    def _time(self, value: str) -> str:
        if value in self.ahead:
            return self.ahead[value]
        if datetime.fromisoformat(value) in self.sent:
            return value
        minutes = timedelta(minutes=len(self.times))
        return self.times.setdefault(value, f"{datetime(2026, 11, 21, 1, tzinfo=UTC) + minutes:%Y-%m-%dT%H:%M:%SZ}")

    def keep_times(self, value: Any) -> None:
        """Times that were sent come back as they are."""
        for text in re.finditer(_TIME, str(value)):
            self.sent.add(datetime.fromisoformat(text[0]))


class Recorder:
    """One run of the calls in one language."""

    def __init__(self, app: FastAPI, clients: Clients, document: dict[str, Any], language: str) -> None:
        self.app = app
        self.clients = clients
        self.language = language
        self.steady = _Steady()
        self.known = {name: str(persona.id) for name, persona in PERSONAS.items()}
        self.known["today"] = today().isoformat()
        for name in ("intake", "supplement"):
            self.known[name] = str(UUID(int=uuid5(NAMESPACE_URL, f"{name}/{language}").int, version=4))
        self.known |= {f"in_{days}_days": sent for days, sent in zip(_AHEAD, self.steady.ahead, strict=True)}
        self.operations = {
            operation["operationId"]: (method.upper(), path, operation)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
        }

    async def run(self, recorded: dict[str, Any]) -> None:
        """Adds this language's requests and answers to `recorded`."""
        for call in CALLS:
            answer, sent = await self._send(call)
            example = recorded.setdefault(call["do"], {"responses": {}})
            if sent is not None:
                example.setdefault("request", {}).setdefault(self.language, self.steady(sent))
            if "json" in answer.headers.get("content-type", ""):
                answers = example["responses"].setdefault(str(answer.status_code), {})
                answers.setdefault(self.language, self.steady(answer.json()))

    async def _send(self, call: dict[str, Any]) -> tuple[httpx.Response, Any]:
        method, template, operation = self.operations[call["do"]]
        if operation["tags"] == ["events"]:
            await advance(self.app.state.database)
        if "handle" in call:
            self.known["handle"] = await a_handle(self.known[call["handle"]], call["by"])
        path = template.format(**self._said(call.get("path", {})))
        sent = self._said(call.get("body", call.get("form", call.get("file"))))
        sent = sent * call["repeat"] if "repeat" in call else sent
        self.steady.keep_times(sent)
        headers = {"Accept-Language": self.language}
        if "by" in call:
            stated = {"Purpose-Of-Use": call["purpose"]} if "purpose" in call else {}
            headers |= await self.clients.headers(call["by"], method, stated)
        if {"$ref": "#/components/parameters/If-Match"} in operation["parameters"]:
            root = "/".join(path.split("/")[:4])
            headers["If-Match"] = (await self.clients.get(call["by"], root)).json()["etag"]
        kind = next((kind for name, kind in _SENT_AS.items() if name in call), "json")
        if "file" in call:
            headers["Content-Type"] = call.get("media", "text/csv")
        query = self._said(call.get("query"))
        answer = await self.clients.http.request(method, path, params=query, headers=headers, **{kind: sent})
        assert answer.is_success, f"{call['do']} by {call.get('by')}: {answer.status_code} {answer.text}"
        for name, pointer in call.get("keep", {}).items():
            self.known[name] = _at(answer.json(), pointer)
        return answer, sent

    def _said(self, value: Any) -> Any:
        """What calls.yaml writes, in this run's language and with its ids."""
        match value:
            case {"vi": _, "en": _}:
                return value[self.language]
            case dict():
                return {key: self._said(each) for key, each in value.items()}
            case list():
                return [self._said(each) for each in value]
            case date():
                return value.isoformat()
            case "$assertion":
                return self.clients.assertion("demo-border")
            case str() if value.startswith("$"):
                return self.known[value[1:]]
        return value


def _at(value: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        value = value[int(part) if isinstance(value, list) else part]
    return value


async def record(app: FastAPI, clients: Clients, document: dict[str, Any], language: str) -> dict[str, Any]:
    """This language's part of `examples.yaml`, as the service answers now."""
    recorded: dict[str, Any] = {}
    await Recorder(app, clients, document, language).run(recorded)
    return recorded


def of_language(recorded: dict[str, Any], language: str) -> dict[str, Any]:
    """The part of `examples.yaml` in one language, as `record` makes it."""

    def only(values: dict[str, Any]) -> dict[str, Any]:
        return {language: values[language]}

    return {
        name: {
            **({"request": only(example["request"])} if "request" in example else {}),
            "responses": {status: only(values) for status, values in example["responses"].items()},
        }
        for name, example in recorded.items()
    }


def shape(value: Any, name: str = "") -> Any:
    """What must not change unnoticed. Of list items, whose order within one moment is chance, the members' names."""
    match value:
        case list() if name == "items":
            return sorted({key for item in value for key in item})
        case dict():
            return {key: shape(each, key) for key, each in value.items()}
        case list():
            return [shape(each) for each in value]
        case str() if _UUID.fullmatch(value):
            return "an id"
        case str() if _TIME.fullmatch(value):
            return "a time"
        case str() if _DAY.fullmatch(value):  # some are counted from today
            return "a day"
    return value


def save(recorded: dict[str, Any], language: str) -> None:
    """Writes one language's part into `examples.yaml` and leaves the other as it is."""
    known = load()
    whole: dict[str, Any] = {}
    for name, example in recorded.items():
        before = known.get(name, {})
        whole[name] = {"responses": {}}
        if "request" in example:
            whole[name]["request"] = {**before.get("request", {}), **example["request"]}
        for status, values in example["responses"].items():
            whole[name]["responses"][status] = {**before.get("responses", {}).get(status, {}), **values}
    # Without aliases: the same part twice would otherwise become an anchor that a reader has to follow.
    dumper = type("Dumper", (yaml.SafeDumper,), {"ignore_aliases": lambda self, data: True})
    heading = "# Recorded by `python -m tests.contract`; not to be edited.\n"
    text = yaml.dump(whole, Dumper=dumper, allow_unicode=True, sort_keys=True, width=120)
    FILE.write_text(heading + text, "utf-8")
