"""HTTP of benefits."""

from fastapi import APIRouter

from app.auth.call import GuardedRoute

router = APIRouter(prefix="/v1", tags=["benefits"], route_class=GuardedRoute)
