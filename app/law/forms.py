"""Which documents and forms the procedure knows under either law: who issues them to whom, and what they hold."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

from app.law.rules import DATA, Rule, Rules, load
from app.reference.codes import code_list
from app.reference.datafiles import Certainty, Title, Wording


def _is_document(code: str) -> str:
    if code not in {document.code for document in code_list("document_type").codes}:
        raise ValueError(f"unknown document {code}: write one of the list document_type")
    return code


class FormField(BaseModel):
    """What the form asks for, and how certain it is that it does."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    vi: Wording
    en: Wording
    certainty: Certainty


class Form(Rule):
    """One form, `id` being its code in the list document_type; empty `holds` where its text was not seen."""

    id: Annotated[str, AfterValidator(_is_document)]
    issued_by: Title
    issued_to: Title
    holds: tuple[FormField, ...] = ()


def load_forms(path: Path) -> Rules[Form]:
    """One file of forms; DataFileError as for every file of rules."""
    return load(path, Form)


FORMS = load_forms(DATA / "forms.yaml")
