"""Where a webhook may be sent: https, to a host and port that the operator approved, at addresses that are public.

Asked when an endpoint is saved and again at every try, and the connection goes to the very address that was checked: a
name that changes its address in between reaches nothing (DNS rebinding). Nothing of what was found is told.
"""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from sqlalchemy import func, select

from app.db import Tx
from app.webhooks.lifecycle import Result

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
RESOLVE_SECONDS = 3
LOOPBACK = "127.0.0.1"
# No user, no query (a secret in it would lie here in clear), no fragment; a host of plain letters.
_URL = re.compile(r"(https?)://([a-z0-9][a-z0-9.-]{0,252})(?::([0-9]{1,5}))?(/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?")
_CLOSED = [
    ip_network(each)
    for each in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
        *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "::/96", "100::/64", "2001::/23", "2001:db8::/32"),
        *("3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8", "64:ff9b:1::/48"),
    )
]
"""IANA special-purpose registries (RFC 6890) with multicast and reserved space, whatever this Python knows of them."""
_NAT64 = ip_network("64:ff9b::/96")


class TargetError(Exception):
    """The target may not be used, or not now."""

    def __init__(self, result: Result) -> None:
        super().__init__(result)
        self.result = result


@dataclass(frozen=True)
class Target:
    """A URL in its parts, whose form is right; nothing else has been checked."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def parse(cls, url: str) -> "Target | None":
        """None for a URL that is not of the one form that is taken."""
        match = _URL.fullmatch(url)
        if match is None or urlsplit(url).hostname != match[2]:
            return None
        scheme, host, port, path = match.groups()
        number = int(port or (443 if scheme == "https" else 80))
        return cls(scheme, host, number, path or "/") if 0 < number < 1 << 16 else None


@dataclass(frozen=True)
class Checked:
    """A target with the address to connect to: there is no way to one but through the check."""

    target: Target
    address: Address

    @property
    def url(self) -> str:
        literal = f"[{self.address}]" if self.address.version == 6 else str(self.address)
        return f"{self.target.scheme}://{literal}:{self.target.port}{self.target.path}"

    @property
    def authority(self) -> str:
        """The `Host` header (RFC 9110 §7.2)."""
        usual = self.target.port == (443 if self.target.scheme == "https" else 80)
        return self.target.host if usual else f"{self.target.host}:{self.target.port}"


async def approved(tx: Tx, target: Target) -> bool:
    """Whether the operator approved it. Plain http is for this machine itself alone, where it approved that."""
    reach = await tx.scalar(select(func.access.webhook_host(target.host, target.port)))
    return reach == "loopback" or (reach == "public" and target.scheme == "https")


async def check(target: Target, resolve: Resolve) -> Checked:
    """The address to connect to, of an approved target; every address of the name must be one that is allowed."""
    try:
        async with asyncio.timeout(RESOLVE_SECONDS):
            found = [ip_address(address) for address in await resolve(target.host, target.port)]
    except (OSError, ValueError):  # a time-out is an OSError; UnicodeError and an address with a zone are ValueErrors
        raise TargetError(Result.UNRESOLVABLE) from None
    if not found:
        raise TargetError(Result.UNRESOLVABLE)
    if target.host != LOOPBACK and not all(map(is_public, found)):
        raise TargetError(Result.ADDRESS_NOT_PUBLIC)
    return Checked(target, found[0])


def is_public(address: Address) -> bool:
    """Whether it is out there for everybody; of an IPv4 address within an IPv6 one, that one is asked too."""
    inner = _within(address)
    if inner is not None:
        return is_public(inner)
    return address.is_global and not any(address in closed for closed in _CLOSED if closed.version == address.version)


def _within(address: Address) -> IPv4Address | None:
    """RFC 4291 (mapped), RFC 3056 (6to4), RFC 6052 (NAT64)."""
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour


async def system_resolve(host: str, port: int) -> Sequence[str]:
    """Through the operating system, IPv4 first as it sorts them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]
