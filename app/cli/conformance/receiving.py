"""The rules of whoever receives: the feed followed, each referral acknowledged, versions, and an end to reading."""

import re
from collections.abc import Mapping

from app.cli.conformance.traffic import Exchange
from app.cli.conformance.verdicts import Finding, Judge, finding, later

_MOVE = re.compile(r"(/v1/referrals/[0-9a-f-]{36})/([\w-]+)")
_ENDS = {"completions", "declines", "refusals"}
_SENT = "referral.sent"
_WAITING = "sent"


def _events(log: list[Exchange]) -> list[Exchange]:
    return [each for each in log if each.method == "GET" and each.path == "/v1/events"]


def _moves(log: list[Exchange]) -> list[tuple[Exchange, str, str]]:
    """Each move of a referral: the exchange, the referral's path, the act."""
    found = ((each, _MOVE.fullmatch(each.path)) for each in log if each.method == "POST")
    return [(each, match[1], match[2]) for each, match in found if match]


def cursor_kept(log: list[Exchange]) -> Finding:
    """The first may begin anywhere; every other goes on from what was answered last, or asks the same again."""
    broken, allowed = [], None
    for each in _events(log):
        if allowed is not None and each.after not in allowed:
            broken.append(each)
        allowed = {each.body.get("next")} if each.done else (allowed or {each.after})
    return finding(_events(log)[1:], broken)


def event_once(log: list[Exchange]) -> Finding:
    met = [each for each in log if each.fault == "again"]
    done: set[str] = set()
    broken = []
    for each, _, _ in _moves(log):
        if each.path in done:
            broken.append(each)
        if each.done:
            done.add(each.path)
    return finding(met, broken)


def acknowledges(log: list[Exchange]) -> Finding:
    """Every referral told of is read, and acknowledged if it still waits for that."""
    told = {
        event["subject"].replace("referral/", "/v1/referrals/"): each
        for each in _events(log)
        for event in each.body.get("items", ())
        if event["type"] == _SENT
    }
    answered = {path for each, path, act in _moves(log) if each.done}
    broken = (each for path, each in told.items() if path not in answered and _first_read(log, path) in ("", _WAITING))
    return finding(told.values(), broken)


def _first_read(log: list[Exchange], path: str) -> str:
    """The status that it was in then; empty if it was never read."""
    read = (
        str(each.body.get("status", "")) for each in log if each.method == "GET" and each.path == path and each.done
    )
    return next(read, "")


def version_sent(log: list[Exchange]) -> Finding:
    """`If-Match` is an entity tag that this integration was answered for the thing it moves."""
    broken = []
    for each, path, _ in _moves(log):
        before = [e for e in log if e.number < each.number and (e.path == path or e.path.startswith(f"{path}/"))]
        if each.sent.get("if-match") not in {e.headers.get("etag") for e in before if e.done}:
            broken.append(each)
    return finding((each for each, _, _ in _moves(log)), broken)


def stale_read_again(log: list[Exchange]) -> Finding:
    met = [(each, path) for each, path, _ in _moves(log) if each.status == 412]
    return finding((each for each, _ in met), (each for each, path in met if not _read_then_moved(log, each, path)))


def _read_then_moved(log: list[Exchange], stale: Exchange, path: str) -> bool:
    after = [each for each in later(log, stale) if each.path in (path, stale.path)]
    return len(after) > 1 and after[0].method == "GET" and any(each.path == stale.path for each in after)


def moves_are_legal(log: list[Exchange]) -> Finding:
    illegal = {"invalid_transition", "not_your_move"}
    return finding((each for each, _, _ in _moves(log)), (each for each in log if each.code in illegal))


def reading_ends(log: list[Exchange]) -> Finding:
    met = [(each, path) for each, path, act in _moves(log) if act in _ENDS and each.done]
    broken = [
        read
        for ended, path in met
        for case in {e.body.get("case_id") for e in log if e.path == path and "case_id" in e.body}
        for read in later(log, ended)
        if read.method == "GET" and read.path.startswith(f"/v1/cases/{case}")
    ]
    return finding((each for each, _ in met), broken)


OF_RECEIVING: Mapping[str, Judge] = {
    judge.__name__: judge
    for judge in (
        *(cursor_kept, event_once, acknowledges, version_sent, stale_read_again, moves_are_legal, reading_ends),
    )
}
