"""Everything an operator may set, from the environment; frozen after start."""

import re
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_SAFE_ADDRESS = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?|http://(127\.0\.0\.1|localhost)(:[0-9]{1,5})?")
_PATH_PART = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"


class Settings(BaseSettings):
    """Prefix `REFERRAL_`, except the two database addresses, which keep their customary names.

    `database_url` is the API's login, `migration_database_url` the migrator's: with neither, the embedded PostgreSQL of
    the data folder is used. `public_url` is also the issuer: what tokens are bound to never comes from a request.
    `kms_…`: the key service that holds the key-encryption keys; without it they lie in the key folder.
    """

    model_config = SettingsConfigDict(env_prefix="REFERRAL_", frozen=True, populate_by_name=True)

    database_url: str | None = Field(default=None, validation_alias="DATABASE_URL")
    migration_database_url: str | None = Field(default=None, validation_alias="MIGRATION_DATABASE_URL")
    data: Path = Path(".data")
    public_url: str = "http://127.0.0.1:8000"
    audience: str = "urn:referral:api"
    pool_size: int = Field(default=6, ge=1, le=64)
    sweep_seconds: int = Field(default=30, ge=0, le=3600)
    audit_seconds: int = Field(default=60, ge=0, le=3600)
    access_token_seconds: int = Field(default=600, ge=30, le=600)
    kms_url: str | None = None
    kms_token_file: Path | None = None
    kms_ca_file: Path | None = None
    kms_key: str = Field(default="referral", pattern=_PATH_PART)
    kms_mount: str = Field(default="transit", pattern=_PATH_PART)

    @model_validator(mode="after")
    def _key_service(self) -> Self:
        """Data keys travel to it in the clear of the connection: TLS, or this machine itself."""
        if self.kms_url is not None and not _SAFE_ADDRESS.fullmatch(self.kms_url):
            raise ValueError("REFERRAL_KMS_URL: https://host[:port], or http:// on this machine")
        if (self.kms_url is None) != (self.kms_token_file is None):
            raise ValueError("REFERRAL_KMS_URL, REFERRAL_KMS_TOKEN_FILE: both or neither")
        return self

    @property
    def keys(self) -> Path:
        """The folder of secrets: issuer, key-encryption and index keys. Never in the database or the image."""
        return self.data / "keys"
