"""`python -m benchmarks.hidden`: whether the time of an answer tells a hidden record from a missing one.

One served application, one keep-alive connection, pairs of requests that differ in nothing but the id (or the paper, or
the person searched for), each pair in an order drawn anew. What is compared are the medians; the exit code is 1 when
any two differ by `--most` milliseconds or more. Answers are compared too: a difference there ends the run.
"""

import http.client
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle
from random import Random
from statistics import median, quantiles
from typing import Annotated, Any
from uuid import uuid4

import typer

from app.keyring import Keyring
from app.settings import Settings
from benchmarks.operations import Request, intake_body
from benchmarks.stage import Stage, seeded_id, stage

CLIENT = "stranger"
"""A support authority with no part in what it asks for."""
ROWS = 2_000
TOKEN_SECONDS = 240
IDLE_SECONDS = 1.0
WARM_UP = 40
PAIRS_A_COUNT = 8
"""After so many pairs the day's searches are counted anew, or the twenty-first would be refused."""
_ME = seeded_id("organisation", 6)
_VERIFICATIONS = """
    set session_replication_role = replica;
    insert into verifications (id, case_id, kind, requester_id, originator_id, verifier_id, custodian_id)
    select md5('verification' || id)::uuid, id, 'victim', custodian_id, custodian_id, md5('organisation7')::uuid,
           custodian_id from cases;
    reset session_replication_role
"""
_HIDDEN_CASES = f"""
    select c.id from cases c where c.custodian_id <> '{_ME}'
      and not exists (select 1 from case_parties p where p.case_id = c.id and p.organisation_id = '{_ME}')
"""  # noqa: S608 - a constant
_HIDDEN = {
    "case": _HIDDEN_CASES,
    "referral": f"select r.id from referrals r where r.case_id in ({_HIDDEN_CASES})",  # noqa: S608
    "verification": f"select v.id from verifications v where v.case_id in ({_HIDDEN_CASES})",  # noqa: S608
}
_PROTECT = """
    update case_sections set codes = '{"flags": ["hidden_address"]}' where section = 'handling' and case_id in
      (select case_id from case_lookups where kind = 'document')
"""
_COUNT_ANEW = "delete from search_counts"
_HEADERS = {
    "Acting-Officer": "officer.bench",
    "Purpose-Of-Use": "verification",
    "If-Match": '"AAAAAAAAAAAAAAAAAAAA"',
}

Make = Callable[[str], Request]


@dataclass(frozen=True)
class Comparison:
    """Two requests that must not be told apart: `hidden` and `missing` give what goes into `make`, pair by pair."""

    title: str
    status: int
    make: Make
    hidden: Iterator[str]
    missing: Iterator[str]
    before: str | None = None


@dataclass(frozen=True)
class Times:
    """Milliseconds of either side, in the order of the pairs."""

    hidden: list[float]
    missing: list[float]

    @property
    def difference(self) -> float:
        return median(self.hidden) - median(self.missing)

    def row(self, title: str) -> str:
        spread = quantiles(self.hidden + self.missing, n=20)
        return (
            f"{title:<44}{median(self.hidden):9.3f}{median(self.missing):9.3f}{self.difference:+10.3f}"
            f"{spread[0]:9.2f} –{spread[-1]:6.2f}"
        )


def main(
    *,
    pairs: Annotated[int, typer.Option(min=10, max=100_000, help="Of each kind")] = 5_000,
    most: Annotated[float, typer.Option(min=0.01, help="Milliseconds by which medians may differ")] = 1.0,
) -> None:
    """Medians of hidden and missing in milliseconds, their difference, and the middle 90 % of all answers."""
    with stage(ROWS, lambda _: None) as built:
        built.run(*_VERIFICATIONS.strip().split(";\n"))
        remember_papers(built)
        built.run(_PROTECT, "vacuum analyze")
        found = {each.title: compare(built, each, pairs) for each in comparisons(built)}
    print(f"{pairs:,} pairs of each kind, in turn, over one connection on 127.0.0.1; milliseconds.")
    print(f"{'':<44}{'hidden':>9}{'missing':>9}{'apart':>10}{'5 – 95 %':>17}")
    for title, times in found.items():
        print(times.row(title))
    if any(abs(times.difference) >= most for times in found.values()):
        raise typer.Exit(1)


def comparisons(built: Stage) -> list[Comparison]:
    def of(kind: str) -> Iterator[str]:
        return cycle([str(row[0]) for row in built.fetch(_HIDDEN[kind])])

    fresh = _each(lambda n: str(uuid4()))
    return [
        Comparison("GET case", 404, _get("/v1/cases/{}"), of("case"), fresh),
        Comparison("GET referral", 404, _get("/v1/referrals/{}"), of("referral"), fresh),
        Comparison("GET verification", 404, _get("/v1/verifications/{}"), of("verification"), fresh),
        Comparison("POST acceptance of a referral", 404, _accept, of("referral"), fresh),
        Comparison("PATCH case", 404, _patch, of("case"), fresh),
        Comparison("PUT intake: paper of another's case, new", 201, _put, cycle(PAPERS), _each("NEW{}".format)),
        Comparison(
            "search: protected person, nobody", 200, _search, cycle(PROTECTED), _each("NO{}".format), _COUNT_ANEW
        ),
    ]


PAPERS = [f"K{number:07}" for number in range(200)]
PROTECTED = [f"P{number:07}" for number in range(200)]
"""Document numbers of others' cases; the second are not sent in, or the stranger would find a case of its own."""


def remember_papers(built: Stage) -> None:
    """Gives the first cases of the large custodian a document each, by its blind index."""
    indexes = Keyring.load(Settings(data=built.data)).indexes
    digests = ", ".join(f"'\\x{(indexes.document(paper) or b'').hex()}'::bytea" for paper in PAPERS + PROTECTED)
    built.run(
        "insert into case_lookups (case_id, kind, digest) select c.id, 'document', d.digest from"  # noqa: S608
        f" (select id, row_number() over () as n from ({_HIDDEN_CASES} limit {len(PAPERS + PROTECTED)}) hidden) c"
        f" join unnest(array[{digests}]) with ordinality d (digest, n) on c.n = d.n"
    )


def _each(make: Callable[[int], str]) -> Iterator[str]:
    number = 0
    while True:
        number += 1
        yield make(number)


def _get(path: str) -> Make:
    return lambda wanted: Request("GET", path.format(wanted), _HEADERS)


def _accept(wanted: str) -> Request:
    return Request("POST", f"/v1/referrals/{wanted}/acceptances", _keyed(), b"{}")


def _patch(wanted: str) -> Request:
    body = {"sections": {"identity": {"full_name": "Nguyễn Thị Hoa"}}}
    return Request("PATCH", f"/v1/cases/{wanted}", _HEADERS, json.dumps(body).encode())


def _put(paper: str) -> Request:
    intake_id = uuid4()
    body = intake_body(intake_id)
    body["person"]["identity_documents"] = [{"type": "passport", "number": paper}]
    return Request("PUT", f"/v1/intakes/{intake_id}", _HEADERS, json.dumps(body).encode())


def _search(paper: str) -> Request:
    body = {"document_number": paper, "beyond": True}
    return Request("POST", "/v1/case-searches", _HEADERS, json.dumps(body).encode())


def _keyed() -> Mapping[str, str]:
    return {**_HEADERS, "Idempotency-Key": uuid4().hex}


class Caller:
    """One connection, with a token that is renewed before it ends."""

    def __init__(self, built: Stage) -> None:
        self._built = built
        service = built.services["walled"]
        self._connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
        self._token = ""
        self._until = self._used = 0.0

    def renew(self) -> None:
        """Token and connection, between two pairs, so that neither side pays for it."""
        if time.monotonic() > self._until:
            self._token, self._until = self._built.token(CLIENT), time.monotonic() + TOKEN_SECONDS
        if time.monotonic() - self._used > IDLE_SECONDS:
            self._connection.close()  # the server lets go of an idle one, and a pair must not begin by noticing
            self.send(Request("GET", "/healthz", {}))

    def send(self, request: Request) -> tuple[float, int, bytes]:
        """Milliseconds from the first byte sent to the last one read, status and body."""
        headers = {**request.headers, "Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        if request.method == "GET":
            del headers["Content-Type"]
        start = time.perf_counter()
        self._connection.request(request.method, request.path, request.body or None, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        self._used = time.monotonic()
        return (time.perf_counter() - start) * 1000, answer.status, content


def compare(built: Stage, comparison: Comparison, pairs: int) -> Times:
    """The times of so many pairs; the first few warm both sides and are dropped."""
    caller, chance = Caller(built), Random(1)  # noqa: S311
    times = Times([], [])
    for number in range(WARM_UP + pairs):
        if comparison.before and number % PAIRS_A_COUNT == 0:
            built.run(comparison.before)
        caller.renew()
        sides = [("hidden", next(comparison.hidden)), ("missing", next(comparison.missing))]
        chance.shuffle(sides)
        told: dict[str, Any] = {}
        for side, wanted in sides:
            took, status, content = caller.send(comparison.make(wanted))
            if status != comparison.status:
                raise RuntimeError(f"{comparison.title}: {status} {content[:300]!r}")
            told[side] = len(content)
            if number >= WARM_UP:
                getattr(times, side).append(took)
        if told["hidden"] != told["missing"]:
            raise RuntimeError(f"{comparison.title}: answers of {told}")
    return times


if __name__ == "__main__":
    typer.run(main)
