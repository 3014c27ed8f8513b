"""HTTP of break-glass."""

from fastapi import APIRouter

from app.auth.call import GuardedRoute

router = APIRouter(prefix="/v1", route_class=GuardedRoute)
