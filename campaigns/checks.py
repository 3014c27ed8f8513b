"""The decision: from log and database alone, whether anything was lost, doubled, invented or told in disorder."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from signal import SIGTERM
from typing import Any

from app.audit.proof import TamperedError, prove
from app.auth.keys import verification_keys
from campaigns import stored as database
from campaigns.evidence import Evidence, submissions
from campaigns.history import Operation, Try, gathered
from campaigns.linear import EVENTS
from campaigns.moves import every_history_is_linearizable, every_status_follows


@dataclass(frozen=True)
class Verdict:
    """What one check looked at, and what it found wrong."""

    name: str
    looked: int
    faults: tuple[str, ...]


Check = Callable[[Evidence], tuple[int, Iterable[str]]]


@dataclass(frozen=True)
class Decision:
    evidence: Evidence
    verdicts: Sequence[Verdict]

    @property
    def good(self) -> bool:
        return not any(each.faults for each in self.verdicts)


def decide(folder: Path) -> Decision:
    """Every check over the folder of a campaign, each for itself."""
    told = gathered(folder)
    evidence = Evidence(told, database.load(folder), list(submissions(told)))
    verdicts = [_verdict(name, check, evidence) for name, check in CHECKS.items()]
    return Decision(evidence, [*verdicts, _heads(folder)])


def _verdict(name: str, check: Check, evidence: Evidence) -> Verdict:
    looked, faults = check(evidence)
    return Verdict(name, looked, tuple(faults))


def acknowledged_is_stored(evidence: Evidence) -> tuple[int, list[str]]:
    """Every success names a record that is there, with what was sent."""
    there = {(org, sent_id): (digest, reference) for org, sent_id, digest, reference, _ in evidence.stored.intakes}
    whose = evidence.stored.organisations
    faults, looked = [], 0
    for each in evidence.submissions:
        looked += bool(each.told)
        for status, sent_id, digest, reference in each.told:
            found = there.get((whose[each.by], sent_id))
            if found is None or (found[0], digest) != (each.digest, each.digest) or reference not in (None, found[1]):
                faults.append(f"{each.key}: told {status} {reference}, stored {found}")
    things = {row[0] for table in (evidence.stored.consents, evidence.stored.referrals) for row in table}
    for operation in evidence.told.of_kind("consent", "send"):
        looked += operation.outcome == "ok"
        faults += [f"{operation.name}: {ok.facts['id']}" for ok in operation.oks if ok.facts["id"] not in things]
    finished = {row[0]: row[1] for row in evidence.stored.operations}
    for operation in evidence.told.of_kind("batch"):
        accepted = {each.facts["operation"] for each in operation.tries.values() if each.facts.get("operation")}
        faults += [f"{operation.name}: operation {one} not done" for one in accepted if not finished.get(one)]
    return looked, faults


def stored_was_attempted(evidence: Evidence) -> tuple[int, list[str]]:
    """Nothing is there that nobody sent."""
    whose = evidence.stored.organisations
    sent = {(whose[each.by], each.id, each.digest) for each in evidence.submissions if each.id}
    posted = {(whose[each.by], each.digest) for each in evidence.submissions if each.id is None}
    faults = [
        f"intake {row[1]}"
        for row in evidence.stored.intakes
        if (row[0], row[1], row[2]) not in sent and (row[0], row[2]) not in posted
    ]
    asked = Counter((each.kind, each.asked["case"]) for each in evidence.told.of_kind("consent", "send"))
    for kind, rows in (("consent", evidence.stored.consents), ("send", evidence.stored.referrals)):
        faults += [f"{kind} {row[0]}" for row in rows if not asked[kind, row[1]]]
    return len(evidence.stored.intakes), faults


def one_record_each(evidence: Evidence) -> tuple[int, list[str]]:
    """One record per id, and per key: a body is sent under one key only, and a case gets one consent and referral."""
    keys: list[Any] = [("intake", row[0], row[1]) for row in evidence.stored.intakes]
    keys += [("body", row[0], row[2]) for row in evidence.stored.intakes]
    keys += [("consent", row[1]) for row in evidence.stored.consents]
    keys += [("referral", row[1]) for row in evidence.stored.referrals]
    return len(keys), [f"{key}: {number}" for key, number in Counter(keys).items() if number > 1]


def one_answer_each(evidence: Evidence) -> tuple[int, list[str]]:
    """The same key is never told two things, is told once that it was new, and nothing else after a decision."""
    faults = []
    for each in evidence.submissions:
        if len({answer[1:] for answer in each.told}) > 1 or (each.told and each.refused):
            faults.append(f"{each.key}: {each.told}")
    for operation in evidence.told.of_kind("put", "post", "consent", "send", "move"):
        fresh = [each for each in operation.oks if not each.facts["replayed"]]
        ids = {each.facts["id"] for each in operation.oks}
        if len(fresh) > 1 or len(ids) > 1 or (operation.oks and operation.fails):
            faults.append(f"{operation.name}: {[each.facts for each in operation.oks + operation.fails]}")
    return len(evidence.submissions), faults


def _effects(evidence: Evidence) -> Counter[tuple[str, str]]:
    """What must have been recorded once, by the rows that are there; the moves of referrals are counted apart."""
    stored = evidence.stored
    found = [("intake.submitted", row[1]) for row in stored.intakes]
    found += [("case.opened", row[0]) for row in stored.cases]
    found += [("consent.given", row[0]) for row in stored.consents]
    found += [("referral.sent", row[0]) for row in stored.referrals]
    return Counter(found)


def _recorded(rows: Iterable[tuple[str, str]], evidence: Evidence) -> tuple[int, list[str]]:
    """Whether these are the effects, each once, and as many moves of each referral as its version counts."""
    effects, found = _effects(evidence), Counter(rows)
    moves = {key: number for key, number in found.items() if key[0] in EVENTS.values()}
    faults = [f"missing {key}" for key in (effects - found)]
    faults += [f"extra {key}" for key in found - effects - Counter(moves)]
    moved: Counter[str] = Counter()
    for (_, referral), number in moves.items():
        moved[referral] += number
    faults += [f"{row[0]}: {moved[row[0]]} moves" for row in evidence.stored.referrals if moved[row[0]] != row[3] - 1]
    for operation in evidence.told.of_kind("move"):
        key = (EVENTS[operation.asked["action"]], operation.asked["referral"])
        faults += [f"missing {key}, told {operation.name}"] if operation.oks and key not in found else []
    return effects.total() + moved.total(), faults


def audit_is_effects(evidence: Evidence) -> tuple[int, list[str]]:
    """Every effect has its audit entry and every entry its effect; reads and refusals have none."""
    beside = ("request.", "duty.", "batch.", "client.", "organisation.", "service.")
    rows = ((event, subject) for event, subject in evidence.stored.audit if not _read(event, beside))
    return _recorded(rows, evidence)


def _read(event: str, beside: tuple[str, ...]) -> bool:
    return event.endswith(".read") or event.startswith(beside)


def outbox_is_effects(evidence: Evidence) -> tuple[int, list[str]]:
    rows = ((row[1], row[2]) for row in evidence.stored.outbox if not row[1].startswith("duty."))
    return _recorded(rows, evidence)


def feed_is_whole(evidence: Evidence) -> tuple[int, list[str]]:
    """Who reads by cursors is told every event of its own and for it, once, in the order of each case."""
    whose, faults, looked = evidence.stored.organisations, [], 0
    order = {row[0]: number for number, row in enumerate(evidence.stored.outbox)}
    for reader, read in evidence.told.feed.items():
        looked += len(read)
        me = whose[reader]
        due = {row[0] for row in evidence.stored.outbox if me == row[4] or me in row[5]}
        faults += [f"{reader}: never told {event}" for event in due - set(read)]
        faults += [f"{reader}: told {event}, which is not there" for event in set(read) - set(order)]
        faults += [f"{reader}: told {event} {number} times" for event, number in Counter(read).items() if number > 1]
        faults += [f"{reader}: {case} out of order" for case in _disordered(evidence, read, order)]
    return looked, faults


def _disordered(evidence: Evidence, read: Sequence[str], order: Mapping[str, int]) -> Iterator[str]:
    last: dict[str, int] = {}
    for place in (order[event] for event in read if event in order):
        case = evidence.stored.outbox[place][3]
        if case is not None and last.get(case, -1) > place:
            yield case
        last[case] = place


def everything_is_decided(evidence: Evidence) -> tuple[int, list[str]]:
    """Once nothing fails any more, asking again by the same id or key always comes to an answer."""
    wanted = [*evidence.told.of_kind("put", "post", "batch", "consent", "send", "move")]
    faults = [f"{each.name}: {_last(each)}" for each in wanted if each.outcome == "unknown"]
    faults += [f"{each.name}: refused, {_last(each)}" for each in wanted if each.kind != "move" and each.fails]
    return len(wanted), faults


def _last(operation: Operation) -> str:
    last = operation.tries[max(operation.tries)]
    return f"{last.facts.get('why') or last.facts.get('status')} of {last.at}"


def a_stop_drops_nothing(evidence: Evidence) -> tuple[int, list[str]]:
    """A worker that is asked to stop answers what it has begun, and ends well."""
    asked = {line["at"]: line["read"] for line in evidence.told.faults if line["kind"] in ("restart", "stop")}
    ended = [line for line in evidence.told.faults if line["kind"] == "ended" and line["code"] not in (0, -SIGTERM)]
    killed = {line["at"] for line in evidence.told.faults if line["kind"] == "api"}
    faults = [f"{line['at']} ended with {line['code']}" for line in ended if line["at"] not in killed]
    begun = [
        (operation, each)
        for operation in evidence.told.operations.values()
        for each in operation.tries.values()
        if each.at in asked and _was_in_flight(each, asked[each.at])
    ]
    faults += [f"{operation.name} at {each.at}: {each.facts['why']}" for operation, each in begun if _dropped(each)]
    return len(begun), faults


def _was_in_flight(asked: Try, read: int) -> bool:
    sent = asked.facts.get("sent")
    return sent is not None and sent < read <= (asked.ended or read)


def _dropped(asked: Try) -> bool:
    return asked.facts.get("why") in ("disconnected", "no problem")


def _heads(folder: Path) -> Verdict:
    """The audit's tree as its signed heads state it, by the service's own verification."""
    keys = verification_keys(json.loads((folder / database.KEYS).read_text("utf-8"))["keys"])
    try:
        with (folder / database.AUDIT).open(encoding="utf-8") as file:
            proven = prove(file, (), keys)
    except TamperedError as fault:
        return Verdict("tree heads verify", 0, (str(fault),))
    missing = () if proven.heads else ("no head was signed",)
    return Verdict("tree heads verify", proven.entries, missing)


CHECKS: Mapping[str, Check] = {
    "acknowledged is stored": acknowledged_is_stored,
    "stored was attempted": stored_was_attempted,
    "one record per id and key": one_record_each,
    "one answer per key": one_answer_each,
    "audit = effects": audit_is_effects,
    "outbox = effects": outbox_is_effects,
    "feed whole, once, in order": feed_is_whole,
    "referrals linearizable": every_history_is_linearizable,
    "statuses follow": every_status_follows,
    "everything is decided": everything_is_decided,
    "a stop drops nothing": a_stop_drops_nothing,
}
