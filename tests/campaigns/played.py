"""A small campaign as it would have been logged and stored, in which nothing went wrong: tests take one thing away."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from campaigns.evidence import Evidence, submissions
from campaigns.history import LOG, gathered
from campaigns.stored import Stored

BORDER, NGO = "border's", "ngo's"
WORKER = "http://127.0.0.1:1"
_MOVES = [("acknowledge", "acknowledged"), ("accept", "accepted")]


class Played:
    """`lines` are those of the log in their order; `line` finds one."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self._clock = 0
        told = {"id": "i1", "digest": "d1", "reference": "R1", "case": "c1"}
        self.op("put-1", "put", {"id": "i1", "digest": "d1"}, status=201, **told)
        told = {"id": "i2", "digest": "d2", "reference": "R2", "case": "c2"}
        self.op("post-1", "post", {"key": "k2", "digest": "d2"}, status=201, **told)
        self.op("batch-1", "batch", {"lines": [["i3", "d3"]]}, status=200, lines=[["i3", 201, "d3", "R3"]])
        self.op("consent-1", "consent", {"key": "k3", "case": "c1"}, status=201, id="n1", state="given", tag=None)
        self.op("send-1", "send", {"key": "k4", "case": "c1"}, status=201, id="r1", state="sent", tag="s1")
        for number, (action, status) in enumerate(_MOVES, 1):
            seen = {"referral": "r1", "role": "receiver"}
            before = {"id": "r1", "state": ["sent", "acknowledged"][number - 1], "tag": f"t{number}"}
            self.op(f"look-{number}", "look", seen, by="demo-ngo", status=200, **before)
            after = {"id": "r1", "state": status, "tag": f"t{number + 1}"}
            asked = {"key": f"m{number}", **seen, "action": action, "seen": f"t{number}"}
            self.op(f"move-{number}", "move", asked, by="demo-ngo", status=200, **after)
        self.note("feed", by="demo-border", at=WORKER, ids=[f"e{n}" for n in range(1, 11)])
        self.note("feed", by="demo-ngo", at=WORKER, ids=[f"e{n}" for n in range(7, 11)])
        self.stored = _stored()

    def note(self, event: str, **facts: Any) -> None:
        self._clock += 10
        self.lines.append({"t": self._clock, "e": event, **facts})

    def op(self, name: str, kind: str, asked: dict[str, Any], *, by: str = "demo-border", **facts: Any) -> None:
        self.note("invoke", op=name, **{"try": 1}, at=WORKER, by=by, kind=kind, asked=asked)
        self.note("ok", op=name, **{"try": 1}, sent=self._clock + 1, replayed=False, **facts)

    def line(self, event: str, op: str) -> dict[str, Any]:
        return next(each for each in self.lines if each["e"] == event and each.get("op") == op)

    def again(self, op: str, event: str = "ok", **facts: Any) -> None:
        """The same asked once more."""
        number = {"try": 1 + max(each["try"] for each in self.lines if each.get("op") == op)}
        self.note("invoke", **{**deepcopy(self.line("invoke", op)), **number, "e": "invoke"} | {"t": 0})
        self.lines[-1]["t"] = self._clock
        answer = deepcopy(self.line("ok", op)) if event == "ok" else {"op": op}
        self.note(event, **{k: v for k, v in {**answer, **number, **facts}.items() if k not in ("t", "e")})

    def evidence(self, folder: Path) -> Evidence:
        (folder / LOG).write_text("".join(json.dumps(line) + "\n" for line in self.lines), "utf-8")
        told = gathered(folder)
        return Evidence(told, self.stored, list(submissions(told)))


def _stored() -> Stored:
    events = [
        *(("intake.submitted", f"i{n}", f"c{n}") for n in (1, 2, 3)),
        *(("case.opened", f"c{n}", f"c{n}") for n in (1, 2, 3)),
        ("consent.given", "n1", "c1"),
        ("referral.sent", "r1", "c1"),
        ("referral.acknowledged", "r1", "c1"),
        ("referral.accepted", "r1", "c1"),
    ]
    return Stored(
        intakes=[[BORDER, f"i{n}", f"d{n}", f"R{n}", [f"c{n}"]] for n in (1, 2, 3)],
        cases=[["c1"], ["c2"], ["c3"]],
        consents=[["n1", "c1"]],
        referrals=[["r1", "c1", "accepted", 3]],
        audit=[["referral.read", "r1"], *([event, subject] for event, subject, _ in events)],
        outbox=[
            [f"e{number}", event, subject, case, BORDER, [NGO] if number > 6 else []]
            for number, (event, subject, case) in enumerate(events, 1)
        ],
        clients=[["demo-border", BORDER], ["demo-ngo", NGO]],
    )
