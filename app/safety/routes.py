"""HTTP of safety."""

from fastapi import APIRouter

from app.auth.call import GuardedRoute

router = APIRouter(prefix="/v1", tags=["safety"], route_class=GuardedRoute)
