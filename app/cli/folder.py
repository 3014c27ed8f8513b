"""The demo's data folder: whose it is, who uses it now, what may be deleted, and where the demo answers."""

import fcntl
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.cli.output import refuse
from app.embedded import Server

_MARKER = "referral-demo"
_ADDRESS = "demo.json"


@contextmanager
def claimed(data: Path, *, reset: bool) -> Iterator[None]:
    """Holds the folder for this process alone, emptied first if asked.

    Only a folder that was empty when a demo first took it bears the marker, so `--reset` can delete no stranger's file.
    """
    marker = data / _MARKER
    if data.exists() and any(data.iterdir()) and not marker.exists():
        refuse(f"{data} không phải thư mục của bản chạy thử. · {data} is not a demo's folder.", 2)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with marker.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            refuse(f"Bản chạy thử ở {data} đang chạy. · The demo in {data} is already running.", 2)
        if reset:
            _empty(data)
        yield


def _empty(data: Path) -> None:
    Server(data.resolve(), 0, {}).stop()  # a demo that was killed leaves its PostgreSQL running
    for path in data.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != _MARKER:
            path.unlink()


def key_path(data: Path, client_id: str) -> Path:
    """Where the demo keeps the private key of one of its clients."""
    return data / "clients" / f"{client_id}.pem"


def remember_url(data: Path, url: str) -> None:
    (data / _ADDRESS).write_text(json.dumps({"url": url}) + "\n", "utf-8")


def url_of(data: Path) -> str:
    """Where the demo of this folder answers, or last answered; `FileNotFoundError` when there never was one."""
    url: str = json.loads((data / _ADDRESS).read_text("utf-8"))["url"]
    return url
