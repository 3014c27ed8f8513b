"""HTTP of returns."""

from fastapi import APIRouter

from app.auth.call import GuardedRoute

router = APIRouter(prefix="/v1", tags=["returns"], route_class=GuardedRoute)
