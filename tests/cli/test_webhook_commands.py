"""The guide to webhooks is run as it stands, from the first command to what a receiver prints; so are its commands."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from app.cli.trigger import TRIGGERS
from tests.cli.conftest import Run
from tests.running import ENVIRONMENT, ROOT, Demo

GUIDE = (ROOT / "docs" / "webhooks.md").read_text("utf-8")
BLOCKS = {match[2]: match[3] for match in re.finditer(r"^```(\w+) (\w+)\n(.*?)^```$", GUIDE, re.M | re.S)}


class Inbox(HTTPServer):
    """Takes every second thing it is sent, and keeps all."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.got: list[tuple[dict[str, str], bytes]] = []


class _Taking(BaseHTTPRequestHandler):
    server: Inbox

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(204 if len(self.server.got) % 2 == 0 else 500)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with Inbox() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def sh(block: str, demo: Demo, port: int, more: str = "") -> str:
    """The block as it stands, but for the demo's address and folder and the receiver's port."""
    text = BLOCKS[block].rstrip("\n") + more
    text = text.replace("http://127.0.0.1:8000", demo.url).replace("127.0.0.1:9000", f"127.0.0.1:{port}")
    text = re.sub(r"\./referral (token \S+?)(?=\))", rf"./referral \1 --data '{demo.data}'", text)
    text = re.sub(r"^(\./referral .*)$", rf"\1 --data '{demo.data}'", text, flags=re.M)
    ran = subprocess.run(["sh", "-ec", text], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_the_guide_leads_to_a_received_webhook(demo: Demo, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    sh("approve", demo, port)
    made = json.loads(sh("create", demo, port))
    script = tmp_path / "receiver.py"
    script.write_text(BLOCKS["receiver"].replace("9000", str(port)))
    secret = {**os.environ, "WEBHOOK_SECRET": made["secret"]}
    with subprocess.Popen([sys.executable, str(script)], env=secret, stdout=subprocess.PIPE, text=True) as receiver:
        watch = threading.Timer(120, receiver.kill)
        watch.start()
        try:
            sh("trigger", demo, port)
            assert receiver.stdout is not None
            assert receiver.stdout.readline().startswith("intake.submitted intake/")
        finally:
            watch.cancel()
            receiver.terminate()
    listed = json.loads(sh("endpoints", demo, port))["items"]
    assert made["id"] in [item["id"] for item in listed]
    assert "secret" not in listed[0]


def test_listen_forwards_until_it_is_taken_and_its_signatures_hold(demo: Demo, inbox: Inbox) -> None:
    sh("trigger", demo, inbox.server_port)
    said = sh("listen", demo, inbox.server_port, " --once --after ''")
    secret, public = (line.split(": ")[1] for line in said.splitlines()[:2])
    events = [Webhook(secret).verify(body, headers) for headers, body in inbox.got]
    assert "intake.submitted" in {event["type"] for event in events}
    ids = [event["id"] for event in events]
    assert ids[::2] == ids[1::2]
    assert len(set(ids)) == len(ids) // 2
    guide: dict[str, Any] = {}
    exec(BLOCKS["ed25519"], guide)  # noqa: S102 - the guide's own code
    headers, body = inbox.got[0]
    guide["verify"](headers, body, public)
    with pytest.raises(Exception, match=r"^$"):
        guide["verify"](headers, body + b" ", public)


def test_listen_forwards_to_this_machine_alone(run: Run, demo: Demo) -> None:
    result = run("listen", "--forward-to", "http://hooks.example.org/", "--data", demo.data)
    assert (result.exit_code, "127.0.0.1" in result.output) == (2, True)


def test_what_can_be_triggered_happens(run: Run, demo: Demo, inbox: Inbox) -> None:
    """The last step of the story includes all the others."""
    last = max(TRIGGERS, key=lambda type_: TRIGGERS[type_])
    result = run("trigger", last, "--data", demo.data)
    assert result.exit_code == 0, result.output
    told = set()
    for client in ("demo-border", "demo-police", "demo-labour", "demo-ngo"):
        said = sh("listen", demo, inbox.server_port, f" --once --after '' --client {client}")
        told |= set(re.findall(r"  ([a-z_]+\.[a-z_]+)  ", said))
    assert set(TRIGGERS) <= told


def test_an_unknown_trigger_names_those_there_are(run: Run, demo: Demo) -> None:
    result = run("trigger", "no.such", "--data", demo.data)
    assert (result.exit_code, "intake.submitted" in result.output) == (2, True)


def test_hosts_are_approved_listed_and_removed(run: Run, demo: Demo) -> None:
    data = ("--data", demo.data)
    assert run("webhook-hosts", "add", "Hooks.Example.org", *data).exit_code == 0
    assert run("webhook-hosts", "add", "hooks.example.org:8443", *data).exit_code == 0
    listed = run("webhook-hosts", "list", *data).output
    assert re.search(r"hooks\.example\.org +443", listed)
    assert re.search(r"hooks\.example\.org +8443", listed)
    assert run("webhook-hosts", "remove", "hooks.example.org", *data).exit_code == 0
    assert not re.search(r"hooks\.example\.org +443", run("webhook-hosts", "list", *data).output)
    assert run("webhook-hosts", "remove", "hooks.example.org", *data).exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("127.0.0.1:9001",),
        ("hooks.example.org", "--loopback"),
        ("localhost",),
        ("https://hooks.example.org",),
        ("hooks.example.org:0",),
        ("hooks.example.org:65536",),
        ("máy.example.org",),
    ],
)
def test_an_impossible_host_is_refused(run: Run, demo: Demo, arguments: tuple[str, ...]) -> None:
    assert run("webhook-hosts", "add", *arguments, "--data", demo.data).exit_code == 2
