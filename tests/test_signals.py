"""What operators are told: every request, nothing of a person, on a port that the public does not reach."""

import asyncio
import json
import re
import socket
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import yaml
from fastapi import FastAPI
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from app import traces
from app.auth.scopes import Agency
from app.discovery.readiness import LATE
from app.embedded import Server
from app.organisations.sides import twin_of
from app.signals import listening
from app.signals.metrics import Metrics
from app.signals.national import National, national, overdue
from tests.conftest import Raw
from tests.factories import an_intake
from tests.personas import Clients
from tests.running import ROOT
from tests.served import served

NAME = re.compile(r"\b(referral_\w+|process_\w+)")
DASHBOARD = (ROOT / "deploy/grafana/referral.json").read_text("utf-8")
RULES = (ROOT / "deploy/prometheus/rules.yaml").read_text("utf-8")
PAGE = (ROOT / "docs/operations.md").read_text("utf-8")
DUTIES = """
insert into duties (id, organisation_id, owner, rule_id, rule_key, carrier, carrier_id, started_at, due_at)
select gen_random_uuid(), (select id from organisations where not access.is_test(id) limit 1), 'custodian', $1, $1,
  'case', gen_random_uuid(), now(), now() - make_interval(hours => $2) from generate_series(1, $3)
"""
NOT_COUNTED = {
    "D04": "status = 'met'",
    "D05": "paused_at = now()",
    "D06": "carrier = 'escalation'",
    "D07": f"organisation_id = '{twin_of(uuid4())}'",
}
"""Past their time all the same, and nobody's delay."""
CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def told(metrics: Metrics) -> dict[str, list[tuple[dict[str, str], float]]]:
    """Every sample by its name."""
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(generate_latest(metrics.registry).decode()):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def named(expressions: Iterable[str]) -> set[str]:
    return {name for expression in expressions for name in NAME.findall(expression)}


def families(metrics: Metrics) -> set[str]:
    metrics.known.read(National(0, 0, 0, 0, 0), {"D03": 5}, ["feed_late"])
    return {name for name in told(metrics) if not name.endswith("_created")}


async def test_a_request_is_counted_by_route_status_and_agency_and_by_nothing_of_its_own(
    clients: Clients, app: FastAPI
) -> None:
    intake = uuid4()
    await clients.ok("demo-border", "PUT", f"/v1/intakes/{intake}", an_intake())
    await clients.get("demo-border", f"/{intake}?full_name=Khuyen")
    await clients.http.request("BREW", f"/v1/intakes/{intake}")
    counted = [labels for labels, _ in told(app.state.metrics)["referral_requests_total"]]
    mine = {"method": "PUT", "route": "/v1/intakes/{intake_id}", "status": "201", "agency": "border_guard"}
    assert mine in counted
    assert {"method": "other", "route": "none", "status": "404", "agency": "none"} in counted
    text = generate_latest(app.state.metrics.registry).decode()
    assert str(intake) not in text
    assert "Khuyen" not in text
    assert "BREW" not in text
    assert {labels["agency"] for labels in counted} <= {*map(str, Agency), "none"}


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    kept = InMemorySpanExporter()
    traces.trace_by(SimpleSpanProcessor(kept))
    yield kept
    traces.trace_by(None)


async def test_a_trace_says_what_is_allowed_and_does_not_believe_the_caller(
    clients: Clients, spans: InMemorySpanExporter
) -> None:
    intake = uuid4()
    await clients.call("demo-border", "PUT", f"/v1/intakes/{intake}", an_intake(), Traceparent=CALLER)
    await clients.get("demo-border", f"/v1/intakes/{uuid4()}?full_name=Khuyen")
    ended = spans.get_finished_spans()
    requests = [span for span in ended if span.name == "request"]
    assert {"request", "transaction"} <= {span.name for span in ended}
    assert {name for span in ended for name in span.attributes or ()} <= traces.ALLOWED
    assert all(span.parent is None for span in requests)
    assert all(format(span.context.trace_id, "032x") not in CALLER for span in ended if span.context)
    assert [format(link.context.trace_id, "032x") for span in requests for link in span.links] == [CALLER.split("-")[1]]
    written = "".join(span.to_json() for span in ended)
    assert str(intake) not in written
    assert "Khuyen" not in written
    assert not any(span.events for span in ended)


def test_a_span_that_would_say_more_is_a_defect() -> None:
    with traces.span("request") as span, pytest.raises(traces.NotAllowedError):
        span.tell(person="Khuyen")


async def test_every_metric_is_shown_and_every_one_shown_exists(app: FastAPI) -> None:
    exist = families(app.state.metrics)
    drawn = named(t["expr"] for panel in json.loads(DASHBOARD)["panels"] for t in panel["targets"])
    asked = named(rule["expr"] for group in yaml.safe_load(RULES)["groups"] for rule in group["rules"])
    assert drawn <= exist
    assert asked <= exist
    assert {name for name in exist if name.startswith("referral_")} <= drawn
    documented = set(re.findall(r"`(referral_\w+)", PAGE))
    assert {name for name in exist if name.startswith("referral_")} - {
        f"referral_request_seconds_{part}" for part in ("bucket", "sum", "count")
    } <= documented


def test_the_alerts_and_readyz_mean_the_same_by_late() -> None:
    said = {float(number) for number in re.findall(r"lag_seconds\) > (\d+)", RULES)}
    assert said == set(map(float, LATE.values()))


async def test_what_is_overdue_is_told_for_the_country_in_fives(raw: Raw, app: FastAPI) -> None:
    await raw.all.execute("set session_replication_role = replica")
    for rule, count, past in (("D01", 1, 1), ("D02", 6, 1), ("D03", 3, -1), *((rule, 1, 1) for rule in NOT_COUNTED)):
        await raw.all.execute(DUTIES, rule, past, count)
    for rule, why in NOT_COUNTED.items():
        await raw.all.execute(f"update duties set {why} where rule_id = $1", rule)  # noqa: S608 - from above
    await raw.all.execute("reset session_replication_role")
    assert await overdue(app.state.database) == {"D01": 5, "D02": 10}


async def test_what_waits_is_told_by_its_age(clients: Clients, raw: Raw, app: FastAPI) -> None:
    await clients.ok("demo-border", "PUT", f"/v1/intakes/{uuid4()}", an_intake())
    await raw.all.execute("update outbox_events set at = at - interval '1 hour'")
    await raw.all.execute("set session_replication_role = replica")
    await raw.all.execute("update audit_entries set at = at - interval '1 hour'")
    await raw.all.execute("reset session_replication_role")
    now = await national(app.state.database)
    assert now.feed_lag > 3500
    assert now.tree_lag > 3500
    assert (now.webhook_lag, now.batches) == (0, 0)


async def test_a_look_at_a_schema_that_is_not_there_yet_is_made_again(
    raw: Raw, app: FastAPI, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(listening, "SECONDS", 0.01)
    metrics = Metrics(app.state.queue, app.state.database)
    await raw.all.execute("alter function access.overdue() rename to later")
    looking = asyncio.create_task(listening.look_for_ever(metrics, app.state.database, app.state.readiness.judge))
    try:
        async with asyncio.timeout(30):
            while "metrics not read" not in caplog.text:
                await asyncio.sleep(0.01)
            assert told(metrics)["referral_ready"] == [({}, 0)]
            await raw.all.execute("alter function access.later() rename to overdue")
            while told(metrics)["referral_ready"] != [({}, 1)]:
                await asyncio.sleep(0.01)
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_metrics_are_on_a_port_of_this_machine_and_nowhere_else(
    server: Server, data: Path, tmp_path: Path, raw: Raw
) -> None:
    port = free_port()
    with served(server, data, tmp_path / "log", metrics_port=port) as service:
        assert httpx.get(f"{service.url}/readyz", timeout=60).status_code == 200
        text = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=60).text
        assert 'referral_requests_total{agency="none",method="GET",route="/readyz",status="200"} 1.0' in text
        assert httpx.get(f"{service.url}/metrics", timeout=60).status_code == 404
        with socket.socket() as elsewhere:  # another address of this machine: what listens on one alone is not there
            assert elsewhere.connect_ex(("127.0.0.2", port)) != 0
        for block in re.findall(r"^```sh \w+\n(.*?)^```", PAGE, re.M | re.S):
            command = block.replace("http://127.0.0.1:8000", service.url).replace("9464", str(port))
            ran = subprocess.run(["sh", "-ec", command], capture_output=True, text=True, timeout=60)
            assert ran.returncode == 0
            assert "ready" in ran.stdout


def test_the_page_shows_how_to_scrape() -> None:
    (block,) = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.M | re.S)
    (job,) = yaml.safe_load(block)["scrape_configs"]
    assert job["job_name"] == "referral"
