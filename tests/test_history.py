"""Six clients walk the public API at random, with real commits, against a model of the policy typed from the contract.

The walks are the same at every run of the check; `python -m tests.history --runs … --seed …` makes others.
"""

from collections.abc import Iterator

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.history.__main__ import how
from tests.history.policy import CLIENTS, Case, Referral, reads, sees, view
from tests.history.steps import MOVES
from tests.history.walk import Walk
from tests.history.world import World, world

RUNS, STEPS = 200, 50


@pytest.fixture(scope="module")
def made() -> Iterator[World]:
    with world() as started:
        yield started


def test_no_walk_of_six_clients_leaves_the_policy(made: World) -> None:
    class Checked(Walk):
        world = made

    checked = settings(how(RUNS, STEPS, shorten=False), derandomize=True)
    run_state_machine_as_test(Checked, settings=checked)
    print(f"{made.runs} walks, {made.steps} moves, {made.requests} requests")
    tried = {suffix for moves in MOVES.values() for suffix, _ in moves.values()}
    granted = {asked.rpartition("/")[2] for asked in made.granted}
    assert len(tried - granted) <= 1, "all moves but one at most were granted, or the walks show little"
    assert len(made.refused) > len(tried)


def test_the_model_gives_nothing_without_custody_or_a_live_grant() -> None:
    """Of the model itself: what it must not get wrong for the comparison to mean anything."""
    case = Case("c", "demo-labour", "i")
    assert [who for who in CLIENTS if sees(case, who)] == ["demo-labour"]
    sent = Referral("r", case, "demo-labour", "demo-ngo", "psychological", frozenset({"needs"}), None)
    case.referrals.append(sent)
    for status in ("sent", "acknowledged", "info_requested", "refused", "completed", "withdrawn"):
        sent.status = status
        assert view(case, "demo-ngo") is None
    sent.status = "accepted"
    assert reads(case, "demo-ngo") == {"needs", "handling"}
