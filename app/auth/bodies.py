"""What a route takes as the body of a request: strict JSON, or a file of a type that it names."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from app import safejson
from app.problems import UnsupportedMediaType

_JSON = re.compile(r"application/(json|merge-patch\+json)( *; *charset=\"?utf-8\"?)? *", re.I)


@dataclass(frozen=True)
class Upload:
    """A file sent as the body: its media type and coding, of those the route names, and its bytes as they came."""

    media_type: str
    content: bytes
    coding: str = "identity"

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.media_type.encode() + b"\0" + self.content).hexdigest()


class StrictRequest(Request):
    """A request whose JSON was read by `safejson`; FastAPI asks it for `json()` and gets that."""

    parsed: Any = None

    async def json(self) -> Any:
        return self.parsed


async def read_file(request: Request, media: Sequence[str], codings: Sequence[str]) -> Upload:
    """The body as it was sent; a `charset` is not asked for, since programs that save lists state it wrongly."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding not in codings or media_type not in media:
        raise UnsupportedMediaType
    return Upload(media_type, await request.body(), coding)


async def read_body(request: Request, *, required: bool) -> Any:
    """The parsed body. An action without members needs none at all: an absent body then counts as `{}`."""
    if request.headers.get("content-encoding", "identity") != "identity":
        raise UnsupportedMediaType
    raw = await request.body()
    if not raw and not required:
        return {}
    if raw and not _JSON.fullmatch(request.headers.get("content-type", "")):
        raise UnsupportedMediaType
    return safejson.parse(raw)
