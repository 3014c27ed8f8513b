"""Which bytes are a JSON body here: UTF-8, I-JSON (RFC 7493) strictness, at most 32 levels, 50,000 values, text in NFC.

What Python's reader lets pass (duplicate members, NaN, lone surrogates, infinite numbers) is refused before a model
sees it, so that equal records have equal bytes and nothing half-readable reaches the database. A refusal names a rule.
"""

import codecs
import json
import math
import re
import unicodedata
from hashlib import sha256
from itertools import accumulate
from typing import Any

from app.canonical import canonical
from app.problems import FieldError, MalformedRequest

LIMIT = 1_000_000
"""Largest body in bytes; the edge counts it while the body arrives."""

DEPTH = 32
WIDTH = 50_000
"""Most members and items of a whole body: more than any list here holds, and few enough to be judged at once."""

MEMBERS = 200
"""Most members of one object: several times what any has here, and few enough to be named one by one."""

_LARGEST = 2**53 - 1  # RFC 7493 §2.2: the integers every JSON reader agrees on
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
_MARKS = 30  # on one letter: UAX #15 §13, enough for any script
_UNUSUAL = re.compile(f"[^\0-\u02ff\u1e00-\u1eff]{{{_MARKS + 1},}}")  # no marks among the Latin letters left out
_NOT_TEXT = re.compile("[\0\ud800-\udfff]")


def parse(body: bytes) -> Any:
    """The value of a body, every string and member name in NFC; `MalformedRequest` names the first rule broken."""
    text = _decode(body)
    if _too_deep(body):
        raise _refusal("too_deep")
    if _too_wide(body):
        raise _refusal("too_wide")
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError:
        raise _refusal("not_json") from None
    # Without an escape the text shows all there is to see, and most bodies need no second look.
    return value if "\\" not in text and _is_nfc(text) else _clean(value)


def fingerprint(value: Any) -> str:
    """SHA-256 (hex) of the RFC 8785 form of a parsed value: alike for every spelling of the same record."""
    return sha256(canonical(value)).hexdigest()


def _refusal(code: str) -> MalformedRequest:
    return MalformedRequest(FieldError("", code))


def _decode(body: bytes) -> str:
    if not body:
        raise _refusal("body_required")
    if body.startswith(codecs.BOM_UTF8):
        raise _refusal("byte_order_mark")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise _refusal("not_utf8") from None
    if "\0" in text:
        raise _refusal("nul_character")
    return text


def _too_deep(body: bytes) -> bool:
    """Decided on the bytes, since the reader itself recurses; exact up to a syntax error, where it stops too."""
    if body.count(b"[") + body.count(b"{") <= DEPTH:
        return False
    steps = _STRING.sub(b"", body).translate(_STEPS, _NOT_BRACKETS)
    return DEPTH + 1 in accumulate(memoryview(steps).cast("b"))


def _too_wide(body: bytes) -> bool:
    """Decided on the commas that are not within a string, before a value of each is made."""
    return body.count(b",") >= WIDTH and _STRING.sub(b"", body).count(b",") >= WIDTH


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MEMBERS:
        raise _refusal("too_wide")
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _refusal("duplicate_member")
    return members


def _integer(literal: str) -> int:
    if len(literal) > len(str(-_LARGEST)) or abs(number := int(literal)) > _LARGEST:
        raise _refusal("number_out_of_range")
    return number


def _float(literal: str) -> float:
    number = float(literal)
    if math.isinf(number):
        raise _refusal("number_out_of_range")
    return number


def _constant(_literal: str) -> None:
    raise _refusal("not_a_number")


def _clean(value: Any) -> Any:
    match value:
        case str():
            return _clean_text(value)
        case list():
            return [_clean(item) for item in value]
        case dict():
            return _members([(_clean_text(name), _clean(item)) for name, item in value.items()])
    return value


def _is_nfc(text: str) -> bool:
    if text.isascii():
        return True
    # Normalising sorts a letter's marks in quadratic time: a megabyte of them would hold a processor for minutes.
    if any("1" * (_MARKS + 1) in "".join(map(_mark, run[0])) for run in _UNUSUAL.finditer(text)):
        raise _refusal("too_many_marks")
    return unicodedata.is_normalized("NFC", text)


def _mark(sign: str) -> str:
    """«1» for a combining mark, also one in disguise (U+0F73 has no combining class, its decomposition has)."""
    return "1" if unicodedata.combining(unicodedata.normalize("NFD", sign)[0]) else "0"


def _clean_text(text: str) -> str:
    if found := _NOT_TEXT.search(text):
        raise _refusal("nul_character" if found[0] == "\0" else "lone_surrogate")
    return text if _is_nfc(text) else unicodedata.normalize("NFC", text)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_members, parse_int=_integer, parse_float=_float, parse_constant=_constant
)
