"""The list of planted bugs stays true: each can be planted, names tests that exist, and one of each kind is caught.

`python -m tests.planted` plants them all, which takes some minutes.
"""

import ast
from pathlib import Path

import pytest

from campaigns.checks import CHECKS
from tests.planted import FAMILIES, ROOT, bugs, copied, is_caught, judged, plant, plantable

LISTED = {
    "isolation": {
        "RLS not forced",
        "session-level SET",
        "WITH CHECK missing",
        "view without security_invoker",
        "global unique on a document index",
        "a party row written by its beneficiary",
        "one masking rule removed",
        "403 for 404",
        "NGO model built by exclusion",
        "default 422 body",
        "timeline unfiltered",
    },
    "token": {
        "aud not required",
        "algorithms unpinned with a DER key",
        "kid ignored",
        "scope matched by prefix",
        "registry not consulted",
        "DPoP htu from Host",
        "jti cache per process",
    },
    "vault": {"additional data missing"},
    "audit": {"audit after the reply", "chain without signed head"},
    "feed": {"cursor by sequence"},
    "sending": {"redirect followed", "address checked, then resolved again"},
    "loss": {
        "acknowledge before commit",
        "synchronous_commit off",
        "idempotency in memory",
        "key in a transaction of its own",
        "unique constraint missing",
        "event after commit",
        "cursor by sequence",
        "5xx stored as final",
        "status without lock",
        "drain that drops",
    },
}
"""Typed from security.md, "Figures to reach"."""
TRIED = {
    "isolation": "row security enabled but not forced",
    "token": "kid ignored",
    "vault": "additional data missing",
    "audit": "chain without signed head",
    "feed": "an expired cursor passed over in silence",
    "edge": "two Authorization headers, the first believed",
    "batches": "a gzip bomb is unpacked whole",
}
"""Of each family one that is caught fast; nothing is sent before order 4, and a loss needs a campaign."""


def test_every_bug_that_the_design_lists_is_planted_or_waits_for_its_order() -> None:
    found = {family: {bug.listed for bug in bugs() if bug.family == family} - {None} for family in LISTED}
    assert found == LISTED
    assert {bug.family for bug in bugs()} == set(FAMILIES)
    assert {bug.order for bug in bugs()} == {None}
    names = [bug.name for bug in bugs()]
    assert len(names) == len(set(names))


def test_every_bug_can_still_be_planted() -> None:
    for bug in plantable():
        assert bug.edits
        for edit in bug.edits:
            assert (ROOT / edit.file).read_text("utf-8").count(edit.find) == 1, (bug.name, edit.find)
            assert edit.find != edit.replace


def test_every_test_that_catches_a_bug_exists() -> None:
    for bug in plantable():
        assert bug.caught_by, bug.name
        if bug.campaign is not None:
            assert set(bug.caught_by) <= CHECKS.keys(), bug.name
            continue
        for node in bug.caught_by:
            file, _, name = node.partition("::")
            assert name.split("[")[0] in _tests_of(ROOT / file), node


def _tests_of(file: Path) -> set[str]:
    defined = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.parse(file.read_text("utf-8")).body if isinstance(node, defined)}


def test_one_bug_of_each_family_is_caught() -> None:
    """In one copy and one run, since they stand in different files: for each, its own tests fail."""
    tried = [bug for bug in plantable() if TRIED.get(bug.family) == bug.name]
    assert {bug.family for bug in tried} == set(TRIED)
    with copied() as tree:
        for bug in tried:
            plant(bug, tree)
        verdict = judged([node for bug in tried for node in bug.caught_by], tree)
    assert [bug.name for bug in tried if not is_caught(bug, verdict)] == []


def test_a_bug_that_is_not_where_it_is_said_to_be_is_not_planted(tmp_path: Path) -> None:
    bug = next(plantable())
    for content in ("", bug.edits[0].find * 2):
        (tmp_path / bug.edits[0].file).parent.mkdir(exist_ok=True)
        (tmp_path / bug.edits[0].file).write_text(content, "utf-8")
        with pytest.raises(ValueError, match="times in"):
            plant(bug, tmp_path)
