"""The procedures drawn for people: one Mermaid flowchart each, from channel over duties to clocks, out of the rules."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from app.auth.scopes import Agency
from app.law.deadlines import DEADLINES
from app.law.explain import term
from app.law.procedures import HOLDERS, PROCEDURES, Competence, Procedure, Step
from app.law.rules import REGIMES, Regime
from app.problems import Language
from app.reference.codes import label
from app.reference.datafiles import Certainty

_PREFACE = """# Trình tự theo kênh tiếp nhận · Procedures by channel

Generated from `app/law/data/procedures.yaml` and `deadlines.yaml` by `./referral docs`.

Khung nét đứt: nội dung chưa chắc chắn hoặc do dự án đề xuất. Bàn giao không theo sơ đồ vẫn được chấp nhận và được ghi
chú nghĩa vụ còn phải làm.

A dashed frame marks what is uncertain or this project's proposal. A hand-over that departs from the chart is accepted,
and flagged with the duty that is owed.
"""


def procedures_page() -> str:
    """The page of all procedures, the newest law first: Markdown with Mermaid, in Vietnamese and English."""
    sections = [_law(regime) for regime in reversed(Regime)]
    return "\n".join([_PREFACE, *sections])


def _law(regime: Regime) -> str:
    law = next(rule for rule in REGIMES if rule.regime is regime)
    ends = f"–{law.valid_to:%d/%m/%Y}" if law.valid_to else ""
    heading = f"## {law.vi} · {law.en} ({law.valid_from:%d/%m/%Y}{ends or '–'})\n"
    return "\n".join([heading, *(_section(rule) for rule in PROCEDURES if rule.regime is regime)])


def _section(rule: Procedure) -> str:
    lines = [
        f"### {rule.vi} · {rule.en}",
        "",
        f"{rule.source} ({rule.certainty})",
        "",
        "```mermaid",
        flowchart(rule),
        "```",
        "",
        f"- Xác minh · Verifies: {_bodies(rule.verifies)}",
        f"- Xác nhận · Certifies: {_bodies(rule.certifies)}",
        "",
    ]
    return "\n".join(lines)


def flowchart(rule: Procedure) -> str:
    """One procedure: its channels lead to the first receivers, then from duty to duty, each with its clock."""
    steps = [f"s{position}" for position in range(1, len(rule.steps) + 1)]
    lines = [
        "flowchart TD",
        *_channels(rule),
        f"  receives[{_quoted('Tiếp nhận · Receives', *_receivers(rule))}]",
        *(line for name, step in zip(steps, rule.steps, strict=True) for line in _step(name, step, rule.regime)),
        *(f"  {earlier} --> {later}" for earlier, later in pairwise(["receives", *steps])),
        "  classDef unsure stroke-dasharray: 5 5",
    ]
    return "\n".join(lines)


def _channels(rule: Procedure) -> Iterator[str]:
    for channel in rule.channels:
        names = (label("intake_channel", channel, "vi"), label("intake_channel", channel, "en"))
        yield f"  {channel}([{_quoted(*names)}]) --> receives"


def _step(name: str, step: Step, regime: Regime) -> Iterator[str]:
    words = _quoted(_path(step, "vi"), step.vi, _path(step, "en"), step.en, f"{step.article} ({step.certainty})")
    yield f"  {name}[{words}]{_frame(step.certainty)}"
    for deadline in DEADLINES.of(step.deadline or ""):
        if deadline.regime is regime:
            default = ["mặc định kỹ thuật · technical default"] if deadline.technical_default else []
            clock = _quoted(deadline.id, term(deadline), *default, f"({deadline.certainty})")
            yield f"  {name} -.- {name}_{deadline.id}{{{{{clock}}}}}{_frame(deadline.certainty)}"


def _frame(certainty: Certainty) -> str:
    return ":::unsure" if certainty in ("uncertain", "design") else ""


def _receivers(rule: Procedure) -> tuple[str, str]:
    if set(rule.receives) == set(HOLDERS):
        return "Cơ quan, tổ chức gần nhất bất kỳ", "Any nearest body"
    return _agencies(rule.receives, "vi"), _agencies(rule.receives, "en")


def _path(step: Step, language: Language) -> str:
    by, to = _agencies(step.by, language), _agencies(step.to, language)
    return f"{by} → {to}" if to else by


def _agencies(agencies: Iterable[Agency], language: Language) -> str:
    # Names of agencies hold commas themselves.
    return " / ".join(label("agency", agency, language) for agency in agencies)


def _bodies(bodies: Iterable[Competence]) -> str:
    return "; ".join(f"{body.vi} · {body.en} ({body.article}, {body.certainty})" for body in bodies)


def _quoted(*lines: str) -> str:
    # Mermaid ends a label at a double quote, whatever stands before it.
    return '"' + "<br/>".join(line.replace('"', "”") for line in lines) + '"'
