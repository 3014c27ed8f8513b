"""HTTP of receptions."""

from fastapi import APIRouter

from app.auth.call import GuardedRoute

router = APIRouter(prefix="/v1", tags=["receptions"], route_class=GuardedRoute)
