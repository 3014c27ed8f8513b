"""Reads the hand-typed expectations beside this file; adds nothing to them, knows nothing of the code they judge."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Move:
    source: str
    action: str
    by: str
    to: str
    once: bool = False


@dataclass(frozen=True)
class Lifecycle:
    statuses: tuple[str, ...]
    actions: tuple[str, ...]
    parties: tuple[str, ...]
    moves: frozenset[Move]

    def outcome(self, status: str, action: str, parties: Collection[str]) -> str:
        """The new status, or which refusal: `not_your_move` when none of these parties ever has the action."""
        open_to_them = [move for move in self.moves if move.action == action and move.by in parties]
        if not open_to_them:
            return "not_your_move"
        return next((move.to for move in open_to_them if move.source == status), "invalid_transition")


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    capability: str
    key: bool = False
    etag: bool = False
    officer: bool = False
    purpose: bool = False
    note: str = ""


@dataclass(frozen=True)
class Stage:
    """One moment of the story: `cells[persona][relation]` is a status, None where the contract is silent."""

    name: str
    cells: Mapping[str, Mapping[str, int | None]]
    reads: Mapping[str, Mapping[str, list[str]]]
    intake_status: str | None
    case_stage: str | None


def load(name: str) -> Any:
    """The file as typed: also the way to `relations`, `sections`, `requests` and `precedence`."""
    return yaml.safe_load(Path(__file__).with_name(f"{name}.yaml").read_text("utf-8"))


def matrix() -> Mapping[str, frozenset[str]]:
    return {capability: frozenset(agencies) for capability, agencies in load("matrix").items()}


def lifecycles() -> Mapping[str, Lifecycle]:
    return {name: _lifecycle(typed) for name, typed in load("lifecycles").items()}


def _lifecycle(typed: Mapping[str, Any]) -> Lifecycle:
    moves = [Move(s, m["action"], m["by"], m["to"], m.get("once", False)) for m in typed["moves"] for s in m["from"]]
    return Lifecycle(tuple(typed["statuses"]), tuple(typed["actions"]), tuple(typed["parties"]), frozenset(moves))


def routes() -> list[Route]:
    return [Route(**row) for row in load("routes")]


def stages() -> list[Stage]:
    return [_stage(typed) for typed in load("access")["stages"]]


def _stage(typed: Mapping[str, Any]) -> Stage:
    cells = {who: dict(zip(typed["columns"], row, strict=True)) for who, row in typed["rows"].items()}
    return Stage(typed["stage"], cells, typed["reads"], typed.get("intake_status"), typed.get("case_stage"))
