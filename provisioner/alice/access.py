"""Sends requests with the token, and tells a token that has expired from a thing that is not ours to do.

A 401 is about the token. A 403 may be either: if the token worked before, one new login and one repetition settle
it, and what is still refused is remembered, so that a forbidden list does not cause a login each time it is read.
A request refused this way was not executed, so writes are repeated too. Contract, section 1 (token).
"""

from __future__ import annotations

from provisioner.alice.endpoint import Endpoint
from provisioner.alice.exchange import Exchange
from provisioner.alice.token import Token, TokenKeeper
from provisioner.alice.wire import Answer, Purpose, Request
from provisioner.errors import AuthError

REFUSALS = (401, 403)


class Access:
    """Shared by all threads of a client. Its small pieces of memory are single reads and writes: no lock needed."""

    def __init__(self, keeper: TokenKeeper, exchange: Exchange, endpoint: Endpoint) -> None:
        self._keeper = keeper
        self._exchange = exchange
        self._worked = -1  # generation of the last token that was accepted
        self._refused: set[tuple[str, str, int]] = set()
        self._probe = Request("GET", "", endpoint.base, Purpose.READ)

    def send(self, request: Request) -> Answer:
        """The answer, in which a 403 stands also against a fresh token; a 401 that does is an AuthError."""
        token = self._keeper.current()
        answer = self._exchange.send(request, token.value)
        if answer.status in REFUSALS and self._worth_a_login(request, token, answer):
            token = self._keeper.renew(token)
            answer = self._exchange.send(request, token.value)
        self._learn(request, token, answer)
        if answer.status == 401:
            text = "refused although the login is fresh: may this user use the API?"
            raise AuthError(text, method=request.method, path=request.path, status=401)
        return answer

    def _worth_a_login(self, request: Request, token: Token, answer: Answer) -> bool:
        if (*request.sort, answer.status) in self._refused:
            return False
        if answer.status == 401:
            return True
        return self._worked >= token.generation if self._keeper.renewable else self._expired(token)

    def _expired(self, token: Token) -> bool:
        """A given token cannot be tried afresh; asking again for something that it opened before tells as much."""
        return self._exchange.send(self._probe, token.value).status in REFUSALS

    def _learn(self, request: Request, token: Token, answer: Answer) -> None:
        if answer.status in REFUSALS:
            self._refused.add((*request.sort, answer.status))
        elif answer.ok:
            self._refused -= {(*request.sort, status) for status in REFUSALS}
            self._worked = max(self._worked, token.generation)
            if request.method == "GET":
                self._probe = request
