"""Integrations as partners might write them, on httpx alone: one that does right, and the same with one flaw each."""

import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from app.auth.keys import read_key
from app.oauth.assertions import make_assertion, token_form
from tests.factories import an_intake

FLAWS_OF_A_SENDER = {
    "no key": "key_on_every_write",
    "a new key at every try": "key_kept",
    "gives up": "sends_again",
    "does not wait": "waits_as_told",
    "takes a replay for a failure": "replay_is_success",
    "repeats what was refused": "refusal_is_final",
    "keeps the old token": "token_renewed",
    "names no officer": "officer_named",
    "one key for everything": "key_for_one_content",
    "sends a number for a text": "speaks_the_contract",
}
FLAWS_OF_A_RECEIVER = {
    "begins the feed anew": "cursor_kept",
    "acts on every delivery": "event_once",
    "leaves referrals lying": "acknowledges",
    "invents a version": "version_sent",
    "repeats without reading": "stale_read_again",
    "accepts what it has completed": "moves_are_legal",
    "reads on after the end": "reading_ends",
}
RECORDS = 7
_TRIES = 4


class Lost(Exception):
    """Nothing more is tried."""


class Integration:
    """`flaw`: the one thing that it does wrong."""

    def __init__(self, service: str, relay: str, client: str, key: Path, flaw: str = "") -> None:
        self.flaw, self._client, self._service = flaw, client, service
        self._key = read_key(key)
        self._http = httpx.Client(base_url=relay, timeout=20)
        self._token = ""

    def __enter__(self) -> "Integration":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def call(self, method: str, path: str, body: Any = None, etag: str | None = None) -> httpx.Response:
        """Sent until it is answered for good."""
        key = "the-only-key-there-is" if self.flaw == "one key for everything" else str(uuid4())
        for _ in range(_TRIES):
            try:
                answer = self._http.request(method, path, json=body, headers=self._headers(method, key, etag))
            except httpx.TransportError:
                answer = None
            if answer is not None and not self._again(answer):
                return answer
            if self.flaw == "gives up":
                break
            if self.flaw == "a new key at every try":
                key = str(uuid4())
        raise Lost

    def _again(self, answer: httpx.Response) -> bool:
        if answer.status_code == 401:
            self._token = self._token if self.flaw == "keeps the old token" else ""
            return True
        if answer.status_code in (429, 503):
            time.sleep(0 if self.flaw == "does not wait" else int(answer.headers["Retry-After"]))
            return True
        if "Idempotent-Replayed" in answer.headers:
            return self.flaw == "takes a replay for a failure"
        return answer.status_code == 422 and self.flaw == "repeats what was refused"

    def _headers(self, method: str, key: str, etag: str | None) -> dict[str, str]:
        if not self._token:
            assertion = make_assertion(self._client, self._key, self._service, time.time())
            self._token = self._http.post("/oauth/token", data=token_form(assertion)).json()["access_token"]
        headers = {"Authorization": f"Bearer {self._token}", "Purpose-Of-Use": "care_coordination"}
        if self.flaw != "names no officer":
            headers["Acting-Officer"] = "officer.1"
        if method == "POST" and self.flaw != "no key":
            headers["Idempotency-Key"] = key
        if etag:
            headers["If-Match"] = etag
        return headers


def send(it: Integration) -> None:
    """Takes in so many people, each another record; what cannot be sent is left for tomorrow."""
    it.call("GET", "/v1/me")
    for number in range(RECORDS):
        wrong = it.flaw == "sends a number for a text" and number == RECORDS - 1
        text: Any = number if wrong else f"Người thứ {number}."
        with suppress(Lost):
            it.call("POST", "/v1/intakes", an_intake(accompanying_minors=[], text=text))


class Receiver:
    """Follows the feed and serves each referral to its end."""

    def __init__(self, it: Integration) -> None:
        self._it, self._known = it, set[str]()

    def run(self, pages: int) -> None:
        self._it.call("GET", "/v1/me")
        after = None
        for _ in range(pages):
            query = f"?after={after}" if after and self._it.flaw != "begins the feed anew" else ""
            page = self._it.call("GET", f"/v1/events{query}").json()
            after = page["next"]
            for event in page["items"]:
                if event["type"] == "referral.sent":
                    self._take(event)

    def _take(self, event: dict[str, Any]) -> None:
        if event["id"] in self._known and self._it.flaw != "acts on every delivery":
            return
        self._known.add(event["id"])
        path = f"/v1/referrals/{event['subject'].removeprefix('referral/')}"
        found = self._it.call("GET", path).json()
        again = self._it.flaw == "acts on every delivery"
        if self._it.flaw == "leaves referrals lying" or (found["status"] != "sent" and not again):
            return
        for act, body in (
            *(("acknowledgements", {}), ("acceptances", {}), ("starts", {})),
            ("completions", {"outcome": "service_delivered"}),
        ):
            self._move(path, act, body)
        if self._it.flaw == "accepts what it has completed":
            self._move(path, "acceptances", {})
        if self._it.flaw == "reads on after the end":
            self._it.call("GET", f"/v1/cases/{found['case_id']}")

    def _move(self, path: str, act: str, body: dict[str, Any]) -> None:
        etag = '"AAAAAAAAAAAAAAAAAAAA"' if self._it.flaw == "invents a version" else self._read(path)
        answer = self._it.call("POST", f"{path}/{act}", body, etag)
        if answer.status_code == 412:
            etag = etag if self._it.flaw in ("invents a version", "repeats without reading") else self._read(path)
            self._it.call("POST", f"{path}/{act}", body, etag)

    def _read(self, path: str) -> str:
        return self._it.call("GET", path).headers["ETag"]
