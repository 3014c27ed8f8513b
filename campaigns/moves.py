"""The checks of referrals: each one's history is that of a single record moved by one party after the other."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from math import inf

from campaigns.evidence import Evidence
from campaigns.history import Operation, Told, Try
from campaigns.linear import LOOK, Step, linearizable, reachable, walked

_REFUSED = {409: "invalid", 412: "stale"}


def every_history_is_linearizable(evidence: Evidence) -> tuple[int, list[str]]:
    """Moves and looks, with their tags; and the events of each referral in the outbox lead where it stands."""
    steps = histories(evidence.told)
    walks: dict[str, list[str]] = defaultdict(list)
    for row in evidence.stored.outbox:
        if row[1].startswith("referral."):
            walks[row[2]].append(row[1])
    faults = []
    for referral, _, status, version in evidence.stored.referrals:
        if not linearizable(steps[referral], status, version):
            faults.append(
                f"{referral}: no order explains its {len(steps[referral])} answers, stored {status} {version}"
            )
        if walked(walks[referral]) != status:
            faults.append(f"{referral}: {walks[referral]} do not lead to {status}")
    return sum(map(len, steps.values())), faults


def histories(told: Told) -> dict[str, list[Step]]:
    """Referral → what was asked of it and answered; the sending gives the first tag."""
    found: dict[str, list[Step]] = defaultdict(list)
    for operation in told.of_kind("send"):
        for each in operation.oks:
            first = _look(operation, each, "sender")
            found[each.facts["id"]].append(first)
    for operation in told.of_kind("look"):
        found[operation.asked["referral"]] += [
            _look(operation, each, operation.asked["role"]) for each in operation.oks
        ]
    for operation in told.of_kind("move"):
        found[operation.asked["referral"]] += list(_moves(operation))
    return found


def _look(operation: Operation, each: Try, role: str) -> Step:
    return Step(LOOK, role, "ok", each.begun, each.ended or inf, got=each.facts["tag"], status=each.facts["state"])


def _moves(operation: Operation) -> Iterator[Step]:
    """One step for all tries of a move; a repetition that was answered shows besides what stood there then."""
    asked = operation.asked
    action, role, seen = asked["action"], asked["role"], asked["seen"]
    fresh = [each for each in operation.oks if not each.facts["replayed"]]
    ended = operation.ended if operation.ended is not None else inf
    if fresh:
        got, status = fresh[0].facts["tag"], fresh[0].facts["state"]
        yield Step(action, role, "ok", operation.begun, ended, seen, got, status)
    elif operation.oks:
        yield Step(action, role, "ok", operation.begun, ended, seen)
    elif not operation.fails:
        yield Step(action, role, "unknown", operation.begun, seen=seen)
    else:
        refusal = _REFUSED.get(operation.fails[0].facts["status"])
        if refusal:
            last = max(each.begun for each in operation.fails)
            yield Step(action, role, refusal, last, ended, seen)
    yield from (_look(operation, each, role) for each in operation.oks if each.facts["replayed"])


def every_status_follows(evidence: Evidence) -> tuple[int, list[str]]:
    """Of two looks, one ended before the other began, the later shows a status that can come after the earlier's."""
    later, faults, looked = reachable(), [], 0
    for referral, steps in histories(evidence.told).items():
        shown = sorted((step for step in steps if step.status is not None), key=lambda step: step.ended)
        looked += len(shown)
        faults += [f"{referral}: {pair}" for pair in _backwards(shown, later)]
    return looked, faults


def _backwards(shown: Sequence[Step], later: dict[str, frozenset[str]]) -> Iterator[str]:
    for number, first in enumerate(shown):
        for second in shown[number + 1 :]:
            if first.ended < second.begun and second.status not in later[str(first.status)]:
                yield f"{first.status}, then {second.status}"
