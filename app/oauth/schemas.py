"""What the authorization server answers, for the contract (RFC 6749, 7517, 8414)."""

from typing import Literal

from pydantic import BaseModel, Field


class TokenOut(BaseModel):
    """RFC 6749 §5.1. The token is an RFC 9068 JWT, but to the client an opaque text."""

    access_token: str
    token_type: Literal["Bearer", "DPoP"] = Field(
        description="DPoP: mã gắn với khóa của bằng chứng, mỗi lần gọi phải kèm bằng chứng mới (RFC 9449) · "
        "DPoP: bound to the key of the proof; every call needs a new proof"
    )
    expires_in: int = Field(description="Số giây còn hiệu lực · Seconds of life")
    scope: str


class OAuthErrorOut(BaseModel):
    """RFC 6749 §5.2, RFC 9449 §5 and §8: the code alone. Why a client was refused is not said to whoever asks."""

    error: Literal[
        "invalid_request",
        "invalid_client",
        "invalid_scope",
        "unsupported_grant_type",
        "invalid_dpop_proof",
        "use_dpop_nonce",
    ]


class JwkOut(BaseModel):
    """A public EC P-256 key; `kid` is its RFC 7638 thumbprint."""

    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: str
    y: str
    use: Literal["sig"]
    alg: Literal["ES256"]
    kid: str


class JwksOut(BaseModel):
    keys: list[JwkOut]


class MetadataOut(BaseModel):
    """RFC 8414 §2, RFC 9449 §5.1."""

    issuer: str
    token_endpoint: str
    revocation_endpoint: str
    jwks_uri: str
    scopes_supported: list[str]
    response_types_supported: list[str]
    grant_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    token_endpoint_auth_signing_alg_values_supported: list[str]
    revocation_endpoint_auth_methods_supported: list[str]
    revocation_endpoint_auth_signing_alg_values_supported: list[str]
    dpop_signing_alg_values_supported: list[str]
