"""What a deadline says, in words a jurist can check: rule, source, certainty and a worked example, vi and en."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from app.law.calendar import Direction, Length, Unit
from app.law.clocks import Clocks, ClockState
from app.law.deadlines import Deadline
from app.law.rules import Rules
from app.reference.fields import VIET_NAM

_EXAMPLE = date(2026, 2, 12)
"""A Thursday just before Tết, so that an example shows what a holiday does."""

_HALF_PAST_NINE = time(9, 30)
_CERTAINTY = {
    "sourced": "có nguồn",
    "known": "kiến thức chung, chưa kiểm chứng",
    "uncertain": "chưa chắc chắn",
    "design": "quyết định kỹ thuật, không phải luật",
}
_UNITS = {
    Unit.HOURS: ("giờ", "hours"),
    Unit.DAYS: ("ngày", "days"),
    Unit.WORKING_DAYS: ("ngày làm việc", "working days"),
    Unit.MONTHS: ("tháng", "months"),
}
_WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


def explain(rule_id: str, clocks: Clocks) -> list[str]:
    """Every version of the rule, in the order of the file, as lines; none when there is no such rule."""
    return [line for rule in clocks.rules.of(rule_id) for line in (*_rule(rule, clocks.rules), *_worked(rule, clocks))]


def _rule(rule: Deadline, rules: Rules[Deadline]) -> Iterator[str]:
    yield f"{rule.id} · {rule.regime} · {_day(rule.valid_from)} – {_day(rule.valid_to) if rule.valid_to else '…'}"
    yield f"  {rule.vi}"
    yield f"  {rule.en}"
    yield f"  Nguồn · Source: {rule.source}"
    yield f"  Độ chắc chắn · Certainty: {_CERTAINTY[rule.certainty]} · {rule.certainty}"
    yield f"  Bên chịu trách nhiệm · Owed by: {rule.owed_by} ({rule.carrier})"
    yield f"  Thời hạn · Length: {term(rule)}"
    if rule.technical_default:
        yield "  Luật chỉ nói “ngay”: độ dài này là mặc định kỹ thuật, không phải luật định"
        yield "  The law only says “at once”: this length is a technical default, not statutory"
    for other in rules.of(rule.extension or ""):
        if other.regime == rule.regime:
            yield f"  Kéo dài một lần · Extended once: {other.id}, {term(other)}"
    if rule.reference_only:
        yield f"  Chỉ để tham khảo · Reference only: {rule.reference_only.vi} · {rule.reference_only.en}"
    if rule.starts:
        yield f"  Bắt đầu · Starts: {', '.join(rule.starts)}"
        yield f"  Hoàn thành · Met by: {', '.join(rule.met_by)}"
    if rule.hastened_by:
        yield f"  Sớm hơn khi · Brought forward by: {', '.join(rule.hastened_by)}"


def _worked(rule: Deadline, clocks: Clocks) -> Iterator[str]:
    at = datetime.combine(_example_day(rule), _HALF_PAST_NINE, VIET_NAM)
    state = clocks.start(rule, at, on=at.date() + timedelta(days=90) if rule.due_field else None)
    if rule.direction == Direction.BACKWARDS:
        yield f"  Ví dụ: sự kiện vào {_vi(at)}; phải làm chậm nhất {_vi(state.due_at)}"
        yield f"  Example: the event is on {_en(at)}; to be done by {_en(state.due_at)}"
        return
    yield f"  Ví dụ: bắt đầu {_vi(at)}; hết hạn {_vi(state.due_at)}"
    yield f"  Example: starts on {_en(at)}; ends on {_en(state.due_at)}"
    if rule.paused_by:
        yield from _paused(state, at, clocks)
    if rule.extension:
        extended = clocks.extend(state)
        yield f"  Nếu kéo dài: hết hạn {_vi(extended.due_at)}"
        yield f"  If extended: ends on {_en(extended.due_at)}"


def _paused(state: ClockState, at: datetime, clocks: Clocks) -> Iterator[str]:
    asked, answered = at + timedelta(hours=1), at + timedelta(days=5)
    paused = clocks.resume(clocks.pause(state, asked), answered)
    yield f"  Nếu tạm dừng từ {_vi(asked)} đến {_vi(answered)}: hết hạn {_vi(paused.due_at)}"
    yield f"  If paused from {_en(asked)} to {_en(answered)}: ends on {_en(paused.due_at)}"


def _example_day(rule: Deadline) -> date:
    return min(max(_EXAMPLE, rule.valid_from), rule.valid_to or date.max)


def term(rule: Deadline) -> str:
    """How long the deadline is, in both languages."""
    if rule.length is None:
        return f"theo thời hạn ghi ở {rule.due_field} · by what {rule.due_field} says"
    vi, en = _length(rule.length)
    return f"trước {vi} · {en} before" if rule.direction == Direction.BACKWARDS else f"{vi} · {en}"


def _length(length: Length) -> tuple[str, str]:
    vi, en = _UNITS[length.unit]
    return f"{length.amount} {vi}", f"{length.amount} {en}"


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _vi(at: datetime) -> str:
    return f"{_WEEKDAYS[at.weekday()]} {at:%d/%m/%Y} {at:%H:%M}"


def _en(at: datetime) -> str:
    return f"{at:%a %d/%m/%Y %H:%M}"
