"""Who calls: a bearer token signed by the issuer (ES256), and the client that it names, looked up at each request."""

from pathlib import Path
from typing import Any

from django.conf import settings
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from benchmarks.django_rest.models import Client


def _public_key(path: Path) -> ECKey:
    return ECKey.import_key(ECKey.import_key(path.read_bytes()).as_dict(private=False))


_ISSUER_KEY = _public_key(settings.KEYS / "issuer.pem")
_CLAIMS = jwt.JWTClaimsRegistry(
    iss={"essential": True, "value": settings.ISSUER},
    aud={"essential": True, "value": settings.AUDIENCE},
    exp={"essential": True},
    client_id={"essential": True},
)


class BearerToken(BaseAuthentication):
    """`request.user` is the client with its organisation, `request.auth` the claims."""

    def authenticate(self, request: Request) -> tuple[Client, dict[str, Any]] | None:
        scheme, _, token = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        try:
            claims = jwt.decode(token, _ISSUER_KEY, algorithms=["ES256"]).claims
            _CLAIMS.validate(claims)
        except (JoseError, ValueError):
            raise AuthenticationFailed from None
        client = Client.objects.select_related("organisation").filter(id=claims["client_id"], status="active").first()
        if client is None or client.organisation.status != "active":
            raise AuthenticationFailed
        return client, claims

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class HasScope(BasePermission):
    """The scope that the view names must be in the token and among the client's own."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.auth is None:
            return False
        wanted = f"{request.user.organisation.agency}:{view.scope}"
        return wanted in request.auth["scope"].split() and wanted in request.user.scopes
