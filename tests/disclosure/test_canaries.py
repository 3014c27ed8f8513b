"""No output path leaks: canaries in every text, every path by everybody, at many moments of the cases' lives."""

import re
from pathlib import Path

from tests.disclosure.marks import MARK
from tests.disclosure.watched import Watched
from tests.test_journal import everything


async def test_every_text_lies_where_it_belongs_and_nowhere_else(watched: Watched) -> None:
    assert watched.misfiled == []
    assert len(watched.finder.planted) > 350


async def test_at_every_moment_everybody_is_shown_what_is_published_no_more_and_no_less(watched: Watched) -> None:
    await watched.look_at_all("at the end")
    findings = watched.sweep.findings
    print(f"\n{findings.told()}")
    assert findings.looser == []
    assert findings.stricter == []
    assert sum(findings.cells.values()) > 5000
    assert len(findings.standings) > 100


async def test_no_table_holds_a_canary_in_clear_or_as_a_digest(watched: Watched) -> None:
    stored = await everything(watched.connection)
    assert watched.finder.found(stored) == set()
    assert "forced_marriage" in stored  # what is in clear by design is found, so a canary would be


async def test_no_file_of_the_data_folder_holds_a_canary(watched: Watched, data: Path) -> None:
    """The cluster's own files: tables, indexes, write-ahead log, server log."""
    await watched.connection.execute("checkpoint")
    seen, found = 0, []
    for path in (each for each in data.rglob("*") if each.is_file()):
        content = path.read_bytes()
        seen += len(content)
        found += [(path.name, mark) for mark in re.findall(MARK.pattern.encode(), content)]
    assert seen > 10_000_000
    assert {name for name, mark in found if mark.decode() in watched.finder.planted} == set()


async def test_no_log_line_holds_a_canary(watched: Watched) -> None:
    assert "HTTP Request: GET" in watched.logged.getvalue()  # what is logged is caught, so a canary would be
    assert watched.finder.found(watched.logged.getvalue()) == set()
