"""From what an officer types to the body of an intake, and back.

Judged here is only what nobody could send: a code that is not in its list, a date that is none. The rest is the
service's to judge, and nothing is refused because of this machine's clock.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from pydantic_core import PydanticCustomError

from app import safejson
from app.post.clock import Clock
from app.post.questions import SEPARATOR, Answers, Question, counters, questions
from app.problems import MalformedRequest
from app.reference.codes import Code, code_list
from app.reference.fields import Text, moment, partial_date

_WORDS = 20_000
_DATE = re.compile(r"(?:(?:(\d{1,2})[/.-])?(\d{1,2})[/.-])?(\d{4})")
_MOMENT = re.compile(r"(?:(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})|(\d{4})-(\d{2})-(\d{2}))[ T,]+(\d{1,2})[:hg](\d{2})")
_YES, _NO = ("có", "co", "c", "yes", "y", "true", "1"), ("không", "khong", "k", "no", "n", "false", "0")
_FRAME = {"schema_version": "1.0"}


class Fault(ValueError):
    """An answer that cannot be sent; `code` is a rule of problems.yaml."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def parse(question: Question, text: str, clock: Clock) -> Any:
    """What goes on the wire for this answer; `Fault` when nothing can."""
    text = unicodedata.normalize("NFC", text[: _WORDS + 1]).strip()
    try:
        return _value(question, text, clock)
    except PydanticCustomError as error:
        raise Fault(error.type) from None


def _value(question: Question, text: str, clock: Clock) -> Any:
    match question.kind:
        case "code":
            return code_of(question, text, clock.day())
        case "codes":
            return [code_of(question, each, clock.day()) for each in _several(text)]
        case "text":
            return _checked(text, Text(question.most))
        case "texts":
            return [_checked(each, Text(question.most)) for each in _several(text)]
        case "words":
            return _checked(text, Text(_WORDS, prose=True))
        case "partial_date":
            return partial_date(_iso_date(text), date.max)
        case "moment":
            return _moment(text, clock)
        case "number":
            return _number(question, text)
        case "yes":
            return _yes(text)


def code_of(question: Question, text: str, day: date) -> str:
    """The code meant: the code itself, also without a zero that a spreadsheet dropped, or its label in a language.

    A code not in force on that day may still be meant: the day is this machine's.
    """
    wanted = text.casefold()
    for code in choices(question, day):
        if text in (code.code, code.code.lstrip("0")) or wanted in (code.vi.casefold(), code.en.casefold()):
            return code.code
    if any(text == each.code for each in code_list(question.list or "").codes) and not question.among:
        return text
    raise Fault("unknown_code")


def choices(question: Question, day: date) -> tuple[Code, ...]:
    """What can be answered: the codes in force, or the newest ones for a clock that shows another age."""
    codes = code_list(question.list or "")
    found = codes.in_force(day) or codes.in_force(max(each.valid_from for each in codes.codes))
    return tuple(each for each in found if question.among.items() <= each.attributes.items())


def body_of(answers: Answers, rest: Mapping[str, Any], clock: Clock) -> tuple[dict[str, Any], dict[str, str]]:
    """The body that these answers make, over what was imported without a question; and each fault by its question.

    A body with faults is not to be sent. Its text is in NFC, so that its digest is the one the service computes.
    """
    body: dict[str, Any] = deepcopy({**_FRAME, **rest})
    faults: dict[str, str] = {}
    for question in questions(answers):
        text = answers.get(question.key, question.default).strip()
        if not text:
            if question.required:
                faults[question.key] = "required"
            continue
        try:
            value = parse(question, "" if text == "now" else text, clock)
        except Fault as fault:
            faults[question.key] = fault.code
            continue
        if question.at:
            _put(body, question.at, value)
    if not body.get("place"):
        body["place"] = {"unknown": True}
    _add_unknown_minors(body, answers)
    return _clean(body, faults), faults


def answers_of(body: Mapping[str, Any], clock: Clock) -> tuple[dict[str, str], dict[str, Any]]:
    """The answers that would make this body, and what of it no question asks."""
    rest: dict[str, Any] = deepcopy(dict(body))
    answers: dict[str, str] = {}
    for prefix, count in counters():
        found = _get(rest, _list_of(prefix))
        if isinstance(found, list) and found:
            answers[count.key] = str(min(len(found), count.most))
    for _ in range(2):  # an answer may open further questions
        for question in list(questions(answers)):
            value = _get(rest, question.at) if question.at else None
            text = None if value is None else _text_of(value)
            if text is not None and _reads_as(question, text, value, clock):
                answers[question.key] = text
                _drop(rest, question.at or "")
    return answers, _pruned(rest)


def digest_of(body: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of the RFC 8785 form after NFC: what a receipt must state."""
    return safejson.fingerprint(safejson.parse(json.dumps(body).encode()))


def shown(question: Question, text: str, clock: Clock) -> str:
    """An answer as an officer reads it again: labels for codes."""
    if question.list is None:
        return text
    labels = {each.code: each.vi for each in choices(question, clock.day())}
    return "; ".join(labels.get(each, each) for each in _several(text))


def _several(text: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in re.split(rf"[{SEPARATOR}\n]", text) if part.strip()))


def _checked(text: str, kind: Text) -> str:
    if len(text) > kind.longest:
        raise Fault("too_long")
    return kind.check(text)


def _iso_date(text: str) -> str:
    written = _DATE.fullmatch(text)
    if written is None:
        return text
    day, month, year = written.groups()
    return "-".join([year, *(f"{int(part):02}" for part in (month, day) if part)])


def _moment(text: str, clock: Clock) -> str:
    if not text:
        return clock.moment().isoformat(timespec="seconds")
    if written := _MOMENT.fullmatch(text):
        day, month, year, iso_year, iso_month, iso_day, hour, minute = written.groups()
        written_day = f"{year or iso_year}-{month or iso_month:0>2}-{day or iso_day:0>2}"
        try:
            text = datetime.fromisoformat(f"{written_day}T{hour:0>2}:{minute}:00+07:00").isoformat()
        except ValueError:
            raise Fault("invalid_date") from None
    moment(text)
    return text


def _number(question: Question, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise Fault("wrong_type")
    if not question.least <= int(text) <= question.most:
        raise Fault("out_of_range")
    return int(text)


def _yes(text: str) -> bool:
    word = text.casefold()
    if word not in (*_YES, *_NO):
        raise Fault("wrong_type")
    return word in _YES


def _text_of(value: Any) -> str | None:
    match value:
        case bool():
            return _YES[0] if value else _NO[0]
        case str() | int():
            return str(value)
        case list() if all(isinstance(each, str) and SEPARATOR not in each for each in value):
            return f"{SEPARATOR} ".join(value)
    return None


def _reads_as(question: Question, text: str, value: Any, clock: Clock) -> bool:
    try:
        return bool(text) and bool(parse(question, text, clock) == value)
    except Fault:
        return False


def _add_unknown_minors(body: dict[str, Any], answers: Answers) -> None:
    """A minor of whom nothing is known is a minor all the same."""
    count = sum(each.key.startswith("minor.") and each.key.endswith(".sex") for each in questions(answers))
    if count:
        minors = body.setdefault("accompanying_minors", [])
        minors.extend({} for _ in range(count - len(minors)))


def _clean(body: dict[str, Any], faults: dict[str, str]) -> dict[str, Any]:
    try:
        cleaned: dict[str, Any] = safejson.parse(json.dumps(body).encode())
    except MalformedRequest as refusal:
        faults[""] = refusal.errors[0].code
        return body
    return cleaned


def _list_of(prefix: str) -> str:
    return "/accompanying_minors" if prefix == "minor." else "/person/identity_documents"


def _steps(pointer: str) -> Iterator[str | int]:
    return (int(part) if part.isdecimal() else part for part in pointer[1:].split("/"))


def _get(value: Any, pointer: str) -> Any:
    for step in _steps(pointer):
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


def _put(body: Any, pointer: str, value: Any) -> None:
    steps = list(_steps(pointer))
    for step, following in pairwise(steps):
        if isinstance(step, int):
            body.extend({} for _ in range(step + 1 - len(body)))
            body = body[step]
        else:
            body = body.setdefault(step, [] if isinstance(following, int) else {})
    body[steps[-1]] = value


def _drop(rest: Any, pointer: str) -> None:
    *parents, member = pointer[1:].split("/")
    parent = _get(rest, "/" + "/".join(parents)) if parents else rest
    del parent[member]


def _pruned(value: Any) -> Any:
    """Without the objects and lists that were left empty; a place in a list stays, or the others would move up."""
    if isinstance(value, dict):
        kept = {name: _pruned(each) for name, each in value.items()}
        return {name: each for name, each in kept.items() if each not in ({}, [])}
    if isinstance(value, list):
        items = [_pruned(each) for each in value]
        return items if any(each != {} for each in items) else []
    return value
