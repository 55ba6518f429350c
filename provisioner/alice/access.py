"""Sends requests with the token, and tells a token that has expired from a thing that is not ours to do.

A 401 is about the token. A 403 may be about either: a new login and a repetition settle it, and what never worked
and is still refused is remembered, so that a forbidden list does not cause a login each time it is read.
A request refused this way was not executed, so writes are repeated too. See docs/alice-api.md#authentication.
"""

from __future__ import annotations

from provisioner.alice.endpoint import Endpoint
from provisioner.alice.exchange import Exchange
from provisioner.alice.token import Token, TokenKeeper
from provisioner.alice.wire import Answer, Purpose, Request
from provisioner.errors import AuthError

REFUSALS = (401, 403)
MOST_LOGINS = 3


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
