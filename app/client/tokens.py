"""A client's access token: fetched when there is none, renewed before it ends, bound to a key of this process.

A machine whose clock is wrong gets its token all the same: refused once, it takes the time from the `Date` of the
refusal, which came over the same authenticated line as any answer would, and signs by that.
"""

import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from app.client import proofs
from app.client.errors import NotAdmittedError, UnexpectedAnswerError
from app.client.keys import Key
from app.client.wire import Reply, Send, Steps, http_date

_EARLY = 30.0
"""Seconds before its end at which a token is not begun with any more."""

_DRIFT = 5.0
"""Seconds of difference to the service's clock that are worth another try."""

_SCHEMES = {"bearer": "Bearer", "dpop": "DPoP"}


class BusyError(Exception):
    """The token endpoint answers «not now». Never leaves this package."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


@dataclass
class Tokens:
    """`connect` is where the service is reached, `public` how it names itself: in `aud`, in proofs, in receipts.

    `proof_key` None: plain bearer tokens, for a service or client that wants them so.
    """

    connect: str
    public: str
    client_id: str
    key: Key
    proof_key: Key | None
    scope: str | None = None
    drift: float = 0.0
    """Seconds that the service's clock is ahead of this machine's, as far as it had to be found out."""

    _token: str = field(default="", repr=False)
    _scheme: str = "Bearer"
    _until: float = 0.0
    _nonce: str | None = None

    def get(self) -> Steps[str]:
        """A token with some life left. `NotAdmittedError`; `BusyError` and `LostError` while it cannot be had."""
        if self._token and time.monotonic() < self._until:
            return self._token
        for _ in range(4):  # at most: a wrong clock, a nonce unknown, a nonce just replaced
            asked = yield self._question()
            reply = self.heard(asked)
            if reply.status == 200:
                return self._keep(reply)
            if reply.code == "use_dpop_nonce":
                continue
            if reply.code not in ("invalid_client", "invalid_dpop_proof") or not self._set_clock(reply):
                break
        if reply.status in (408, 429) or reply.status >= 500:
            raise BusyError(reply)
        raise NotAdmittedError(reply.code or "no reason given", reply.status)

    def headers(self, method: str, path: str, token: str) -> dict[str, str]:
        """What authenticates one request, good once."""
        stated = {"Authorization": f"{self._scheme} {token}"}
        return stated | self._proof(method, path, token)

    def heard(self, reply: Reply | None) -> Reply:
        """Every answer may bring the nonce of the next proof."""
        assert reply is not None, "a request was sent, so there is an answer or an exception"  # noqa: S101
        self._nonce = reply.headers.get("DPoP-Nonce", self._nonce)
        return reply

    def forget(self, token: str) -> None:
        """The service does not take this token any more; one that another thread has fetched since is kept."""
        if token == self._token:
            self._token = ""

    def _now(self) -> float:
        return time.time() + self.drift

    def _question(self) -> Send:
        path = "/oauth/token"
        stated = proofs.assertion(self.client_id, self.key, self.public, self._now())
        form = urlencode(proofs.token_form(stated, self.scope)).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        return Send("POST", self.connect + path, headers | self._proof("POST", path), form)

    def _proof(self, method: str, path: str, token: str | None = None) -> dict[str, str]:
        if self.proof_key is None or (token is not None and self._scheme != "DPoP"):
            return {}
        url = self.public + path
        return {"DPoP": proofs.proof(self.proof_key, method, url, now=self._now(), token=token, nonce=self._nonce)}

    def _keep(self, reply: Reply) -> str:
        granted: Any = reply.json()
        try:
            token, scheme = granted["access_token"], _SCHEMES[granted["token_type"].lower()]
            life = float(granted.get("expires_in", 60))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise UnexpectedAnswerError("no token in the answer", reply.status) from error
        if not (isinstance(token, str) and token.isascii() and token.isprintable() and token):
            raise UnexpectedAnswerError("no token in the answer", reply.status)
        self._token, self._scheme = token, scheme
        self._until = time.monotonic() + max(life - _EARLY, life / 2)
        return token

    def _set_clock(self, reply: Reply) -> bool:
        """Whether the service's clock turned out to be another than was believed."""
        theirs = http_date(reply.headers.get("Date", ""))
        if theirs is None or abs(theirs - self._now()) < _DRIFT:
            return False
        self.drift = theirs - time.time()
        return True
