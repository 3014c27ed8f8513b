"""Every command of docs/offline-posts.md runs as it stands, in order, against a demo."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.post.ground import PIN
from tests.running import ENVIRONMENT, ROOT, Demo, running

PAGE = (ROOT / "docs/offline-posts.md").read_text("utf-8")
BLOCKS = [(match[1], match[2]) for match in re.finditer(r"^```sh(?: (\w+))?\n(.*?)^```$", PAGE, re.M | re.S)]
TYPED = {
    "new": "\n".join(["2", "20/11/2026 22:41", "15", "", "", "", "Lò Thị Mỷ", *[""] * 25, "c", ""]),
    "confirm": "y\n",
    "": "",
}
A_ROW = "printf 'A1,self_return_border,,20/11/2026 22:41,15\\n' >> rows.csv"
MORE = """\
printf '{"schema_version": "1.0", "channel": "hotline_111", "received_at": "2026-11-20T08:00:00Z"' > more.jsonl
printf ', "place": {"unknown": true}}' >> more.jsonl
./referral post import more.jsonl"""
"""What officers do meanwhile: a row into the template, one more record before the bundle is made."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running(tmp_path_factory.mktemp("offline")) as started:
        yield started


def here(command: str, demo: Demo) -> str:
    """The same command for this demo, from a folder in which nothing is."""
    command = command.replace("./referral ", f"'{sys.executable}' -m app ")
    return command.replace("http://127.0.0.1:8000", demo.url).replace(".data/clients", str(demo.data / "clients"))


def run(command: str, folder: Path, typed: str = "") -> str:
    ran = subprocess.run(
        ["sh", "-ec", command],
        cwd=folder,
        env={**ENVIRONMENT, "REFERRAL_POST_PIN": PIN, "PYTHONPATH": str(ROOT)},
        input=typed,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def serve(command: str, folder: Path) -> None:
    """Until the page and its list have answered."""
    environment = {**ENVIRONMENT, "REFERRAL_POST_PIN": PIN, "PYTHONPATH": str(ROOT)}
    words = ["sh", "-ec", f"exec {command}"]
    with subprocess.Popen(words, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        address, token = process.stdout.readline().rsplit(" ", 1)[1].strip().split("#")
        try:
            assert "Content-Security-Policy" in httpx.get(address).headers
            listed = httpx.get(f"{address}api/forms", headers={"X-Post-Token": token})
            assert listed.json()["items"]
            assert httpx.get(f"{address}api/forms").status_code == 403
        finally:
            process.terminate()
            process.wait(30)


def test_every_command_of_the_page_runs(demo: Demo, tmp_path: Path) -> None:
    heard: list[str] = []
    other = "./referral post enrol --url http://127.0.0.1:8000 --client demo-border --officer cb-2 --post other"
    run(here(f"{other} --key .data/clients/demo-border.pem", demo), tmp_path)
    for mark, command in BLOCKS:
        text = here(command, demo)
        if mark == "serve":
            serve(text, tmp_path)
            continue
        if "post bundle" in command:
            text = f"{here(MORE, demo)}\n{text}"
        heard.append(run(text.replace("rows.csv\n", f"rows.csv\n{A_ROW}\n", 1), tmp_path, TYPED[mark or ""]))
    said = "".join(heard)
    assert "đã gửi · sent: 2, chờ · waiting: 0" in said
    assert "xong · done: 1" in said
