"""The gate against joserfc: 3,000 mutants here, 100,000 by `python -m tests.auth.mutants`."""

import pytest

from app.auth import tokens
from tests.auth import mutants


def test_no_mutant_that_joserfc_refuses_passes_the_gate_and_none_crashes_it() -> None:
    tally = mutants.run(range(3000), seed=20261121)
    assert not tally.crashes
    assert not tally.wrong, "the gate accepted what joserfc refuses"
    assert tally.total("accepted") > 100, "the run proves nothing if no mutant is good"
    assert tally.total("stricter") > 100, "the gate is meant to be the stricter of the two"


def test_a_gate_that_forgot_the_signature_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison can fail: otherwise its silence would say nothing."""
    monkeypatch.setattr(tokens, "_check_signature", lambda *_: None)
    assert mutants.run(range(500), seed=1).wrong
