"""One spelling for equal values: RFC 8785, by the standard library's encoder where that spells alike.

It does for all that records hold: text, whole numbers, truth values and nothing, under names of ASCII. The library that
spells the rest, numbers with a fraction above all, takes ten times as long.
"""

import json
from typing import Any

import rfc8785

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
_LARGEST = 2**53 - 1


def canonical(value: Any) -> bytes:
    """The RFC 8785 form of a JSON value, in UTF-8."""
    return _ENCODER.encode(value).encode() if _is_plain(value) else rfc8785.dumps(value)


def _is_plain(value: Any) -> bool:
    kind = type(value)
    if isinstance(value, str) or value is None or kind is bool:
        return True
    if kind is dict:
        # RFC 8785 §3.2.3 sorts names by UTF-16 units, Python by code points: alike within ASCII.
        return all(isinstance(name, str) and name.isascii() and _is_plain(each) for name, each in value.items())
    if kind is list:
        return all(map(_is_plain, value))
    return kind is int and -_LARGEST <= value <= _LARGEST
