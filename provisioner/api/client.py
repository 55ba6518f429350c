"""The API's verbs: payloads in, payloads out, every failure an exception of `provisioner.errors`.

    exchange   repeats what may be repeated, at the client's pace          <- transport, pace
    access     adds the token, logs in again                               <- exchange, token
    client     paths, bodies, lists read in parallel                       <- access, answers, lists

Safe to share between threads. Must not know kinds: which paths exist and what a payload means is its caller's
business. See docs/alice-api.md#transport, #lists and #writes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import orjson

from provisioner.api import pagination, responses
from provisioner.api.auth import Access, Credentials, TokenKeeper
from provisioner.api.endpoint import Endpoint, join
from provisioner.api.pagination import PAST_THE_END, Page, with_id
from provisioner.api.responses import Capabilities
from provisioner.api.retry import Exchange, Log
from provisioner.api.throttle import Tell, Throttle
from provisioner.api.transport import Transport
from provisioner.api.wire import Answer, Purpose, Request
from provisioner.errors import Forbidden, Incomplete, ObjectMissing, Rejected, RouteMissing

Payload = dict[str, Any]
Payloads = list[Payload]
Params = Mapping[str, str | int]

PAGE_SIZE = 1000
USUAL_PAGE_SIZE = 10


class Requests(NamedTuple):
    """How many requests went out, repeats included, logins not."""

    reads: int
    writes: int


class Client(AbstractContextManager["Client"]):
    """A connection to one account of one Alice.

    `timeout` is in seconds without a sign of life, `parallelism` the most requests at once, `rate_limit` the most
    requests a second (None: no limit), `backoff` the first pause in seconds before a repetition. `log` gets one
    line per request, `tell` one per long pause, without personal data, from any thread. `shown` is what is said
    instead of the endpoint where that is not to be shown. Nothing is sent before the first verb is used.

    Every verb may raise AuthError, Unreachable, Forbidden, RouteMissing, `Cancelled` (after `cancel` or `close`)
    and, for what the server does that makes no sense, ApiError. Only writes raise OutcomeUnknown.
    """

    def __init__(
        self,
        endpoint: str,
        credentials: Credentials,
        *,
        timeout: float = 30.0,
        parallelism: int = 8,
        rate_limit: float | None = None,
        backoff: float = 0.5,
        log: Log | None = None,
        tell: Tell = lambda line: None,
        shown: str | None = None,
    ) -> None:
        self._endpoint = Endpoint.parse(endpoint)
        self._parallelism = parallelism
        self._pace = Throttle(parallelism=parallelism, rate_limit=rate_limit, backoff=backoff, tell=tell)
        self._shown = shown or self._endpoint.base
        self._transport = Transport(self._endpoint.base, timeout=timeout, connections=parallelism, shown=self._shown)
        self._exchange = Exchange(self._transport, self._pace, log)
        self._keeper = TokenKeeper(credentials, self._endpoint, self._exchange)
        self._access = Access(self._keeper, self._exchange, self._endpoint)
        self._answered = False
        self._readers = ThreadPoolExecutor(parallelism, thread_name_prefix="alice-pages")

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let requests in flight finish, drop the connections; the client is of no use afterwards."""
        self._pace.cancel()
        self._readers.shutdown(wait=True, cancel_futures=True)
        self._transport.close()

    def cancel(self) -> None:
        """Stop from any thread, also from a signal handler: waiting requests raise Cancelled, none starts any more.

        What is in flight may finish, until `abandon`.
        """
        self._pace.cancel()

    def abandon(self) -> None:
        """After `cancel`, from anywhere as well: answers are waited for no more. The outcome of a write is unknown."""
        self._transport.abandon()

    def sleep(self, seconds: float) -> None:
        """Wait, unless cancelled: then raise Cancelled within a tenth of a second."""
        self._pace.sleep(seconds)

    @property
    def shown(self) -> str:
        """The address of the API as people see it: ending in `/rest-api/`, where it may be shown."""
        return self._shown

    @property
    def answered(self) -> bool:
        """Whether the server has answered as Alice does: with a page of a list."""
        return self._answered

    @property
    def requests(self) -> Requests:
        """The counts so far."""
        return Requests(self._exchange.sent(Purpose.READ), self._exchange.sent(Purpose.WRITE))

    @property
    def wrote(self) -> bool:
        """Whether a write was sent, or tried to be: from then on a failure leaves work half done."""
        return self._exchange.sent(Purpose.WRITE) > 0

    @property
    def logins(self) -> int:
        """How often a login was tried."""
        return self._exchange.sent(Purpose.LOGIN)

    @property
    def logged_in(self) -> bool:
        """Whether a password has proven who we are."""
        return self._keeper.logged_in

    @property
    def claims(self) -> frozenset[str]:
        """What the server or the token itself says of the token's user; may be empty."""
        return self._keeper.claims

    def identity(self) -> frozenset[str]:
        """Every name and id the token's user is known by, as text; logs in if nobody has yet. May be empty."""
        self._keeper.current()
        return self._keeper.users

    def list(self, path: str, params: Params | None = None) -> Payloads:
        """All objects of a collection, each once, proven complete or Inconsistent."""
        return [found for batch in self.pages(path, params) for found in batch]

    def pages(self, path: str, params: Params | None = None) -> Iterator[Payloads]:
        """The same in batches, as they arrive; only the ids are kept. Inconsistent may come after the last batch."""
        first, query = self._larger_page(path, params)

        def fetch(number: int) -> Page:
            return self._page(path, {**query, "page": str(number)})

        def fetch_many(numbers: range) -> Iterator[Page]:
            return self._ahead(path, query, numbers)

        return (batch for batch in pagination.read(join(path), first, fetch, fetch_many) if batch)

    def first(self, path: str, params: Params | None = None) -> Payloads:
        """The first page only, of the server's own size."""
        return self.first_page(path, params).objects

    def first_page(self, path: str, params: Params | None = None) -> Page:
        """The same, with what the server says of others."""
        return self._read_page(path, _query(params))

    def get(self, path: str, id: int | str) -> Payload:
        """One object; raises ObjectMissing."""
        request = self._request("GET", join(path, id))
        return with_id(responses.mapping(request, self._access.send(request)))

    def create(self, path: str, body: Mapping[str, Any]) -> Payload:
        """POST to a collection: the new object as the server shows it, {} if it shows nothing. Raises Rejected."""
        return self._write("POST", join(path), body)

    def post(self, path: str, body: Mapping[str, Any]) -> Payload:
        """POST to anything else, such as `campaigns/5/status`; a bare list comes back under `results`."""
        return self._write("POST", join(path), body)

    def update(self, path: str, id: int | str, body: Mapping[str, Any]) -> Payload:
        """PUT: the object as the server shows it, {} if it shows nothing. Raises Rejected, ObjectMissing."""
        return self._write("PUT", join(path, id), body)

    def delete(self, path: str, id: int | str) -> None:
        """DELETE one object; raises ObjectMissing when it is not there (any more)."""
        self._write("DELETE", join(path, id), None)

    def options(self, path: str, id: int | str | None = None) -> Capabilities:
        """What may be done with a collection, or with an object."""
        request = self._request("OPTIONS", join(path) if id is None else join(path, id))
        answer = self._access.send(request)
        responses.require_success(request, answer)
        return responses.options(answer)

    def ask(self, path: str, params: Params | None = None) -> Answer:
        """The raw answer to a GET of a list, whatever its status: to find out how a server behaves."""
        return self._access.send(self._request("GET", join(path), _query(params)))

    def _write(self, method: str, path: str, body: Mapping[str, Any] | None) -> Payload:
        request = self._request(method, path, body=None if body is None else orjson.dumps(body))
        return with_id(responses.written(request, self._access.send(request)))

    def _request(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Request:
        purpose = Purpose.READ if method in ("GET", "OPTIONS") else Purpose.WRITE
        return Request(method, path, self._endpoint.url(path, query), purpose, query or {}, body)

    def _larger_page(self, path: str, params: Params | None) -> tuple[Page, dict[str, str]]:
        """Page 1, and the query for the others: a page size is kept only where it made a difference."""
        query = _query(params)
        larger = {"page_size": str(PAGE_SIZE), **query}
        try:
            page = self._read_page(path, larger)
        except Rejected:  # a server that is strict about parameters; if it means another one it says so again
            return self._read_page(path, query), query
        return page, larger if len(page.objects) > USUAL_PAGE_SIZE else query

    def _read_page(self, path: str, query: Mapping[str, str]) -> Page:
        request = self._request("GET", join(path), query)
        page = pagination.page_of(responses.payload(request, self._access.send(request)), request.path)
        self._answered = True
        return page

    def _page(self, path: str, query: Mapping[str, str]) -> Page:
        """A page after the first: past the end is a 404 in JSON.

        Whoever shows the first page shows the list: a later one that is refused is a failed read, and no list that
        we may not see.
        """
        try:
            return self._read_page(path, query)
        except ObjectMissing:
            return PAST_THE_END
        except (Forbidden, RouteMissing) as refusal:
            text = (
                f"page {query['page']} could not be read (the server answered {refusal.status}), though pages before "
                "it were: what the list holds is not known, so run again"
            )
            raise Incomplete(text, method="GET", path=join(path), status=refusal.status) from refusal

    def _ahead(self, path: str, query: Mapping[str, str], numbers: range) -> Iterator[Page]:
        """Pages in order, read in parallel a few ahead of whoever takes them."""
        waiting: deque[Future[Page]] = deque()
        try:
            for number in numbers:
                waiting.append(self._readers.submit(self._page, path, {**query, "page": str(number)}))
                if len(waiting) > self._parallelism:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _query(params: Params | None) -> dict[str, str]:
    return {name: str(value) for name, value in (params or {}).items()}
