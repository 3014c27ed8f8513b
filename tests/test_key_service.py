"""Key-encryption keys in an external service: what it wraps comes back, and whatever it does wrong is one 503."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI

from app.key_files import DestroyedKeys
from app.key_service import KeyService, TransitKeyProvider
from app.sealing import KeyServiceError
from app.settings import Settings
from app.vault import Place, Vault
from tests.conftest import Raw
from tests.factories import a_case, an_intake
from tests.key_service import Transit, transit
from tests.personas import Clients

PLACE = Place("identities", "sealed", "1")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[tuple[Transit, KeyService]]:
    with transit(tmp_path) as made:
        yield made


@pytest.fixture
async def vault(service: tuple[Transit, KeyService], tmp_path: Path) -> AsyncIterator[Vault]:
    provider = TransitKeyProvider(service[1])
    yield Vault(provider, DestroyedKeys(tmp_path))
    await provider.close()


async def test_a_key_comes_back_and_opens_what_it_sealed(vault: Vault, service: tuple[Transit, KeyService]) -> None:
    key = await vault.new_key()
    again = await vault.unwrap(key.id, key.wrapped, key.kek_id)
    assert vault.open(again, PLACE, vault.seal(key, PLACE, "Hoa")) == "Hoa"
    assert key.kek_id == "referral:v1"
    assert key.secret not in key.wrapped
    assert b64encode(key.secret) not in key.wrapped


async def test_a_wrapping_is_good_for_its_own_key_only(vault: Vault) -> None:
    one, other = await vault.new_key(), await vault.new_key()
    for key_id, wrapped, kek in (
        (one.id, other.wrapped, other.kek_id),
        (one.id, one.wrapped[:-6] + b"AAAA==", one.kek_id),
        (one.id, one.wrapped, "referral:v2"),
        (one.id, b"", one.kek_id),
        (one.id, b"\xff\x01", one.kek_id),
    ):
        with pytest.raises(KeyServiceError):
            await vault.unwrap(key_id, wrapped, kek)


async def test_an_older_version_unwraps_until_it_is_retired(vault: Vault, service: tuple[Transit, KeyService]) -> None:
    old = await vault.new_key()
    assert await vault.provider.renew() == await vault.provider.current() == "referral:v2"
    assert (await vault.unwrap(old.id, old.wrapped, old.kek_id)).secret == old.secret
    new = await vault.new_key()
    assert new.kek_id == "referral:v2"
    assert await vault.provider.older() == ["referral:v1"]
    await vault.provider.retire("referral:v2")
    assert await vault.provider.older() == []
    assert (await vault.unwrap(new.id, new.wrapped, new.kek_id)).secret == new.secret
    with pytest.raises(KeyServiceError):
        await vault.unwrap(old.id, old.wrapped, old.kek_id)
    assert set(service[0].versions) == {2}


WRONG = {
    "sealed": (503, b'{"errors": ["Vault is sealed"]}'),
    "standby": (473, b""),
    "forbidden": (403, b'{"errors": ["permission denied"]}'),
    "sent elsewhere": (307, b""),
    "no JSON": (200, b"<html>"),
    "no object": (200, b"[1]"),
    "no data": (200, b"{}"),
    "null": (200, b'{"data": null}'),
    "of another type": (200, b'{"data": {"plaintext": 7, "ciphertext": 7, "latest_version": "1"}}'),
    "no key": (200, b'{"data": {"plaintext": "AAAA", "ciphertext": "vault:v1:AAAA"}}'),
    "not base64": (200, b'{"data": {"plaintext": "\\u00e9", "ciphertext": "vault:v0:AAAA"}}'),
    "another key": (200, b'{"data": {"plaintext": "%s", "ciphertext": "vault:v1:AAAA"}}' % b64encode(b"x" * 32)),
    "endless": (200, b" " * 20_000 + b"{}"),
    "too deep": (200, b"[" * 10_000),
}


@pytest.mark.parametrize("how", WRONG)
async def test_a_wrong_answer_makes_no_key(vault: Vault, service: tuple[Transit, KeyService], how: str) -> None:
    """Nor one that would not come back: the person sealed under it would be lost."""
    service[0].answer = WRONG[how]
    with pytest.raises(KeyServiceError):
        await vault.new_key()
    service[0].answer = None
    assert (await vault.new_key()).kek_id == "referral:v1"


async def test_a_slow_or_absent_service_is_given_up_on(service: tuple[Transit, KeyService], tmp_path: Path) -> None:
    stand_in, known = service
    stand_in.pause = 1
    for address in (known, replace(known, url="http://127.0.0.1:9"), replace(known, token_file=tmp_path / "none")):
        provider = TransitKeyProvider(address)
        with pytest.raises(KeyServiceError):
            await asyncio.wait_for(provider.current(), 5)
        await provider.close()


@pytest.fixture
def served(app: FastAPI, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """The application with its key-encryption keys in the service."""
    ring = app.state.database.keyring
    monkeypatch.setattr(app.state.database, "keyring", replace(ring, vault=vault))


async def test_over_http_its_outage_is_a_503_and_nothing_is_half_done(
    served: None, clients: Clients, raw: Raw, service: tuple[Transit, KeyService]
) -> None:
    story = await a_case(clients)
    path = f"/v1/cases/{story.case}"
    service[0].answer = WRONG["sealed"]
    counts = "select (select count(*) from cases) + (select count(*) from data_keys)"
    before = await raw.all.fetchval(counts)
    for answer in (
        await clients.get("demo-border", path),
        await clients.call("demo-border", "POST", f"{path}/notes", {"text": "Gọi lại."}),
        await clients.call("demo-border", "POST", "/v1/intakes", an_intake()),
    ):
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert "Retry-After" in answer.headers
    assert await raw.all.fetchval(counts) == before
    service[0].answer = None
    shown = await clients.ok("demo-border", "GET", path)
    assert shown["sections"]["identity"]["full_name"] == "Nguyễn Thị Hoa"


@pytest.mark.parametrize(
    "settings",
    [
        {"kms_url": "http://keys.example.org"},
        {"kms_url": "https://keys.example.org/v1"},
        {"kms_url": "https://keys.example.org"},
        {"kms_url": "https://a@keys.example.org", "kms_token_file": "token"},
        {"kms_token_file": "token"},
        {"kms_url": "https://keys.example.org", "kms_token_file": "token", "kms_key": "../sys"},
    ],
)
def test_an_address_without_tls_or_with_tricks_is_no_setting(settings: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"kms_key|KMS"):
        Settings.model_validate(settings)
