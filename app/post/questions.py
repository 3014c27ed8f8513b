"""The questions of a reception: one table for the terminal, the browser and the columns of an imported file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict

Kind = Literal["code", "codes", "text", "texts", "words", "partial_date", "moment", "number", "yes"]
Answers = Mapping[str, str]
SEPARATOR = ";"
"""Between several values of one answer: labels of codes hold commas."""


class Question(BaseModel):
    """`most` is the greatest number, or the most characters; `at` is missing where the answer is only a count."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str
    kind: Kind
    vi: str
    en: str
    at: str | None = None
    list: str | None = None
    among: Mapping[str, str] = {}
    required: bool = False
    default: str = ""
    least: int = 0
    most: int = 500
    only_if: Mapping[str, tuple[str, ...]] = {}

    @property
    def label(self) -> str:
        return f"{self.vi} · {self.en}"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    vi: str
    en: str
    questions: tuple[Question, ...]
    repeat: str | None = None
    only_if: Mapping[str, tuple[str, ...]] = {}


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    urgent_if: Mapping[str, tuple[str, ...] | Literal["any"]]
    sections: tuple[_Section, ...]


@dataclass(frozen=True)
class Asked:
    """A section as it is asked now: with its number where there are several of it."""

    vi: str
    en: str
    questions: tuple[Question, ...]


TABLE = _Table.model_validate(yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text("utf-8")))
_BY_KEY = {question.key: question for section in TABLE.sections for question in section.questions}


def asked(answers: Answers) -> Iterator[Asked]:
    """The sections and questions that these answers leave open or filled, in order; hidden ones are not among them."""
    for section in TABLE.sections:
        if not _holds(section.only_if, answers):
            continue
        for number in range(1, _times(section, answers) + 1):
            questions = tuple(_numbered(each, number) for each in section.questions)
            shown = tuple(each for each in questions if _holds(each.only_if, answers))
            suffix = f" {number}" if section.repeat else ""
            yield Asked(section.vi + suffix, section.en + suffix, shown)


def questions(answers: Answers) -> Iterator[Question]:
    """The same without their sections."""
    for section in asked(answers):
        yield from section.questions


def question(key: str) -> Question | None:
    """The question of this key, with its number if it has one (`minor.2.sex`); None when there is none."""
    parts = key.split(".")
    number = next((part for part in parts if part.isdecimal()), "")
    found = _BY_KEY.get(".".join("#" if part == number else part for part in parts) if number else key)
    if found is None or not number:
        return None if found and "#" in found.key else found
    section = next(each for each in TABLE.sections if found in each.questions)
    counter = _BY_KEY[section.repeat or ""]
    return _numbered(found, int(number)) if 1 <= int(number) <= counter.most else None


def counters() -> Iterator[tuple[str, Question]]:
    """Each question that counts a repeated section, with the beginning of the keys it counts (`minor.`)."""
    for section in TABLE.sections:
        if section.repeat:
            yield section.questions[0].key.split("#")[0], _BY_KEY[section.repeat]


def said(key: str, answers: Answers) -> list[str]:
    """The values answered, or the default; one empty value when there is neither."""
    known = _BY_KEY.get(key)
    text = answers.get(key) or (known.default if known else "")
    return [value.strip() for value in text.split(SEPARATOR)]


def is_urgent(body: Mapping[str, Any]) -> bool:
    """Whether it goes before the others: somebody is in danger, or needs something now."""
    for member, values in TABLE.urgent_if.items():
        given = body.get(member)
        if isinstance(given, list) and (given if values == "any" else any(each in given for each in values)):
            return True
    return False


def columns() -> Iterator[Question]:
    """Every question, asked or not, those of a repeated section once."""
    return (_numbered(each, 1) for each in _BY_KEY.values())


def _holds(only_if: Mapping[str, tuple[str, ...]], answers: Answers) -> bool:
    return all(set(values) & set(said(key, answers)) for key, values in only_if.items())


def _times(section: _Section, answers: Answers) -> int:
    if section.repeat is None:
        return 1
    text = answers.get(section.repeat, "")
    return min(int(text), _BY_KEY[section.repeat].most) if text.isdecimal() and text.isascii() else 0


def _numbered(template: Question, number: int) -> Question:
    if "#" not in template.key:
        return template
    return template.model_copy(
        update={
            "key": template.key.replace("#", str(number)),
            "at": (template.at or "").replace("#", str(number - 1)),
            "only_if": {key.replace("#", str(number)): values for key, values in template.only_if.items()},
        }
    )
