"""Identities at rest: what is sealed opens only whole, in its place, under its key; indexes find and tell nothing."""

import asyncio
import json
import stat
import sys
import unicodedata
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.key_files import DestroyedKeys, FileKeyProvider
from app.keyring import Keyring
from app.sealing import KekGoneError, KeyDestroyedError, VaultError
from app.vault import BlindIndexes, DataKey, Place, Vault, fold

PLACE = Place("identities", "sealed", UUID(int=1))
TEXT = st.text(st.characters(codec="utf-8"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("vault") / "keys"


@pytest.fixture(scope="module")
def vault(folder: Path) -> Vault:
    return opened(folder)


@pytest.fixture(scope="module")
def key(vault: Vault) -> DataKey:
    return fresh(vault)


def opened(folder: Path) -> Vault:
    return Vault(FileKeyProvider.create(folder), DestroyedKeys(folder))


def fresh(vault: Vault) -> DataKey:
    return asyncio.run(vault.new_key())


def unwrapped(vault: Vault, key: DataKey) -> DataKey:
    return asyncio.run(vault.unwrap(key.id, key.wrapped, key.kek_id))


@pytest.fixture(scope="module")
def indexes(folder: Path) -> BlindIndexes:
    return BlindIndexes.create(folder)


@given(value=JSON)
def test_what_is_sealed_opens_to_the_same(vault: Vault, key: DataKey, value: Any) -> None:
    sealed = vault.seal(key, PLACE, value)
    assert vault.open(key, PLACE, sealed) == value
    assert (len(sealed) - 29) % 64 == 0
    assert vault.seal(key, PLACE, value) != sealed


@given(data=st.data())
def test_any_changed_or_missing_byte_is_refused(vault: Vault, key: DataKey, data: st.DataObject) -> None:
    sealed = vault.seal(key, PLACE, {"full_name": "Đặng Thị Ánh"})
    place = data.draw(st.integers(0, len(sealed) - 1))
    flipped = bytes([sealed[place] ^ data.draw(st.integers(1, 255))])
    for altered in (
        sealed[:place] + flipped + sealed[place + 1 :],
        sealed[:place],
        sealed[:place] + sealed[place + 1 :],
    ):
        with pytest.raises(VaultError):
            vault.open(key, PLACE, altered)


@pytest.mark.parametrize(
    "other",
    [
        Place("identities", "sealed", UUID(int=2)),
        Place("identities", "seale", f"d{UUID(int=1)}"),
        Place("identities", "narrative", UUID(int=1)),
        Place("statements", "sealed", UUID(int=1)),
    ],
)
def test_a_value_moved_to_another_place_is_refused(vault: Vault, key: DataKey, other: Place) -> None:
    with pytest.raises(VaultError):
        vault.open(key, other, vault.seal(key, PLACE, "x"))


def test_a_value_under_another_key_or_the_same_secret_with_another_id_is_refused(vault: Vault, key: DataKey) -> None:
    sealed = vault.seal(key, PLACE, "x")
    for other in (fresh(vault), DataKey(uuid4(), key.wrapped, key.kek_id, key.secret)):
        with pytest.raises(VaultError):
            vault.open(other, PLACE, sealed)


def test_a_stored_key_unwraps_after_a_restart_and_never_shows_itself(folder: Path, vault: Vault, key: DataKey) -> None:
    again = unwrapped(opened(folder), key)
    assert again == key
    assert vault.open(again, PLACE, vault.seal(key, PLACE, 1)) == 1
    assert repr(key.secret) not in repr(key)
    assert "secret" not in repr(key)
    assert key.secret not in key.wrapped


def test_a_wrapped_key_is_refused_when_altered_swapped_or_without_its_kek(vault: Vault, key: DataKey) -> None:
    other = fresh(vault)
    altered = key.wrapped[:-1] + bytes([key.wrapped[-1] ^ 1])
    for key_id, wrapped, kek in (
        (other.id, key.wrapped, key.kek_id),
        (key.id, other.wrapped, key.kek_id),
        (key.id, altered, key.kek_id),
        (key.id, key.wrapped, "gone"),
        (key.id, b"", key.kek_id),
    ):
        with pytest.raises(VaultError):
            asyncio.run(vault.unwrap(key_id, wrapped, kek))


def test_another_processs_rotation_is_noticed_and_the_older_kek_unwraps_until_it_is_retired(tmp_path: Path) -> None:
    running, elsewhere = opened(tmp_path), FileKeyProvider(tmp_path)
    old = fresh(running)
    second = asyncio.run(elsewhere.renew())
    assert unwrapped(running, old).secret == old.secret
    new = fresh(running)
    assert new.kek_id == second != old.kek_id
    asyncio.run(elsewhere.retire(second))
    assert unwrapped(running, new).secret == new.secret
    with pytest.raises(KekGoneError):
        unwrapped(running, old)
    assert old.kek_id not in (tmp_path / "kek.json").read_text("utf-8")


def test_a_key_another_process_destroyed_opens_no_more_though_its_wrapping_is_there(tmp_path: Path) -> None:
    running, elsewhere = opened(tmp_path), DestroyedKeys(tmp_path)
    gone, kept = fresh(running), fresh(running)
    assert unwrapped(running, gone) == gone
    for _ in range(2):
        elsewhere.add({"key_id": str(gone.id), "reason": "persons_request"})
    with pytest.raises(KeyDestroyedError):
        unwrapped(running, gone)
    with pytest.raises(KeyDestroyedError):
        asyncio.run(running.unwrap(kept.id, None, kept.kek_id))
    assert unwrapped(running, kept) == kept
    assert [line["key_id"] for line in elsewhere] == [str(gone.id)]


def test_a_line_that_a_crash_cut_short_spoils_no_other(tmp_path: Path) -> None:
    destroyed, first, second = DestroyedKeys(tmp_path), uuid4(), uuid4()
    destroyed.add({"key_id": str(first)})
    with (tmp_path / "destroyed.jsonl").open("a") as file:
        file.write('\n{"key_id": "0000')
    destroyed.add({"key_id": str(second)})
    assert [line["key_id"] for line in DestroyedKeys(tmp_path)] == [str(first), str(second)]
    assert first in destroyed
    assert second in destroyed


def test_key_files_are_private_and_never_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "keys"
    key = fresh(opened(folder))
    index = BlindIndexes.create(folder).document("1")
    assert unwrapped(opened(folder), key) == key
    DestroyedKeys(folder).add({"key_id": str(key.id)})
    asyncio.run(FileKeyProvider(folder).renew())
    assert BlindIndexes.create(folder).document("1") == index
    assert sorted(path.name for path in folder.iterdir()) == ["destroyed.jsonl", "indexes.json", "kek.json"]
    if sys.platform != "win32":
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


@pytest.mark.parametrize(
    "name", ["Đặng Thị Ánh", "đặng  thị ánh ", "DANG THI ANH", unicodedata.normalize("NFD", "Đặng Thị Ánh")]
)
def test_variants_of_a_name_fold_alike(indexes: BlindIndexes, name: str) -> None:
    assert fold(name) == "dang thi anh"
    assert indexes.name_year(name, 2001) == indexes.name_year("Dang Thi Anh", 2001)


@given(TEXT)
def test_folding_ignores_the_normal_form_and_settles_at_once(name: str) -> None:
    assert fold(unicodedata.normalize("NFC", name)) == fold(unicodedata.normalize("NFD", name))
    assert fold(fold(name)) == fold(name)


def test_a_name_is_indexed_with_its_year_or_not_at_all(indexes: BlindIndexes) -> None:
    for name, year in (("Ánh", None), (None, 2001), ("", 2001), (" \u0301", 2001), (None, None)):
        assert indexes.name_year(name, year) is None
        assert indexes.name_set_year(name, year) is None
    assert indexes.name_year("Ánh", 2001) != indexes.name_year("Ánh", 2002)
    assert indexes.name_year("Ánh 2", 1) != indexes.name_year("Ánh", 21)


def test_the_order_of_names_matters_to_one_index_only(indexes: BlindIndexes) -> None:
    assert indexes.name_year("Đặng Ánh", 2001) != indexes.name_year("Ánh Đặng", 2001)
    assert indexes.name_set_year("Đặng Ánh", 2001) == indexes.name_set_year("Ánh Đặng", 2001)
    assert indexes.name_set_year("Ánh Đặng", 2001) != indexes.name_year("Ánh Đặng", 2001)


def test_a_document_number_is_its_letters_and_digits(indexes: BlindIndexes) -> None:
    one = indexes.document("B1234567")
    assert one is not None
    assert len(one) == 32
    assert {indexes.document(n) for n in ("b 123 4567", "B-123.45-67", "Ｂ１２３４５６７")} == {one}
    assert indexes.document("B1234568") != one
    assert indexes.document(None) is indexes.document(" .-") is None


def test_a_whole_date_of_birth_is_an_index_of_its_own(indexes: BlindIndexes) -> None:
    one = indexes.name_date("Đặng Ánh", "2001-03-08")
    assert one == indexes.name_date("dang  ANH", "2001-03-08")
    assert one not in {indexes.name_date("Đặng Ánh", "2001-03-09"), indexes.name_year("Đặng Ánh", 2001), None}
    for name, day in (("Đặng Ánh", "2001-03"), ("Đặng Ánh", "2001"), ("Đặng Ánh", None), (None, "2001-03-08")):
        assert indexes.name_date(name, day) is None


def test_a_folder_of_an_older_version_gets_the_new_key_and_keeps_its_own(tmp_path: Path) -> None:
    before = BlindIndexes.create(tmp_path)
    kept = json.loads((tmp_path / "indexes.json").read_text("utf-8"))
    del kept["name_date"]
    (tmp_path / "indexes.json").write_text(json.dumps(kept), "utf-8")
    Keyring.complete(tmp_path)
    filled = json.loads((tmp_path / "indexes.json").read_text("utf-8"))
    assert filled.keys() - kept.keys() == {"name_date"}
    after = BlindIndexes(tmp_path)
    assert after.document("B1") == before.document("B1")
    assert after.name_date("A", "2001-03-08") not in {None, before.name_date("A", "2001-03-08")}
    Keyring.complete(tmp_path)
    assert json.loads((tmp_path / "indexes.json").read_text("utf-8")) == filled
    assert stat.S_IMODE((tmp_path / "indexes.json").stat().st_mode) == 0o600


def test_nothing_is_made_where_a_file_is_missing(tmp_path: Path) -> None:
    Keyring.complete(tmp_path)
    assert list(tmp_path.iterdir()) == []
