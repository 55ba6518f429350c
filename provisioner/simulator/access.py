"""Who is asking, whether they may, and how often: DRF's authentication, permission and throttle for Alice.

See docs/alice-api.md#authentication, #rate-limit and #refused-reads.
"""

from typing import Any

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.throttling import BaseThrottle

from provisioner.simulator.models import User
from provisioner.simulator.request_log import SAFE_METHODS
from provisioner.simulator.runtime import RUNTIME, now, variants

# In SQL, because every request asks it: Django needs longer to write such a query than SQLite to answer it.
_BY_ID = f"SELECT * FROM {User._meta.db_table} WHERE id = %s"


def bearer_token(request: Any) -> str | None:
    """The token of `Authorization: Bearer ...`; another scheme is as good as none."""
    words = get_authorization_header(request).decode("latin-1").split()
    return words[1] if len(words) == 2 and words[0].lower() == "bearer" else None


class BearerAuthentication(BaseAuthentication):
    """The access token of get-token."""

    def authenticate(self, request: Any) -> tuple[User, str] | None:
        token = bearer_token(request)
        if token is None:
            return None
        user = next(iter(User.objects.raw(_BY_ID, [RUNTIME.tokens.owner(token, now())])), None)
        if user is None:
            raise AuthenticationFailed("Invalid or expired token.")
        return user, token

    def authenticate_header(self, request: Any) -> str | None:
        """Without a challenge DRF turns its 401s into 403s."""
        return None if variants()["auth_error"] == "403" else 'Bearer realm="api"'


class MayUseKind(BasePermission):
    """Everybody who is logged in, except for reading the kinds that `forbidden_...` variants name."""

    def has_permission(self, request: Any, view: Any) -> bool:
        if not getattr(request.user, "is_authenticated", False):
            return False
        reading = request.method in SAFE_METHODS - {"OPTIONS"}
        refused = variants().names("forbidden_get")
        refused |= variants().names("forbidden_detail" if getattr(view, "detail", False) else "forbidden_list")
        return not (reading and getattr(view, "kind", None) in refused)


class PerSecond(BaseThrottle):
    """At most `rate_limit` requests in any second, whoever sends them."""

    def allow_request(self, request: Any, view: Any) -> bool:
        limit = variants().number("rate_limit")
        return not limit or RUNTIME.rate.admits(limit)

    def wait(self) -> float:
        return 1.0
