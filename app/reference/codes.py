"""Which codes exist, what they are called in Vietnamese and English, and when each is in force.

One YAML file per list under `data/`, one line per code, each with its source and how certain it is, so that a jurist
can read and correct it. Countries and languages come from ISO 3166-1 and ISO 639 by way of pycountry. Everything is
read at import; a broken file stops the start with its name, the line and the mend.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, ClassVar

import pycountry
import yaml
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from app.problems import Language
from app.reference.datafiles import (
    LOADER,
    Certainty,
    DataFileError,
    Headed,
    Wording,
    entries_of,
    line_of,
    read_headed,
    refuse,
)

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Code:
    """One code during one period, `valid_to` being its last day; `native_check`: the Vietnamese awaits a reader."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    code: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+$")]
    vi: Wording
    en: Wording
    source: Wording
    certainty: Certainty
    valid_from: date
    valid_to: date | None = None
    native_check: bool = False
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.valid_to and self.valid_to < self.valid_from:
            raise ValueError("valid_to lies before valid_from: correct one of them")

    def in_force(self, on: date) -> bool:
        """Whether the code may be used for a fact of that day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)

    def overlaps(self, other: "Code") -> bool:
        """Whether some day has both, which would make the code ambiguous."""
        return self.in_force(other.valid_from) or other.in_force(self.valid_from)


@dataclass(frozen=True)
class CodeList:
    """A list in file order. A code may return with another meaning (province 15), so its key is code and valid_from."""

    name: str
    vi: str
    en: str
    other_needs_text: bool
    codes: tuple[Code, ...]

    @cached_property
    def _versions(self) -> Mapping[str, tuple[Code, ...]]:
        versions: dict[str, tuple[Code, ...]] = {}
        for code in self.codes:
            versions[code.code] = (*versions.get(code.code, ()), code)
        return versions

    def find(self, code: str, on: date) -> Code | None:
        """The meaning of the code on that day, or nothing when it is unknown or not in force."""
        return next((version for version in self._versions.get(code, ()) if version.in_force(on)), None)

    def latest(self, code: str) -> Code:
        """The newest meaning, also of a code no longer in force; KeyError when it never existed."""
        return max(self._versions[code], key=lambda version: version.valid_from)

    def in_force(self, on: date) -> tuple[Code, ...]:
        """The codes that may be used for a fact of that day, in file order."""
        return tuple(code for code in self.codes if code.in_force(on))


class _File(Headed):
    """What stands above the entries; an entry may replace source, certainty, valid_from and native_check."""

    other_needs_text: bool
    source: str
    certainty: Certainty
    valid_from: date
    native_check: bool = False
    attributes: list[str] = []


_CODE = TypeAdapter(Code)


def load(path: Path) -> CodeList:
    """One data file as a list; DataFileError for a wrong member, label, date, certainty or period, or a double."""
    root, file = read_headed(path, _File, "list")
    codes: list[Code] = []
    for node, entry in zip(entries_of(root), file.entries, strict=True):
        code = _code(path, node, file, entry)
        if any(code.code == earlier.code and code.overlaps(earlier) for earlier in codes):
            mend = f"code {code.code} is doubled: end the earlier period, or remove one"
            raise DataFileError(path, line_of(node), mend)
        codes.append(code)
    return CodeList(file.name, file.title.vi, file.title.en, file.other_needs_text, tuple(codes))


def _code(path: Path, node: yaml.Node, file: _File, entry: dict[str, Any]) -> Code:
    defaults = file.model_dump(include={"source", "certainty", "valid_from", "native_check"})
    attributes = {name: entry[name] for name in file.attributes if name in entry}
    members = {name: value for name, value in entry.items() if name not in attributes}
    try:
        return _CODE.validate_python({**defaults, **members, "attributes": attributes})
    except ValidationError as error:
        refuse(path, node, error)


def _iso(name: str, source: str, names: Iterator[tuple[str, str]]) -> tuple[Code, ...]:
    """ISO names, in Vietnamese where `data/iso/` has one; the English name stands in for the rest."""
    path = DATA / "iso" / f"{name}.yaml"
    vietnamese = yaml.load(path.read_text("utf-8"), Loader=LOADER)  # noqa: S506
    return tuple(
        Code(code, vietnamese.get(code, english), english, source, "sourced", date(2012, 1, 1), native_check=True)
        for code, english in sorted(names)
    )


def _countries() -> CodeList:
    names = ((country.alpha_2, country.name) for country in pycountry.countries)
    return CodeList(
        "country", "Quốc gia, vùng lãnh thổ", "Country or territory", False, _iso("country", "ISO 3166-1", names)
    )


def _languages() -> CodeList:
    # BCP 47 (RFC 5646 §2.2.1): the two-letter code where there is one. Extinct languages need no interpreter.
    living = (language for language in pycountry.languages if language.type == "L")
    names = ((getattr(language, "alpha_2", language.alpha_3), language.name) for language in living)
    return CodeList(
        "language", "Ngôn ngữ", "Language", False, _iso("language", "ISO 639, as BCP 47 primary subtag", names)
    )


def _all() -> Iterator[CodeList]:
    yield from (load(path) for path in DATA.glob("*.yaml"))
    yield _countries()
    yield _languages()


LISTS: Mapping[str, CodeList] = MappingProxyType(
    {each.name: each for each in sorted(_all(), key=lambda each: each.name)}
)


def code_list(name: str) -> CodeList:
    """The list of that name; KeyError when there is none."""
    return LISTS[name]


def is_valid(name: str, code: str, on: date) -> bool:
    """Whether the code exists in the list and is in force on that day."""
    return LISTS[name].find(code, on) is not None


def label(name: str, code: str, language: Language) -> str:
    """What an officer reads for the code, in its newest wording."""
    latest = LISTS[name].latest(code)
    return latest.vi if language == "vi" else latest.en
