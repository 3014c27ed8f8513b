"""Counts, times and traces every request, around everything else. What it tells is taken from the route that was found
and from the caller that was admitted, never from the address or a header."""

import time
from collections.abc import Mapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.head import trace
from app.signals.metrics import Metrics
from app.traces import span

NOWHERE = ("other", "none")
"""Method and route of what no route answers: a stranger chooses both."""


class Observed:
    """Middleware, the outermost."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        began, status = time.perf_counter(), 0

        async def observed(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        with span("request", traceparent=trace(scope["headers"]), root=True) as told:
            try:
                await self.app(scope, receive, observed)
            finally:
                state = scope.get("state", {})
                (method, route), agency = _place(scope), _agency(state)
                state.clear()  # it leads back to the scope: a circle, and collecting thousands of them takes 100 ms
                self._metrics.answered((method, route), status, agency, time.perf_counter() - began)
                told.tell(
                    http__request__method=method,
                    http__route=route,
                    http__response__status_code=status,
                    referral__agency=agency,
                )


def _place(scope: Scope) -> tuple[str, str]:
    route: Any = scope.get("route")
    if route is None or scope["method"] not in (getattr(route, "methods", None) or ()):
        return NOWHERE
    return scope["method"], route.path


def _agency(state: Mapping[str, Any]) -> str:
    call = state.get("call")
    return str(call.caller.agency) if call is not None else "none"
