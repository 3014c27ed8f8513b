"""Spans of requests, transactions and outgoing webhooks, for who installed the extra `tracing` and named an endpoint.

What a span may say is a list of names; anything else is a defect and raises. No exception is recorded, for its message
may be a person's data, and no statement. A caller's `traceparent` becomes a link: it decides neither the trace's id nor
whether it is kept.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

ALLOWED = frozenset(
    {
        "http.request.method",
        "http.route",
        "http.response.status_code",
        "referral.agency",
        "referral.wrote",
        "referral.webhook.result",
    }
)


class NotAllowedError(Exception):
    """A span was told something that it may not say."""


class Span:
    """What is told of one piece of work; nothing of it is kept where nobody traces."""

    def __init__(self, told: Any = None) -> None:
        self._told = told

    def tell(self, **attributes: str | int | bool) -> None:
        """By the names of `ALLOWED`, with `__` for a dot."""
        named = {name.replace("__", "."): value for name, value in attributes.items()}
        if not named.keys() <= ALLOWED:
            raise NotAllowedError(sorted(named.keys() - ALLOWED))
        if self._told is not None:
            self._told.set_attributes(named)


_SILENT = Span()
_tracer: Any = None


def send_to(endpoint: str) -> None:
    """From now on this process sends its spans there (OTLP over HTTP). `ImportError` without the extra `tracing`."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    trace_by(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))


def trace_by(processor: Any) -> None:
    """Spans go to this processor; to nobody, where it is None. The process's environment is not asked for names."""
    global _tracer
    if processor is None:
        _tracer = None
        return
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.sampling import ALWAYS_ON

    provider = TracerProvider(resource=Resource({"service.name": "referral"}), sampler=ALWAYS_ON)
    provider.add_span_processor(processor)
    _tracer = provider.get_tracer("referral")


@contextmanager
def span(name: str, *, traceparent: str | None = None, root: bool = False) -> Iterator[Span]:
    """A span around the block. `root`: the first of its trace, whatever a caller says it belongs to."""
    if _tracer is None:
        yield _SILENT
        return
    from opentelemetry.context import Context

    quiet: dict[str, Any] = {"record_exception": False, "set_status_on_exception": False}
    if root:
        quiet |= {"context": Context(), "links": _links(traceparent)}
    with _tracer.start_as_current_span(name, **quiet) as told:
        yield Span(told)


def _links(traceparent: str | None) -> list[Any]:
    from opentelemetry.trace import Link, SpanContext

    if traceparent is None:
        return []
    _, trace_id, span_id, _ = traceparent.split("-")
    return [Link(SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=True))]
