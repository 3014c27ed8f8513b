"""How a command speaks: plain lines that can be copied and piped, and refusals on stderr with an exit code."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

_WIDE = 200


def say(text: str = "", *, style: str | None = None) -> None:
    """One line or more on stdout, as given: never wrapped, since a command in it may be copied."""
    Console(soft_wrap=True, highlight=False, markup=False).print(text, style=style)


def show(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table on stdout; into a pipe it is wide, so that no id is broken."""
    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row)
    Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else _WIDE).print(table)


@contextmanager
def progress(text: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr, moved by calls with (done, of how many); where nobody watches, its last state is one line."""
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task(text, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def refuse(text: str, code: int = 1) -> NoReturn:
    """Ends the command: the reason on stderr, in Vietnamese and English."""
    Console(stderr=True, soft_wrap=True, highlight=False, markup=False).print(text, style="red")
    raise typer.Exit(code)
