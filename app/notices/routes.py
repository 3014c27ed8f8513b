"""HTTP of notices."""

from fastapi import APIRouter

from app.auth.call import GuardedRoute

router = APIRouter(prefix="/v1", tags=["notices"], route_class=GuardedRoute)
