"""How a file that a jurist edits is read: YAML with the line of every member, refused with name, line and mend."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, TypeVar
from unicodedata import is_normalized

import yaml
from pydantic import AfterValidator, BaseModel, Field, ValidationError

Certainty = Literal["sourced", "known", "uncertain", "design"]
"""Read in a published source; general knowledge; sources conflict or were not seen; decided by this project."""

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NO_SUCH_DAY = "write a day that exists, as YYYY-MM-DD"
_MENDS = {
    "missing": "add it",
    "extra_forbidden": "remove it, or correct its name",
    "unexpected_keyword_argument": "remove it, or name it under attributes",
    "string_type": "put the value in quotes",
    "string_pattern_mismatch": "use letters, digits and _ only",
    "string_too_short": "write the text",
    "date_from_datetime_parsing": _NO_SUCH_DAY,
    "date_parsing": _NO_SUCH_DAY,
}


def _nfc(text: str) -> str:
    # Two spellings of one Vietnamese letter compare unequal; the wire is NFC throughout.
    if not is_normalized("NFC", text):
        raise ValueError("save the file in Unicode NFC")
    return text


Wording = Annotated[str, Field(min_length=1), AfterValidator(_nfc)]


class Title(BaseModel, extra="forbid"):
    """What the file is called."""

    vi: Wording
    en: Wording


class DataFileError(ValueError):
    """A data file that cannot be used; the message names the file, the line and the mend."""

    def __init__(self, path: Path, line: int, fault: str) -> None:
        super().__init__(f"{path.name}, line {line}: {fault}")


class _Constructor(yaml.SafeLoader):
    """Leaves dates as text, so that an impossible one is refused with its line."""


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, node: node.value)


def parse(path: Path) -> tuple[yaml.MappingNode, dict[str, Any]]:
    """The members of the file, and the nodes that know their lines; no member stands twice."""
    try:
        root = yaml.compose(path.read_text("utf-8"), Loader=LOADER)
        if not isinstance(root, yaml.MappingNode):
            raise DataFileError(path, 1, "start with name, title and entries")
        _refuse_doubles(path, root)
        return root, _Constructor("").construct_document(root)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise DataFileError(path, line, f"not YAML: {error.problem}") from None
    except (UnicodeDecodeError, yaml.reader.ReaderError):
        raise DataFileError(path, 1, "not text: save the file as UTF-8, without control characters") from None


def line_of(node: yaml.Node, location: Sequence[str | int] = ()) -> int:
    """The line of the member at that location, or of the innermost one around it that is written."""
    line = int(node.start_mark.line) + 1
    for step in location:
        if isinstance(node, yaml.MappingNode):
            pairs: list[tuple[yaml.Node, yaml.Node]] = [pair for pair in node.value if pair[0].value == step]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            pairs = [(node.value[step], node.value[step])]
        else:
            pairs = []
        if not pairs:
            break
        line, node = int(pairs[0][0].start_mark.line) + 1, pairs[0][1]
    return line


def entries_of(root: yaml.MappingNode) -> Sequence[yaml.Node]:
    """The nodes under `entries`, in file order."""
    return next(value.value for key, value in root.value if key.value == "entries")


class Headed(BaseModel, extra="forbid"):
    """What every data file has: its name, which is its file's, a title, and at least one entry."""

    name: str
    title: Title
    entries: list[dict[str, Any]] = Field(min_length=1)


F = TypeVar("F", bound=Headed)


def read_headed(path: Path, kind: type[F], called: str) -> tuple[yaml.MappingNode, F]:
    """The file as node and as model; DataFileError for a wrong member, or a name that is not the file's."""
    root, data = parse(path)
    try:
        file = kind.model_validate(data)
    except ValidationError as error:
        refuse(path, root, error)
    if file.name != path.stem:
        mend = f"name: call the file {file.name}.yaml, or the {called} {path.stem}"
        raise DataFileError(path, line_of(root, ["name"]), mend)
    return root, file


def refuse(path: Path, node: yaml.Node, error: ValidationError) -> NoReturn:
    """The first fault as a DataFileError at the line of its member."""
    first = error.errors()[0]
    member = ".".join(str(part) for part in first["loc"]) or "entry"
    fault = f"{member}: {_MENDS.get(first['type'], first['msg'].removeprefix('Value error, '))}"
    raise DataFileError(path, line_of(node, first["loc"]), fault) from None


def _refuse_doubles(path: Path, node: yaml.Node) -> None:
    # YAML itself would let the second of two equal members win.
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_doubles(path, item)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                raise DataFileError(path, line_of(key), f"{key.value} appears twice: remove one")
            seen.add(key.value)
            _refuse_doubles(path, value)
