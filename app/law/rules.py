"""What every rule of law carries, and how a file of rules is read.

One YAML file per subject under `data/`: name, title, optional `defaults` that an entry may replace, entries. A rule
says where it was read and how certain it is, and is in force for one period under one law. A broken file stops the
start with its name, the line and the mend.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, Generic, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.reference.datafiles import (
    Certainty,
    DataFileError,
    Headed,
    Title,
    Wording,
    entries_of,
    line_of,
    read_headed,
    refuse,
)

DATA = Path(__file__).parent / "data"


class Regime(StrEnum):
    """The law that a case follows (chế độ pháp lý)."""

    LAW_2011 = "law_2011"
    LAW_2024 = "law_2024"


class Rule(BaseModel):
    """One rule during one period, `valid_to` being its last day. A subject adds its own members by inheriting.

    No two rules that are alike in `DISTINCT` may be in force on one day, and no day between them may be without one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    DISTINCT: ClassVar[tuple[str, ...]] = ("id", "regime")

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+$")]
    vi: Wording
    en: Wording
    source: Wording
    certainty: Certainty
    valid_from: date
    valid_to: date | None = None
    regime: Regime
    native_check: bool = False

    @model_validator(mode="after")
    def _period(self) -> Self:
        if self.valid_to and self.valid_to < self.valid_from:
            raise ValueError("valid_to lies before valid_from: correct one of them")
        return self

    @property
    def distinct(self) -> tuple[str, ...]:
        return tuple(str(getattr(self, member)) for member in self.DISTINCT)

    @property
    def key(self) -> str:
        """What a stored fact keeps of the rule it was made under, e.g. `D04:law_2024:2025-07-01`."""
        return ":".join((*self.distinct, self.valid_from.isoformat()))

    def in_force(self, on: date) -> bool:
        """Whether the rule governs a fact of that day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


M = TypeVar("M", bound=BaseModel)
R = TypeVar("R", bound=Rule)


@dataclass(frozen=True)
class Rules(Generic[R]):
    """The rules of one subject, in file order; `lines` says where in the file the rule of a key stands."""

    name: str
    vi: str
    en: str
    rules: tuple[R, ...]
    lines: Mapping[str, int]

    def __iter__(self) -> Iterator[R]:
        return iter(self.rules)

    @cached_property
    def _by_key(self) -> Mapping[str, R]:
        return {rule.key: rule for rule in self.rules}

    def get(self, key: str) -> R:
        """The rule a stored key names, in force or not; KeyError when the file knows no rule of that id.

        Where that version was removed from the file, the one before it, or else the first, stands in: a running clock
        must go on whatever became of its text.
        """
        if key in self._by_key:
            return self._by_key[key]
        versions = sorted(self.of(key.partition(":")[0]), key=lambda rule: rule.key)
        if not versions:
            raise KeyError(key)
        return next((rule for rule in reversed(versions) if rule.key < key), versions[0])

    def find(self, key: str) -> R | None:
        """As `get`; nothing for a key of no known rule."""
        try:
            return self.get(key)
        except KeyError:
            return None

    def of(self, rule_id: str) -> tuple[R, ...]:
        """Every version of the rule, of both laws."""
        return tuple(rule for rule in self.rules if rule.id == rule_id)

    def in_force(self, regime: Regime, on: date) -> tuple[R, ...]:
        """The rules of that law alone on that day."""
        return tuple(rule for rule in self.rules if rule.regime == regime and rule.in_force(on))

    def applicable(self, regime: Regime, on: date) -> tuple[R, ...]:
        """The rules for a case of that law on that day.

        Where the case's own law has no version of a rule in force, the law of the day governs: benefits were kept in
        1/7/2025 (Art 63), procedures were not.
        """
        return self._applicable(regime, on)

    @cached_property
    def _applicable(self) -> Callable[[Regime, date], tuple[R, ...]]:
        """A batch asks ten thousand times for one day."""
        return lru_cache(maxsize=64)(self._found_applicable)

    def _found_applicable(self, regime: Regime, on: date) -> tuple[R, ...]:
        own = self.in_force(regime, on)
        kept = {rule.id for rule in own}
        return own + tuple(rule for rule in self.in_force(regime_of(None, on), on) if rule.id not in kept)


class _File(Headed):
    defaults: dict[str, Any] = {}


def read(path: Path, kind: type[M]) -> tuple[Title, tuple[tuple[int, M], ...]]:
    """The title of one file and its entries with their lines; DataFileError for a wrong or missing member."""
    root, file = read_headed(path, _File, "subject")
    pairs = zip(entries_of(root), file.entries, strict=True)
    return file.title, tuple((line_of(node), _entry(path, node, kind, file.defaults | entry)) for node, entry in pairs)


def load(path: Path, kind: type[R]) -> Rules[R]:
    """One file of rules of that kind; DataFileError also for an overlap or a gap in time."""
    title, placed = read(path, kind)
    _check_periods(path, placed)
    rules = tuple(rule for _, rule in placed)
    return Rules(path.stem, title.vi, title.en, rules, {rule.key: line for line, rule in placed})


def _entry(path: Path, node: yaml.Node, kind: type[M], members: dict[str, Any]) -> M:
    try:
        return kind.model_validate(members)
    except ValidationError as error:
        refuse(path, node, error)


def _check_periods(path: Path, placed: Sequence[tuple[int, Rule]]) -> None:
    latest: dict[tuple[str, ...], tuple[int, Rule]] = {}
    for line, rule in sorted(placed, key=lambda pair: pair[1].valid_from):
        if rule.distinct in latest:
            _check_succession(path, latest[rule.distinct], (line, rule))
        latest[rule.distinct] = (line, rule)


def _check_succession(path: Path, earlier: tuple[int, Rule], later: tuple[int, Rule]) -> None:
    (at, old), (line, new) = earlier, later
    name, eve = " ".join(new.distinct), new.valid_from - timedelta(days=1)
    if old.valid_to is None or old.valid_to > eve:
        raise DataFileError(path, line, f"{name} overlaps the period of line {at}: end that one with valid_to {eve}")
    if old.valid_to < eve:
        raise DataFileError(path, line, f"{name} leaves a gap after line {at}: move valid_to there to {eve}")


REGIMES = load(DATA / "regimes.yaml", Rule)


def regime_of(determined_on: date | None, on: date) -> Regime:
    """The law of a person determined a victim on that day, if ever, for a fact of `on`.

    Who was determined before 1/7/2025 keeps the earlier law's benefits (Law 53/2024 Art 63).
    """
    day = min(determined_on or on, on)
    return next((law.regime for law in REGIMES if law.in_force(day)), Regime.LAW_2011)
