"""The PIN: what it opens, what a wrong one costs, and that killing the process gives no free try."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.post import lock, outbox
from tests.post.ground import PIN


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    made = outbox.connect(tmp_path)
    yield made
    made.close()


class Watch:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def wrong(db: sqlite3.Connection, watch: Watch, times: int) -> None:
    for _ in range(times):
        with pytest.raises(lock.WrongPinError):
            lock.unlock(db, "000000", watch)


def test_the_pin_opens_and_another_does_not(db: sqlite3.Connection) -> None:
    key = lock.set_pin(db, PIN)
    assert len(key) == 32
    assert lock.unlock(db, PIN, Watch()) == key
    wrong(db, Watch(), 2)
    assert lock.unlock(db, PIN, Watch()) == key
    wrong(db, Watch(), 3)  # a good one begins the count anew


def test_wrong_pins_cost_more_and_more_time_whatever_the_clock_is_set_to(db: sqlite3.Connection) -> None:
    lock.set_pin(db, PIN)
    watch = Watch()
    wrong(db, watch, 3)
    with pytest.raises(lock.TooEarlyError) as early:
        lock.unlock(db, PIN, watch)
    assert early.value.seconds == 30
    watch.now += 30
    wrong(db, watch, 1)
    with pytest.raises(lock.TooEarlyError) as early:
        lock.unlock(db, PIN, watch)
    assert early.value.seconds == 60
    watch.now -= 5000
    for _ in range(2):
        with pytest.raises(lock.TooEarlyError):
            lock.unlock(db, PIN, watch)
    watch.now += 60
    assert lock.unlock(db, PIN, watch)


def test_a_try_counts_before_it_is_judged(db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    lock.set_pin(db, PIN)

    def killed(*_: object) -> bytes:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(lock, "_stretched", killed)
        for _ in range(3):
            with pytest.raises(SystemExit):
                lock.unlock(db, "000000", Watch())
    with pytest.raises(lock.TooEarlyError):
        lock.unlock(db, PIN, Watch())


def test_a_short_pin_and_a_second_post_in_the_folder_are_refused(db: sqlite3.Connection, tmp_path: Path) -> None:
    with pytest.raises(lock.ShortPinError):
        lock.set_pin(db, "12345")
    with pytest.raises(outbox.NoPostError):
        outbox.unlock(tmp_path, PIN)
    outbox.create(tmp_path, PIN).close()
    with pytest.raises(FileExistsError):
        outbox.create(tmp_path, "another-pin")
    with pytest.raises(outbox.NoPostError):
        outbox.unlock(tmp_path / "elsewhere", PIN)
    with pytest.raises(lock.WrongPinError):
        outbox.unlock(tmp_path, "another-pin")
    outbox.unlock(tmp_path, PIN).close()
