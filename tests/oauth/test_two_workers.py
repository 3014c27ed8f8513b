"""Two worker processes over one database: what one is told, the other knows in time, and no proof is good on both.

The figures are printed; run with `-s` to see them.
"""

import asyncio
import json
import shutil
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from typer.testing import CliRunner

from app.auth.keys import SigningKey, decode_base64url, generate, signing_key
from app.cli import program, registry
from app.cli.administration import as_owner
from app.cli.registry import NewClient
from app.embedded import Server
from app.oauth.assertions import make_assertion, token_form
from tests.conftest import Raw
from tests.oauth.binding import ME, Bound, refused
from tests.personas import ISSUER
from tests.running import Worker
from tests.sql import org

BOUND_SECONDS = 5.0
READ, WRITE = "ngo:intake.read", "ngo:intake.write"
NAMES = ("far-revoked", "far-disabled", "far-narrowed", "far-rotated")


@pytest.fixture(scope="module")
def processes(server: Server, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Worker]]:
    """Two workers on a copy of the keys, which a test may rotate."""
    folder = tmp_path_factory.mktemp("workers")
    shutil.copytree(data / "keys", folder / "keys")
    environment = {"DATABASE_URL": server.api_url, "REFERRAL_DATA": str(folder), "REFERRAL_PUBLIC_URL": ISSUER}
    pair = [Worker(environment, folder / f"{name}.log") for name in ("one", "two")]
    try:
        for worker in pair:
            worker.start()
        for worker in pair:
            worker.ready()
        yield pair
    finally:
        for worker in pair:
            worker.stop()


@pytest.fixture
async def pair(processes: list[Worker], raw: Raw) -> AsyncIterator[list[httpx.AsyncClient]]:
    one, two = (httpx.AsyncClient(base_url=worker.url, timeout=20) for worker in processes)
    async with one, two:
        yield [one, two]


@dataclass
class Far:
    """A client of these tests, and the key it signs with at present."""

    name: str
    key: SigningKey = field(default_factory=lambda: signing_key(generate()))

    def form(self, key: SigningKey | None = None) -> dict[str, str]:
        return token_form(make_assertion(self.name, key or self.key, ISSUER, time.time()))

    async def token(self, worker: httpx.AsyncClient) -> str:
        answer = await worker.post("/oauth/token", data=self.form())
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])


@pytest.fixture
async def far(raw: Raw, server: Server) -> AsyncIterator[dict[str, Far]]:
    made = {name: Far(name) for name in NAMES}
    for name, each in made.items():
        new = NewClient(id=name, organisation_id=org("demo-ngo"), name=name, mode="live", dpop_required=False)
        async with as_owner(server.migration_url) as db:
            await registry.add_client(db, new, each.key.public)
    yield made
    for table, column in (("assertion_uses", "client_id"), ("client_keys", "client_id"), ("clients", "id")):
        await raw.all.execute(f"delete from {table} where {column} = any ($1)", list(NAMES))  # noqa: S608


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def header(token: str) -> str:
    return str(json.loads(decode_base64url(token.split(".")[0]))["kid"])


async def seconds_until(holds: Callable[[], Awaitable[bool]], limit: float = 30) -> float:
    """How long it takes; asked again and again, so that every cache on the way is as young as it can be."""
    began = time.monotonic()
    while not await holds():
        assert time.monotonic() - began < limit, "it never took effect"
        await asyncio.sleep(0.02)
    return time.monotonic() - began


async def effect(what: str, act: Awaitable[object], ask: Callable[[], Awaitable[int]], status: int) -> float:
    """Seconds from the act's acknowledgement until the other worker answers so; it answers 200 before."""
    assert await ask() == 200
    await act

    async def changed() -> bool:
        return await ask() == status

    seconds = await seconds_until(changed)
    print(f"{what}: effective on the other worker after {seconds:.2f} s")
    return seconds


async def test_a_revoked_token_a_disabled_client_and_a_narrowed_scope_take_effect_on_the_other_worker(
    pair: list[httpx.AsyncClient], far: dict[str, Far], server: Server, raw: Raw
) -> None:
    one, two = pair
    revoked, disabled, narrowed = [await far[name].token(one) for name in NAMES[:3]]

    def asking(token: str, path: str = "/v1/me") -> Callable[[], Awaitable[int]]:
        async def ask() -> int:
            return (await two.get(path, headers=bearer(token))).status_code

        return ask

    async def disable() -> None:
        async with as_owner(server.migration_url) as db:
            await registry.disable_client(db, "far-disabled")

    proof = {name: value for name, value in far["far-revoked"].form().items() if name != "grant_type"}
    narrow = raw.all.execute("update clients set scopes = $1 where id = 'far-narrowed'", [WRITE])
    figures = await asyncio.gather(
        effect("revoked token", one.post("/oauth/revoke", data={"token": revoked, **proof}), asking(revoked), 401),
        effect("disabled client", disable(), asking(disabled), 401),
        effect("narrowed scope", narrow, asking(narrowed, "/v1/intakes"), 403),
    )
    assert max(figures) <= BOUND_SECONDS
    assert (await one.get("/v1/me", headers=bearer(revoked))).status_code == 401


async def test_a_proof_and_an_assertion_are_spent_on_the_other_worker_and_after_a_restart(
    pair: list[httpx.AsyncClient], processes: list[Worker], far: dict[str, Far], bound: Bound
) -> None:
    one, two = pair
    form, bound.http = far["far-rotated"].form(), one
    token = await bound.token()
    proof = bound.proof(ME, token=token)
    assert (await one.post("/oauth/token", data=form)).status_code == 200
    assert (await bound.ask(token, proof)).status_code == 200

    async def refuses_both(worker: httpx.AsyncClient) -> None:
        assert (await worker.post("/oauth/token", data=form)).json() == {"error": "invalid_client"}
        refused(await bound.ask(token, proof, http=worker))
        assert (await worker.post("/oauth/token", data=far["far-rotated"].form())).status_code == 200
        assert (await bound.ask(token, bound.proof(ME, token=token), http=worker)).status_code == 200

    await refuses_both(two)
    await asyncio.to_thread(restart, processes[1])
    async with httpx.AsyncClient(base_url=processes[1].url, timeout=20) as again:
        await refuses_both(again)


def restart(worker: Worker) -> None:
    worker.stop()
    worker.start()
    worker.ready()


@dataclass
class Load:
    """Callers that get a token from one worker and use it on the other, for as long as the test lets them."""

    pair: list[httpx.AsyncClient]
    client: Far
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    issued: Counter[tuple[str, str]] = field(default_factory=Counter)
    signed: Counter[str] = field(default_factory=Counter)
    ending: bool = False

    async def run(self, number: int) -> None:
        turns = cycle(self.pair if number % 2 else reversed(self.pair))
        while not self.ending:
            issuing, serving, key = next(turns), next(turns), self.client.key
            answer = await issuing.post("/oauth/token", data=self.client.form(key))
            self.answers["token", answer.status_code] += 1
            self.signed[key.kid] += answer.status_code == 200
            if answer.status_code == 200:
                token = answer.json()["access_token"]
                self.issued[str(issuing.base_url), header(token)] += 1
                for worker in (serving, issuing):
                    used = await worker.get("/v1/me", headers=bearer(token))
                    self.answers["call", used.status_code] += 1
            next(turns)

    async def until(self, holds: Callable[[], bool]) -> None:
        async def held() -> bool:
            return holds()

        await seconds_until(held, limit=60)


async def test_issuer_and_client_keys_rotate_under_load_without_one_refusal(
    pair: list[httpx.AsyncClient], processes: list[Worker], far: dict[str, Far], server: Server
) -> None:
    client = far["far-rotated"]
    old, new = client.key, signing_key(generate())
    before = (await pair[0].get("/oauth/jwks")).json()["keys"]
    load = Load(pair, client)
    async with asyncio.TaskGroup() as callers:
        for number in range(6):
            callers.create_task(load.run(number))
        await load.until(lambda: len(load.issued) == 2)
        said = await asyncio.to_thread(rotate_issuer, processes[0].environment["REFERRAL_DATA"])
        await load.until(lambda: len(load.issued) == 4)
        async with as_owner(server.migration_url) as db:
            await registry.rotate_key(db, client.name, new.public, timedelta(hours=1))
        await load.until(lambda: load.signed[old.kid] > 50)
        client.key = new
        await load.until(lambda: load.signed[new.kid] > 50)
        load.ending = True
    print(f"rotation under load: {dict(load.answers)}; issued by worker and key: {list(load.issued.values())}")
    assert set(load.answers) == {("token", 200), ("call", 200)}
    (fresh,) = {kid for _, kid in load.issued} - {key["kid"] for key in before}
    assert fresh in said
    for worker in pair:
        assert fresh in {key["kid"] for key in (await worker.get("/oauth/jwks")).json()["keys"]}


def rotate_issuer(data: str) -> str:
    words = ["keys", "rotate-issuer", "--lead-seconds", "3", "--data", data]
    answer = CliRunner().invoke(program({"keys": "keys"}), words)
    assert answer.exit_code == 0, answer.output
    return answer.stdout


async def test_of_a_rotating_client_two_keys_are_alive_and_then_one(
    pair: list[httpx.AsyncClient], far: dict[str, Far], server: Server
) -> None:
    client, new, newest = far["far-rotated"], signing_key(generate()), signing_key(generate())

    async def statuses(*keys: SigningKey) -> list[int]:
        answers = [await worker.post("/oauth/token", data=client.form(key)) for worker in pair for key in keys]
        return [answer.status_code for answer in answers]

    async def rotate(key: SigningKey, overlap: timedelta) -> None:
        async with as_owner(server.migration_url) as db:
            await registry.rotate_key(db, client.name, key.public, overlap)

    await rotate(new, timedelta(hours=1))
    assert await statuses(client.key, new) == [200] * 4
    await rotate(newest, timedelta(0))
    assert await statuses(new, newest) == [401, 200] * 2


async def test_a_worker_that_is_shown_a_bad_token_logs_one_event_without_it(
    pair: list[httpx.AsyncClient], processes: list[Worker]
) -> None:
    before = processes[0].log.read_text("utf-8").count("token_refused")
    answer = await pair[0].get("/v1/me", headers=bearer("canary.canary.canary"))
    assert answer.status_code == 401
    lines = processes[0].log.read_text("utf-8").splitlines()
    events = [json.loads(line) for line in lines if "token_refused" in line]
    assert len(events) == before + 1
    assert (events[-1]["step"], events[-1]["client"]) == ("token", None)
    assert str(UUID(events[-1]["request_id"])) == answer.headers["x-request-id"]
    assert "canary" not in "".join(lines)
