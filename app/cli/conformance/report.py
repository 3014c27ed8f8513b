"""The report of a run: for people in two languages, for machines as JSON, and nothing in it of what was sent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.cli.conformance.receiving import OF_RECEIVING
from app.cli.conformance.traffic import Exchange
from app.cli.conformance.verdicts import RULES, Finding
from app.cli.conformance.writing import OF_WRITING

JUDGES = {**OF_WRITING, **OF_RECEIVING}
_MARKS = {"passed": "✓ đạt · passed", "failed": "✗ không đạt · failed", "unseen": "– chưa gặp · not met with"}


@dataclass(frozen=True)
class Report:
    """`verdict`: failed by one broken rule; unseen while a rule was not put to the test; else passed."""

    role: str
    service: str
    requests: int
    findings: Mapping[str, Finding]

    @property
    def verdict(self) -> str:
        found = {each.verdict for each in self.findings.values()}
        return next((verdict for verdict in ("failed", "unseen") if verdict in found), "passed")

    @property
    def failed(self) -> list[str]:
        return [rule for rule, each in self.findings.items() if each.verdict == "failed"]

    def as_json(self) -> str:
        rules: list[dict[str, Any]] = [
            {
                "rule": name,
                "verdict": each.verdict,
                "met": each.met,
                "broken": list(each.broken),
                "title": {"vi": RULES[name].vi, "en": RULES[name].en},
            }
            for name, each in self.findings.items()
        ]
        about = {"role": self.role, "service": self.service, "at": datetime.now(UTC).isoformat(timespec="seconds")}
        whole = {**about, "requests": self.requests, "verdict": self.verdict, "rules": rules}
        return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"

    def as_text(self) -> str:
        lines = [f"{self.role} · {self.service} · {self.requests} yêu cầu · requests", ""]
        for name, each in self.findings.items():
            rule = RULES[name]
            lines.append(f"{_MARKS[each.verdict]}: {name} ({each.met})\n    {rule.vi} · {rule.en}")
            lines += [f"    {broken}" for broken in each.broken[:5]]
        return "\n".join([*lines, "", _MARKS[self.verdict]])


def judge(role: str, service: str, log: list[Exchange]) -> Report:
    asked = [name for name, rule in RULES.items() if role in rule.roles]
    return Report(role, service, len(log), {name: JUDGES[name](log) for name in asked})
