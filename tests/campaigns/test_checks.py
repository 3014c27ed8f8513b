"""Each check finds what it is for, and nothing where nothing is wrong: one thing of a good campaign is changed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from campaigns.checks import CHECKS
from tests.campaigns.played import BORDER, WORKER, Played

Change = Callable[[Played], object]


def _faulty(played: Played, folder: Path) -> set[str]:
    evidence = played.evidence(folder)
    return {name for name, check in CHECKS.items() if list(check(evidence)[1])}


def test_a_campaign_without_a_fault_is_found_good(tmp_path: Path) -> None:
    evidence = Played().evidence(tmp_path)
    looked = {name: check(evidence) for name, check in CHECKS.items()}
    assert {name: list(faults) for name, (_, faults) in looked.items()} == {name: [] for name in CHECKS}
    assert {name for name, (number, _) in looked.items() if not number} == {"a stop drops nothing"}


def a_lost_batch_line(played: Played) -> None:
    played.stored.intakes.pop()


def another_digest(played: Played) -> None:
    played.stored.intakes[0][2] = "d9"


def a_record_from_nowhere(played: Played) -> None:
    played.stored.intakes.append([BORDER, "i9", "d9", "R9", []])


def the_same_body_twice(played: Played) -> None:
    played.stored.intakes.append([BORDER, "i9", "d2", "R9", []])


def a_second_referral(played: Played) -> None:
    played.stored.referrals.append(["r2", "c1", "sent", 1])


def another_reference(played: Played) -> None:
    played.again("put-1", reference="R8", status=200, replayed=True)


def twice_new(played: Played) -> None:
    played.again("send-1")


def an_entry_missing(played: Played) -> None:
    played.stored.audit.remove(["case.opened", "c2"])


def an_entry_too_many(played: Played) -> None:
    played.stored.audit.append(["referral.accepted", "r1"])


def an_event_missing(played: Played) -> None:
    played.stored.outbox.pop(1)
    _told(played, "demo-border").remove("e2")


def a_move_without_an_event(played: Played) -> None:
    played.stored.outbox.pop()
    for reader in ("demo-border", "demo-ngo"):
        _told(played, reader).remove("e10")


def not_told(played: Played) -> None:
    _told(played, "demo-ngo").remove("e9")


def told_twice(played: Played) -> None:
    _told(played, "demo-ngo").append("e9")


def told_out_of_order(played: Played) -> None:
    ids = _told(played, "demo-border")
    ids[8], ids[9] = ids[9], ids[8]


def _told(played: Played, reader: str) -> list[str]:
    ids: list[str] = next(line["ids"] for line in played.lines if line["e"] == "feed" and line["by"] == reader)
    return ids


def two_moves_from_one_version(played: Played) -> None:
    played.line("invoke", "move-2")["asked"]["seen"] = "t1"


def a_move_undone(played: Played) -> None:
    played.stored.referrals[0][2:] = ["acknowledged", 2]
    played.stored.audit.remove(["referral.accepted", "r1"])


def seen_backwards(played: Played) -> None:
    seen = {"referral": "r1", "role": "receiver"}
    played.op("look-9", "look", seen, by="demo-ngo", status=200, id="r1", state="sent", tag="t1")


def never_decided(played: Played) -> None:
    played.note(
        "invoke", op="put-9", **{"try": 1}, at=WORKER, by="demo-border", kind="put", asked={"id": "i9", "digest": "9"}
    )
    played.note("unknown", op="put-9", **{"try": 1}, sent=None, why="unavailable")


def dropped_at_a_stop(played: Played) -> None:
    played.again("put-1", "unknown", sent=1, why="disconnected")
    played.note("fault", kind="restart", at=WORKER, read=5)


def ended_under_its_hands_at_a_stop(played: Played) -> None:
    played.again("put-1", "unknown", sent=1, status=500, why="no problem")
    played.note("fault", kind="restart", at=WORKER, read=5)


def stopped_by_a_crash(played: Played) -> None:
    played.note("fault", kind="ended", at=WORKER, code=1)


@pytest.mark.parametrize(
    ("change", "found_by"),
    [
        (a_lost_batch_line, "acknowledged is stored"),
        (another_digest, "acknowledged is stored"),
        (a_record_from_nowhere, "stored was attempted"),
        (the_same_body_twice, "one record per id and key"),
        (a_second_referral, "one record per id and key"),
        (another_reference, "one answer per key"),
        (twice_new, "one answer per key"),
        (an_entry_missing, "audit = effects"),
        (an_entry_too_many, "audit = effects"),
        (an_event_missing, "outbox = effects"),
        (a_move_without_an_event, "outbox = effects"),
        (not_told, "feed whole, once, in order"),
        (told_twice, "feed whole, once, in order"),
        (told_out_of_order, "feed whole, once, in order"),
        (two_moves_from_one_version, "referrals linearizable"),
        (a_move_undone, "referrals linearizable"),
        (seen_backwards, "statuses follow"),
        (never_decided, "everything is decided"),
        (dropped_at_a_stop, "a stop drops nothing"),
        (ended_under_its_hands_at_a_stop, "a stop drops nothing"),
        (stopped_by_a_crash, "a stop drops nothing"),
    ],
)
def test_what_is_wrong_is_found_by_its_check(change: Change, found_by: str, tmp_path: Path) -> None:
    played = Played()
    change(played)
    assert found_by in _faulty(played, tmp_path)


def test_a_line_cut_off_by_a_kill_is_passed_over(tmp_path: Path) -> None:
    played = Played()
    played.evidence(tmp_path)
    with (tmp_path / "history.jsonl").open("a", encoding="utf-8") as log:
        log.write('{"t":1,"e":"inv')
    from campaigns.history import gathered

    assert len(gathered(tmp_path).operations) == 9
