"""The form in a terminal: one question after the other, each answer on the disk before the next is asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from app.post.answers import Fault, body_of, choices, parse, shown
from app.post.clock import Clock
from app.post.outbox import Item, Outbox
from app.post.questions import SEPARATOR, Question, asked, is_urgent
from app.post.wording import faults as findings
from app.post.wording import rule
from app.reference.codes import Code

_SEEN_LIST, _SHORT_LIST = 16, 40
"""Codes of a list that is shown unasked, and of one whose codes may be named by number."""

_BACK, _HELP, _CLEAR = "<", "?", "-"


@dataclass
class Form:
    """`ask` shows a prompt and gives what was typed; `say` a line."""

    outbox: Outbox
    clock: Clock
    ask: Callable[[str], str]
    say: Callable[[str], None]

    def fill(self, item_id: UUID) -> bool:
        """Asks all questions of a draft, shows it, and confirms it or leaves it a draft; whether it was confirmed."""
        self.say(f"Trả lời trống: bỏ qua. {_BACK} quay lại. {_HELP} xem danh mục. {_CLEAR} xóa câu trả lời.")
        self.say(f"Empty: skip. {_BACK} back. {_HELP} list of codes. {_CLEAR} clear the answer.")
        for line in findings(self._draft(item_id).problem):
            self.say(f"  ! {line}")
        done: list[str] = []
        while (question := self._next(item_id, done)) is not None:
            if question.list and len(self._codes(question)) <= _SEEN_LIST:
                self._list(question)
            typed = self.ask(self._prompt(item_id, question)).strip()
            if typed == _BACK:
                done = done[:-1]
            elif typed == _HELP:
                self._list(question)
            elif self._answered(item_id, question, typed):
                done.append(question.key)
        return self._confirmed(item_id, done)

    def _next(self, item_id: UUID, done: list[str]) -> Question | None:
        """The first open question that has not been asked; a section is announced before its first."""
        for section in asked(self._answers(item_id)):
            for number, question in enumerate(section.questions):
                if question.key not in done:
                    if number == 0:
                        self.say(f"\n── {section.vi} · {section.en}")
                    return question
        return None

    def _prompt(self, item_id: UUID, question: Question) -> str:
        present = self._answers(item_id).get(question.key, question.default)
        known = shown(question, present, self.clock) if present != "now" else f"{self.clock.moment():%d/%m/%Y %H:%M}"
        star = " *" if question.required else ""
        return f"{question.vi}{star} · {question.en}{f' [{known}]' if known else ''}"

    def _answered(self, item_id: UUID, question: Question, typed: str) -> bool:
        """Keeps the answer; False when the question must be put again."""
        if typed == _CLEAR:
            self.outbox.answer(item_id, question.key, "")
            return True
        present = self._answers(item_id).get(question.key, question.default)
        text = self._spelled(question, typed) or ("" if present == "now" else present)
        if not text and (not question.required or present == "now"):
            if present == "now":
                self.outbox.answer(item_id, question.key, parse(question, "", self.clock))
            return True
        try:
            if not text:
                raise Fault("required")
            parse(question, text, self.clock)
        except Fault as fault:
            self.say(f"  ! {rule(fault.code)}")
            return False
        if typed:
            self.outbox.answer(item_id, question.key, text)
        return True

    def _spelled(self, question: Question, typed: str) -> str:
        """Numbers of a list as its codes."""
        if question.list is None or not typed:
            return typed
        codes = self._codes(question)
        parts = [part.strip() for part in typed.replace(",", SEPARATOR).split(SEPARATOR)]
        if len(codes) <= _SHORT_LIST and all(part.isdecimal() and 0 < int(part) <= len(codes) for part in parts):
            return f"{SEPARATOR} ".join(codes[int(part) - 1].code for part in parts)
        return typed

    def _list(self, question: Question) -> None:
        codes = self._codes(question) if question.list else ()
        for number, code in enumerate(codes, 1):
            mark = f"{number:>3}" if len(codes) <= _SHORT_LIST else code.code
            self.say(f"  {mark}  {code.vi} · {code.en}")

    def _codes(self, question: Question) -> tuple[Code, ...]:
        return choices(question, self.clock.day())

    def _confirmed(self, item_id: UUID, done: list[str]) -> bool:
        item = self._draft(item_id)
        body, wrong = body_of(item.answers or {}, item.rest or {}, self.clock)
        self.say("\n── Xem lại · Review")
        for line in preview(item.answers or {}, self.clock):
            self.say(line)
        for key, code in wrong.items():
            self.say(f"  ! {key}: {rule(code)}")
        if wrong:
            self.say("Lưu thành bản nháp. · Kept as a draft.")
            return False
        urgent = is_urgent(body)
        self.say("KHẨN CẤP: gửi trước. · URGENT: goes first." if urgent else "Không khẩn cấp. · Not urgent.")
        if self.ask("Xác nhận và xếp hàng gửi? (c/k) · Confirm and queue? (y/n)").strip().casefold() not in _YES:
            self.say("Lưu thành bản nháp. · Kept as a draft.")
            return False
        confirm(self.outbox, item, body)
        return True

    def _draft(self, item_id: UUID) -> Item:
        item = self.outbox.find(item_id)
        if item is None or item.state != "draft":
            raise LookupError(item_id)
        return item

    def _answers(self, item_id: UUID) -> Mapping[str, str]:
        return self._draft(item_id).answers or {}


_YES = ("c", "có", "co", "y", "yes")


def confirm(outbox: Outbox, item: Item, body: Mapping[str, Any]) -> None:
    """From here on the record is what it is, and is sent until a receipt comes."""
    outbox.rewrite(replace(item, state="ready", urgent=is_urgent(body), body=body, problem=None), was="draft")


def preview(answers: Mapping[str, str], clock: Clock) -> list[str]:
    """The record as its officer reads it once more before it goes."""
    lines: list[str] = []
    for section in asked(answers):
        said = [(each, answers.get(each.key, "")) for each in section.questions]
        if any(text for _, text in said):
            lines.append(f"{section.vi}")
            lines += [f"  {each.vi}: {shown(each, text, clock)}" for each, text in said if text]
    return lines
