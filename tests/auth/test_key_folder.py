"""How the service keeps its own keys, and how one follows another without a token refused."""

import json
import logging
import stat
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient
from typer.testing import CliRunner, Result

from app.auth import tokens
from app.auth.key_folder import GRACE, KeyFolder, Keys, Purpose, add_successor, ensure_keys, load_keys, succession
from app.auth.keys import SigningKey, UnusableKeyError, generate
from app.cli import program
from app.problems import Unauthenticated
from tests.auth.hostile import Forger

NOW = 1_795_000_000.0
ISSUER, AUDIENCE = "https://referral.example", "urn:referral:api"


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ensure_keys(tmp_path / "keys")
    return tmp_path / "keys"


def kids(jwks: Mapping[str, Any]) -> list[str]:
    return [jwk["kid"] for jwk in jwks["keys"]]


def rotate(folder: Path, *arguments: object) -> Result:
    words = ["keys", *map(str, arguments), "--data", str(folder.parent)]
    return CliRunner().invoke(program({"keys": "keys"}), words)


def test_keys_are_made_once_for_the_owner_alone_and_a_missing_one_stops_the_start(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    with pytest.raises(UnusableKeyError, match=r"issuer\.pem"):
        load_keys(folder, NOW)
    ensure_keys(folder)
    first = load_keys(folder, NOW)
    ensure_keys(folder)
    assert load_keys(folder, NOW).issuer_jwks == first.issuer_jwks
    assert len({first.issuer.kid, first.receipts.kid, first.audit.kid}) == 3
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert {path.name for path in folder.iterdir()} == {"issuer.pem", "receipts.pem", "audit.pem"}


def test_a_successor_is_published_and_believed_first_signs_later_and_the_old_key_ends_after_its_last_token(
    folder: Path,
) -> None:
    old, clock = load_keys(folder, NOW).issuer.kid, Clock()
    worker = KeyFolder(folder, clock)
    new = add_successor(folder, Purpose.ISSUER, NOW + 600).kid
    stages = [
        (0.5, old, [old]),  # not looked yet
        (1, old, [old, new]),
        (599, old, [old, new]),
        (600, new, [old, new]),
        (600 + GRACE - 1, new, [old, new]),
        (600 + GRACE, new, [new]),
    ]
    for seconds, signing, published in stages:
        clock.now = NOW + seconds
        assert (worker.current.issuer.kid, kids(worker.current.issuer_jwks)) == (signing, published), seconds
        assert list(worker.current.access) == published


def test_of_many_successors_the_newest_begun_signs(folder: Path) -> None:
    made = [add_successor(folder, Purpose.ISSUER, NOW + step).kid for step in (0, 10, 20)]
    assert load_keys(folder, NOW + 15).issuer.kid == made[1]
    assert kids(load_keys(folder, NOW + 15).issuer_jwks)[1:] == made
    assert kids(load_keys(folder, NOW + 10 + GRACE).issuer_jwks) == made[1:]


@pytest.mark.parametrize("purpose", [Purpose.RECEIPTS, Purpose.AUDIT])
def test_what_is_kept_for_ever_is_judged_by_every_key_there_ever_was(folder: Path, purpose: Purpose) -> None:
    old, later = load_keys(folder, NOW), NOW + 10**8
    add_successor(folder, purpose, NOW + 600)
    new = load_keys(folder, later)
    assert set(kids(old.lasting_jwks)) < set(kids(new.lasting_jwks))
    assert signer(new, purpose).kid != signer(old, purpose).kid
    assert (signer(old, purpose).kid in new.heads) == (purpose is Purpose.AUDIT)
    assert old.receipts.kid not in new.heads


def signer(keys: Keys, purpose: Purpose) -> SigningKey:
    return {Purpose.RECEIPTS: keys.receipts, Purpose.AUDIT: keys.audit}[purpose]


def test_a_folder_that_cannot_be_read_leaves_a_running_worker_its_keys_and_stops_a_start(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    worker = KeyFolder(folder, clock)
    before = worker.current
    for name, content in (("next.pem", generate()), ("20261122T051800Z.pem", b"half a key")):
        (folder / "issuer").mkdir(exist_ok=True)
        (folder / "issuer" / name).write_bytes(content)
        clock.now += 2
        assert worker.current == before
        assert [record.levelno for record in caplog.records] == [logging.ERROR]
        with pytest.raises(UnusableKeyError, match=name):
            load_keys(folder, clock.now)
        (folder / "issuer" / name).unlink()
        caplog.clear()


@pytest.mark.parametrize("purpose", Purpose)
def test_the_command_adds_a_successor_that_signs_after_its_lead(folder: Path, purpose: Purpose) -> None:
    answer = rotate(folder, f"rotate-{purpose}", "--lead-seconds", 30)
    assert answer.exit_code == 0, answer.output
    first, second = succession(folder, purpose)
    assert second.key.kid in answer.stdout
    assert 25 <= second.begins - time.time() <= 30
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*.pem")} == {0o600}
    listed = rotate(folder, "list").stdout
    assert first.key.kid in listed
    assert second.key.kid in listed


def test_by_default_a_successor_is_published_for_longer_than_any_copy_of_the_key_set_lives(folder: Path) -> None:
    rotate(folder, "rotate-issuer")
    assert succession(folder, Purpose.ISSUER)[1].begins - time.time() > 300


def test_a_leaked_issuer_key_ends_at_once_with_all_others(folder: Path) -> None:
    rotate(folder, "rotate-issuer", "--lead-seconds", 2)
    worker = KeyFolder(folder, clock := Clock())
    forger = Forger(worker.current.issuer, ISSUER, AUDIENCE, worker.current.issuer)
    answer = rotate(folder, "rotate-issuer", "--leaked")
    clock.now += 2
    assert kids(worker.current.issuer_jwks) == [worker.current.issuer.kid]
    assert worker.current.issuer.kid in answer.stdout
    with pytest.raises(Unauthenticated):
        tokens.verify(forger.token(), keys=worker.current.access, issuer=ISSUER, audience=AUDIENCE, now=time.time())


def test_the_command_makes_no_key_where_no_service_ever_was(tmp_path: Path) -> None:
    for arguments in (["rotate-issuer"], ["rotate-issuer", "--leaked"], ["rotate-audit"], ["list"]):
        assert rotate(tmp_path / "keys", *arguments).exit_code == 2
    assert list(tmp_path.rglob("*.pem")) == []


async def test_the_published_sets_may_be_kept_for_less_than_a_successor_waits(client: AsyncClient) -> None:
    for path in ("/oauth/jwks", "/.well-known/jwks"):
        answer = await client.get(path)
        assert answer.headers["cache-control"] == "public, max-age=300"
        assert not [jwk for jwk in json.loads(answer.text)["keys"] if "d" in jwk]
