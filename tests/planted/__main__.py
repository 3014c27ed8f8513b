"""`python -m tests.planted`: plants every bug in turn and prints which tests catch it; exit code 1 if one survives."""

import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tests.planted import FAMILIES, Bug, Verdict, bugs, campaigned, catches, copied, is_caught, judged

Row = tuple[Bug, Verdict | None]


def main(
    *,
    family: Annotated[str | None, typer.Option(help="|".join(FAMILIES))] = None,
    only: Annotated[str | None, typer.Option(help="Part of a bug's name")] = None,
) -> None:
    """First the same tests without a bug, which must pass; then each bug in a copy of the tree of its own."""
    chosen = [bug for bug in bugs() if family in (None, bug.family) and (only or "") in bug.name]
    planted = [bug for bug in chosen if bug.order is None]
    columns = (TextColumn("{task.description:<50}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task("without a bug", total=1 + len(planted))
        control = _control(planted)
        progress.advance(bar)
        rows: list[Row] = []
        for bug in chosen:
            progress.update(bar, description=bug.name[:50])
            rows.append((bug, catches(bug) if bug.order is None else None))
            progress.advance(bar, int(bug.order is None))
    Console(width=160).print(_table(rows))
    survivors = [bug.name for bug, verdict in rows if verdict and not is_caught(bug, verdict)]
    caught = len(planted) - len(survivors)
    print(f"{caught} of {len(planted)} bugs caught; without a bug {len(control.passed)} tests pass")
    if control.failed or survivors:
        print(f"failing without a bug: {sorted(control.failed)}; not caught: {survivors}")
        sys.exit(1)


def _control(planted: list[Bug]) -> Verdict:
    """Every test that is to catch one, and every kind of kill, where there is nothing to catch."""
    nodes = sorted({node for bug in planted for node in bug.caught_by if bug.campaign is None})
    with copied() as tree:
        verdicts = [judged(nodes, tree)] if nodes else []
        verdicts += [campaigned("--kills 4", tree)] if any(bug.campaign is not None for bug in planted) else []
    failed = frozenset[str]().union(*(each.failed for each in verdicts))
    passed = frozenset[str]().union(*(each.passed for each in verdicts))
    return Verdict(failed, passed, sum(each.seconds for each in verdicts))


def _table(rows: list[Row]) -> Table:
    table = Table("family", "bug", "file", "caught by", "seconds", "")
    for bug, verdict in rows:
        caught = [node.rpartition("/")[2] for node in bug.caught_by]
        if verdict is None:
            table.add_row(bug.family, bug.name, "", f"order {bug.order}", "", "·")
        else:
            mark = "✓" if is_caught(bug, verdict) else "✗"
            table.add_row(bug.family, bug.name, bug.files, "\n".join(caught), f"{verdict.seconds:.0f}", mark)
    return table


if __name__ == "__main__":
    typer.run(main)
