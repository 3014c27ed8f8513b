"""A service behind a relay, and posts that use it: what the tests of this folder and the campaign stand on."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from app.embedded import Server
from app.post import enrolment, outbox
from app.post.answers import digest_of
from app.post.clock import Clock
from app.post.enrolment import Profile
from app.post.network import Network, connect
from app.post.outbox import Item, Outbox
from app.post.questions import is_urgent
from app.post.sending import Sender, Tally
from tests.conftest import dsn
from tests.personas import PERSONAS
from tests.post.wire import Relay
from tests.served import Served, served

PIN = "thu-246810"
BORDER = "demo-border"


def a_record(**changes: Any) -> dict[str, Any]:
    """The body of a small intake of nobody in particular, unlike every other."""
    return {
        "schema_version": "1.0",
        "channel": "self_return_border",
        "received_at": "2026-11-20T22:41:00+07:00",
        "place": {"province_code": "15"},
        "person": {"full_name": f"Lò Thị Mỷ {uuid4().hex[:8]}"},
        **changes,
    }


@dataclass
class Post:
    """An enrolled post and its line; `ids` are the records confirmed at it."""

    folder: Path
    box: Outbox
    network: Network
    sender: Sender
    ids: list[UUID] = field(default_factory=list)

    def confirm(self, body: dict[str, Any] | None = None) -> UUID:
        """A record ready to go."""
        body = body or a_record()
        item = Item(uuid4(), "ready", urgent=is_urgent(body), body=body)
        assert self.box.add(item)
        self.ids.append(item.id)
        return item.id

    def send_until_done(self, walks: int = 12) -> Tally:
        """Walks again as often as needed, without the pauses in between."""
        for _ in range(walks):
            self.sender._later.clear()
            tally = self.sender.walk()
            if not tally.waiting:
                return tally
        raise AssertionError(f"still waiting: {[item.problem for item in self.box.items('ready')]}")

    def close(self) -> None:
        self.network.client.close()
        self.box.close()


@dataclass
class Ground:
    """`stored` is the service's own table of the border post's organisation."""

    relay: Relay
    service: Served
    server: Server
    data: Path
    folder: Path
    posts: list[Post] = field(default_factory=list)

    def post(self, clock: Clock | None = None, client: str = BORDER) -> Post:
        """A new post, enrolled over the relay."""
        folder = self.folder / uuid4().hex
        box = outbox.create(folder, PIN)
        key = (self.data / "clients" / f"{client}.pem").read_bytes()
        enrolment.prepare(box, Profile(self.relay.url, client, "cb-0147"), key)
        clock = clock or Clock()
        network = connect(box, clock)
        enrolment.enrol(box, network, clock)
        made = Post(folder, box, network, Sender(box, network, clock))
        self.posts.append(made)
        return made

    def close(self) -> None:
        """Every post of this test; the service stays."""
        while self.posts:
            self.posts.pop().close()

    def stored(self, persona: str = BORDER) -> dict[UUID, list[str]]:
        """Id → digests of the rows that are there: exactly one each, if all is well."""
        rows = self.fetch("select id, digest from intakes where organisation_id = $1", PERSONAS[persona].id)
        found: dict[UUID, list[str]] = {}
        for row in rows:
            found.setdefault(row["id"], []).append(row["digest"])
        return found

    def fetch(self, query: str, *values: Any) -> list[Any]:
        """As the superuser, who sees everything."""

        async def work() -> list[Any]:
            connection = await asyncpg.connect(dsn(self.server.superuser_url).rsplit("/", 1)[0] + "/referral")
            try:
                return list(await connection.fetch(query, *values))
            finally:
                await connection.close()

        return asyncio.run(work())


@dataclass(frozen=True)
class Balance:
    """What must be zero, and what must be all."""

    items: int
    lost: int
    duplicates: int
    receipts: int
    unlike: int

    @property
    def is_right(self) -> bool:
        return (self.lost, self.duplicates, self.unlike) == (0, 0, 0) and self.receipts == self.items


def balance(ground: Ground, ids: list[UUID], *boxes: Outbox) -> Balance:
    """Compares what posts confirmed with what the service has and with the receipts the posts keep."""
    stored = ground.stored()
    kept = {each.id: each for box in boxes for each in box.receipts() if each.id in set(ids)}
    return Balance(
        items=len(ids),
        lost=sum(1 for each in ids if each not in stored),
        duplicates=sum(len(stored.get(each, [])) > 1 for each in ids) + len(stored.keys() - set(ids)),
        receipts=len(kept),
        unlike=sum(1 for each in kept.values() if stored.get(each.id) != [each.digest]),
    )


@contextmanager
def standing(server: Server, data: Path, folder: Path) -> Iterator[Ground]:
    """The service as shipped in its own process, reached by the relay's address, which is also its public one."""
    relay = Relay()
    quotas: dict[str, Any] = {
        "client_rate": 1e6,
        "client_burst": 1_000_000,
        "stranger_rate": 1e6,
        "stranger_burst": 1_000_000,
    }
    # It outlives this folder's tests, over the tables of all: others' webhooks and events are not its to carry.
    idle: dict[str, Any] = dict.fromkeys(
        ("sweep_seconds", "audit_seconds", "feed_seconds", "batch_seconds", "webhook_seconds"), 0
    )
    try:
        with served(server, data, folder / "log", public_url=relay.url, **quotas, **idle) as service:
            relay.target = service.port
            ground = Ground(relay, service, server, data, folder)
            yield ground
            ground.close()
    finally:
        relay.close()


def digest(body: dict[str, Any]) -> str:
    return digest_of(body)


def patiently(until: Any, seconds: float = 60) -> None:
    """Asks again and again, since a service's registry of clients is a few seconds old."""
    deadline = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < deadline, "never happened"
