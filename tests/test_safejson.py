"""Strict JSON: every refusal by its rule, nothing echoed, and one form for every spelling of the same record."""

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.problems import RULES, MalformedRequest
from app.safejson import fingerprint, parse

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
REFUSED = [
    (b"", "body_required"),
    (b" ", "not_json"),
    (b"{", "not_json"),
    (b"{} x", "not_json"),
    (b"{}{}", "not_json"),
    (b"{'a':1}", "not_json"),
    (b'["\n"]', "not_json"),
    (b"[01]", "not_json"),
    (b"\xef\xbb\xbf{}", "byte_order_mark"),
    (b'{"a":"\xff"}', "not_utf8"),
    (b'"\xed\xa0\x80"', "not_utf8"),
    ('{"a":1}'.encode("utf-16"), "not_utf8"),
    ('{"a":1}'.encode("utf-16-le"), "nul_character"),
    (b'{"a":1,"a":1}', "duplicate_member"),
    (b'[{"b":{"a":1,"\\u0061":2}}]', "duplicate_member"),
    ('{"á":1,"a\u0301":2}'.encode(), "duplicate_member"),
    (b"[NaN]", "not_a_number"),
    (b"[Infinity]", "not_a_number"),
    (b"[-Infinity]", "not_a_number"),
    (b"[1e400]", "number_out_of_range"),
    (b"[-1e400]", "number_out_of_range"),
    (b"[9007199254740992]", "number_out_of_range"),
    (b"[-9007199254740992]", "number_out_of_range"),
    (b"[" + b"9" * 500_000 + b"]", "number_out_of_range"),
    (b'{"a":"\\ud800"}', "lone_surrogate"),
    (b'{"\\udc00":1}', "lone_surrogate"),
    (b'["\\udc00\\ud800"]', "lone_surrogate"),
    (b'{"a":"\\u0000"}', "nul_character"),
    (b'{"\\u0000":1}', "nul_character"),
    (b'{"a":"\0"}', "nul_character"),
    (('"a' + "\u0301\u0323" * 160_000 + '"').encode(), "too_many_marks"),
    (b'"a' + b"\\u0301\\u0323" * 80_000 + b'"', "too_many_marks"),
    (('"' + "\u0f73" * 300_000 + '"').encode(), "too_many_marks"),
    (b"[" * 33 + b"]" * 33, "too_deep"),
    (b'{"a":' * 33 + b"1" + b"}" * 33, "too_deep"),
    (b'["]]]]",' * 33 + b"1" + b"]" * 33, "too_deep"),
    (b'["\\"]",' * 33 + b"1" + b"]" * 33, "too_deep"),
    (b"[" * 100_000, "too_deep"),
    (b'{"a":[' * 100_000, "too_deep"),
]


@pytest.mark.parametrize(("body", "code"), REFUSED, ids=[f"{code}-{body[:12]!r}" for body, code in REFUSED])
def test_a_body_that_is_not_strict_json_is_refused_by_its_rule(body: bytes, code: str) -> None:
    with pytest.raises(MalformedRequest) as refusal:
        parse(body)
    assert [(e.pointer, e.code, e.params) for e in refusal.value.errors] == [("", code, {})]
    assert code in RULES


@pytest.mark.parametrize("body", [b"[" * 32 + b"]" * 32, b"[" + b"[]," * 5000 + b"[]]", b'["' + b"[{" * 5000 + b'"]'])
def test_width_and_brackets_in_text_are_not_depth(body: bytes) -> None:
    assert parse(body) == json.loads(body)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'"a\\u0301"', "á"),
        ('"\\n\u0301"'.encode(), "\n\u0301"),
        (b'"\\ud83d\\ude00"', "😀"),
        (b'"\\\\u0000"', "\\u0000"),
        (('"a' + "\u0301" * 30 + '"').encode(), "á" + "\u0301" * 29),
        ('{"te\u0302n":["E\u0302"]}'.encode(), {"tên": ["Ê"]}),
        (b"9007199254740991", 2**53 - 1),
        (b"-9007199254740991", 1 - 2**53),
    ],
)
def test_text_is_brought_to_nfc_and_escapes_are_read_first(body: bytes, value: Any) -> None:
    assert parse(body) == value


@given(JSON, st.booleans())
def test_any_json_value_is_read_as_its_nfc_form(value: Any, ascii_only: bool) -> None:
    try:
        read = parse(json.dumps(value, ensure_ascii=ascii_only).encode())
    except MalformedRequest as refusal:
        assert [e.code for e in refusal.errors] == ["duplicate_member"]  # noqa: PT017 - two names with one NFC form
    else:
        assert parse(json.dumps(read, ensure_ascii=False).encode()) == read


@given(st.binary(max_size=60) | st.text('[]{}",:\\u0e1- \n', max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused_and_nothing_else(body: bytes) -> None:
    try:
        fingerprint(parse(body))
    except MalformedRequest as refusal:
        assert len(refusal.errors) == 1  # noqa: PT017


@given(
    st.dictionaries(TEXT.filter(lambda name: unicodedata.is_normalized("NFC", name)), TEXT, max_size=4), st.booleans()
)
def test_spellings_of_one_record_have_one_fingerprint(record: dict[str, str], ascii_only: bool) -> None:
    composed = json.dumps(record, ensure_ascii=False).encode()
    decomposed = {
        unicodedata.normalize("NFD", name): unicodedata.normalize("NFD", text) for name, text in record.items()
    }
    other = json.dumps(decomposed, ensure_ascii=ascii_only, sort_keys=True, indent=1).encode()
    assert fingerprint(parse(composed)) == fingerprint(parse(other))


def test_another_record_has_another_fingerprint() -> None:
    assert fingerprint(parse(b'{"a":1}')) != fingerprint(parse(b'{"a":2}'))
    assert fingerprint(parse(b'{"a":1.0,"b":2}')) == fingerprint(parse(b'{ "b":2e0, "a":1 }'))
    assert len(fingerprint(parse(b"{}"))) == 64
