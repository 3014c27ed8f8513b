"""How a webhook proves where it comes from: Standard Webhooks 1.0, HMAC-SHA-256 (`v1`) and Ed25519 (`v1a`) together.

Keys are derived from the service's own secret, the endpoint and the number of its rotation: none is stored, so none
lies in a database, a dump or a log, and a replayed creation can show the same secret again.
"""

import hmac
from base64 import b64encode
from dataclasses import dataclass
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.sealing import bind


@dataclass(frozen=True, repr=False)
class Keys:
    """The pair of one rotation: a secret shared with the receiver, and a private key whose public half is published."""

    shared: bytes
    private: Ed25519PrivateKey

    @property
    def secret(self) -> str:
        """As Standard Webhooks writes it."""
        return f"whsec_{b64encode(self.shared).decode()}"

    @property
    def public(self) -> str:
        return f"whpk_{b64encode(self.private.public_key().public_bytes_raw()).decode()}"

    def signatures(self, signed: bytes) -> list[str]:
        marks = {"v1": hmac.digest(self.shared, signed, "sha256"), "v1a": self.private.sign(signed)}
        return [f"{version},{b64encode(mark).decode()}" for version, mark in marks.items()]


def keys(service_secret: bytes, endpoint_id: UUID, rotation: int) -> Keys:
    """The keys of an endpoint. Changing the service's secret changes them all."""
    own = hmac.digest(service_secret, bind("webhook keys"), "sha256")

    def derived(purpose: str) -> bytes:
        return hmac.digest(own, bind(purpose, str(endpoint_id), str(rotation)), "sha256")

    return Keys(derived("shared"), Ed25519PrivateKey.from_private_bytes(derived("private")))


def headers(signers: list[Keys], message_id: UUID, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of Standard Webhooks; while keys change over, the signatures of both."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return {
        "webhook-id": str(message_id),
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(mark for signer in signers for mark in signer.signatures(signed)),
    }
