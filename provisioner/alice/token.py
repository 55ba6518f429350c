"""The token: where it comes from, whose it is, and one login for all threads when it is refused.

Every token has a generation; whoever finds a token refused names it, and only the first to do so logs in.
Nothing from a login's answer is ever shown. Must not know which requests carry the token.
See docs/alice-api.md#authentication.
"""

from __future__ import annotations

import base64
import binascii
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from provisioner.alice.answers import payload
from provisioner.alice.credentials import Credentials
from provisioner.alice.endpoint import Endpoint
from provisioner.alice.exchange import Exchange
from provisioner.alice.wire import Answer, Purpose, Request
from provisioner.errors import ApiError, AuthError, RouteMissing

PATH = "get-token/"
TOKEN_NAMES = ("access_token", "token", "access")
USER_NAMES = ("username", "user", "user_id", "uid", "sub", "preferred_username", "email")
NESTED_NAMES = (*USER_NAMES, "id", "pk")


@dataclass(frozen=True, slots=True)
class Token:
    """`generation` counts logins; 0 is a token that was given."""

    value: str = field(repr=False)
    generation: int


class TokenKeeper:
    """Shared by all threads of a client; logs in when a token is first needed."""

    def __init__(self, credentials: Credentials, endpoint: Endpoint, exchange: Exchange) -> None:
        self._credentials = credentials
        self._exchange = exchange
        self._urls: tuple[str, ...] = (endpoint.base + PATH, endpoint.root + PATH)
        self._lock = threading.Lock()
        self._token = Token(credentials.token, 0) if credentials.token else None
        self._users = _users_in_token(credentials.token)
        self._refused: AuthError | None = None

    @property
    def renewable(self) -> bool:
        """Whether a refused token can be replaced."""
        return self._credentials.can_log_in

    @property
    def users(self) -> frozenset[str]:
        """Every name and id that the token's user is known by."""
        return self._users | ({self._credentials.username} if self._credentials.username else frozenset())

    @property
    def logged_in(self) -> bool:
        """Whether a password has proven who we are: a token that was given may be anybody's."""
        return self._token is not None and self._token.generation > 0

    @property
    def claims(self) -> frozenset[str]:
        """What the server or the token says of its user, without what we are told."""
        return self._users

    def current(self) -> Token:
        """The token to use, after a login if there is none yet; raises AuthError, ApiError."""
        with self._lock:
            return self._token or self._log_in(1)

    def renew(self, refused: Token) -> Token:
        """A newer token than the refused one; raises AuthError when there cannot be one."""
        with self._lock:
            if self._token and self._token.generation > refused.generation:
                return self._token
            if not self.renewable:
                raise AuthError("ALICE_TOKEN is not accepted (any more): set a new one, or user name and password")
            return self._log_in(refused.generation + 1)

    def _log_in(self, generation: int) -> Token:
        """A refused login is remembered: a wrong password tried by every thread locks accounts."""
        if self._refused:
            raise AuthError(str(self._refused), status=self._refused.status)
        try:
            data = self._login_answer()
        except AuthError as error:
            self._refused = error
            raise
        value = _token_in(data)
        if not value:
            raise ApiError("the answer to the login holds no token", method="POST", path=PATH, status=200)
        self._users = frozenset(_users_in(data, USER_NAMES)) | _users_in_token(value)
        self._token = Token(value, generation)
        return self._token

    def _login_answer(self) -> Any:
        """Both places where the login may live; the one that exists is kept for the next login."""
        body = orjson.dumps({"username": self._credentials.username, "password": self._credentials.password})
        for url in self._urls:
            request = Request("POST", PATH, url, Purpose.LOGIN, body=body)
            answer = self._exchange.send(request)
            if answer.status != 404:
                self._urls = (url,)
                return _login_data(request, answer)
        raise RouteMissing("the server has no login here: check `endpoint`", method="POST", path=PATH, status=404)


def _login_data(request: Request, answer: Answer) -> Any:
    """The JSON of a login; raises AuthError without a word of the server's, which may echo what we sent."""
    if answer.status in (400, 401, 403):
        raise _wrong(answer)
    data = payload(request, answer)
    if isinstance(data, dict) and data.get("error") and not _token_in(data):
        raise _wrong(answer)
    return data


def _wrong(answer: Answer) -> AuthError:
    text = "wrong user name or password: check ALICE_USERNAME and ALICE_PASSWORD"
    return AuthError(text, method="POST", path=PATH, status=answer.status)


def _token_in(data: Any) -> str:
    """The token under any of its names, also nested under `data`; empty when there is none."""
    if not isinstance(data, dict):
        return ""
    found = (data[name] for name in TOKEN_NAMES if isinstance(data.get(name), str) and data[name].strip())
    return next(found, "").strip() or _token_in(data.get("data"))


def _users_in(data: Any, names: tuple[str, ...]) -> Iterator[str]:
    """Names and ids of the user in a login's answer or a token's claims, as text."""
    if not isinstance(data, dict):
        return
    for name in names:
        value = data.get(name)
        if isinstance(value, dict):
            yield from _users_in(value, NESTED_NAMES)
        elif isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            yield str(value).strip()
    yield from _users_in(data.get("data"), USER_NAMES)


def _users_in_token(token: str) -> frozenset[str]:
    """The claims of a JWT, read and not verified (that is the server's business); nothing for any other token."""
    parts = token.split(".")
    if len(parts) != 3:
        return frozenset()
    try:
        claims = orjson.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return frozenset()
    return frozenset(_users_in(claims, USER_NAMES))
