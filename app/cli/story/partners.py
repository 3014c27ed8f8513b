"""The demo's clients as callers over HTTP, and a story's telling: each request said aloud, each claim checked."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from app.auth.keys import read_key
from app.cli.folder import key_path
from app.oauth.assertions import fetch_token, make_assertion


class StoryError(Exception):
    """The service answered otherwise than the contract says."""


@dataclass
class Partner:
    """One client: it fetches its token by its own key, and states officer and purpose on every call.

    `read` keeps the paths it could read, to be compared with what the journal says it read.
    """

    client_id: str
    url: str
    data: Path
    http: httpx.Client
    officer: str
    read: list[str] = field(default_factory=list)
    _token: str = ""

    def send(self, method: str, path: str, body: Any = None, etag: str | None = None) -> httpx.Response:
        if not self._token:
            key = read_key(key_path(self.data, self.client_id))
            self._token = fetch_token(self.url, make_assertion(self.client_id, key, self.url, time.time()))
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Acting-Officer": self.officer,
            "Purpose-Of-Use": "oversight_review" if self.client_id == "demo-oversight" else "care_coordination",
        }
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid4())
        if etag is not None:
            headers["If-Match"] = etag
        reply = self.http.request(method, path, json=body, headers=headers)
        if method == "GET" and reply.status_code == 200:
            self.read.append(path)
        return reply


@dataclass
class Story:
    """The partners, what they have made so far by name, and who listens."""

    partners: dict[str, Partner]
    listen: Callable[[str], None]
    ids: dict[str, str] = field(default_factory=dict)

    def call(self, who: str, request: str, expect: int, *, body: Any = None, etag: str | None = None) -> Any:
        """Sends `METHOD /path` as that client, says so, and answers the JSON; another status is a `StoryError`."""
        method, path = request.split(" ", 1)
        reply = self.partners[who].send(method, path, body, etag)
        self.listen(f"    {who:<17} {method:<5} {path} → {reply.status_code}")
        if reply.status_code != expect:
            raise StoryError(f"{who} {request}: {reply.status_code}, cần · wanted {expect}\n{reply.text}")
        return reply.json()

    def refused(self, who: str, request: str, code: str, *, body: Any = None, etag: str | None = None) -> None:
        """As `call`, for a request that must fail with this problem code."""
        statuses = {"not_found": 404, "insufficient_scope": 403}
        problem = self.call(who, request, statuses.get(code, 409), body=body, etag=etag)
        self.claim(problem["code"] == code, f"bị từ chối · refused: {code}")

    def claim(self, true: bool, text: str) -> None:
        """Says what has just been shown, or ends the story."""
        if not true:
            raise StoryError(f"Sai · False: {text}")
        self.listen(f"      ✓ {text}")

    def act(self, who: str, request: str, *, body: Any = None) -> Any:
        """A move on a resource: reads its tag as this client sees it, then sends it back as If-Match."""
        resource = request.split(" ", 1)[1].rsplit("/", 1)[0]
        tag = self.partners[who].send("GET", resource).json()["etag"]
        return self.call(who, request, 200, body=body or {}, etag=tag)
