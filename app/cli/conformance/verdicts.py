"""What a rule says of the traffic: kept, broken by which exchanges, or not met with."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from app.cli.conformance.traffic import Exchange

Judge = Callable[[list[Exchange]], "Finding"]


@dataclass(frozen=True)
class Finding:
    """`met`: how often the rule was put to the test; `broken`: by which exchanges."""

    met: int
    broken: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        return "failed" if self.broken else "passed" if self.met else "unseen"


@dataclass(frozen=True)
class Rule:
    name: str
    roles: tuple[str, ...]
    vi: str
    en: str


RULES: Mapping[str, Rule] = {
    row["rule"]: Rule(row["rule"], tuple(row["as"]), row["vi"], row["en"])
    for row in yaml.safe_load(Path(__file__).with_name("rules.yaml").read_text("utf-8"))
}


def finding(met: Iterable[Exchange], broken: Iterable[Exchange]) -> Finding:
    return Finding(len(list(met)), tuple(each.named() for each in broken))


def later(log: list[Exchange], than: Exchange) -> list[Exchange]:
    return [each for each in log if each.number > than.number]
