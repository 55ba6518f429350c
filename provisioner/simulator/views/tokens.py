"""POST /get-token/: a name or e-mail and a password for an access token. See docs/alice-api.md#authentication."""

from datetime import timedelta
from typing import Any

from django.db.models import Q
from rest_framework import serializers
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.status import HTTP_401_UNAUTHORIZED
from rest_framework.views import APIView

from provisioner.simulator.models import User
from provisioner.simulator.runtime import RUNTIME, now, variants


class CredentialsSerializer(serializers.Serializer):
    """What a login sends."""

    username = serializers.CharField()
    password = serializers.CharField(trim_whitespace=False)


class GetToken(APIView):
    """Issue a token; the route exists below the base and at the root, the variant hides one of them."""

    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []

    def post(self, request: Any, place: str) -> Response:
        serializer = CredentialsSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        credentials = serializer.validated_data
        user = User.objects.filter(Q(username=credentials["username"]) | Q(email=credentials["username"])).first()
        if user is None or not user.has_password(credentials["password"]):
            raise _refusal()
        return Response(_body(_issued(user)))


def _issued(user: User) -> str:
    lifetime = variants().number("token_ttl")
    expires = now() + timedelta(seconds=lifetime) if lifetime else None
    return RUNTIME.tokens.issue(user.pk, expires, only=variants()["token_sessions"] == "one")


def _body(token: str) -> dict[str, Any]:
    match variants()["token_body"]:
        case "access_token":
            lifetime = int(variants().number("token_ttl")) or 36000
            return {"access_token": token, "token_type": "Bearer", "expires_in": lifetime}
        case "access":
            return {"refresh": "not-offered", "access": token}
        case "data":
            return {"data": {"access_token": token}}
        case _:
            return {"token": token}


def _refusal() -> APIException:
    if variants()["token_login_error"] == "400":
        return ValidationError({"non_field_errors": ["Unable to log in with provided credentials."]})
    return _BadCredentials("No active account found with the given credentials")


class _BadCredentials(APIException):
    """DRF's own exception for this becomes a 403 where no authentication offers a challenge, as here."""

    status_code = HTTP_401_UNAUTHORIZED
