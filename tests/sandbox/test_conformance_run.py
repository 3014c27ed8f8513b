"""The conformance run passes for integrations that do right, our own client among them, and names others' faults."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.cli.conformance.counterpart import refer
from app.cli.conformance.faults import Plan
from app.cli.conformance.relay import Relay, relaying
from app.cli.conformance.report import Report, judge
from app.cli.conformance.verdicts import RULES
from app.client import Client, Key
from app.client.exchange import Retries
from tests.factories import an_intake
from tests.running import ENVIRONMENT, ROOT, Demo, running
from tests.sandbox.integrations import FLAWS_OF_A_RECEIVER, FLAWS_OF_A_SENDER, Integration, Receiver, send

SENDER, RECEIVER, REFERRER = "demo-border", "demo-ngo", "demo-labour"
PAGES = 4


def some(flaws: Mapping[str, str]) -> list[tuple[str, str]]:
    """Three of a role in the check, whose waits are real; `python -m tests.sandbox` tries them all."""
    return list(flaws.items())[: None if os.environ.get("REFERRAL_ALL_FLAWS") else 3]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running(tmp_path_factory.mktemp("conformance")) as started:
        yield started


@dataclass(frozen=True)
class Bench:
    """The demo, and the clients of it that play the partners."""

    demo: Demo

    def key(self, client: str) -> Path:
        return self.demo.data / "clients" / f"{client}.pem"

    def client(self, name: str, connect: str | None = None) -> Client:
        return Client(
            self.demo.url,
            name,
            Key.load(self.key(name)),
            officer="officer.1",
            purpose="care_coordination",
            connect=connect,
            retries=Retries(first=0.1),
        )

    def refer(self, times: int = 2) -> None:
        with self.client(RECEIVER) as receiving, self.client(REFERRER) as referring:
            me = receiving.request("GET", "/v1/me").body["organisation"]["id"]
            made = {refer(referring, me) for _ in range(times)}
            told: set[str] = set()
            until = time.monotonic() + 30
            while not made <= told and time.monotonic() < until:
                for batch in receiving.follow(wait=0):
                    told |= {event["subject"].removeprefix("referral/") for event in batch.events}


@pytest.fixture(scope="module")
def bench(demo: Demo) -> Bench:
    return Bench(demo)


def run_sender(bench: Bench, flaw: str) -> Report:
    relay = Relay(bench.demo.url, Plan("sender"))
    with relaying(relay) as address, Integration(bench.demo.url, address, SENDER, bench.key(SENDER), flaw) as it:
        send(it)
    return judge("sender", bench.demo.url, relay.log.all())


def run_receiver(bench: Bench, flaw: str) -> Report:
    bench.refer()
    relay = Relay(bench.demo.url, Plan("receiver"))
    with relaying(relay) as address, Integration(bench.demo.url, address, RECEIVER, bench.key(RECEIVER), flaw) as it:
        Receiver(it).run(PAGES)
    return judge("receiver", bench.demo.url, relay.log.all())


def test_an_integration_that_does_right_passes(bench: Bench) -> None:
    for made in (run_sender(bench, ""), run_receiver(bench, "")):
        assert made.verdict == "passed", made.as_text()


@pytest.mark.parametrize(("flaw", "rule"), some(FLAWS_OF_A_SENDER))
def test_a_broken_sender_is_told_which_rule_it_breaks(bench: Bench, flaw: str, rule: str) -> None:
    made = run_sender(bench, flaw)
    print(f"sender    {flaw}: {', '.join(made.failed)}")
    assert rule in made.failed, made.as_text()


@pytest.mark.parametrize(("flaw", "rule"), some(FLAWS_OF_A_RECEIVER))
def test_a_broken_receiver_is_told_which_rule_it_breaks(bench: Bench, flaw: str, rule: str) -> None:
    made = run_receiver(bench, flaw)
    print(f"receiver  {flaw}: {', '.join(made.failed)}")
    assert rule in made.failed, made.as_text()


def test_every_rule_has_an_integration_that_breaks_it() -> None:
    caught = {*FLAWS_OF_A_SENDER.values(), *FLAWS_OF_A_RECEIVER.values()}
    assert caught == set(RULES)
    assert len(FLAWS_OF_A_SENDER) + len(FLAWS_OF_A_RECEIVER) >= 10


def test_our_own_client_passes_as_a_sender(bench: Bench) -> None:
    relay = Relay(bench.demo.url, Plan("sender"))
    with relaying(relay) as address, bench.client(SENDER, address) as client:
        client.request("GET", "/v1/me")
        taken = client.request("POST", "/v1/intakes", an_intake(accompanying_minors=[])).body
        for number in range(6):
            refused = number == 3
            body = {"text": f"Ghi chú {number}."}
            if refused:
                with pytest.raises(Exception, match="unknown_reference"):
                    client.request("POST", f"/v1/cases/{taken['case']['id']}/notes", body)
            else:
                client.request("POST", f"/v1/cases/{taken['case']['id']}/notes", body)
    made = judge("sender", bench.demo.url, relay.log.all())
    assert made.verdict == "passed", made.as_text()


def test_the_command_runs_an_integration_and_keeps_the_report(bench: Bench, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    mine = "import os,httpx; print(httpx.get(os.environ['REFERRAL_CONNECT'] + '/v1/me').status_code)"
    command = [sys.executable, "-m", "app", "conformance", "--as", "sender", "--url", bench.demo.url, "--port", "0"]
    ran = subprocess.run(
        [*command, "--report", str(report), "--", sys.executable, "-c", mine],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 3, ran.stdout + ran.stderr
    assert "401" in ran.stdout
    assert "chưa gặp" in ran.stdout
    assert json.loads(report.read_text("utf-8"))["verdict"] == "unseen"
