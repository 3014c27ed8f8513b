"""Everything an operator may set, from the environment; frozen after start."""

from ipaddress import ip_address
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_PATH_PART = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"


class Settings(BaseSettings):
    """Prefix `REFERRAL_`, except the two database addresses, which keep their customary names.

    `database_url` is the API's login, `migration_database_url` the migrator's: with neither, the embedded PostgreSQL of
    the data folder is used. `public_url` is also the issuer: what tokens are bound to never comes from a request.
    With `issuer` and `jwks_url` another server issues the tokens, and the bundled one issues none.

    Counted in each worker: `client_*` requests of one client (a second, at once), `stranger_*` of one address that
    brings no good token or asks for one, `requests_*` worked on and waiting, `connections`. Time allowed, in seconds:
    for a request's head, between two pieces of its body, for the whole body, and for the work (below the 15 s
    `statement_timeout` of app_api). `trusted_proxies`: addresses, comma-separated, whose X-Forwarded-For is believed.
    With `audit_seconds` of 40 a minute never passes without a tree head, though the worker that would sign it has died.
    `feed_seconds` between two looks at how far the feed may be read; a stream of it lasts `stream_seconds`, then its
    client connects again. Webhooks are sent when the feed moves, and looked after every `webhook_seconds`; batches that
    another worker left unfinished are looked for every `batch_seconds`; 0 of either: other workers do it.
    `break_glass_a_day` counts what an organisation asks in 24 hours.
    `metrics_port`: the first of the ports of this machine on which workers tell their metrics; none, unless it is set.
    `traces_url`: where spans are sent (OTLP over HTTP), which needs the extra `tracing`.
    `kms_…`: the key service that holds the key-encryption keys; without it they lie in the key folder.
    """

    model_config = SettingsConfigDict(env_prefix="REFERRAL_", frozen=True, populate_by_name=True)

    database_url: str | None = Field(default=None, validation_alias="DATABASE_URL")
    migration_database_url: str | None = Field(default=None, validation_alias="MIGRATION_DATABASE_URL")
    data: Path = Path(".data")
    public_url: str = "http://127.0.0.1:8000"
    issuer: str | None = None
    jwks_url: str | None = None
    audience: str = "urn:referral:api"
    pool_size: int = Field(default=6, ge=1, le=64)
    sweep_seconds: int = Field(default=30, ge=0, le=3600)
    audit_seconds: int = Field(default=30, ge=0, le=40)
    break_glass_a_day: int = Field(default=5, ge=1, le=100)
    feed_seconds: float = Field(default=0.25, ge=0, le=60)
    stream_seconds: float = Field(default=300, ge=0, le=3600)
    batch_seconds: int = Field(default=5, ge=0, le=3600)
    webhook_seconds: float = Field(default=1, ge=0, le=60)
    access_token_seconds: int = Field(default=600, ge=30, le=600)
    client_rate: float = Field(default=100, gt=0)
    client_burst: int = Field(default=1000, ge=1)
    stranger_rate: float = Field(default=20, gt=0)
    stranger_burst: int = Field(default=200, ge=1)
    requests_at_once: int = Field(default=16, ge=1)
    requests_waiting: int = Field(default=192, ge=0)
    connections: int = Field(default=1000, ge=1)
    head_seconds: float = Field(default=10, gt=0)
    chunk_seconds: float = Field(default=10, gt=0)
    body_seconds: float = Field(default=60, gt=0)
    request_seconds: float = Field(default=12, gt=0, lt=15)
    trusted_proxies: str = ""
    metrics_port: int | None = Field(default=None, ge=1, le=65535)
    traces_url: str | None = None

    kms_url: str | None = None
    kms_token_file: Path | None = None
    kms_ca_file: Path | None = None
    kms_key: str = Field(default="referral", pattern=_PATH_PART)
    kms_mount: str = Field(default="transit", pattern=_PATH_PART)

    @model_validator(mode="after")
    def _external_issuer(self) -> Self:
        """Both or neither, and by https: whoever can put a key into the set can be any client."""
        given = [url for url in (self.issuer, self.jwks_url) if url is not None]
        if len(given) == 1:
            raise ValueError("REFERRAL_ISSUER and REFERRAL_JWKS_URL: both or neither")
        if not all(map(_is_safe, given)):
            raise ValueError("REFERRAL_ISSUER and REFERRAL_JWKS_URL: https, or http of this machine")
        return self

    @model_validator(mode="after")
    def _traces(self) -> Self:
        if self.traces_url is not None and not _is_safe(self.traces_url):
            raise ValueError("REFERRAL_TRACES_URL: https, or http of this machine")
        return self

    @model_validator(mode="after")
    def _key_service(self) -> Self:
        """Data keys travel to it in the clear of the connection: TLS, or this machine itself."""
        if self.kms_url is not None and not _is_safe(self.kms_url):
            raise ValueError("REFERRAL_KMS_URL: https://host[:port], or http:// on this machine")
        if (self.kms_url is None) != (self.kms_token_file is None):
            raise ValueError("REFERRAL_KMS_URL, REFERRAL_KMS_TOKEN_FILE: both or neither")
        return self

    @property
    def keys(self) -> Path:
        """The folder of secrets: issuer, key-encryption and index keys. Never in the database or the image."""
        return self.data / "keys"


def _is_safe(url: str) -> bool:
    parts = urlsplit(url)
    if parts.username is not None or parts.fragment or not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
