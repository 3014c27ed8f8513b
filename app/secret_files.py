"""How a secret reaches the disk: whole or not at all, readable by its owner only, and never over one that exists: what
is added to one keeps all that was in it."""

import fcntl
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path


def write_once(path: Path, content: bytes) -> None:
    """Durable when it returns. Whoever comes second keeps the first one's file: a replaced key would orphan records."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = _drafted(path.parent, content)
    try:
        os.link(draft, path)  # fails where a rename would replace
    except FileExistsError:
        return
    finally:
        os.unlink(draft)


def add_members(path: Path, fresh: Mapping[str, str]) -> None:
    """Gives the JSON object in the file the members that it lacks; what it has stays as it is. One process at a time,
    so that two that start together do not each add a key of their own."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        kept = json.loads(path.read_text("utf-8"))
        if fresh.keys() - kept.keys():
            os.replace(_drafted(path.parent, json.dumps({**fresh, **kept}).encode()), path)
    finally:
        os.close(folder)  # lets go of the lock


def _drafted(folder: Path, content: bytes) -> str:
    """A file beside its destination, on the disk when this returns."""
    descriptor, draft = tempfile.mkstemp(dir=folder)  # created 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        os.unlink(draft)
        raise
    return draft
