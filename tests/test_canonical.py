"""The quick spelling is RFC 8785's, byte for byte, whatever the value; what is not quick goes to the library."""

from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from app.canonical import canonical

_TEXT = st.text(st.characters(codec="utf-8"))
_NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | _NUMBERS | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abAB") | _TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(_VALUES)
def test_every_value_is_spelled_as_the_library_spells_it(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize(
    "value",
    [
        {"b": 1, "a": [{"d": None, "c": True}]},
        {"\U0001f600": 1, "\ufb33": 2},  # sorted by UTF-16 units, not by code points
        {"b": 1, "a": {"ä": [1.0, 1e21, -0.0]}},
        '\x00\x1f\x7f\u2028"\\/\b\f\n\r\t',
    ],
)
def test_what_spellings_differ_in(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


def test_what_json_cannot_say_is_refused_still() -> None:
    for value in (2**53, float("nan"), {1: 2}):
        with pytest.raises(rfc8785.CanonicalizationError):
            canonical(value)
