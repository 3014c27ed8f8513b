"""The measured operations: what a client sends for each, and how pgbench picks its rows for the same statements."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

from app.auth.keys import read_key
from app.auth.proofs import make_proof, nonce
from app.etags import etag
from benchmarks.stage import CLIENTS, ISSUER, seeded_id

STORY = "Người được tiếp nhận kể: bị rủ đi làm ở bên kia biên giới, bị giữ giấy tờ, bị ép kết hôn và bị canh giữ. "
LIST = "/v1/referrals?box=inbox&status=sent&limit=50"
PAGES = 8
"""As many pages of the inbox are read in turn, each the one after the other."""


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""

    def raw(self, port: int) -> bytes:
        """The request on the wire, on a connection that stays open."""
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.body or self.method != "GET":
            lines += ["Content-Type: application/json", f"Content-Length: {len(self.body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


@dataclass(frozen=True)
class World:
    """What a client must know to send requests: rows loaded, its token, the wire secret, the pages' addresses, and, for
    a token bound to it, the file of its key."""

    rows: int
    token: str
    wire: str
    pages: tuple[str, ...]
    key: str = ""

    def headers(self, **more: str) -> dict[str, str]:
        scheme = "DPoP" if self.key else "Bearer"
        return {"Authorization": f"{scheme} {self.token}"} | {n.replace("_", "-"): v for n, v in more.items()}

    def proven(self, requests: Iterator[Request]) -> Iterator[Request]:
        """Each with a proof of its own, where the token is bound."""
        if not self.key:
            yield from requests
            return
        key, secret = read_key(Path(self.key)), bytes.fromhex(self.wire)
        for request in requests:
            now = time.time()
            address = f"{ISSUER}{request.path}"
            proof = make_proof(key, request.method, address, now=now, token=self.token, nonce=nonce(secret, now))
            yield replace(request, headers={**request.headers, "DPoP": proof})


@dataclass(frozen=True)
class Operation:
    """`picks` are pgbench lines before the statements; in those, `:n` is the number of the referral `requests` names.

    `pool`: each row serves once, so no more requests can be sent than there are rows. `captures`: requests whose
    statements are taken down, each one script of its own.
    """

    title: str
    client: str
    status: int
    requests: Callable[[World], Iterator[Request]]
    picks: tuple[str, ...] = ()
    pool: bool = False
    captures: int = 1


def _intakes(world: World) -> Iterator[Request]:
    """About 1.5 kB, no accompanying minor: one case, one person."""
    headers = world.headers(Acting_Officer="officer.bench")
    while True:
        intake_id = uuid4()
        yield Request("PUT", f"/v1/intakes/{intake_id}", headers, json.dumps(intake_body(intake_id)).encode())


def intake_body(intake_id: UUID) -> dict[str, Any]:
    return {
        "schema_version": "1.0",
        "channel": "self_return_border",
        "received_at": "2026-01-20T22:41:00+07:00",
        "place": {"province_code": "15", "text": "Cầu Hồ Kiều"},
        "person": {
            "full_name": f"Nguyễn Thị {intake_id.hex[:8]}",
            "sex": "female",
            "birth_date": "1999",
            "nationalities": ["VN"],
            "languages": ["vi"],
        },
        "urgent_needs": ["medical", "shelter"],
        "handling": ["ask_before_family"],
        "trafficking": {
            "exploitation_types": ["forced_marriage"],
            "means_of_control": ["false_promises"],
            "countries": ["CN"],
            "statement": STORY * 4,
        },
    }


def _moves(world: World) -> Iterator[Request]:
    """Acceptances of the referrals that wait at the busy receiver, each once."""
    receiver = seeded_id("organisation", CLIENTS["ngo"][0])
    caller: Any = SimpleNamespace(me=receiver, keyring=SimpleNamespace(wire=bytes.fromhex(world.wire)))
    for number in range(world.rows + 1, 2 * world.rows + 1):
        referral = seeded_id("referral", number)
        headers = world.headers(
            Acting_Officer="officer.bench", Idempotency_Key=uuid4().hex, If_Match=etag(caller, referral, 1, False)
        )
        yield Request("POST", f"/v1/referrals/{referral}/acceptances", headers, b"{}")


def _statuses(world: World) -> Iterator[Request]:
    """Of referrals that the large custodian sent, at random."""
    chance = Random(1)  # noqa: S311
    headers = world.headers()
    while True:
        referral = seeded_id("referral", 5 * chance.randint(1, world.rows // 5))
        yield Request("GET", f"/v1/referrals/{referral}/status", headers)


def _pages(world: World, **more: str) -> Iterator[Request]:
    headers = world.headers(**more)
    while True:
        for page in world.pages:
            yield Request("GET", page, headers)


OPERATIONS = {
    "R1": Operation("status of one referral", "labour", 200, _statuses, picks=("\\set n 5 * random(1, :rows / 5)",)),
    "R2": Operation("inbox page of 50 by status, keyset", "ngo", 200, _pages, captures=PAGES),
    "W2": Operation(
        "accept a referral",
        "ngo",
        200,
        _moves,
        picks=("\\set i :i + 1", "\\set n :rows + :client_id + 1 + :clients * (:i - 1)"),
        pool=True,
    ),
    "W1": Operation("submit an intake", "border", 201, _intakes),
}
"""In the order they are measured: the reads before what makes the tables grow."""


def _cases(world: World) -> Iterator[Request]:
    return _pages(world, Acting_Officer="officer.bench", Purpose_Of_Use="care_coordination")


SECTIONED = Operation("read a case with its sections", "border", 200, _cases)
"""C1, of the walls alone: cases that were submitted to the very service that is read from."""


def person(number: int) -> dict[str, Any]:
    """Whom searches.py makes findable under this number: a paper of its own; four share a name and a year of birth."""
    family = number // 4
    return {
        "document_number": f"{number:012d}",
        "full_name": f"Nguyễn Thị {family}",
        "birth_year": 1980 + family % 30,
    }


def _searched(*members: str) -> Callable[[World], Iterator[Request]]:
    """Searches for persons at random among those whose cases the large custodian has."""

    def made(world: World) -> Iterator[Request]:
        chance = Random(2)  # noqa: S311
        headers = world.headers(Acting_Officer="officer.bench", Purpose_Of_Use="care_coordination")
        while True:
            sought = person(5 * chance.randint(1, world.rows // 5))
            body = json.dumps({member: sought[member] for member in members})
            yield Request("POST", "/v1/case-searches", headers, body.encode())

    return made


SEARCHES = {
    "R3 exact": Operation("find a person by document number", "labour", 200, _searched("document_number")),
    "R3 dated": Operation("find a person by name and year", "labour", 200, _searched("full_name", "birth_year")),
}
"""R3, beside the statement alone (searches.py)."""
