"""What uvicorn is given: the real application, and the least that FastAPI can do for the answer of R1."""

from datetime import UTC, datetime
from uuid import UUID

from fastapi import FastAPI

from app.main import create_app
from app.referrals.schemas import ReferralStatus
from app.settings import Settings

_AT = datetime(2026, 11, 20, tzinfo=UTC)


def api() -> FastAPI:
    settings = Settings()
    return create_app(settings, settings.database_url or "")


def bare() -> FastAPI:
    """Route, path parameter and response model; no token, no transaction, no database."""
    app = FastAPI()

    @app.get("/v1/referrals/{referral_id}/status")
    async def status(referral_id: UUID) -> ReferralStatus:
        return ReferralStatus(
            id=referral_id,
            reference="R1",
            status="sent",
            created_at=_AT,
            acknowledged_at=_AT,
            accepted_at=None,
            started_at=None,
            ended_at=None,
            etag='"bare"',
        )

    return app
