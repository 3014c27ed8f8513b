"""Whether what clients were told of one referral can have happened one after the other (Wing and Gong, 1993).

Typed from the contract, nothing of the service imported: a model that shares the code it judges agrees with its
mistakes. Entity tags are opaque: two of one organisation are equal if and only if the version is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf

MOVES = {
    ("sent", "acknowledge", "receiver"): "acknowledged",
    ("sent", "accept", "receiver"): "accepted",
    ("sent", "refuse", "receiver"): "refused",
    ("acknowledged", "accept", "receiver"): "accepted",
    ("acknowledged", "refuse", "receiver"): "refused",
    ("acknowledged", "request_information", "receiver"): "info_requested",
    ("info_requested", "refuse", "receiver"): "refused",
    ("info_requested", "answer", "sender"): "acknowledged",
    ("accepted", "start", "receiver"): "in_service",
    ("accepted", "complete", "receiver"): "completed",
    ("in_service", "complete", "receiver"): "completed",
    **{
        (status, "withdraw", "sender"): "withdrawn"
        for status in ("sent", "acknowledged", "info_requested", "accepted", "in_service")
    },
}
EVENTS = {
    "acknowledge": "referral.acknowledged",
    "accept": "referral.accepted",
    "refuse": "referral.refused",
    "request_information": "referral.information_requested",
    "answer": "referral.answered",
    "start": "referral.started",
    "complete": "referral.completed",
    "withdraw": "referral.withdrawn",
}
LOOK = "look"
_ACTIONS = {event: action for action, event in EVENTS.items()}


@dataclass(frozen=True)
class Step:
    """One operation on one referral. `seen`: the tag it was asked with; `got`, `status`: what the answer showed, None
    for a repetition, which shows a later state. `outcome`: ok, stale (412), invalid (409), or unknown, which may never
    have happened."""

    action: str
    role: str
    outcome: str
    begun: float
    ended: float = inf
    seen: str | None = None
    got: str | None = None
    status: str | None = None


@dataclass(frozen=True)
class State:
    status: str = "sent"
    version: int = 1
    tags: frozenset[tuple[str, int, str]] = frozenset()

    def tagged(self, role: str, tag: str | None) -> "State | None":
        """With this tag standing for this version; None where it cannot."""
        for whose, version, known in self.tags if tag is not None else ():
            if whose == role and (version == self.version) != (known == tag):
                return None
        if tag is None:
            return self
        return State(self.status, self.version, self.tags | {(role, self.version, tag)})


def reachable() -> dict[str, frozenset[str]]:
    """Status → every status that may be seen after it, itself included."""
    after = {status: {status} for move in MOVES.items() for status in (move[0][0], move[1])}
    for _ in after:
        for (status, _, _), to in MOVES.items():
            after[status] |= after[to]
    return {status: frozenset(later) for status, later in after.items()}


def walked(events: Sequence[str]) -> str | None:
    """Where these events lead in their order, the first being the sending; None if no such walk exists."""
    if not events or events[0] != "referral.sent":
        return None
    status: str | None = "sent"
    for event in events[1:]:
        after = (to for (at, does, _), to in MOVES.items() if (at, does) == (status, _ACTIONS.get(event)))
        status = next(after, None)
        if status is None:
            return None
    return status


def _after(state: State, step: Step) -> State | None:
    """The state that this step leaves, or None if it cannot have been answered so here."""
    if step.outcome == "stale":
        fresh = state.tagged(step.role, step.seen)
        return state if fresh is None or fresh != state else None
    at = state.tagged(step.role, step.seen)
    if at is None:
        return None
    if step.action == LOOK:
        return at.tagged(step.role, step.got) if step.status in (None, at.status) else None
    to = MOVES.get((at.status, step.action, step.role))
    if step.outcome == "invalid":
        return at if to is None else None
    if to is None or step.status not in (None, to):
        return None
    return State(to, at.version + 1, at.tags).tagged(step.role, step.got)


def linearizable(steps: Sequence[Step], status: str, version: int) -> bool:
    """Whether some order that respects who ended before whom began explains every answer and ends as it is stored."""
    seen: set[tuple[frozenset[int], State]] = set()
    must = frozenset(number for number, step in enumerate(steps) if step.outcome != "unknown")
    waiting = [(frozenset(range(len(steps))), State())]
    while waiting:
        left, state = waiting.pop()
        if not left & must and (state.status, state.version) == (status, version):
            return True
        if (left, state) in seen:
            continue
        seen.add((left, state))
        for number in _next(steps, left):
            after = _after(state, steps[number])
            if after is not None:
                waiting.append((left - {number}, after))
    return False


def _next(steps: Sequence[Step], left: frozenset[int]) -> Iterator[int]:
    """Those that may be first of what is left: begun before any other had ended."""
    earliest = min((steps[number].ended for number in left), default=inf)
    return (number for number in left if steps[number].begun <= earliest)
