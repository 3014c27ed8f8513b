"""Every hostile body against every writing route: refused by its shape, nothing stored, nothing of it given back."""

import gzip
import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from app.safejson import DEPTH, WIDTH
from tests import expectations
from tests.bad_requests import row_counts
from tests.bodies import BODIES
from tests.conftest import Raw
from tests.expectations import Route
from tests.factories import an_intake
from tests.personas import PERSONAS, Clients
from tests.test_access_matrix import FILES, filled, name

ROUTES = [
    route
    for route in expectations.routes()
    if route.method in ("POST", "PUT", "PATCH") and route.path.startswith("/v1/") and name(route) not in FILES
]
CANARY = "Nguyễn Thị Chim Hoàng Yến"
ESCAPED = json.dumps(CANARY)[1:-1]
UNREADABLE: dict[str, bytes] = {
    "nothing but a blank": b" ",
    "half": f'{{"text": "{CANARY}"'.encode(),
    "two values": f'{{}} {{"text": "{CANARY}"}}'.encode(),
    "a member twice": f'{{"text": "{CANARY}", "text": "b"}}'.encode(),
    "a member twice, once escaped": f'{{"text": "{CANARY}", "\\u0074ext": "b"}}'.encode(),
    "a member twice, once decomposed": f'{{"tê": "{CANARY}", "te\u0302": "b"}}'.encode(),
    "NaN": b'{"text": NaN}',
    "infinity": b'{"text": -Infinity}',
    "a float beyond all": b'{"text": 1e400}',
    "an integer beyond all": b'{"text": ' + b"9" * 5000 + b"}",
    "a lone surrogate": f'{{"text": "{CANARY}\\ud800"}}'.encode(),
    "a lone surrogate for a name": b'{"\\udfff": 1}',
    "NUL": f'{{"text": "{CANARY}\\u0000"}}'.encode(),
    "a NUL byte": f'{{"text": "{CANARY}\0"}}'.encode(),
    "UTF-16": json.dumps({"text": CANARY}, ensure_ascii=False).encode("utf-16"),
    "UTF-32": json.dumps({"text": CANARY}, ensure_ascii=False).encode("utf-32"),
    "a byte order mark": b"\xef\xbb\xbf" + json.dumps({"text": CANARY}).encode(),
    "half a letter": b'{"text": "\xe1\xba"}',
    "overlong": b'{"text": "\xc0\x80"}',
    "too deep": b'{"text": ' + b"[" * DEPTH + b"]" * DEPTH + b"}",
    "endlessly deep": b"[" * 200_000,
    "too wide": b"[" + b"1," * WIDTH + b"1]",
    "too many members": b"{" + b",".join(b'"%d":1' % number for number in range(WIDTH + 1)) + b"}",
    "a comment": f'{{"text": "{CANARY}" /* a */}}'.encode(),
    "a form": f"text={CANARY}".encode(),
    "marks upon marks": ('{"text": "a' + "\u0301\u0323" * 5000 + '"}').encode(),
}
NOT_AN_OBJECT: tuple[Any, ...] = ([], [CANARY], CANARY, 1, 1.5, True, {CANARY: CANARY}, {"": 1}, {"__proto__": {}})
ANYTHING = {"PUT /v1/intakes/{intake_id}/supplements/{supplement_id}": "value"}
"""The member of a route that takes any JSON value, as long as all of it can be seen."""
WRONG: tuple[Any, ...] = ({CANARY: 1}, [CANARY], [[]], -(2**53) + 1, 1.5, True, "", CANARY * 1000, f"\u202e{CANARY}")


def caller(route: Route) -> str:
    allowed = expectations.matrix().get(route.capability)
    return next(who for who, persona in PERSONAS.items() if allowed is None or persona.agency in allowed)


def damaged(value: Any) -> Iterator[Any]:
    """The value with one thing in it replaced by one that no place of this kind takes, everywhere in turn."""
    match value:
        case dict():
            yield {**value, "favourite_colour": CANARY}
            for member, inner in value.items():
                yield from ({**value, member: other} for other in damaged(inner))
        case list():
            yield {"0": CANARY}
            for number, inner in enumerate(value):
                yield from ([*value[:number], other, *value[number + 1 :]] for other in damaged(inner))
        case _:
            yield from (other for other in WRONG if type(other) is not type(value) or isinstance(other, str))


def hostile(route: Route) -> Iterator[tuple[str, bytes, dict[str, str]]]:
    yield from ((what, body, {}) for what, body in UNREADABLE.items())
    yield from ((f"{value!r:.40}", json.dumps(value).encode(), {}) for value in NOT_AN_OBJECT)
    valid = BODIES.get(name(route), {})
    for value in damaged(valid):
        if (free := ANYTHING.get(name(route))) and value.get(free) != valid[free] and "\u202e" not in str(value):
            continue
        yield f"{value!r:.900}", json.dumps(value).encode(), {}
    body = json.dumps(valid).encode()
    yield "gzip", gzip.compress(body), {"Content-Encoding": "gzip"}
    yield "a gzip bomb", gzip.compress(b" " * 10_000_000), {"Content-Encoding": "gzip"}
    yield "unpacked, but said to be packed", body, {"Content-Encoding": "br"}
    for media in ("text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16", "text/json"):
        yield media, body or b"{}", {"Content-Type": media}


@pytest.mark.parametrize("route", ROUTES, ids=name)
async def test_a_hostile_body_is_refused_stored_nowhere_and_never_given_back(
    clients: Clients, raw: Raw, route: Route
) -> None:
    who = caller(route)
    headers = await clients.headers(who, route.method, {"If-Match": '"AAAAAAAAAAAAAAAAAAAA"' if route.etag else None})
    headers |= {"Content-Type": "application/json", "Accept-Language": "en"}
    before = await row_counts(raw.all)
    wrong = []
    for what, body, changes in hostile(route):
        answer = await clients.http.request(route.method, filled(route), content=body, headers=headers | changes)
        shown = answer.text + str(answer.headers)
        if answer.status_code not in (400, 413, 415, 422) or answer.json()["code"] == "unknown_reference":
            wrong.append(f"{what}: {answer.status_code} {answer.text[:300]}")
        elif "Chim" in shown or ESCAPED in shown or "favourite" in shown:
            wrong.append(f"{what}: echoed {shown}")
    assert wrong == []
    assert await row_counts(raw.all) == before


@pytest.mark.parametrize(
    "unseen", [*"\u200b\u200d\u200e\u2060\ufeff\u00ad\u061c\u3164\u202e\u2066\ufe0f\U000e0041\x07"]
)
async def test_a_name_with_what_is_not_seen_is_no_name(clients: Clients, unseen: str) -> None:
    """It would be another person to every search, and the same to every reader."""
    body = an_intake()
    for spelled in (f"Nguyễn{unseen} Thị Hoa", f"{unseen}Nguyễn Thị Hoa", f"Nguyễn Thị Hoa{unseen}"):
        body["person"]["full_name"] = spelled
        answer = await clients.call("demo-border", "POST", "/v1/intakes", body)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "invalid_value")
        assert answer.json()["errors"][0]["pointer"] == "/person/full_name"


async def test_prose_may_hold_the_marks_that_a_script_needs_and_none_that_turn_it_round(clients: Clients) -> None:
    body = an_intake()
    body["trafficking"]["statement"] = "ខ្ញុំ\u200bចង់ទៅផ្ទះ می\u200cخواهم"
    assert (await clients.call("demo-border", "POST", "/v1/intakes", body)).status_code == 201
    body["trafficking"]["statement"] = "\u202eHoa"
    assert (await clients.call("demo-border", "POST", "/v1/intakes", body)).status_code == 422


async def test_a_composed_and_a_decomposed_name_are_one_record(clients: Clients) -> None:
    composed, decomposed = (an_intake() for _ in range(2))
    composed["person"]["full_name"] = "Nguyễn Thị Hoà"
    decomposed["person"]["full_name"] = "Nguye\u0302\u0303n Thi\u0323 Hoa\u0300"
    path = f"/v1/intakes/{uuid4()}"
    first = await clients.call("demo-border", "PUT", path, composed)
    again = await clients.call("demo-border", "PUT", path, decomposed)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert first.json()["digest"] == again.json()["digest"]


@pytest.mark.parametrize(
    "query",
    [
        "limit=1&limit=200",
        "limit=1&%6cimit=2",
        "box=inbox&box=outbox",
        "a=1&a=1",
        "%C4%90=1&%C4%90=2",
        "validate_only=true&validate_only=false",
    ],
)
async def test_a_parameter_sent_twice_is_refused_after_the_token(clients: Clients, query: str) -> None:
    path = f"/v1/referrals?{query}"
    answer = await clients.get("demo-ngo", path)
    assert answer.status_code == 422
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("query:*", "duplicate_parameter")]
    assert (await clients.get("demo-ngo", path, Authorization=None)).status_code == 401
