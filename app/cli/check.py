"""`referral check`: every check of the project, quick ones first, as continuous integration runs them."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from app.cli.output import refuse, say

ROOT = Path(__file__).parents[2]
_PYTHON = (sys.executable, "-m")
# One more than there are cores: a test waits for its services and its disk for a third of its time.
_WORKERS = str(min(4, (os.cpu_count() or 1) + 1))
STEPS: Sequence[tuple[str, Sequence[str]]] = (
    ("định dạng · format", (*_PYTHON, "ruff", "format", "--check", ".")),
    ("quy tắc viết mã · lint", (*_PYTHON, "ruff", "check", ".")),
    ("kiểu dữ liệu · types", (*_PYTHON, "mypy")),
    ("ranh giới mô-đun · imports", (str(Path(sys.executable).with_name("lint-imports")),)),
    ("hợp đồng · contract", (*_PYTHON, "app", "openapi", "--check")),
    ("tài liệu · documentation", (*_PYTHON, "app", "docs", "--check")),
    # A file stays with one worker, which has a PostgreSQL of its own.
    (
        "kiểm thử · tests",
        (*_PYTHON, "pytest", "-n", _WORKERS, "--dist", "loadfile", "--no-loadscope-reorder"),
    ),
)


def check() -> None:
    """Chạy mọi kiểm tra, dừng ở lỗi đầu tiên · Run every check, stopping at the first failure."""
    # Hundreds of processes are started, and each would compile everything anew where nothing compiled may be kept.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for name, command in STEPS:
        say(f"▸ {name}", style="bold")
        started = time.monotonic()
        code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode  # noqa: S603
        took = f"{time.monotonic() - started:.1f} s"
        if code:
            refuse(f"✗ {name}: {took}")
        say(f"✓ {name}: {took}", style="green")
