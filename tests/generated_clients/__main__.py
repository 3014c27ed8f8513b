"""`python -m tests.generated_clients`: makes clients from the contract and lets the Python one run the story.

Each generator lives in an environment of its own, made from a lock when it is missing: the Python one needs other
versions than this program, the TypeScript one Node. Both need their package registry the first time.
"""

import argparse
import filecmp
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from app.auth.keys import read_key
from app.cli import network
from app.cli.folder import key_path
from app.oauth.assertions import make_assertion
from tests.running import ROOT, running

HERE = Path(__file__).parent
CONTRACT = ROOT / "openapi" / "openapi.json"
NODE = ROOT / "openapi" / "lint"
_VENV, _LOCK = ROOT / ".data" / "generated-clients", HERE / "requirements.lock"
_TELLERS = ("border", "labour", "police", "ngo", "shelter", "other-police", "oversight")


def python(folder: Path) -> None:
    """Generates the Python client without a warning, and has it tell the story to a demo."""
    tools = _environment()
    options: list[str | Path] = [
        "--path",
        CONTRACT,
        "--config",
        HERE / "generator.yaml",
        "--meta",
        "none",
        "--fail-on-warning",
    ]
    command = [tools / "openapi-python-client", "generate", *options, "--output-path", folder / "referral_client"]
    subprocess.run(command, check=True)
    with running(folder / "data") as demo:
        members = {m.client: m for m in network.members() if m.client.removeprefix("demo-") in _TELLERS}
        told = {
            "url": demo.url,
            "ids": {name: str(member.organisation.id) for name, member in members.items()},
            "assertions": {
                name: make_assertion(name, read_key(key_path(demo.data, name)), demo.url, time.time())
                for name in members
            },
        }
        run = [tools / "python", HERE / "story.py"]
        environment = {"PYTHONPATH": str(folder), "PYTHONUTF8": "1"}
        subprocess.run(run, input=json.dumps(told), text=True, env=environment, check=True)


def typescript(folder: Path) -> None:
    """Generates the TypeScript types, and checks them with a caller that uses them, both as strictly as tsc can."""
    if not (NODE / "node_modules").exists():
        subprocess.run(["npm", "ci", "--silent"], cwd=NODE, check=True)
    tools = NODE / "node_modules" / ".bin"
    # A member with a default may be left out of a request, which the generator's own default denies.
    options: list[str | Path] = ["--default-non-nullable=false", "--output", folder / "referral.d.ts"]
    subprocess.run([tools / "openapi-typescript", CONTRACT, *options], check=True)
    shutil.copy(HERE / "caller.ts", folder)
    strict = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess"]
    target = ["--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler"]
    subprocess.run([tools / "tsc", *strict, *target, folder / "caller.ts", folder / "referral.d.ts"], check=True)
    print("tsc finds nothing in the generated types and their caller.")


def _environment() -> Path:
    """The generator's own programs, installed from the lock by hash, wheels only."""
    stamp = _VENV / "installed.lock"
    if not stamp.exists() or not filecmp.cmp(stamp, _LOCK, shallow=False):
        subprocess.run([sys.executable, "-m", "venv", "--clear", _VENV], check=True)
        pip: list[str | Path] = [_VENV / "bin" / "python", "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        subprocess.run([*pip, "--no-deps", "--only-binary", ":all:", "--require-hashes", "-r", _LOCK], check=True)
        shutil.copy(_LOCK, stamp)
    return _VENV / "bin"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("python", "typescript"))
    only = parser.parse_args().only
    with tempfile.TemporaryDirectory() as scratch:
        for make in (python, typescript):
            if only in (None, make.__name__):
                folder = Path(scratch) / make.__name__
                folder.mkdir()
                make(folder)


if __name__ == "__main__":
    main()
