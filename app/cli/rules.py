"""`referral rules`: a jurist's two questions, whether the files are sound and what a rule says."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from app.cli.output import refuse, say
from app.law.amounts import load_amounts
from app.law.calendar import load_working_days
from app.law.clocks import Clocks
from app.law.deadlines import load_deadlines
from app.law.entitlements import load_entitlements
from app.law.explain import explain as explained
from app.law.forms import load_forms
from app.law.homecomings import load_homecomings
from app.law.procedures import load_procedures
from app.law.retention import load_retention
from app.law.rules import DATA, Rule, load
from app.reference.datafiles import DataFileError

commands = typer.Typer(no_args_is_help=True, help="Quy tắc pháp luật · Rules of law")
Folder = Annotated[Path, typer.Option(help="Thư mục quy tắc · Folder of rule files")]
SUBJECTS: Mapping[str, Callable[[Path], object]] = {
    "amounts": load_amounts,
    "calendar": load_working_days,
    "deadlines": load_deadlines,
    "entitlements": load_entitlements,
    "forms": load_forms,
    "homecomings": load_homecomings,
    "procedures": load_procedures,
    "retention": load_retention,
    "regimes": lambda path: load(path, Rule),
}
"""File → how it is read; a file of another name is refused, so that a misnamed one is not passed over."""


@commands.command()
def check(folder: Folder = DATA) -> None:
    """Kiểm tra các tệp quy tắc, báo lỗi theo dòng · Check the rule files, naming line and mend."""
    faults = [fault for fault in (_fault(folder / f"{name}.yaml") for name in _names(folder)) if fault]
    if faults:
        refuse("\n".join(faults))
    say(f"✓ {', '.join(_names(folder))}", style="green")


@commands.command()
def explain(rule: Annotated[str, typer.Argument(help="Ví dụ · e.g. D04")], folder: Folder = DATA) -> None:
    """Quy tắc, nguồn, độ chắc chắn và ví dụ · A rule, its source, certainty and a worked example."""
    try:
        rules, calendar = load_deadlines(folder / "deadlines.yaml"), load_working_days(folder / "calendar.yaml")
    except DataFileError as error:
        refuse(str(error))
    lines = explained(rule, Clocks(rules, calendar))
    if not lines:
        known = ", ".join(dict.fromkeys(each.id for each in rules))
        refuse(f"Không có quy tắc {rule} · There is no rule {rule}: {known}")
    say("\n".join(lines))


def _names(folder: Path) -> list[str]:
    return sorted({*SUBJECTS, *(path.stem for path in folder.glob("*.yaml"))})


def _fault(path: Path) -> str | None:
    if path.stem not in SUBJECTS:
        return f"{path.name}: không có chủ đề này · no such subject; {', '.join(SUBJECTS)}"
    if not path.exists():
        return f"{path.name}: thiếu tệp · the file is missing"
    try:
        SUBJECTS[path.stem](path)
    except DataFileError as error:
        return str(error)
    return None
