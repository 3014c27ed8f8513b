"""Whose access tokens are believed: the bundled issuer's, or those of one external issuer (Keycloak, say).

An external issuer must issue to RFC 9068, as the bundled one does: ES256, `typ` at+jwt, one `aud`, and `client_id`
equal to `sub`. Its `azp` is not read: tokens that people got through a client carry it too, and only machines call.
"""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

import httpx

from app import safejson
from app.auth import tokens
from app.auth.key_folder import KeyFolder
from app.auth.keys import UnusableKeyError, VerificationKey, verification_key, verification_keys
from app.problems import Unavailable

PAUSE = 60
"""Seconds between two questions to the issuer's endpoint, whatever tokens arrive."""

FRESH = 300
"""Seconds for which a key set is taken as it is; a key that the issuer withdrew is refused after them."""

KEPT = 86_400
"""Seconds for which a key set outlives an endpoint that does not answer. Tokens live ten minutes: an issuer gone for so
long issues none, and whoever keeps its endpoint away must not keep a stolen key alive for ever."""

TIMEOUT = 3
"""Seconds in all, so that an endpoint that drips is given up like one that is silent."""

LARGEST = 65_536
"""Bytes of a key set."""

_HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity"}
_MEMBERS = ("kty", "crv", "x", "y", "d", "use", "alg", "kid", "key_ops")
logger = logging.getLogger("referral")


class Issuer(Protocol):
    """`name` is what its tokens must state as `iss`."""

    name: str

    async def keys(self, token: str) -> Mapping[str, VerificationKey]:
        """The keys by which to judge this token; `Unavailable` when the issuer's are not known."""

    async def known(self) -> None:
        """`Unavailable` when no token could be judged at present."""


class BundledIssuer:
    """This service itself."""

    def __init__(self, name: str, folder: KeyFolder) -> None:
        self.name = name
        self._folder = folder

    async def keys(self, _token: str) -> Mapping[str, VerificationKey]:
        return self._folder.current.access

    async def known(self) -> None: ...


class ExternalIssuer:
    """Another server, whose keys are fetched from `url`, by one question at a time and at most one a minute.

    Before the first answer a token of plain form is answered 503, not 401: nothing may be wrong with it, and clients
    that went for new ones would hinder both servers.
    """

    def __init__(self, name: str, url: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = name
        self._url = url
        self._clock = clock
        self._tls = httpx.create_ssl_context()
        self._keys: Mapping[str, VerificationKey] = {}
        self._fetched = self._asked = -math.inf
        self._silent = False
        self._asking: asyncio.Task[None] | None = None

    async def keys(self, token: str) -> Mapping[str, VerificationKey]:
        known = tokens.claimed_key(token) in self._keys
        if not known or self._older_than(FRESH):
            asking = self._ask()
            if asking and not (known and self._silent):
                await asyncio.shield(asking)  # one caller's leaving must not end the question of all
        self._check()
        return self._keys

    async def known(self) -> None:
        """Asks, where nobody asked of late: before its first token a worker would know no key."""
        if self._older_than(FRESH) and (asking := self._ask()) and self._older_than(KEPT):
            await asyncio.shield(asking)
        self._check()

    def _check(self) -> None:
        if self._older_than(KEPT):
            raise Unavailable

    def _older_than(self, seconds: float) -> bool:
        return self._clock() - self._fetched >= seconds

    def _ask(self) -> asyncio.Task[None] | None:
        """The question under way, begun now if the last one is a minute old."""
        if self._asking is None and self._clock() - self._asked >= PAUSE:
            self._asked = self._clock()
            self._asking = asyncio.create_task(self._renew())
        return self._asking

    async def _renew(self) -> None:
        try:
            self._keys = usable(await self._fetch())
            self._fetched, self._silent = self._asked, False
        except Exception as error:  # whatever it was, the keys of before are as good as they were
            self._silent = True
            logger.warning("the external issuer gave no key set: %s", type(error).__name__)
        finally:
            self._asking = None

    async def _fetch(self) -> Any:
        """What the endpoint says. A redirect is no answer: it would lead where no operator looked."""
        body = bytearray()
        async with (
            asyncio.timeout(TIMEOUT),
            httpx.AsyncClient(verify=self._tls, timeout=TIMEOUT, follow_redirects=False) as http,
            http.stream("GET", self._url, headers=_HEADERS) as answer,
        ):
            if answer.status_code != 200 or "content-encoding" in answer.headers:
                raise ValueError("no key set")
            async for chunk in answer.aiter_raw():
                body += chunk
                if len(body) > LARGEST:
                    raise ValueError("key set too large")
        return safejson.parse(bytes(body))


def usable(jwks: Any) -> Mapping[str, VerificationKey]:
    """The keys of a set that can judge a token; others are passed over, for an issuer has keys for others too.
    `ValueError` for what is no key set, or where one `kid` names two usable keys."""
    if not (isinstance(jwks, dict) and isinstance(jwks.get("keys"), list)):
        raise ValueError("not a key set")
    return verification_keys(_plain(jwks["keys"]))


def _plain(jwks: Iterable[Any]) -> Iterable[Mapping[str, Any]]:
    for jwk in jwks:
        try:
            plain = {member: jwk[member] for member in _MEMBERS if member in jwk}
            verification_key(plain)
        except (TypeError, UnusableKeyError):
            continue
        yield plain
