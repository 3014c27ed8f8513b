"""A process that dies: it does what a post does, and kills itself (SIGKILL) before the n-th step, for each n in turn.

A step is an SQL statement of the outbox, or the beginning or end of a call to the service. Run as a program it reads
one order a line, `{act, folder, secret, step}`, and forks for each, so that a death costs no new start; what the dying
one was told is done stands in its line of answer.
"""

import json
import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.client.wire import NOTHING
from app.post import bundles, enrolment, outbox, receipts
from app.post.answers import body_of
from app.post.network import connect
from app.post.outbox import Outbox
from app.post.sending import Sender
from app.post.terminal import confirm

ANSWERS = {
    "channel": "self_return_border",
    "received_at": "2026-11-20T22:41:00+07:00",
    "province": "15",
    "full_name": "Nguyễn Thị Hoa",
    "urgent_needs": "medical",
}


@dataclass
class Death:
    """Comes at the n-th step; 0: never."""

    step: int
    steps: int = 0

    def near(self, _: object = None) -> None:
        self.steps += 1
        if self.steps == self.step:
            os.kill(os.getpid(), signal.SIGKILL)


def write(box: Outbox, _: Death, done: Callable[[str], None]) -> None:
    """A form is opened, answered and confirmed; `done` says what has been acknowledged to the officer."""
    item = box.open_draft({})
    done(str(item.id))
    for key, text in ANSWERS.items():
        box.answer(item.id, key, text)
        done(key)
    found = box.find(item.id)
    assert found is not None
    body, _faults = body_of(found.answers or {}, {}, enrolment.clock_of(box))
    confirm(box, found, body)
    done("confirmed")


def send(box: Outbox, death: Death, done: Callable[[str], None]) -> None:
    """The outbox is walked once; every call to the service begins and ends with a chance to die."""
    clock = enrolment.clock_of(box)
    network = connect(box, clock)
    call = network._call

    def fatal(method: str, path: str, body: Any = NOTHING) -> Any:
        death.near()
        answer = call(method, path, body)
        death.near()
        return answer

    network._call = fatal  # type: ignore[method-assign]
    Sender(box, network, clock, tell=lambda item, _: done(str(item.id))).walk()


def bring(box: Outbox, _: Death, done: Callable[[str], None]) -> None:
    """A bundle that lies in the post's folder is taken in."""
    bundles.bring(box, bundles.read(box, _folder(box) / "bundle.age"))
    done("brought")


def let_go(box: Outbox, _: Death, done: Callable[[str], None]) -> None:
    """Receipts that lie in the post's folder are taken in."""
    receipts.take_in(box, _folder(box) / "receipts.jws")
    done("let go")


ACTS: dict[str, Callable[[Outbox, Death, Callable[[str], None]], None]] = {
    "write": write,
    "send": send,
    "bring": bring,
    "let_go": let_go,
}


def _folder(box: Outbox) -> Path:
    return Path(box._db.execute("pragma database_list").fetchone()[2]).parent


def _live(order: dict[str, Any], told: int) -> None:
    death = Death(order["step"])
    db: sqlite3.Connection = outbox.connect(Path(order["folder"]))
    db.set_trace_callback(death.near)
    ACTS[order["act"]](Outbox(db, bytes.fromhex(order["secret"])), death, lambda what: _tell(told, what))
    _tell(told, "end")


def _tell(told: int, what: str) -> None:
    os.write(told, f"{what}\n".encode())


def _obey(order: dict[str, Any]) -> list[str]:
    """Lives in a child to the end or to its death; what it had said by then."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            _live(order, writing)
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        said = told.read().split()
    os.waitpid(child, 0)
    return said


def main() -> None:
    for line in sys.stdin:
        print(json.dumps(_obey(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
