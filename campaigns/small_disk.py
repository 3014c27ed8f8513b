"""A disk small enough to be filled: a tmpfs over the data folder, where this system lets us mount one."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SIZE = "1500m"


class NoDiskError(Exception):
    """It cannot be mounted here; the message says why."""


@contextmanager
def small_disk(folder: Path, *, wanted: bool) -> Iterator[None]:
    """Mounted over the folder while it is wanted; what was on it is gone afterwards."""
    if not wanted:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0700", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        raise NoDiskError(mounted.stderr.strip())
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=False)
