"""How a secret reaches the disk: whole or not at all, durable, and readable by its owner only."""

import fcntl
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path


def write_once(path: Path, content: bytes) -> None:
    """Durable when it returns. Whoever comes second keeps the first one's file: a replaced key would orphan records."""
    draft = _draft(path, content)
    try:
        os.link(draft, path)  # fails where a rename would replace
    except FileExistsError:
        return
    finally:
        os.unlink(draft)


def replace(path: Path, content: bytes) -> None:
    """The new content in place of the old, at one moment; durable when it returns, so that a kill loses neither."""
    os.replace(_draft(path, content), path)
    _sync_folder(path.parent)


def add_members(path: Path, fresh: Mapping[str, str]) -> None:
    """Gives the JSON object in the file the members that it lacks; what it has stays as it is. One process at a time,
    so that two that start together do not each add a key of their own."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        kept = json.loads(path.read_text("utf-8"))
        if fresh.keys() - kept.keys():
            replace(path, json.dumps({**fresh, **kept}).encode())
    finally:
        os.close(folder)  # lets go of the lock


def append_line(path: Path, line: bytes) -> None:
    """Durable when it returns. It begins with a line break, so that a line cut short by a crash spoils no other."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "ab") as file:
        file.write(b"\n" + line + b"\n")
        file.flush()
        os.fsync(file.fileno())
    _sync_folder(path.parent)


def _draft(path: Path, content: bytes) -> str:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=path.parent)  # created 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        os.unlink(draft)
        raise
    return draft


def _sync_folder(folder: Path) -> None:
    """A rename or a new name lies in the folder, which reaches the disk apart from the file."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
