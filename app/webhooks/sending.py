"""One try: a POST to the address that was checked, under the name of the target, and the status it is answered.

No redirect is followed, no proxy of the environment used, no connection kept (two names may share an address, and a
certificate vouches for one), and nothing of the answer read beyond its head.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from app.traces import span
from app.webhooks.lifecycle import Result
from app.webhooks.targets import Checked, Resolve, Target, TargetError, check, system_resolve

SECONDS = 15
"""For all of a try, from the look-up of the name on, as Standard Webhooks advises (15 to 30)."""
_NEVER_KEPT = httpx.Limits(max_keepalive_connections=0)


@dataclass(frozen=True)
class Attempt:
    """`status` where there was an answer; `wait` where it asked to be left alone for so many seconds."""

    result: Result
    status: int | None = None
    wait: float = 0

    @property
    def delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True)
class Sender:
    """`resolve` and `tls` are the system's own, unless a test brings others."""

    resolve: Resolve = system_resolve
    tls: ssl.SSLContext = field(default_factory=httpx.create_ssl_context)
    seconds: float = SECONDS

    async def send(self, target: Target, body: bytes, headers: Mapping[str, str]) -> Attempt:
        """Never raises: whatever a receiver does is a result."""
        with span("webhook") as told:
            attempt = await self._tried(target, body, headers)
            told.tell(referral__webhook__result=str(attempt.result))
            return attempt

    async def _tried(self, target: Target, body: bytes, headers: Mapping[str, str]) -> Attempt:
        try:
            async with asyncio.timeout(self.seconds):
                return await self._post(await check(target, self.resolve), body, headers)
        except TargetError as error:
            return Attempt(error.result)
        except (TimeoutError, httpx.TimeoutException):
            return Attempt(Result.TIMED_OUT)
        except (httpx.ProtocolError, httpx.InvalidURL):
            return Attempt(Result.NOT_HTTP)
        except (httpx.HTTPError, OSError):
            return Attempt(Result.UNREACHABLE)

    async def _post(self, checked: Checked, body: bytes, headers: Mapping[str, str]) -> Attempt:
        named = {**headers, "Host": checked.authority}
        server = {"sni_hostname": checked.target.host}
        # Ended by its own limit first, a handshake that hangs is closed in order and not only cancelled.
        limits = httpx.Timeout(self.seconds, connect=self.seconds / 3)
        transport = httpx.AsyncHTTPTransport(verify=self.tls, trust_env=False, limits=_NEVER_KEPT)
        async with (
            httpx.AsyncClient(transport=transport, trust_env=False, timeout=limits, follow_redirects=False) as http,
            http.stream("POST", checked.url, content=body, headers=named, extensions=server) as answer,
        ):
            return Attempt(Result.ANSWERED, answer.status_code, _asked(answer.headers.get("Retry-After", "")))


def _asked(text: str) -> float:
    """`Retry-After` in seconds (RFC 9110 §10.2.3); a date or nonsense is not heard."""
    return float(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
