"""How a secret reaches the disk: whole or not at all, readable by its owner only, and never over one that exists."""

import os
import tempfile
from pathlib import Path


def write_once(path: Path, content: bytes) -> None:
    """Durable when it returns. Whoever comes second keeps the first one's file: a replaced key would orphan records."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=path.parent)  # created 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)  # fails where a rename would replace
    except FileExistsError:
        return
    finally:
        os.unlink(draft)
