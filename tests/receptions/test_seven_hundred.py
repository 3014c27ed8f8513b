"""Seven hundred people in one night: a list, five desks, kill -9 of the API and of PostgreSQL between them.

Whatever had no answer is sent again as it was. Afterwards nobody is there twice, nobody is missing, and the counts are
right. The times of each step are printed, not judged.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from app.auth.keys import ensure_key
from app.cli.folder import key_path, url_of
from app.embedded import ensure
from app.oauth.assertions import fetch_token, make_assertion
from tests.conftest import dsn
from tests.killed import Service
from tests.receptions import EVENT, FOUND, NOT_FOUND, POST, a_table, people

PEOPLE, DESKS = 700, 5
PATIENCE = 0.2
"""Seconds that a desk waits before it sends again, as a client does: it is no test that waits."""
KILLS = {250: "kill_api", 500: "kill_postgres"}
"""After how many answers, and whom."""


def look(number: int) -> dict[str, Any]:
    """One in eleven shows indicators, a few declined, could not be screened, or never came."""
    if number % 11 == 0:
        return {**FOUND, "urgent_needs": ["medical"], "handling": ["ask_before_family"]}
    other: dict[int, dict[str, Any]] = {1: {"present": False}, 2: {"present": True, "screening_result": "declined"}}
    return other.get(number % 70, {"present": True, "screening_result": "unable"} if number % 70 == 3 else NOT_FOUND)


EXPECTED = Counter(str(look(n).get("screening_result")) for n in range(PEOPLE))


@dataclass
class Night:
    """The post's client; `times` in seconds of each person's answered request, `unanswered` counts those sent again."""

    url: str
    headers: dict[str, str]
    times: list[float] = field(default_factory=list)
    unanswered: int = 0
    steps: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        self.steps[step] = time.perf_counter() - begun

    async def post(self, http: httpx.AsyncClient, path: str, **sent: Any) -> Any:
        keyed = {**self.headers, "Idempotency-Key": str(uuid4()), **sent.pop("headers", {})}
        answer = await http.post(path, headers=keyed, **sent)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def put(self, http: httpx.AsyncClient, path: str, body: dict[str, Any]) -> None:
        """Until it is answered; nothing else may have happened to it meanwhile."""
        while True:
            begun = time.perf_counter()
            try:
                answer = await http.put(path, json=body, headers=self.headers)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code < 500:
                assert answer.status_code in (200, 201), answer.text
                self.times.append(time.perf_counter() - begun)
                return
            self.unanswered += 1
            await asyncio.sleep(PATIENCE)


def a_night(data: Path) -> Night:
    url = url_of(data)
    token = fetch_token(url, make_assertion(POST, ensure_key(key_path(data, POST)), url, time.time()))
    who = {"Acting-Officer": "cb-0147", "Purpose-Of-Use": "reception"}
    return Night(url, {"Authorization": f"Bearer {token}", **who})


async def the_night(night: Night, service: Service) -> dict[str, Any]:
    async with httpx.AsyncClient(base_url=night.url, timeout=30) as http:
        reception = await night.post(http, "/v1/receptions", json={**EVENT, "expected": PEOPLE})
        path = f"/v1/receptions/{reception['id']}"
        with night.timed("import of the list"):
            table = a_table(*people(PEOPLE, ["Nghệ An", "Lạng Sơn", "Lào Cai"]))
            listed = await night.post(http, f"{path}/manifests", content=table, headers={"Content-Type": "text/csv"})
        lines = [row["line_id"] for row in listed["rows"]]
        with night.timed("screening"):
            await screening(night, service, http, [(f"{path}/lines/{line}", look(n)) for n, line in enumerate(lines)])
        with night.timed("progress"):
            shown: dict[str, Any] = (await http.get(path, headers=night.headers)).json()
        with night.timed("hand-over"):
            labour = await http.get("/v1/organisations?agency=labour", headers=night.headers)
            receiver = labour.json()["items"][0]["id"]
            groups = [{"receiver_id": receiver, "province_code": code} for code in ("40", "20", "15")]
            await night.post(http, f"{path}/handovers", json={"groups": groups})
        return shown


async def screening(night: Night, service: Service, http: httpx.AsyncClient, work: list[tuple[str, Any]]) -> None:
    """Five desks share the list from the front; the killer strikes by the number of answers."""
    waiting = iter(work)

    async def desk() -> None:
        for path, body in waiting:
            await night.put(http, path, body)
            if (whom := KILLS.get(len(night.times))) is not None:
                await asyncio.to_thread(getattr(service, whom))

    await asyncio.gather(*(desk() for _ in range(DESKS)))


QUERY = """
select l.id, l.screening_result, l.sealed, l.mark, l.case_id,
  (select count(*) from audit_entries a where a.subject_id = l.id and a.event = 'reception.screened') as audited,
  (select count(*) from outbox_events o where o.subject_id = l.id and o.type = 'reception.screened') as told,
  (select count(*) from intake_persons p where p.intake_id = l.id) as persons
from reception_lines l
"""


async def stored(superuser_url: str) -> tuple[list[asyncpg.Record], dict[str, int]]:
    connection = await asyncpg.connect(dsn(superuser_url).rsplit("/", 1)[0] + "/referral")
    rows = await connection.fetch(QUERY)
    tables = ("cases", "intakes", "data_keys", "reception_handovers", "handover_cases")
    counts = {table: await connection.fetchval(f"select count(*) from {table}") for table in tables}  # noqa: S608
    await connection.close()
    return rows, counts


def test_seven_hundred_people_and_two_kills(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data"
    service = Service(data)
    try:
        night = a_night(data)
        shown = asyncio.run(the_night(night, service))
        rows, counts = asyncio.run(stored(ensure(data).superuser_url))
    finally:
        service.stop()
    with capsys.disabled():
        report(night)
    nobody_twice_and_nobody_missing(rows, counts)
    counted = {name: shown["counts"][name] for name in EXPECTED if name != "None"}
    assert counted == {name: n for name, n in EXPECTED.items() if name != "None"}
    assert (shown["counts"]["listed"], shown["counts"]["absent"]) == (PEOPLE, EXPECTED["None"])
    assert night.unanswered > 0, "no request was cut by a kill"


def nobody_twice_and_nobody_missing(rows: list[asyncpg.Record], counts: dict[str, int]) -> None:
    victims = EXPECTED["indicators_found"]
    assert len(rows) == len({row["id"] for row in rows}) == PEOPLE
    assert Counter(str(row["screening_result"]) for row in rows) == EXPECTED
    assert {(row["audited"], row["told"]) for row in rows} == {(1, 1)}
    assert {(row["persons"], row["case_id"] is not None) for row in rows} == {(1, True), (0, False)}
    assert sum(row["persons"] for row in rows) == victims
    assert all(row["sealed"] is None for row in rows if row["screening_result"])
    absent = EXPECTED["None"]
    assert counts == {
        "cases": victims,
        "intakes": victims,
        "data_keys": victims + absent + 1,
        "reception_handovers": 3,
        "handover_cases": victims,
    }
    assert all(isinstance(row["id"], UUID) for row in rows)


def report(night: Night) -> None:
    """The figures, in milliseconds; a person's time is that of the answered request."""
    cuts = quantiles(night.times, n=20)
    steps = " · ".join(f"{step} {seconds:.2f} s" for step, seconds in night.steps.items())
    print(f"\n{PEOPLE} people, {DESKS} desks, {len(KILLS)} kills: {steps}")
    print(f"one person: p50 {1000 * cuts[9]:.1f} ms, p95 {1000 * cuts[18]:.1f} ms; sent again: {night.unanswered}")
