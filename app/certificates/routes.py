"""HTTP of certificates."""

from fastapi import APIRouter

from app.auth.call import GuardedRoute

router = APIRouter(prefix="/v1", tags=["certificates"], route_class=GuardedRoute)
