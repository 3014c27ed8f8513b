"""A person's extract holds every word sealed under their key, in every table, and no word of anybody else."""

import json
import stat
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.cli.vault.extract import HEADINGS
from app.cli.vault.held import APART, OTHERS, SEALED, sealed_columns
from app.db import Base
from app.vault import DataKey, Place, Vault
from tests.conftest import Raw
from tests.factories import a_case, a_held_case
from tests.lived import a_lived_case
from tests.personas import Clients, Story
from tests.vault.conftest import Desk, Operate
from tests.whole_walk import Walk

NOT_WORDS = {
    *("audit_heads.frontier", "audit_heads.root", "audit_leaves.leaf", "audit_entries.leaf"),
    *(
        "case_lookups.digest",
        "data_keys.wrapped",
        "reception_lines.mark",
        "search_handles.digest",
        "contact_requests.found_by",
        "idempotency_keys.scope",
    ),
}
"""Hashes and wrapped keys."""


@dataclass
class Sealed:
    """Everything that was sealed while a test lived: under which key, in which table, and the words in it."""

    values: dict[bytes, tuple[UUID, str, set[str]]] = field(default_factory=dict)

    async def stored(self, raw: Raw) -> "Stored":
        """What of it still lies in the database: a section that was amended holds its newest words only."""
        found = Stored()
        for name in sealed_columns():
            table, _, column = name.partition(".")
            for row in await raw.all.fetch(f"select {column} from {table} where {column} is not null"):  # noqa: S608
                if row[0] in self.values:
                    found.note(*self.values[row[0]])
        return found


@dataclass
class Stored:
    """Words and tables by key."""

    words: dict[UUID, set[str]] = field(default_factory=lambda: defaultdict(set))
    tables: dict[UUID, set[str]] = field(default_factory=lambda: defaultdict(set))

    def note(self, key: UUID, table: str, words: set[str]) -> None:
        self.words[key] |= words
        self.tables[key].add(table)

    def foreign(self, key: UUID) -> set[str]:
        """What was said of others alone; codes and names of tables are no words."""
        said = {word for other, words in self.words.items() if other != key for word in words}
        return {word for word in said - self.words[key] if " " in word}


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inner:
        yield from _leaves(each)


@pytest.fixture
def sealed(monkeypatch: pytest.MonkeyPatch) -> Sealed:
    """Listens while the service seals, and lets it."""
    heard, seal = Sealed(), Vault.seal

    def listening(self: Vault, key: DataKey, place: Place, value: Any) -> bytes:
        sealed = seal(self, key, place, value)
        heard.values[sealed] = (key.id, place.table, set(_leaves(value)))
        return sealed

    monkeypatch.setattr(Vault, "seal", listening)
    return heard


@dataclass
class Extracts:
    """Makes extracts, each into a file of its own."""

    operate: Operate
    desk: Desk
    raw: Raw
    folder: Path

    async def of(self, case: str) -> dict[str, Any]:
        reference = await self.raw.all.fetchval("select reference from cases where id = $1", UUID(case))
        out = self.folder / f"{reference}.json"
        ran = await self.operate(
            "extract", reference, "--out", out, "--readable", out.with_suffix(".md"), *self.desk.options
        )
        assert ran.exit_code == 0, (ran.output, ran.exception)
        made: dict[str, Any] = json.loads(out.read_text("utf-8"))
        return made

    async def key(self, case: str) -> UUID:
        key: UUID = await self.raw.all.fetchval("select key_id from cases where id = $1", UUID(case))
        return key


@pytest.fixture
def extracts(operate: Operate, desks: tuple[Desk, Desk], raw: Raw, tmp_path: Path) -> Extracts:
    return Extracts(operate, desks[0], raw, tmp_path)


async def test_every_word_under_the_persons_key_is_in_it_and_no_other_word_is(
    clients: Clients, extracts: Extracts, sealed: Sealed, raw: Raw
) -> None:
    """Also no word of the child that came along, nor of the brother, whose case is his own."""
    story = await a_lived_case(clients)
    brother = await a_held_case(clients, accompanying_minors=[])
    stored = await sealed.stored(raw)
    for case in (story.case, story.child, brother.case):
        key, made = await extracts.key(case), await extracts.of(case)
        told = set(_leaves(made))
        assert stored.words[key] - told == set()
        assert stored.tables[key] - {part["table"] for part in made["held"]} == set()
        assert stored.foreign(key) & told == set()
    assert len(stored.tables[await extracts.key(story.case)]) > 20


async def test_every_canary_of_a_whole_walk_is_in_the_extract_of_its_person_alone(
    clients: Clients, extracts: Extracts, sealed: Sealed, raw: Raw
) -> None:
    async for _ in Walk(clients).steps():
        pass
    stored = await sealed.stored(raw)
    cases = await raw.all.fetch("select id, key_id from cases")
    assert len(cases) > 5
    for case in cases:
        told = set(_leaves(await extracts.of(str(case["id"]))))
        assert {word for word in stored.words[case["key_id"]] - told if " " in word} == set()
        assert stored.foreign(case["key_id"]) & told == set()


async def test_everybody_who_read_it_is_in_it_by_function_time_and_purpose(
    clients: Clients, extracts: Extracts, raw: Raw
) -> None:
    story = await a_held_case(clients)
    await clients.ok("demo-labour", "GET", f"/v1/cases/{story.case}", Purpose_Of_Use="care_coordination")
    assert (await clients.get("demo-other-police", f"/v1/cases/{story.case}")).status_code == 404
    made = await extracts.of(story.case)
    (read,) = [row for row in made["read_by"]["rows"] if row["what"] == "case.read"]
    assert (read["function"], read["purpose"]) == ("labour", "care_coordination")
    assert "identity" in read["sections"]
    assert "officer" not in json.dumps(made)
    assert "demo-" not in json.dumps([made["held"], made["read_by"], made["history"]])
    again = (await clients.ok("demo-labour", "GET", f"/v1/cases/{story.case}/timeline"))["items"]
    assert [item["event"] for item in again][-1] == "extract.made"
    entry = await raw.all.fetchrow("select * from audit_entries where event = 'extract.made'")
    assert entry is not None
    assert (entry["client_id"], entry["officer"]) == ("operator-one", "officer.operator-one")


async def test_it_is_for_its_maker_alone_and_overwrites_nothing(
    clients: Clients, extracts: Extracts, operate: Operate, desks: tuple[Desk, Desk], raw: Raw
) -> None:
    story = await a_case(clients)
    made = await extracts.of(story.case)
    files = sorted(extracts.folder.iterdir())
    assert [path.suffix for path in files] == [".json", ".md"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    text = files[1].read_text("utf-8")
    assert "# Dữ liệu về một người và những ai đã đọc · Data held of one person" in text
    assert "Nguyễn Thị Hoa" in text
    assert "Vương Tiểu Mai" not in text
    ran = await operate("extract", made["case"], "--out", files[0], *desks[0].options)
    assert ran.exit_code == 2
    assert await raw.all.fetchval("select count(*) from audit_entries where event = 'extract.made'") == 1
    forged = Desk("operator-two", desks[0].key, "x")
    refused = await operate("extract", made["case"], "--out", extracts.folder / "new.json", *forged.options)
    assert refused.exit_code == 2
    assert not (extracts.folder / "new.json").exists()


async def test_of_somebody_erased_there_is_none(
    clients: Clients, extracts: Extracts, raw: Raw, operate: Operate, desks: tuple[Desk, Desk]
) -> None:
    story: Story = await a_case(clients)
    reference = await raw.all.fetchval("select reference from cases where id = $1", UUID(story.case))
    await raw.all.execute("set session_replication_role = replica")
    await raw.all.execute("update data_keys set wrapped = null, destroyed_at = now()")
    await raw.all.execute("reset session_replication_role")
    ran = await operate("extract", reference, "--out", extracts.folder / "none.json", *desks[0].options)
    assert (ran.exit_code, "erased" in ran.stderr) == (2, True)


def test_every_binary_column_is_decided() -> None:
    """A new sealed column belongs into the extract, or among those that are never one person's."""
    decided = {*SEALED, *OTHERS, *NOT_WORDS}
    assert sealed_columns() == decided


def test_every_table_that_names_a_case_or_a_key_has_a_heading() -> None:
    named = {
        table.name
        for table in Base.metadata.sorted_tables
        if {"case_id", "key_id"} & set(table.columns.keys()) and table.name not in APART
    }
    assert named - {"intake_reporters", "receptions", "returns"} - set(HEADINGS) == set()
