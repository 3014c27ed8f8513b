"""The contract document: what each operation needs and may refuse, derived from the route's own declaration."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.auth.call import GuardedRoute
from app.problems import (
    IdempotencyInProgress,
    IdempotencyKeyRequired,
    IdempotencyKeyReused,
    InsufficientScope,
    InternalError,
    InvalidCursor,
    InvalidHeader,
    MalformedRequest,
    NotFound,
    OfficerRequired,
    PayloadTooLarge,
    Problem,
    PurposeRequired,
    StaleVersion,
    Unauthenticated,
    Unavailable,
    UnsupportedMediaType,
    ValidationFailed,
    VersionRequired,
    documented,
)

VERSION = "1.0.0"
DESCRIPTION = """\
Tiếp nhận → xác minh → chuyển tuyến → tái hòa nhập, giữa các cơ quan. · Receive → verify → refer → reintegrate, across
agencies. Every refusal is an `application/problem+json`; `/problems` lists them all."""


def install(app: FastAPI) -> None:
    """Completes the routes' documentation and makes `/openapi.json` answer it."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = build(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def build(app: FastAPI) -> dict[str, Any]:
    return get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)


def _refusals(route: GuardedRoute) -> list[type[Problem]]:
    """What any operation with these needs may answer besides its own refusals."""
    need = route.need
    found: list[type[Problem]] = [Unauthenticated, InvalidHeader, InternalError, Unavailable]
    return found + [
        problem
        for wanted, problems in (
            (need.capability, [InsufficientScope]),
            (route.body_field, [MalformedRequest, PayloadTooLarge, UnsupportedMediaType, ValidationFailed]),
            (need.key, [IdempotencyKeyRequired, IdempotencyInProgress, IdempotencyKeyReused]),
            (need.etag, [VersionRequired, StaleVersion]),
            (need.purpose, [PurposeRequired]),
            (need.officer, [OfficerRequired]),
            ("{" in route.path, [NotFound]),
            (route.dependant.query_params, [ValidationFailed, InvalidCursor]),
        )
        if wanted
        for problem in problems
    ]


__all__ = ["documented"]
