"""Who a post is: its service, its client and key, the keys it believes receipts by, and the key that bundles for it are
sealed to. Everything of it lies sealed in the post's own file."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import pyrage

from app.client.calling import require_private
from app.client.keys import Key, thumbprint
from app.post.clock import Clock
from app.post.line import Line
from app.post.outbox import Outbox

_OFFICER = re.compile(r"[A-Za-z0-9._-]{1,64}")


class UnsafeUrlError(ValueError):
    """Neither https nor this machine: whoever is in between could read everything, and hand out keys of its own."""


class UnusableOfficerError(ValueError):
    """Not a staff id as the service takes it: it would refuse every record."""


class NotEnrolledError(Exception):
    """The service has not admitted this post yet, so nobody can say whose records these are."""


class KeyReplacedError(Exception):
    """The service states another key under a name known before; nothing is believed until a person has asked why."""


@dataclass(frozen=True)
class Profile:
    """`url` is also the issuer of receipts. `organisation_id` is empty until the service has answered once."""

    url: str
    client_id: str
    officer: str
    organisation_id: str = ""
    organisation: str = ""
    jwks: tuple[Mapping[str, Any], ...] = ()


def prepare(outbox: Outbox, profile: Profile, pem: bytes | None) -> None:
    """Keeps who this post is and its key, a new one unless handed in; again on an enrolled post, changes what is given.

    `UnsafeUrlError`, `UnusableOfficerError`; `app.client.keys.UnusableKeyError`.
    """
    if not _OFFICER.fullmatch(profile.officer):
        raise UnusableOfficerError
    try:
        require_private(profile.url)
    except ValueError:
        raise UnsafeUrlError(profile.url) from None
    if pem is not None:
        outbox.set("key", Key.from_pem(pem).pem().decode())
    elif outbox.setting("key") is None:
        outbox.set("key", Key.generate().pem().decode())
    if outbox.setting("identity") is None:
        outbox.set("identity", str(pyrage.x25519.Identity.generate()))
    known = outbox.setting("profile")
    same = known is not None and (known["url"], known["client_id"]) == (profile.url, profile.client_id)
    kept = replace(
        profile, **{name: known[name] for name in ("organisation_id", "organisation", "jwks")} if same else {}
    )
    outbox.set("profile", asdict(kept))


def enrol(outbox: Outbox, line: Line, clock: Clock) -> Profile:
    """Asks the service who this post is and pins the keys of its receipts; `PassingError` when it does not admit us."""
    me = line.me()
    profile = pin(outbox, line)
    organisation = me["organisation"]
    known = replace(profile, organisation_id=organisation["id"], organisation=organisation["name"]["vi"])
    outbox.set("profile", asdict(known))
    remember(outbox, clock)
    return known


def pin(outbox: Outbox, line: Line) -> Profile:
    """Adds the service's present keys to those pinned. Old ones stay, since old receipts stay true; a name says what
    key it is (RFC 7638), so that none can be put in the place of another."""
    profile = load(outbox)
    pinned = {jwk["kid"]: jwk for jwk in profile.jwks}
    for jwk in line.receipt_keys():
        if jwk.get("kty") != "EC" or jwk.get("crv") != "P-256":
            continue
        if jwk["kid"] != thumbprint({name: jwk[name] for name in ("crv", "kty", "x", "y")}):
            raise KeyReplacedError(jwk["kid"])
        pinned[jwk["kid"]] = jwk
    known = replace(profile, jwks=tuple(pinned.values()))
    outbox.set("profile", asdict(known))
    return known


def load(outbox: Outbox) -> Profile:
    """Who this post is; `NotEnrolledError` for a file that never heard of a service."""
    known = outbox.setting("profile")
    if known is None:
        raise NotEnrolledError
    return Profile(**{**known, "jwks": tuple(known["jwks"])})


def enrolled(outbox: Outbox) -> Profile:
    """As `load`, once the service has said for whom this post writes."""
    profile = load(outbox)
    if not profile.organisation_id:
        raise NotEnrolledError
    return profile


def key_of(outbox: Outbox) -> Key:
    return Key.from_pem(outbox.setting("key").encode())


def identity_of(outbox: Outbox) -> pyrage.x25519.Identity:
    return pyrage.x25519.Identity.from_str(outbox.setting("identity"))


def clock_of(outbox: Outbox) -> Clock:
    """A clock with the drift that was measured last."""
    return Clock(**(outbox.setting("clock") or {}))


def remember(outbox: Outbox, clock: Clock) -> None:
    """Keeps the drift for the next time the post is opened, without a network perhaps."""
    outbox.set("clock", {"offset": clock.offset, "latest": clock.latest})


def recipient(outbox: Outbox) -> str:
    """What bundles for this post are sealed to: no secret, shown by `doctor`."""
    return str(identity_of(outbox).to_public())
