"""What a campaign will do: how many faults of each kind, in which order, over how long. The seed decides the order."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from campaigns.faults import DATABASE, WORKERS

KILLS = ("api", "postgres", "commit", "restart")
BESIDE = ("relay", "line", "clock", "slow", "pool")
KINDS = (*KILLS, *BESIDE, "disk")


class UnknownFaultError(ValueError):
    """No fault of this name."""


@dataclass(frozen=True)
class Plan:
    """`faults`: kind → how many. `seconds`: for how long there is load at least, over which faults are spread; and
    there is load until so many `answers` of success were given, however slow this machine is. `batches`: the share of
    requests that carry many intakes. `patience`: seconds for which what is open is still asked for once nothing fails
    any more and the feed brings nothing."""

    seed: int
    seconds: float
    faults: Mapping[str, int]
    submitters: int = 8
    couples: int = 2
    workers: int = 2
    spares: int = 2
    batches: float = 0.2
    patience: float = 60
    answers: int = 0

    def lane(self, kinds: Mapping[str, object]) -> Sequence[str]:
        """The faults of these kinds in the order of the seed."""
        order = [kind for kind, number in sorted(self.faults.items()) if kind in kinds for _ in range(number)]
        random.Random(f"{self.seed} {sorted(kinds)}").shuffle(order)  # noqa: S311 - an order, not a secret
        return order

    @property
    def lanes(self) -> tuple[Sequence[str], Sequence[str]]:
        """Of the database and of the workers, which go on beside each other."""
        return self.lane(DATABASE), self.lane(WORKERS)


def counted(wanted: str | None, kills: int) -> dict[str, int]:
    """`api=500,restart=200,relay`: a kind without a number as often as `kills` says. Without any: all kills so often,
    and a tenth as many of what is beside them, but for a full disk, which needs a disk of its own."""
    if wanted is None:
        return {**dict.fromkeys(KILLS, kills), **dict.fromkeys(BESIDE, -(-kills // 10))}
    parts = [part.strip().partition("=") for part in wanted.split(",") if part.strip()]
    unknown = [kind for kind, _, number in parts if kind not in KINDS or not (number.isdigit() or not number)]
    if unknown:
        raise UnknownFaultError(", ".join(unknown))
    return {kind: int(number) if number else kills for kind, _, number in parts}
