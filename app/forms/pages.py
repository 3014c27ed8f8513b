"""Which forms can be printed, what each shows, and so which sections its reader must be able to read.

The forms themselves, with source and certainty, are `app/law/data/forms.yaml`; what a page shows is `data/pages.yaml`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, model_validator

from app.cases.sections import Section
from app.law.forms import FORMS, Form
from app.law.rules import Regime
from app.reference.codes import code_list
from app.reference.fields import today


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Field(_Shape):
    """One line, or one column. Without `value` it is always left to be filled by hand."""

    vi: str
    en: str
    value: str | None = None
    list: str | None = None

    @model_validator(mode="after")
    def _known_list(self) -> "Field":
        if self.list is not None:
            code_list(self.list)
        return self


class Heading(_Shape):
    vi: str
    en: str


class Part(_Shape):
    """A block of lines, or with `rows` a table over that list."""

    title: Heading
    fields: tuple[Field, ...]
    rows: str | None = None


About = Literal["case", "handover", "certificate", "verification", "referral", "plan"]


class Page(_Shape):
    about: About
    parts: tuple[Part, ...]
    signatures: tuple[Heading, ...]
    foreign: bool = False
    outside: bool | None = None
    status: str | None = None
    kind: str | None = None

    @property
    def lists_persons(self) -> bool:
        """Whether it prints everybody of a hand-over, one a row."""
        return any(part.rows == "persons" for part in self.parts)

    @property
    def sections(self) -> frozenset[str]:
        """What it prints of a person, and so what its reader must be able to read: no section more."""
        if self.lists_persons:
            return frozenset({Section.IDENTITY, Section.PAPERS})
        paths = [part.rows or field.value for part in self.parts for field in part.fields]
        return frozenset(path.partition(".")[0] for path in paths if path) & frozenset(Section)


_FILE = Path(__file__).parent / "data" / "pages.yaml"
PAGES: Mapping[str, Page] = TypeAdapter(dict[str, Page]).validate_python(yaml.safe_load(_FILE.read_text("utf-8")))


def form_of(code: str, regime: str) -> Form:
    """The form of that code under the case's law, or the law of the day where that has none."""
    return next(form for form in FORMS.applicable(Regime(regime), today()) if form.id == code)


def is_draft(form: Form) -> bool:
    """Whether anything about the form awaits confirmation: its text was not read, or what it holds is not known."""
    known = [form.certainty, *(held.certainty for held in form.holds)]
    return not form.holds or any(certainty != "sourced" for certainty in known)
