"""HTTP of searches beyond one's own cases, contact requests."""

from fastapi import APIRouter

from app.auth.call import GuardedRoute

router = APIRouter(prefix="/v1", route_class=GuardedRoute)
