"""Keyset pages: cursors hold for one caller and one list, and walking both ways shows every row once."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, DateTime, Integer, MetaData, String, Table, Uuid, create_engine, insert, select
from sqlalchemy.dialects import postgresql

from app.pages import Cursor, Direction, Page, binding, keyset, link_header, window
from app.problems import InvalidCursor

SECRET = b"s" * 32
ORGANISATION = UUID(int=1)
HERE = binding("client", ORGANISATION, "/v1/cases", {"status": "open"})
CASES = Table("cases", MetaData(), Column("received_at", DateTime(timezone=True)), Column("id", Uuid))
ITEMS = Table("items", MetaData(), Column("rank", Integer), Column("name", String))


@given(st.sampled_from(["next", "prev"]), st.lists(st.text(st.characters(codec="utf-8"), max_size=20), max_size=3))
def test_a_cursor_comes_back_as_it_was_issued(direction: Direction, key: list[str]) -> None:
    cursor = Cursor(direction, tuple(key))
    assert Cursor.decode(SECRET, HERE, cursor.encode(SECRET, HERE)) == cursor


@given(st.data())
def test_a_cursor_with_any_byte_changed_is_refused(data: st.DataObject) -> None:
    text = Cursor("next", ("2026-01-01", "b")).encode(SECRET, HERE)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(exclude_characters=text[place]))
    with pytest.raises(InvalidCursor):
        Cursor.decode(SECRET, HERE, text[:place] + other + text[place + 1 :])


@given(st.text(max_size=60))
def test_a_cursor_that_was_never_issued_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursor):
        Cursor.decode(SECRET, HERE, text)


@pytest.mark.parametrize(
    "other",
    [
        binding("another", ORGANISATION, "/v1/cases", {"status": "open"}),
        binding("client", UUID(int=2), "/v1/cases", {"status": "open"}),
        binding("client", ORGANISATION, "/v1/referrals", {"status": "open"}),
        binding("client", ORGANISATION, "/v1/cases", {"status": "closed"}),
        binding("client", ORGANISATION, "/v1/cases", {}),
    ],
)
def test_a_cursor_is_refused_to_another_caller_list_or_filter(other: str) -> None:
    with pytest.raises(InvalidCursor):
        Cursor.decode(SECRET, other, Cursor("next", ("a",)).encode(SECRET, HERE))


def test_a_cursor_is_refused_under_another_secret_or_with_padding_or_a_megabyte_long() -> None:
    text = Cursor("next", ("a",)).encode(SECRET, HERE)
    for secret, sent in ((b"t" * 32, text), (SECRET, text + "="), (SECRET, text + "\n"), (SECRET, "A" * 1_000_000)):
        with pytest.raises(InvalidCursor):
            Cursor.decode(secret, HERE, sent)


def test_the_order_of_filters_does_not_matter() -> None:
    one = binding("c", ORGANISATION, "/v1/cases", {"a": 1, "b": [2]})
    assert one == binding("c", ORGANISATION, "/v1/cases", {"b": [2], "a": 1})


def test_the_predicate_is_one_typed_row_comparison() -> None:
    cursor = Cursor.at("next", (datetime(2026, 1, 2, 3, 4, 5, 6, UTC), UUID(int=7)))
    stmt = keyset(select(CASES), [CASES.c.received_at, CASES.c.id], cursor, 50, descending=True)
    compiled = stmt.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]
    sql = " ".join(str(compiled).split())
    assert "WHERE (cases.received_at, cases.id) < (" in sql
    assert "ORDER BY cases.received_at DESC, cases.id DESC LIMIT" in sql
    assert {datetime(2026, 1, 2, 3, 4, 5, 6, UTC), UUID(int=7), 51} <= set(compiled.params.values())


@pytest.mark.parametrize("key", [("2026-01-01",), ("yesterday", str(UUID(int=7))), ("2026-01-01", "7", "8")])
def test_a_cursor_that_does_not_fit_the_columns_is_refused(key: tuple[str, ...]) -> None:
    with pytest.raises(InvalidCursor):
        keyset(select(CASES), [CASES.c.received_at, CASES.c.id], Cursor("next", key), 50, descending=True)


@pytest.mark.parametrize("descending", [True, False])
@given(rows=st.sets(st.tuples(st.integers(0, 3), st.sampled_from("abcdef")), max_size=12), limit=st.integers(1, 5))
def test_walking_forth_and_back_shows_every_row_once_in_order(
    descending: bool, rows: set[tuple[int, str]], limit: int
) -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        ITEMS.create(connection)
        if rows:
            connection.execute(insert(ITEMS), [{"rank": rank, "name": name} for rank, name in rows])

        def read(cursor: Cursor | None) -> tuple[list[tuple[int, str]], bool, bool]:
            stmt = keyset(select(ITEMS.c.rank, ITEMS.c.name), list(ITEMS.c), cursor, limit, descending=descending)
            found: Sequence[tuple[int, str]] = [(row.rank, row.name) for row in connection.execute(stmt)]
            return window(found, limit, cursor.direction if cursor else None)

        page, more, before = read(None)
        pages, seen = [page], list(page)
        assert not before
        while more:
            page, more, before = read(Cursor.at("next", page[-1]))
            pages.append(page)
            seen += page
            assert before
        assert seen == sorted(rows, reverse=descending)
        for earlier in pages[-2::-1]:
            page, more, before = read(Cursor.at("prev", page[0]))
            assert page == earlier
            assert more
        assert not before
    engine.dispose()


def test_links_keep_the_filters_and_leave_out_what_does_not_exist() -> None:
    assert link_header("/v1/cases", None, None) is None
    assert link_header("/v1/cases", "n", None) == '</v1/cases?cursor=n>; rel="next"'
    both = '</v1/cases?limit=2&cursor=n>; rel="next", </v1/cases?limit=2&cursor=p>; rel="prev"'
    assert link_header("/v1/cases?limit=2", "n", "p") == both


def test_a_page_tells_its_total_only_when_asked() -> None:
    assert Page[int](items=[1]).model_dump() == {"items": [1], "next": None, "prev": None}
    assert Page[int](items=[], total=0).model_dump() == {"items": [], "next": None, "prev": None, "total": 0}
