"""One API process and who sits before it: an officer who takes people in, and two operators who erase."""

import time
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from uuid import UUID, uuid4

import httpx
from sqlalchemy.ext.asyncio import AsyncConnection

from app.auth.keys import ensure_key, read_key
from app.auth.scopes import Agency
from app.cli import registry
from app.cli.administration import as_owner
from app.cli.folder import key_path
from app.cli.registry import NewClient, NewOrganisation
from app.cli.vault import erasures
from app.cli.vault.operator import Operator, proven
from app.cli.vault.targets import target
from app.key_files import DestroyedKeys
from app.oauth.assertions import fetch_token, make_assertion
from app.settings import Settings
from campaigns.load import id_of
from campaigns.stage import ISSUER, Stage
from campaigns.wishes import intake
from campaigns.workers import Start, start

WHO = "demo-border"
_OPERATORS = ("operator-one", "operator-two")
_BODY = UUID("3c9a51e7-40d2-8b6f-9a1e-5d7c20f83b0f")
"""Of version 8, as the network's are: no row names organisations of rehearsal and of life."""
_START_SECONDS = 60.0


@dataclass(frozen=True)
class Desk:
    """`names`: whom it took in, by case."""

    http: httpx.Client
    names: MutableMapping[str, str]

    def take_in(self, chance: Random) -> str:
        """One more person; the id of the case."""
        body = intake(chance)
        answer = self.http.put(f"/v1/intakes/{id_of(chance)}", json=body).raise_for_status().json()
        case = str(answer["case"]["id"])
        self.names[case] = body["person"]["full_name"]
        return case

    def close(self, case: str) -> str:
        """As nobody is erased whose case is open; its reference."""
        headers = {"If-Match": self._case(case).raise_for_status().headers["ETag"], "Idempotency-Key": uuid4().hex}
        body = {"reason": "completed", "outcome": "reintegrated"}
        answer = self.http.post(f"/v1/cases/{case}/closures", json=body, headers=headers)
        return str(answer.raise_for_status().json()["reference"])

    def status(self, case: str) -> int:
        return self._case(case).status_code

    def reads(self, case: str) -> bool:
        """Whether it is there, and its words are those that were taken in."""
        answer = self._case(case)
        return answer.is_success and answer.json()["sections"]["identity"]["full_name"] == self.names[case]

    def _case(self, case: str) -> httpx.Response:
        return self.http.get(f"/v1/cases/{case}")


@contextmanager
def serving(stage: Stage, names: MutableMapping[str, str]) -> Iterator[Desk]:
    """A worker of its own for as long as the desk is open."""
    worker = start(Start(stage.environment(relay=True), stage.folder / "api.log"))
    try:
        _await(worker.url)
        assertion = make_assertion(WHO, read_key(key_path(stage.data, WHO)), ISSUER, time.time())
        headers = {"Authorization": f"Bearer {fetch_token(worker.url, assertion)}", "Acting-Officer": "desk.1"}
        headers["Purpose-Of-Use"] = "care_coordination"
        with httpx.Client(base_url=worker.url, headers=headers, timeout=60, trust_env=False) as http:
            yield Desk(http, names)
    finally:
        worker.process.terminate()
        worker.process.join(60)


def _await(url: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            if httpx.get(f"{url}/readyz", timeout=5, trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
        if time.monotonic() > deadline:
            raise RuntimeError("the service did not become ready")
        time.sleep(0.1)


@dataclass(frozen=True)
class Operators:
    """Two clients of one operating body, whose keys lie with the demo's."""

    url: str
    data: Path

    async def register(self) -> None:
        body = NewOrganisation(id=_BODY, agency=Agency.OPERATOR, name_vi="Đơn vị vận hành", name_en="Operator")
        async with as_owner(self.url) as db:
            await registry.add_organisation(db, body)
            for name in _OPERATORS:
                new = NewClient(id=name, organisation_id=body.id, name=name, mode="test")
                await registry.add_client(db, new, ensure_key(key_path(self.data, name)).public)

    async def erase(self, reference: str) -> None:
        """Asked for by one, approved by the other, and carried out."""
        destroyed = DestroyedKeys(Settings(data=self.data).keys)
        async with as_owner(self.url) as db:
            of = await target(db, "case", reference)
            erasure = await erasures.ask(db, await self._proven(db, 0), of, "persons_request")
        async with as_owner(self.url) as db:
            await erasures.answer(db, await self._proven(db, 1), erasure, approve=True)
        async with as_owner(self.url) as db:
            await erasures.carry_out(db, await self._proven(db, 1), erasure, destroyed)

    async def reapply(self) -> int:
        """After a restore, by the list in the key folder; how many were erased again."""
        destroyed = DestroyedKeys(Settings(data=self.data).keys)
        async with as_owner(self.url) as db:
            return await erasures.reapply(db, await self._proven(db, 0), destroyed)

    async def _proven(self, db: AsyncConnection, which: int) -> Operator:
        name = _OPERATORS[which]
        return await proven(db, name, key_path(self.data, name), f"officer.{which}")
