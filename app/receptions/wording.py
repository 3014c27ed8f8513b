"""What the headings and values of a list mean: names without accents or case, dates as people write them."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel

from app.reference.codes import code_list
from app.reference.fields import today
from app.vault import fold

_DAY_FIRST = re.compile(r"(?:(\d{1,2})\s*[/.-]\s*)?(\d{1,2})\s*[/.-]\s*(\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4}(?:-\d{2}){0,2})(?:[ T]00:00(?::00)?)?")

PAPERS: Mapping[str, str | None] = {
    "citizen_identity_card": None,
    "old_identity_card": None,
    "passport": None,
    "other": "Giấy tờ tùy thân",
}
"""Columns that hold the number of a paper, and what is said of one whose kind the list does not tell."""


class _Wording(BaseModel, extra="forbid"):
    columns: Mapping[str, list[str]]
    sex: Mapping[str, list[str]]
    nothing: list[str]
    endings: list[str]
    province_prefixes: list[str]
    provinces: Mapping[str, list[str]]


def _key(text: str) -> str:
    """What two spellings have in common: «Ngày, tháng, năm sinh» and «NGAY THANG NAM SINH»."""
    return "".join(filter(str.isalnum, fold(text)))


def _by_key(names: Mapping[str, Iterable[str]]) -> Mapping[str, str]:
    return {_key(name): meaning for meaning, written in names.items() for name in written}


_FILE = Path(__file__).with_name("data") / "manifest.yaml"
_WORDING = _Wording.model_validate(yaml.safe_load(_FILE.read_text("utf-8")))
_COLUMNS, _SEXES = _by_key(_WORDING.columns), _by_key(_WORDING.sex)
_NOTHING = {"", *_WORDING.nothing} | {_key(text) for text in _WORDING.nothing}
_ENDINGS = {_key(text) for text in _WORDING.endings}
_PREFIXES = tuple(sorted((fold(text) + " " for text in _WORDING.province_prefixes), key=len, reverse=True))
_COUNTRIES = _by_key({each.code: (each.code, each.vi, each.en) for each in code_list("country").codes})


@cache
def _provinces(on: date) -> Mapping[str, str]:
    named = {each.code: [each.code, each.vi, each.en] for each in code_list("province").in_force(on)}
    return _by_key({code: [*names, *_WORDING.provinces.get(code, [])] for code, names in named.items()})


def column_of(heading: str) -> str | None:
    """The meaning of a column, or None; words in brackets are left out: «Ngày sinh (ngày/tháng/năm)»."""
    return _COLUMNS.get(_key(heading)) or _COLUMNS.get(_key(re.sub(r"\(.*", "", heading, flags=re.S)))


def is_nothing(text: str) -> bool:
    return text.strip() in _NOTHING or _key(text) in _NOTHING


def ends_the_list(text: str) -> bool:
    """A sum or a signature below the table, and never the beginning of a name."""
    return _key(re.split(r"[:(\d]", text)[0]) in _ENDINGS


def sex_of(text: str) -> str | None:
    return _SEXES.get(_key(text))


def country_of(text: str) -> str | None:
    return _COUNTRIES.get(_key(text))


def province_of(text: str) -> str | None:
    """The province an address ends in, or is; by a name that a merger has ended, the one it became part of."""
    provinces = _provinces(today())
    for part in (text, re.split(r"[,;\n]", text)[-1], text.rpartition(" - ")[2]):
        plain = " ".join(re.findall(r"\w+", fold(part)))
        bare = next((plain.removeprefix(word) for word in _PREFIXES if plain.startswith(word)), plain)
        found = provinces.get(_key(plain)) or provinces.get(_key(bare))
        if found:
            return found
    return None


def date_of(text: str) -> str | None:
    """`1994`, `1994-05` or `1994-05-17` of a date as a list writes it, day before month; any other text as it is."""
    text = text.strip().lstrip("'")
    if found := _YEAR_FIRST.fullmatch(text):
        return found[1]
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year = found.groups()
        return "-".join([year, f"{int(month):02}", *([f"{int(day):02}"] if day else [])])
    return text or None
