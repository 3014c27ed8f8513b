"""HTCDS 2.0 as this service understands it: fields, lists, and the code each value becomes (mapping.yaml)."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

import pycountry
import yaml
from pydantic import BaseModel

from app.reference.codes import code_list
from app.vault import fold

T = TypeVar("T")
Target = Literal[
    "name",
    "consent",
    "birth_date",
    "sex",
    "nationalities",
    "occupation",
    "email",
    "phones",
    "address",
    "means",
    "exploitation",
    "statement",
    "text",
]


class Field(BaseModel, extra="forbid"):
    """A column: its name in the standard, its published label and other published names, and what it becomes."""

    name: str
    label: str
    also: list[str] = []
    to: Target


class Value(BaseModel, extra="forbid"):
    """A value of a list. `in_words`: the code says less, so the words stay too; `unless`: that field says more."""

    htcds: str
    label: str
    code: str
    certainty: Literal["sourced", "uncertain", "design"]
    in_words: bool = False
    unless: str | None = None


class ValueList(BaseModel, extra="forbid"):
    """`unlisted` is the code of a value outside the list; without one such a value cannot be taken over."""

    code_list: str
    unlisted: str | None = None
    values: list[Value]


class Template(BaseModel, extra="forbid"):
    names: list[str | None]
    labels: list[str]


class Standard(BaseModel, extra="forbid"):
    """All of mapping.yaml."""

    fields: list[Field]
    lists: Mapping[str, ValueList]
    family_name_first: frozenset[str]
    template: Template


STANDARD = Standard.model_validate(yaml.safe_load(Path(__file__).with_name("mapping.yaml").read_text("utf-8")))
FIELDS: Mapping[str, Field] = {field.name: field for field in STANDARD.fields}


def key(text: str) -> str:
    """What two spellings of a name or value have in common: `Forced labour`, `ForcedLabour` and ` forced-labour `."""
    return "".join(filter(str.isalnum, fold(text)))


BY_NAME: Mapping[str, str] = {key(name): field.name for field in STANDARD.fields for name in (field.name, *field.also)}
BY_LABEL: Mapping[str, str] = {key(field.label): field.name for field in STANDARD.fields}


class Choice(NamedTuple):
    """One value as somebody wrote it, and what the list makes of it, if anything."""

    written: str
    value: Value | None


def choices(field: str, text: str) -> list[Choice]:
    """The values of a multiple-choice cell: separated as spreadsheets do (`;` `,` lines) or as surveys do (spaces)."""
    values, unlisted = _values(field), STANDARD.lists[field].unlisted
    other = Value(htcds="", label="", code=unlisted, certainty="design", in_words=True) if unlisted else None
    pieces = _pieces(text, lambda piece: values.get(key(piece)))
    return [Choice(piece, value or other) for piece, value in pieces]


@cache
def _values(field: str) -> Mapping[str, Value]:
    return {key(text): value for value in STANDARD.lists[field].values for text in (value.htcds, value.label)}


def countries(text: str) -> list[tuple[str, str | None]]:
    """Each country as written, with its ISO 3166-1 alpha-2 code when it is one by code or name."""
    codes, names = _countries()
    # A code is one only as it stands: «Áo» is Austria's name, AO Angola's code.
    return _pieces(text, lambda piece: codes.get(piece.strip().upper()) or names.get(key(piece)))


@cache
def _countries() -> tuple[Mapping[str, str], Mapping[str, str]]:
    # The standard allows three letters too; the names in its survey form are ISO's.
    codes = {code: each.alpha_2 for each in pycountry.countries for code in (each.alpha_2, each.alpha_3)}
    return codes, {key(name): each.code for each in code_list("country").codes for name in (each.vi, each.en)}


def _pieces(text: str, find: Callable[[str], T | None]) -> list[tuple[str, T | None]]:
    if (found := find(text)) is not None:
        return [(text, found)]
    parts = [part.strip() for part in text.replace("\n", ";").replace(",", ";").split(";") if part.strip()]
    return [(piece, find(piece)) for part in parts for piece in _spaced(part, find)]


def _spaced(part: str, find: Callable[[str], T | None]) -> list[str]:
    words = part.split()
    return words if find(part) is None and all(find(word) is not None for word in words) else [part]


def province(text: str) -> str | None:
    """The code of a province of today by its name, with or without marks; names of before 1/7/2025 have none."""
    return _provinces().get(key(text))


@cache
def _provinces() -> Mapping[str, str]:
    return {key(name): each.code for each in code_list("province").codes for name in (each.vi, each.en)}
