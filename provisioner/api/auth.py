"""Who we are to Alice (a user name and a password, a token, or all three), the token, and requests that carry it.

Credentials come from the environment only, from the variables that `credentials:` of alice.yaml names or else from
ALICE_..., and are never printed: no `repr`, no message, nothing of a login's answer.
Every token has a generation: whoever finds one refused names it, and only the first of all threads logs in again.
A 401 is about the token; a 403 may be about the right too, and what is still refused after a new login is remembered.
A refused request was not executed, so writes are repeated as well.
See docs/guides/environments.md and docs/alice-api.md#authentication.
"""

from __future__ import annotations

import base64
import binascii
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from provisioner.api.endpoint import Endpoint
from provisioner.api.responses import payload
from provisioner.api.retry import Exchange
from provisioner.api.wire import Answer, Purpose, Request
from provisioner.error_ids import ErrorId
from provisioner.errors import ApiError, AuthError, Diagnostic, ManifestError, RouteMissing
from provisioner.model import Unknown
from provisioner.project import CredentialNames
from provisioner.sensitive import Hidden, Origin, content
from provisioner.text import called, is_hidden

USUAL = CredentialNames()

_NAMES_OF_MARKS = {" ": "a blank", "\n": "a line end", "\r": "a line end"}

PATH = "get-token/"
TOKEN_NAMES = ("access_token", "token", "access")
USER_NAMES = ("username", "user", "user_id", "uid", "sub", "preferred_username", "email")
NESTED_NAMES = (*USER_NAMES, "id", "pk")

REFUSALS = (401, 403)  # of a token, perhaps
MOST_LOGINS = 3


@dataclass(frozen=True, slots=True)
class Credentials:
    """Empty text is "not given". With a token as well as a password the token is used until it is refused.

    `names` are the variables that they come from, for messages.
    """

    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    names: CredentialNames = field(default=USUAL, compare=False, repr=False)

    @property
    def can_log_in(self) -> bool:
        """Whether a new token can be had when the one in use is refused."""
        return bool(self.username and self.password)


def credentials_from(environ: Mapping[str, str], names: CredentialNames | Unknown = USUAL) -> Credentials:
    """The credentials in `environ`, by the `names` of their variables.

    Raises AuthError when they are missing, half given or cannot be sent, ManifestError where alice.yaml names
    variables that are not set: one environment is never logged in to with what another one has.
    """
    if isinstance(names, Unknown):
        message = f"`credentials` of alice.yaml: {names.told}; mend them, others do not take their place"
        raise AuthError(message, id=ErrorId.API_CREDENTIALS)
    if names.source is not None:
        _require_set(environ, names)
    user = user_from(environ, names) or ""
    given = Credentials(content(user), _value(environ, names.password), _tidy(_value(environ, names.token)), names)
    if given.token:
        if not (given.token.isascii() and given.token.isprintable()) or " " in given.token:
            raise AuthError(
                f"{names.token} holds blanks or characters that no token has: copy it again", id=ErrorId.API_CREDENTIALS
            )
        return given
    if given.can_log_in:
        return given
    if not given.username and not given.password:
        raise AuthError(f"no credentials: {names.advice}", id=ErrorId.API_CREDENTIALS)
    half = names.password if given.username else names.username
    raise AuthError(f"{half} is not set: {names.advice}", id=ErrorId.API_CREDENTIALS)


def _require_set(environ: Mapping[str, str], names: CredentialNames) -> None:
    missing = [name for name in names.given if not environ.get(name)]
    if missing:
        message = "the environment variable {} is not set; set it before running"
        raise ManifestError(
            Diagnostic(ErrorId.VARIABLE_NOT_SET, message.format(name), names.source, path="credentials")
            for name in missing
        )


def _value(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name, "") if name else ""


def user_from(environ: Mapping[str, str], names: CredentialNames | Unknown = USUAL) -> str | None:
    """The user name, as far as it is known without a login; one that alice.yaml takes from a variable is not shown."""
    if isinstance(names, Unknown):
        return None
    found = names.user or _tidy(_value(environ, names.username))
    return Hidden(found, Origin.ENVIRONMENT) if found and names.source and not names.user else found or None


def shown_user(environ: Mapping[str, str], names: CredentialNames | Unknown = USUAL) -> str | None:
    """Who logs in, for people: a user name, the variable that holds it, or `token`; None where nobody can tell."""
    if isinstance(names, Unknown):
        return None
    user = user_from(environ, names)
    if names.source is not None and names.username:
        return f"${{env.{names.username}}}"
    return user or ("token" if _value(environ, names.token) or names.source else None)


def remarks(environ: Mapping[str, str], names: CredentialNames | Unknown = USUAL) -> Iterator[str]:
    """What a file, or a copy from somewhere, has left at the ends of values; of a password it may belong to it."""
    if isinstance(names, Unknown):
        return
    becomes = {names.username: "left out", names.password: "sent with it", names.token: "left out"}
    for name in names.given:
        value = environ.get(name, "")
        for where, mark in (("begins", value[:1]), ("ends", value[-1:])):
            if _is_stray(mark):
                told = f"{_NAMES_OF_MARKS.get(mark) or called(mark)}, which is {becomes[name]}"
                yield f"note: {name} {where} with {told}; set it without, if that is not meant"


def _tidy(value: str) -> str:
    """Without what nobody sees at its ends."""
    while _is_stray(value[:1]):
        value = value[1:]
    while _is_stray(value[-1:]):
        value = value[:-1]
    return value


def _is_stray(mark: str) -> bool:
    return bool(mark) and (mark.isspace() or is_hidden(mark))


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
                name, pair = self._credentials.names.token, self._credentials.names.password
                other = ", or user name and password" if pair else ""
                raise AuthError(f"{name} is not accepted (any more): set a new one{other}")
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
                return _login_data(request, answer, self._credentials.names)
        raise RouteMissing("the server has no login here: check `endpoint`", method="POST", path=PATH, status=404)


def _login_data(request: Request, answer: Answer, names: CredentialNames) -> Any:
    """The JSON of a login; raises AuthError without a word of the server's, which may echo what we sent."""
    if answer.status in (400, 401, 403):
        raise _wrong(answer, names)
    data = payload(request, answer)
    if isinstance(data, dict) and data.get("error") and not _token_in(data):
        raise _wrong(answer, names)
    return data


def _wrong(answer: Answer, names: CredentialNames) -> AuthError:
    checked = " and ".join(filter(None, (names.username or "`credentials` of alice.yaml", names.password)))
    text = f"wrong user name or password: check {checked}"
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


class Access:
    """Shared by all threads of a client. Its small pieces of memory are single reads and writes: no lock needed."""

    def __init__(self, keeper: TokenKeeper, exchange: Exchange, endpoint: Endpoint) -> None:
        self._keeper = keeper
        self._exchange = exchange
        self._worked = -1  # generation of the last token that was accepted
        self._allowed: set[tuple[str, str]] = set()
        self._refused: set[tuple[str, str, int]] = set()
        self._probe = Request("GET", "", endpoint.base, Purpose.READ)

    def send(self, request: Request) -> Answer:
        """The answer, in which a 403 stands also against a fresh token; a 401 that does is an AuthError."""
        token, logins = self._keeper.current(), 0
        answer = self._exchange.send(request, token.value)
        while answer.status in REFUSALS and self._worth_a_login(request, token, answer.status, logins):
            token, logins = self._keeper.renew(token), logins + 1
            answer = self._exchange.send(request, token.value)
        self._learn(request, token, answer)
        if answer.status == 401:
            text = "refused although the login is fresh: may this user use the API?"
            raise AuthError(text, method=request.method, path=request.path, status=401)
        return answer if answer.ok and request.purpose is Purpose.READ else answer.without(token.value)

    def _worth_a_login(self, request: Request, token: Token, status: int, logins: int) -> bool:
        """A second one only if this very token worked meanwhile: then somebody else's login has ousted it."""
        if (*request.sort, status) in self._refused or logins == MOST_LOGINS:
            return False
        if not self._keeper.renewable:
            return status == 401 or self._expired(token)
        worked, allowed = self._worked >= token.generation, request.sort in self._allowed
        if logins:
            return worked and (allowed or status == 401)
        return worked or allowed or status == 401

    def _expired(self, token: Token) -> bool:
        """A given token cannot be tried afresh; asking again for something that it opened before tells as much."""
        return self._exchange.send(self._probe, token.value).status in REFUSALS

    def _learn(self, request: Request, token: Token, answer: Answer) -> None:
        if answer.ok:
            self._worked = max(self._worked, token.generation)
            self._allowed.add(request.sort)
            self._refused -= {(*request.sort, status) for status in REFUSALS}
            if request.method == "GET":
                self._probe = request
        elif answer.status in REFUSALS and request.sort not in self._allowed:
            self._refused.add((*request.sort, answer.status))
