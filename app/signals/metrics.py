"""The metrics of one worker. A label is a route's template, a method of it, a status, an agency or a rule: all of them
lists that this program knows, so that no caller can make a new series, and nothing names a person or an organisation.

Each worker has its own numbers and its own address; what the database knows of the whole is the same in each.
"""

import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from app.admission import Queue
from app.db import Database
from app.signals.national import National

BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
"""Seconds. 0.25 s is what an officer does not notice, 1 s the promise under overload, 10 s the end of all work."""
NATIONAL = {
    "feed_lag": ("referral_feed_lag_seconds", "Age of the oldest event that the change feed does not show yet"),
    "webhook_lag": ("referral_webhook_lag_seconds", "Age of the oldest message due to a webhook that answers"),
    "webhooks_failing": ("referral_webhooks_failing", "Webhook endpoints whose receiver does not answer well"),
    "tree_lag": ("referral_tree_head_lag_seconds", "Age of the oldest audit entry that no signed tree head covers"),
    "batches": ("referral_batches_waiting", "Batches accepted and not worked off"),
}


class Metrics:
    """`registry` is what a scraper reads."""

    def __init__(self, queue: Queue, database: Database) -> None:
        self.registry = CollectorRegistry()
        self.known = Known()
        self._requests = Counter(
            "referral_requests",
            "Requests answered",
            ("method", "route", "status", "agency"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "referral_request_seconds",
            "Time to the last byte of an answer",
            ("method", "route"),
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.registry.register(_Worker(queue, database))
        self.registry.register(self.known)
        ProcessCollector(registry=self.registry)

    def answered(self, place: tuple[str, str], status: int, agency: str, seconds: float) -> None:
        """`place`: method and template of the route."""
        self._requests.labels(*place, str(status), agency).inc()
        self._seconds.labels(*place).observe(seconds)


class _Worker(Collector):
    """What is true of this worker at the moment it is asked."""

    def __init__(self, queue: Queue, database: Database) -> None:
        self._queue, self._database = queue, database

    def collect(self) -> Iterator[Metric]:
        pool: Any = self._database.engine.pool
        for name, told, value in (
            ("referral_pool_size", "Database connections of this worker at most", pool.size()),
            ("referral_pool_in_use", "Database connections in use", pool.checkedout()),
            ("referral_pool_waiting", "Transactions that wait for a connection", self._database.waiting),
            ("referral_queue_working", "Requests worked on", self._queue.working),
            ("referral_queue_waiting", "Requests that wait for their turn", self._queue.waiting),
        ):
            yield GaugeMetricFamily(name, told, value)
        yield CounterMetricFamily(
            "referral_turned_away", "Requests refused because the queue was full", self._queue.refused
        )


class Known(Collector):
    """What was last read from the database, and how long ago: where it does not answer, the age tells it."""

    def __init__(self) -> None:
        self._read = time.monotonic()
        self._national: National | None = None
        self._overdue: Mapping[str, int] = {}
        self._warnings: Collection[str] | None = None

    def read(self, found: National, overdue: Mapping[str, int], warnings: Collection[str]) -> None:
        self._national, self._overdue, self._warnings = found, overdue, warnings
        self._read = time.monotonic()

    def unready(self) -> None:
        self._warnings = None

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(
            "referral_ready", "1 while /readyz answers 200, as of the last look", int(self._warnings is not None)
        )
        age = time.monotonic() - self._read
        yield GaugeMetricFamily("referral_last_look_age_seconds", "Since the database was last asked", age)
        warnings = GaugeMetricFamily("referral_warning", "1 for each warning of /readyz", labels=["warning"])
        for warning in self._warnings or ():
            warnings.add_metric([warning], 1)
        yield warnings
        overdue = GaugeMetricFamily(
            "referral_clocks_overdue", "Clocks overdue in the country, rounded up to fives", labels=["rule"]
        )
        for rule, count in self._overdue.items():
            overdue.add_metric([rule], count)
        yield overdue
        if self._national:
            for field in fields(National):
                yield GaugeMetricFamily(*NATIONAL[field.name], getattr(self._national, field.name))
