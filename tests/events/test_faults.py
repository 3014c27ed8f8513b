"""Kill -9 of the API and of PostgreSQL while eight write and two read: every committed event once, in order."""

import asyncio
from collections import Counter
from pathlib import Path

from tests.events.faults import Faults

KILLS = 4


def test_every_reader_is_told_every_committed_event_once_and_in_order(tmp_path: Path) -> None:
    faults = Faults(tmp_path / "data", seed=20_261_122)
    try:
        asyncio.run(faults.run(KILLS))
        committed = [event for event, _ in asyncio.run(faults.committed())]
    finally:
        faults.service.stop()
    assert faults.acknowledged > KILLS
    assert len(committed) >= faults.acknowledged
    print(f"{faults.kills} kills, {faults.acknowledged} notes acknowledged, {len(committed)} events committed")
    for reader, told in faults.read.items():
        assert set(committed) - set(told) == set(), f"{reader} was not told"
        assert [event for event, times in Counter(told).items() if times > 1] == [], f"{reader} was told again"
        assert told == committed, f"{reader} was told in another order"
    assert faults.read.keys() == {"pages", "stream"}
