"""The limit: pgbench sends the captured statements, prepared, in the same round trips, under the same role.

Values that two requests of a kind have in common stay as they were sent; those that differ are made anew for each
transaction, so that every transaction does the work of a new request.
"""

import math
import os
import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from app.connections import PLANNER
from benchmarks.capture import Statement
from benchmarks.operations import Operation
from benchmarks.stage import ROLES, Stage

_PARAMETER = re.compile(r"\$(\d+)")
_UUID = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_TPS = re.compile(r"^tps = ([\d.]+)", re.M)
_LARGEST = 2**62
_EXPECTED = 6000
"""More transactions a second than these machines reach: what a pool of rows is shared out by."""


@dataclass
class Script:
    """One pgbench script in the making. `constants` become `-D` options, `fresh` are drawn at each transaction."""

    prefix: str
    lines: list[str] = field(default_factory=list)
    constants: dict[str, str] = field(default_factory=dict)
    fresh: dict[Any, str] = field(default_factory=dict)

    def text(self, picks: Sequence[str]) -> str:
        drawn = [f"\\set {name} random(1, {_LARGEST})" for name in self.fresh.values()]
        return "\n".join([*picks, *drawn, *self.lines, ""])

    def constant(self, value: str) -> str:
        name = f"{self.prefix}c{len(self.constants)}"
        self.constants[name] = value
        return f":{name}"

    def drawn(self, value: Any) -> str:
        return self.fresh.setdefault(value, f"{self.prefix}f{len(self.fresh)}")


def script(prefix: str, statements: Sequence[Statement], other: Sequence[Statement], picked: UUID | None) -> Script:
    """Of one request's statements, beside `other`, those of a second such request. `picked` is the row it named."""
    made = Script(prefix)
    for statement, twin in zip(statements, other, strict=True):
        rows = [
            _PARAMETER.sub(_spelling(made, values, twins, picked), statement.sql)
            for values, twins in zip(statement.values, twin.values, strict=True)
        ]
        together = len(rows) > 1 or "set_config" in statement.sql  # one round trip
        body = "\n".join(f"{' '.join(part.split())};" for row in rows for part in row.split("; "))
        made.lines.append(f"\\startpipeline\n{body}\n\\endpipeline" if together else body)
    return made


def _spelling(
    made: Script, values: Sequence[Any], twins: Sequence[Any], picked: UUID | None
) -> Callable[[re.Match[str]], str]:
    def spelled(value: Any, twin: Any) -> str:
        if value is None:
            return "null"
        if picked is not None and value == picked:
            return "md5('referral' || :n::text)::uuid"
        if isinstance(value, list) and not set(value) & set(twin):
            # One lock's number, the same for all, would let them in one after the other. A list that differs in part
            # alone names organisations: those are there already, and stay.
            return f"array[{', '.join(spelled(each, None) for each in value)}]"
        return _fresh(made, value, twin) if value != twin else made.constant(_text(value))

    return lambda match: spelled(values[int(match[1]) - 1], twins[int(match[1]) - 1])


def _fresh(made: Script, value: Any, twin: Any) -> str:
    """A new value of the same kind; one that may stay, such as ciphertext, is sent as it was."""
    if isinstance(value, UUID):
        return f"rpad(lpad(to_hex(:{made.drawn(value)}::bigint), 16, '0'), 32, '0')::uuid"
    if isinstance(value, str) and _UUID.search(value):
        return f"({' || '.join(_pieces(made, value, twin))})"
    if isinstance(value, int):
        return f":{made.drawn(value)}::bigint"
    if isinstance(value, bytes) and len(value) == 32:
        return f"sha256(:{made.drawn(value)}::text::bytea)"
    if isinstance(value, str) and len(value) == 8:
        return f"md5(:{made.drawn(value)}::text)"  # a reference; longer than the real one, so as never to meet another
    return made.constant(_text(value))


def _pieces(made: Script, value: str, twin: str) -> Iterator[str]:
    """JSON text around the ids in it, which are the same new ones as in the other statements."""
    for piece, other in zip(_UUID.split(value), _UUID.split(twin), strict=True):
        drawn = piece != other and _UUID.fullmatch(piece)
        yield f"{_fresh(made, UUID(piece), None) if drawn else made.constant(piece)}::text"


def _text(value: Any) -> str:
    """The value as PostgreSQL reads it from text."""
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return "{" + ",".join(f'"{item}"' for item in value) + "}"
    return str(value)


def run(
    stage: Stage, operation: Operation, scripts: Sequence[Script], variant: str, bounds: tuple[int, float]
) -> float:
    """Transactions a second. `bounds` are clients and seconds."""
    clients, seconds = bounds
    length = ["-T", str(math.ceil(seconds))]
    if operation.pool:
        length = ["-t", str(min(stage.rows, math.ceil(_EXPECTED * seconds)) // clients)]
    command = [str(stage.programs / "pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-j", "2", *length]
    command += ["-h", "127.0.0.1", "-p", str(stage.server.port), "-U", ROLES[variant]]
    for name, value in {"rows": stage.rows, "clients": clients, "i": 0}.items():
        command += ["-D", f"{name}={value}"]
    for number, made in enumerate(scripts):
        path = stage.data / f"script{number}.sql"
        path.write_text(made.text(operation.picks), "utf-8")
        command += ["-f", str(path)]
        command += [part for name, value in made.constants.items() for part in ("-D", f"{name}={value}")]
    return _tps([*command, "referral"], stage.server.passwords["app_api"], timeout=60 + 10 * seconds)


def _tps(command: Sequence[str], password: str, timeout: float) -> float:
    planner = " ".join(f"-c {name}={value}" for name, value in PLANNER.items())
    env = {"PATH": os.environ.get("PATH", os.defpath), "PGPASSWORD": password, "PGOPTIONS": planner}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=timeout, check=False, cwd=Path("/"))
    found = _TPS.search(done.stdout)
    if done.returncode or not found:
        raise RuntimeError(f"pgbench failed: {done.stderr[-600:]}")
    return float(found[1])
