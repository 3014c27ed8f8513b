"""The demo's clients as callers over HTTP, and a story's telling: each request said aloud, each claim checked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app.client import Client, ProblemError
from app.client.wire import NOTHING


class StoryError(Exception):
    """The service answered otherwise than the contract says."""


@dataclass
class Partner:
    """One client: it states officer and purpose on every call, and takes a refusal as an answer like any other.

    `read` keeps the paths it could read, to be compared with what the journal says it read.
    """

    officer: str
    client: Client
    read: list[str] = field(default_factory=list)

    def send(self, method: str, path: str, body: Any = NOTHING, etag: str | None = None) -> tuple[int, Any]:
        """Status and JSON."""
        try:
            answer = self.client.request(method, path, body, etag=etag)
        except ProblemError as refusal:
            return refusal.status, refusal.body
        if method == "GET":
            self.read.append(path)
        return answer.status, answer.body


@dataclass
class Story:
    """The partners, what they have made so far by name, and who listens."""

    partners: dict[str, Partner]
    listen: Callable[[str], None]
    ids: dict[str, str] = field(default_factory=dict)

    def call(self, who: str, request: str, expect: int, *, body: Any = NOTHING, etag: str | None = None) -> Any:
        """Sends `METHOD /path` as that client, says so, and answers the JSON; another status is a `StoryError`."""
        method, path = request.split(" ", 1)
        status, answered = self.partners[who].send(method, path, body, etag)
        self.listen(f"    {who:<17} {method:<5} {path} → {status}")
        if status != expect:
            raise StoryError(f"{who} {request}: {status}, cần · wanted {expect}\n{answered}")
        return answered

    def refused(self, who: str, request: str, code: str, *, body: Any = NOTHING, etag: str | None = None) -> None:
        """As `call`, for a request that must fail with this problem code."""
        statuses = {"not_found": 404, "insufficient_scope": 403}
        problem = self.call(who, request, statuses.get(code, 409), body=body, etag=etag)
        self.claim(problem["code"] == code, f"bị từ chối · refused: {code}")

    def claim(self, true: bool, text: str) -> None:
        """Says what has just been shown, or ends the story."""
        if not true:
            raise StoryError(f"Sai · False: {text}")
        self.listen(f"      ✓ {text}")

    def act(self, who: str, request: str, *, body: Any = NOTHING) -> Any:
        """A move on a resource: reads its tag as this client sees it, then sends it back as If-Match."""
        resource = request.split(" ", 1)[1].rsplit("/", 1)[0]
        _, shown = self.partners[who].send("GET", resource)
        return self.call(who, request, 200, body={} if body is NOTHING else body, etag=shown["etag"])
