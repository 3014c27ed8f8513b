"""Everything an operator may set, from the environment; frozen after start."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Prefix `REFERRAL_`, except the two database addresses, which keep their customary names.

    `database_url` is the API's login, `migration_database_url` the migrator's: with neither, the embedded PostgreSQL of
    the data folder is used. `public_url` is also the issuer: what tokens are bound to never comes from a request.
    With `audit_seconds` of 40 a minute never passes without a tree head, though the worker that would sign it has died.
    `break_glass_a_day` counts what an organisation asks in 24 hours.
    """

    model_config = SettingsConfigDict(env_prefix="REFERRAL_", frozen=True, populate_by_name=True)

    database_url: str | None = Field(default=None, validation_alias="DATABASE_URL")
    migration_database_url: str | None = Field(default=None, validation_alias="MIGRATION_DATABASE_URL")
    data: Path = Path(".data")
    public_url: str = "http://127.0.0.1:8000"
    audience: str = "urn:referral:api"
    pool_size: int = Field(default=6, ge=1, le=64)
    sweep_seconds: int = Field(default=30, ge=0, le=3600)
    audit_seconds: int = Field(default=30, ge=0, le=40)
    break_glass_a_day: int = Field(default=5, ge=1, le=100)
    access_token_seconds: int = Field(default=600, ge=30, le=600)

    @property
    def keys(self) -> Path:
        """The folder of secrets: issuer, key-encryption and index keys. Never in the database or the image."""
        return self.data / "keys"
