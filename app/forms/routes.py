"""HTTP of forms."""

from fastapi import APIRouter

from app.auth.call import GuardedRoute

router = APIRouter(prefix="/v1", tags=["forms"], route_class=GuardedRoute)
