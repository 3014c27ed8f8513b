"""The rules of whoever writes: form, keys, repetition. Each looks at the whole traffic and names what broke it."""

from collections import defaultdict
from collections.abc import Mapping

from app.cli.conformance.traffic import Exchange
from app.cli.conformance.verdicts import Finding, Judge, finding, later

_FORM = {
    *("malformed_request", "invalid_header", "validation_failed", "idempotency_key_required", "version_required"),
    *("unsupported_media_type", "payload_too_large", "method_not_allowed", "not_acceptable"),
}
_UNSTATED = {"officer_required", "purpose_required"}
_PASSING = ("lost", "unavailable", "busy")
_EARLY = 0.05
"""Seconds by which two clocks of one machine may differ before a pause counts as too short."""


def _writes(log: list[Exchange]) -> list[Exchange]:
    return [each for each in log if each.is_write]


def _posts(log: list[Exchange]) -> list[Exchange]:
    return [each for each in _writes(log) if each.method == "POST" and each.path != "/v1/intake-batches"]


def _again(log: list[Exchange], first: Exchange) -> list[Exchange]:
    """Later requests that say the same, under whatever key or id."""
    same = [each for each in later(log, first) if each.method == first.method and each.digest == first.digest]
    return [each for each in same if first.method == "PUT" or each.path == first.path]


def speaks_the_contract(log: list[Exchange]) -> Finding:
    asked = [each for each in log if each.path.startswith("/v1/") and not each.fault]
    return finding(asked, (each for each in asked if each.code in _FORM))


def officer_named(log: list[Exchange]) -> Finding:
    unnamed = [each for each in _writes(log) if "acting-officer" not in each.sent]
    return finding(_writes(log), [*unnamed, *(each for each in log if each.code in _UNSTATED)])


def key_on_every_write(log: list[Exchange]) -> Finding:
    made = _posts(log) or _writes(log)
    return finding(made, (each for each in _posts(log) if "idempotency-key" not in each.sent))


def key_for_one_content(log: list[Exchange]) -> Finding:
    """Over all paths: a key that serves for everything is none."""
    contents: dict[str, set[tuple[str, str]]] = defaultdict(set)
    broken = []
    for each in _writes(log):
        name = each.sent.get("idempotency-key") or (each.path if each.method == "PUT" else "")
        if name:
            contents[name].add((each.path, each.digest))
            if len(contents[name]) > 1:
                broken.append(each)
    return finding(_writes(log), broken)


def key_kept(log: list[Exchange]) -> Finding:
    met = [each for each in _writes(log) if each.fault in _PASSING]
    return finding(met, (again for each in met for again in _again(log, each) if again.what != each.what))


def sends_again(log: list[Exchange]) -> Finding:
    met = [each for each in log if each.fault in _PASSING]
    return finding(met, (each for each in met if not _again(log, each)))


def waits_as_told(log: list[Exchange]) -> Finding:
    met = [each for each in log if each.retry_after and _again(log, each)]
    return finding(met, (each for each in met if _again(log, each)[0].began < each.ended + each.retry_after - _EARLY))


def replay_is_success(log: list[Exchange]) -> Finding:
    met = [each for each in _writes(log) if each.done and each.headers.get("idempotent-replayed") == "true"]
    return finding(met, (again for each in met for again in _again(log, each)))


def refusal_is_final(log: list[Exchange]) -> Finding:
    met = [each for each in _writes(log) if each.status == 422]
    return finding(met, (again for each in met for again in _again(log, each)))


def token_renewed(log: list[Exchange]) -> Finding:
    met = [each for each in log if each.fault == "token"]
    return finding(met, (each for each in met if not _renewed(log, each)))


def _renewed(log: list[Exchange], refused: Exchange) -> bool:
    again = _again(log, refused)
    return bool(again) and again[0].sent.get("authorization") != refused.sent.get("authorization")


OF_WRITING: Mapping[str, Judge] = {
    judge.__name__: judge
    for judge in (
        *(speaks_the_contract, officer_named, key_on_every_write, key_for_one_content, key_kept),
        *(sends_again, waits_as_told, replay_is_success, refusal_is_final, token_renewed),
    )
}
