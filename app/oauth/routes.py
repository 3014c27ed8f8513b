"""The authorization server over HTTP: token, revocation, metadata and public keys (RFC 6749, 7009, 7517, 8414)."""

import re
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import BaseModel

from app.auth import proofs
from app.auth.issuers import BundledIssuer
from app.auth.key_folder import PUBLIC_SECONDS, Keys
from app.auth.scopes import Agency, scopes_of
from app.head import proof as proof_of
from app.oauth.actions import AuthorizationServer, Form, OAuthRefusal, issue_token, revoke_token
from app.oauth.assertions import ASSERTION_TYPE
from app.oauth.schemas import JwksOut, MetadataOut, OAuthErrorOut, TokenOut
from app.problems import NotFound, Unauthenticated

router = APIRouter(tags=["oauth"])
FORM_LIMIT = 16_384
_METADATA = "/.well-known/oauth-authorization-server"
_FORM_TYPE = re.compile(r"application/x-www-form-urlencoded( *; *charset=\"?utf-8\"?)? *", re.I)
_PRIVATE = {"Cache-Control": "no-store", "Pragma": "no-cache"}  # both: RFC 6749 §5.1
_PUBLIC = {"Cache-Control": f"public, max-age={PUBLIC_SECONDS}"}
_KNOWN = frozenset(
    {"grant_type", "scope", "client_id", "client_assertion_type", "client_assertion", "token", "token_type_hint"}
)


def _form_schema(required: dict[str, str], optional: dict[str, str]) -> dict[str, Any]:
    """The OpenAPI request body of a form: member → example."""
    properties = {
        name: {"type": "string", "maxLength": FORM_LIMIT, "example": value}
        for name, value in (required | optional).items()
    }
    schema = {"type": "object", "required": list(required), "properties": properties}
    return {"requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": schema}}}}


_PROOF = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": "eyJhbGciOiJFUzI1NiIsImtpZCI6Ii4uLiJ9…"}
_TOKEN_FORM = _form_schema(
    {"grant_type": "client_credentials"} | _PROOF,
    {"scope": "border_guard:intake.write border_guard:intake.read", "client_id": "demo-border"},
)
_REVOKE_FORM = _form_schema(
    {"token": "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9…"} | _PROOF, {"client_id": "demo-border"}
)


def _example(value: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"example": value}}}


_REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {
        "model": OAuthErrorOut,
        "description": "Biểu mẫu sai · The form is wrong (RFC 6749 §5.2)",
        **_example({"error": "invalid_scope"}),
    },
    401: {
        "model": OAuthErrorOut,
        "description": "Không chứng minh được hệ thống gọi · The client is not proven",
        **_example({"error": "invalid_client"}),
    },
}
_TOKEN_EXAMPLE = _example(
    {
        "access_token": "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9…",
        "token_type": "Bearer",
        "expires_in": 600,
        "scope": "border_guard:intake.read border_guard:intake.write",
    }
)


@router.post(
    "/oauth/token",
    summary="Lấy mã truy cập · Get an access token",
    response_model=TokenOut,
    responses={200: _TOKEN_EXAMPLE, **_REFUSALS},
    openapi_extra=_TOKEN_FORM,
)
async def token(request: Request) -> Response:
    """Cấp mã cho hệ thống đã chứng minh mình bằng `private_key_jwt` (RFC 7523); mỗi chứng thư dùng một lần, sống tối đa
    5 phút. Với tiêu đề `DPoP` (RFC 9449), mã gắn với khóa của bằng chứng đó; hệ thống nào phải dùng DPoP mà thiếu thì
    bị từ chối; `use_dpop_nonce` kèm tiêu đề `DPoP-Nonce`. · Issues a token to a client proven by `private_key_jwt`; an
    assertion is good once, for at most 5 minutes. With a `DPoP` header the token is bound to the key of that proof; a
    client that must use DPoP is refused without; `use_dpop_nonce` comes with a `DPoP-Nonce` header.
    """

    async def issue(server: AuthorizationServer, form: Form, now: float) -> TokenOut:
        return await issue_token(server, form, _stated_proof(request, server, now), now)

    return await _privately(request, issue)


@router.post(
    "/oauth/revoke",
    summary="Thu hồi mã truy cập · Revoke an access token",
    responses={200: {"description": "Mã không còn hiệu lực, hoặc chưa từng có · Not valid now"}, **_REFUSALS},
    openapi_extra=_REVOKE_FORM,
    response_class=Response,
)
async def revoke(request: Request) -> Response:
    """Thu hồi mã của chính mình; có hiệu lực trong 5 giây. · Revokes one's own token, within 5 seconds everywhere."""
    return await _privately(request, revoke_token)


@router.get(
    _METADATA,
    summary="Mô tả máy chủ cấp quyền · Authorization server metadata",
    response_model=MetadataOut,
)
async def metadata(request: Request) -> Response:
    """RFC 8414. Nếu dùng máy chủ cấp quyền bên ngoài: chuyển hướng đến đó, và các địa chỉ `/oauth` trả lời 404. ·
    With an external authorization server: a redirect to it, and the addresses under `/oauth` answer 404."""
    issuer: str = request.app.state.issuer.name
    if not _is_bundled(request):
        there = urlsplit(issuer)  # RFC 8414 §3: the issuer's own path comes last
        return RedirectResponse(f"{there.scheme}://{there.netloc}{_METADATA}{there.path.rstrip('/')}", headers=_PUBLIC)
    proof = ["private_key_jwt"]
    body = MetadataOut(
        issuer=issuer,
        token_endpoint=f"{issuer}/oauth/token",
        revocation_endpoint=f"{issuer}/oauth/revoke",
        jwks_uri=f"{issuer}/oauth/jwks",
        scopes_supported=sorted(scope for agency in Agency for scope in scopes_of(agency)),
        response_types_supported=[],
        grant_types_supported=["client_credentials"],
        token_endpoint_auth_methods_supported=proof,
        token_endpoint_auth_signing_alg_values_supported=["ES256"],
        revocation_endpoint_auth_methods_supported=proof,
        revocation_endpoint_auth_signing_alg_values_supported=["ES256"],
        dpop_signing_alg_values_supported=["ES256"],
    )
    return JSONResponse(body.model_dump(), headers=_PUBLIC)


@router.get(
    "/oauth/jwks",
    summary="Khóa công khai của mã truy cập · Public keys of access tokens",
    response_model=JwksOut,
)
async def issuer_keys(request: Request) -> Response:
    """RFC 7517."""
    return JSONResponse(_bundled_keys(request).issuer_jwks, headers=_PUBLIC)


@router.get(
    "/.well-known/jwks",
    summary="Khóa công khai của biên nhận và nhật ký · Public keys of receipts and audit heads",
    response_model=JwksOut,
)
async def lasting_keys(request: Request) -> Response:
    """Để tự kiểm biên nhận và mốc nhật ký. · For checking a receipt or an audit checkpoint by oneself."""
    return JSONResponse(request.app.state.keys.current.lasting_jwks, headers=_PUBLIC)


async def _privately(
    request: Request, act: Callable[[AuthorizationServer, Form, float], Awaitable[BaseModel | None]]
) -> Response:
    """Runs an act of the server on the form that was sent; what comes of it is never cached."""
    try:
        answer = await act(_server(request), await _read_form(request), time.time())
    except OAuthRefusal as refusal:
        if refusal.error in ("invalid_client", "invalid_dpop_proof"):
            request.app.state.alarm.token_refused("client", request.state.request_id)
        return JSONResponse({"error": refusal.error}, refusal.status, headers=_PRIVATE)
    if answer is None:
        return Response(headers=_PRIVATE)
    return JSONResponse(answer.model_dump(), headers=_PRIVATE)


def _is_bundled(request: Request) -> bool:
    return isinstance(request.app.state.issuer, BundledIssuer)


def _bundled_keys(request: Request) -> Keys:
    """404 where another server issues the tokens."""
    if not _is_bundled(request):
        raise NotFound
    keys: Keys = request.app.state.keys.current
    return keys


def _server(request: Request) -> AuthorizationServer:
    state = request.app.state
    return AuthorizationServer(
        fetch=state.database.plain,
        registry=state.registry,
        keys=_bundled_keys(request),
        issuer=state.settings.public_url,
        audience=state.settings.audience,
        life=state.settings.access_token_seconds,
        secret=state.database.keyring.wire,
    )


def _stated_proof(request: Request, server: AuthorizationServer, now: float) -> str | None:
    """The proof as it was sent, if any; whoever sends one is told the nonce to repeat in the next."""
    try:
        stated = proof_of(request.scope["headers"])
    except Unauthenticated:
        raise OAuthRefusal("invalid_dpop_proof") from None
    if stated is not None:
        request.state.dpop_nonce = proofs.nonce(server.secret, now)
    return stated


async def _read_form(request: Request) -> Form:
    """The members known here; unknown and empty ones count as absent, a repeated one is an error (RFC 6749 §3.2)."""
    if not _FORM_TYPE.fullmatch(request.headers.get("content-type", "")):
        raise OAuthRefusal("invalid_request")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_LIMIT:
            raise OAuthRefusal("invalid_request")
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=32
        )
    except ValueError:
        raise OAuthRefusal("invalid_request") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise OAuthRefusal("invalid_request")
    return {name: value for name, value in form.items() if name in _KNOWN and value}
