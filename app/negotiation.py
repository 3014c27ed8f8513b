"""What a caller can read: its language, and whether it takes JSON (RFC 9110 §12.5)."""

import re
from collections.abc import Iterable

from app.problems import MEDIA_TYPE, Language, NotAcceptable

_NOT_ONLY_JSON = ("/docs", "/redoc", "/problems", "/openapi.json", "/oauth", "/.well-known", "/static-offline-docs")
EVENT_STREAM = "text/event-stream"
_STREAMS = ("/v1/events/stream",)
_WEIGHT = re.compile(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")


def language_of(header: str | None) -> Language:
    """The better wanted of vi and en in an `Accept-Language` (RFC 9110 §12.5.4), the first of equals; vi if neither."""
    if not header:
        return "vi"
    best: Language = "vi"
    highest = 0.0
    spoken: dict[str, Language] = {"vi": "vi", "en": "en", "*": "vi"}
    for tag, weight in _weighted(header):
        language = spoken.get(tag.partition("-")[0])
        if language and weight > highest:
            best, highest = language, weight
    return best


def check_accept(accept: str, path: str) -> None:
    """`NotAcceptable` for an `Accept` without room for JSON, or on a stream for its events, where nothing else is
    answered."""
    if not accept or under(path, _NOT_ONLY_JSON):
        return
    weights = dict(_weighted(accept))
    for media in (EVENT_STREAM,) if under(path, _STREAMS) else ("application/json", MEDIA_TYPE):
        if next((weights[r] for r in (media, media.partition("/")[0] + "/*", "*/*") if r in weights), 0):
            return
    raise NotAcceptable


def wants_page(accept: str) -> bool:
    """Whether HTML is wanted rather than JSON, as a browser says; a program that takes anything gets JSON."""
    weights = dict(_weighted(accept))
    return weights.get("text/html", 0) > weights.get("application/json", 0)


def under(path: str, roots: Iterable[str]) -> bool:
    """Whether a path is one of these or lies below one."""
    return any(path == root or path.startswith(f"{root}/") for root in roots)


def _weighted(header: str) -> Iterable[tuple[str, float]]:
    """Each item of a weighted list with its `q`, 1 unless told; a malformed `q` counts as 0."""
    for item in header.lower().split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        weight = next((p for p in parameters if p.startswith("q=")), "q=1")
        yield name, float(weight[2:]) if _WEIGHT.fullmatch(weight) else 0.0
