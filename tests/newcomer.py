"""`python -m tests.newcomer`: a newcomer's path from the README to a received webhook, every command, output and time.

The commands are the blocks of README.md and docs/webhooks.md as they stand, run in a clean clone with an empty home
(so that nothing of this machine is used but git, sh, python3 and curl). Prints Markdown; exit code 1 when a step fails.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.test_docs import BLOCK

ROOT = Path(__file__).parents[1]
_STEP_SECONDS = 300
_SHOWN = 600


class StuckError(Exception):
    """A step did not do what the page says."""


@dataclass
class Walk:
    """One walk: where it goes, what it met."""

    tree: Path
    home: Path
    began: float = field(default_factory=time.monotonic)

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "HOME": str(self.home), "LANG": "C.UTF-8"}

    def block(self, page: str, told: Callable[[str, str, str], bool]) -> str:
        """The first block of a page that is meant, by its language, name and text."""
        text = (self.tree / page).read_text("utf-8")
        return next(found[3] for found in BLOCK.finditer(text) if told(found[1], found[2] or "", found[3])).strip()

    def run(self, page: str, command: str, environment: dict[str, str] | None = None) -> str:
        """A command that ends, and what it printed."""
        since = time.monotonic()
        told = {**self.environment, **(environment or {})}
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=self.tree if self.tree.exists() else self.home,
            env=told,
            capture_output=True,
            text=True,
            timeout=_STEP_SECONDS,
            check=False,
        )
        self.tell(page, command, done.stdout, since)
        if done.returncode:
            raise StuckError(done.stderr)
        return done.stdout

    @contextmanager
    def keep(self, page: str, command: str, ready: str, environment: dict[str, str] | None = None) -> Iterator[Path]:
        """A command that goes on until the end of the walk, from when it said it is ready; the file of its output."""
        since, output = time.monotonic(), self.home / f"output-{time.monotonic_ns()}"
        told = {**self.environment, **(environment or {}), "PYTHONUNBUFFERED": "1"}
        with output.open("w") as file:
            running = subprocess.Popen(
                ["/bin/sh", "-c", f"exec {command}"], cwd=self.tree, env=told, stdout=file, stderr=subprocess.STDOUT
            )
        try:
            until(lambda: ready in output.read_text("utf-8"), running)
            self.tell(page, command, output.read_text("utf-8"), since)
            yield output
        finally:
            running.send_signal(signal.SIGINT)
            running.wait(30)

    def tell(self, page: str, command: str, output: str, since: float) -> None:
        now = time.monotonic()
        print(f"\n### {page}: {now - since:.1f} s, {now - self.began:.1f} s in all\n", flush=True)
        shown = output.strip()
        shown = f"{shown[:_SHOWN]}\n…" if len(shown) > _SHOWN else shown
        print(f"```sh\n{command}\n```\n\n```text\n{shown}\n```", flush=True)


def until(true: Callable[[], bool], running: subprocess.Popen[bytes] | None = None) -> None:
    deadline = time.monotonic() + _STEP_SECONDS
    while not true():
        if time.monotonic() > deadline or (running and running.poll() is not None):
            raise StuckError("it never got that far")
        time.sleep(0.05)


def walk(newcomer: Walk) -> None:
    """Demo, first request, an endpoint, a receiver that verifies, an event, and the event received."""
    guide = "docs/webhooks.md"

    def named(page: str, name: str) -> str:
        return newcomer.block(page, lambda _, block, __: block == name)

    receiver = named(guide, "receiver")
    with newcomer.keep("README.md", named("README.md", "demo"), "Ctrl+C"):
        newcomer.run("README.md", newcomer.block("README.md", lambda _, __, text: "PUT http" in text))
        newcomer.run(guide, named(guide, "approve"))
        made = newcomer.run(guide, named(guide, "create"))
        secret = re.search(r'"secret": ?"([^"]+)"', made)
        if secret is None:
            raise StuckError(made)
        newcomer.run(guide, "python3 -m venv venv && venv/bin/pip -q install standardwebhooks")
        (newcomer.tree / "receiver.py").write_text(f"{receiver.replace('seen = set()', READY)}\n", "utf-8")
        command, variables = "venv/bin/python receiver.py", {"WEBHOOK_SECRET": secret[1]}
        with newcomer.keep(guide, command, "listening", variables) as output:
            since = time.monotonic()
            newcomer.run(guide, named(guide, "trigger"))
            until(lambda: "intake.submitted" in output.read_text("utf-8"))
            received = "\n".join(line for line in output.read_text("utf-8").splitlines() if line != "listening")
            newcomer.tell(guide, "# what the receiver printed, from the trigger on", received, since)


READY = 'seen = set()\nprint("listening", flush=True)'
"""Said so that this program knows; a person sees that the command does not end."""


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="referral-newcomer-") as folder:
        newcomer = Walk(Path(folder, "clone"), Path(folder, "home"))
        newcomer.home.mkdir()
        newcomer.run("a clean clone", f"git clone -q {ROOT} {newcomer.tree}")
        try:
            walk(newcomer)
        except StuckError as stuck:
            print(f"stuck: {stuck}", file=sys.stderr)
            return 1
        print(f"\nFrom the clone to the received webhook: {time.monotonic() - newcomer.began:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
