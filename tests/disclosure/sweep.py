"""Everybody asks for everything at one moment, and every answer is judged by the published policy, both ways."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx

from tests import expectations
from tests.disclosure.facts import Row
from tests.disclosure.marks import Finder
from tests.disclosure.places import Place
from tests.disclosure.policy import Policy
from tests.disclosure.wire import TYPED, route_of
from tests.personas import PERSONAS, Clients, persona_of

_AT_ONCE = 6
_MATRIX = expectations.matrix()
_OFFICER = "officer."
_TURNS = count()


@dataclass(frozen=True)
class Moment:
    """The facts, what the policy makes of them, and where every canary lies."""

    name: str
    policy: Policy
    held: dict[str, list[Place]]


@dataclass(frozen=True)
class Cell:
    """One persona asking for one path, which is hidden with one record."""

    who: str
    path: str
    kind: str
    row: Row

    @property
    def organisation(self) -> str:
        return str(PERSONAS[self.who].id)


@dataclass
class Findings:
    """What the sweeps found; each fault is a line that says who got what, from where and by which standing."""

    looser: list[str] = field(default_factory=list)
    stricter: list[str] = field(default_factory=list)
    cells: Counter[tuple[str, int]] = field(default_factory=Counter)
    standings: set[tuple[str, str]] = field(default_factory=set)

    def told(self) -> str:
        by_class = Counter[int]()
        for (_, status), times in self.cells.items():
            by_class[status] += times
        classes = ", ".join(f"{times} × {status}" for status, times in sorted(by_class.items()))
        return f"{sum(by_class.values())} cells ({classes}), {len(self.standings)} kinds of standing"


class Sweep:
    """Asks and judges. `shown`: which canaries each persona was shown by the last look. Of the many to whom a record is
    nothing, each path is asked for by a few, others each time; by all of them when `thorough`."""

    def __init__(self, clients: Clients, finder: Finder, *, thorough: bool = False) -> None:
        self.clients = clients
        self.finder = finder
        self.findings = Findings()
        self.shown: dict[str, set[str]] = defaultdict(set)
        self._thorough = thorough
        self._gate = asyncio.Semaphore(_AT_ONCE)

    async def look(
        self, moment: Moment, rows: Iterable[tuple[str, Row]], strangers: int = 1, only: Collection[str] = ()
    ) -> None:
        """Everybody asks for every path of these records, or for `only` some; then what was not shown is judged."""
        self.shown.clear()
        looked = list(rows)
        cells = [
            Cell(who, path, kind, row)
            for kind, row in looked
            for path in TYPED["shows"].get(kind, ())
            if not only or path in only
            for who in lookers(moment.policy, kind, row, len(PERSONAS) if self._thorough else strangers)
        ]
        await asyncio.gather(*(self._ask(moment, cell) for cell in cells))
        if not only:
            self._judge_unshown(moment, looked)

    async def look_at_lists(self, moment: Moment) -> None:
        """Everybody asks for all of their own lists."""
        await asyncio.gather(*(self._list(moment, who, path) for path in TYPED["lists"] for who in PERSONAS))

    async def _ask(self, moment: Moment, cell: Cell) -> None:
        wanted = _wanted(moment.policy, cell)
        async with self._gate:
            answer = await self.clients.get(cell.who, filled(cell))
        standing = moment.policy.standing(cell.organisation, cell.kind, cell.row)
        label = f"{moment.name}: GET {cell.path} by {cell.who} ({standing})"
        self.findings.cells[cell.path, wanted] += 1
        self.findings.standings.add((cell.kind, standing))
        if answer.status_code != wanted:
            self._fault(
                answer.status_code == 200 or wanted == 404, f"{label}: {answer.status_code}, published {wanted}"
            )
        self.judge(moment, cell.who, label, answer)
        if answer.status_code == 200:
            self._judge_items(moment, cell.who, label, answer, cell)

    async def _list(self, moment: Moment, who: str, path: str) -> None:
        async with self._gate:
            answer = await self.clients.get(
                who, f"{path}{'&' if '?' in path else '?'}limit=200" if _pages(path) else path
            )
        plain = path.partition("?")[0]
        label = f"{moment.name}: GET {path} by {who}"
        wanted = 403 if out_of_scope(who, "GET", plain) else 200
        self.findings.cells[plain, wanted] += 1
        if answer.status_code != wanted:
            self._fault(answer.status_code == 200, f"{label}: {answer.status_code}, published {wanted}")
        self.judge(moment, who, label, answer)
        if answer.status_code == 200:
            self._judge_items(moment, who, label, answer)

    def judge(self, moment: Moment, who: str, label: str, answer: httpx.Response, *more: str) -> None:
        """No canary in body or headers that this reader may not read now, and no officer of another house."""
        organisation = str(persona_of(who).id)
        outputs = (answer.text, *more, *(f"{name}: {value}" for name, value in answer.headers.items()))
        for mark in self.finder.found(*outputs):
            places = moment.held.get(mark, [])
            self.shown[who].add(mark)
            if not any(moment.policy.reads(organisation, place.kind, place.row) for place in places):
                names = sorted({place.name for place in places}) or "nothing any more"
                self.findings.looser.append(f"{label}: shows {mark}, of {names}")
        if who != "demo-oversight":
            others = [other for other in PERSONAS if other != persona_of(who).name]
            foreign = [other for other in others if f'"{_OFFICER}{other}"' in answer.text]
            self.findings.looser += [f"{label}: names the officer of {other}" for other in foreign]

    def _judge_items(
        self, moment: Moment, who: str, label: str, answer: httpx.Response, under: Cell | None = None
    ) -> None:
        """A list holds what its reader sees, and under a record all of it."""
        items = answer.json().get("items")
        kind = TYPED["items"].get(answer.request.url.path.rsplit("/", 1)[-1])
        if items is None or not isinstance(kind, str):
            return
        organisation, policy = str(PERSONAS[who].id), moment.policy
        seen = {row["id"] for row in policy.seen(organisation, kind)}
        listed = {item["id"] for item in items if "id" in item}
        self.findings.looser += [f"{label}: lists {kind} {each}, which is hidden" for each in sorted(listed - seen)]
        if under is not None:
            due = {row["id"] for row in policy.seen(organisation, kind) if _hangs_on(row, under)}
            self.findings.stricter += [f"{label}: leaves out {kind} {each}" for each in sorted(due - listed)]

    def _judge_unshown(self, moment: Moment, rows: list[tuple[str, Row]]) -> None:
        """Words of these records that a reader may read and was shown nowhere."""
        looked = {id(row) for _, row in rows}
        for mark, places in moment.held.items():
            for each in PERSONAS:
                due = [
                    place
                    for place in places
                    if id(place.row) in looked
                    and f"{place.kind}.{place.column}" not in TYPED["unshown"]
                    and moment.policy.reads(str(PERSONAS[each].id), place.kind, place.row)
                ]
                if due and mark not in self.shown[each]:
                    names = sorted({f"{place.name}.{place.column}" for place in due})
                    self.findings.stricter.append(f"{moment.name}: {each} may read {names} and was not shown {mark}")

    def _fault(self, looser: bool, line: str) -> None:
        (self.findings.looser if looser else self.findings.stricter).append(line)


def filled(cell: Cell) -> str:
    """The path with the ids of the record."""
    path = cell.path
    while "{" in path:
        name = path[path.index("{") + 1 : path.index("}")]
        path = path.replace(f"{{{name}}}", cell.row[name] if name in cell.row else cell.row["id"])
    return path


def _pages(path: str) -> bool:
    return path not in ("/v1/me", "/v1/worklist/counts", "/v1/audit-checkpoints")


def out_of_scope(who: str, method: str, path: str) -> bool:
    """Whether no client of this agency can hold the scope of the route."""
    capability = route_of(method, path).capability
    return capability not in ("any", "public") and PERSONAS[who].agency not in _MATRIX[capability]


def lookers(policy: Policy, kind: str, row: Row, strangers: int) -> list[str]:
    """Whoever has or had to do with the record's case, and some of those who never had, others each time."""
    case_id = row["id"] if kind == "case" else row.get("case_id")
    involved = policy.facts.involved(case_id) | policy.facts.named_in(row)
    inside = [who for who, persona in PERSONAS.items() if str(persona.id) in involved]
    outside = [who for who in PERSONAS if who not in inside]
    start = next(_TURNS) % max(len(outside), 1)
    return inside + (outside[start:] + outside[:start])[:strangers]


def _wanted(policy: Policy, cell: Cell) -> int:
    if out_of_scope(cell.who, "GET", cell.path):
        return 403
    narrower = TYPED["narrower"].get(cell.path)
    seen = (
        policy.holds(narrower["readers"], cell.organisation, cell.kind, cell.row)
        if narrower
        else policy.sees(cell.organisation, cell.kind, cell.row)
    )
    return 200 if seen else 404


def _hangs_on(row: Row, under: Cell) -> bool:
    """Whether the row belongs in a list under that record: it names it in the column of the path's parameter."""
    name = under.path[under.path.index("{") + 1 : under.path.index("}")]
    return bool(row.get(name) == (under.row[name] if name in under.row else under.row["id"]))


def rows_of(policy: Policy, cases: Iterable[str] | None = None, most: int = 1000) -> list[tuple[str, Row]]:
    """The records of these cases (all there are when None), of each kind and status at most so many, the newest."""
    wanted = None if cases is None else set(cases)
    found: list[tuple[str, Row]] = []
    for kind in TYPED["shows"]:
        taken: Counter[tuple[Any, Any]] = Counter()
        for row in reversed(policy.rows(kind)):
            case_id = row["id"] if kind == "case" else row.get("case_id")
            taken[case_id, row.get("status")] += 1
            if (wanted is None or case_id in wanted) and taken[case_id, row.get("status")] <= most:
                found.append((kind, row))
    return found
