"""Carries one request over a pooled connection and says what came of it. The only importer of `requests`.

No redirects, no repeats, no cookies (a session cookie would make Django ask for a CSRF token), no `.netrc` (it would
replace our Authorization header). So a Session only says what proxies and CA bundle the environment asks for, and an
adapter which connections these make; a request goes over them directly, at two thirds of the CPU.
Must not know what a status means. See docs/alice-api.md#paths and #lost-answers.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from threading import get_ident
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse, Retry, Timeout
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationValueError,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
)

from provisioner import __version__
from provisioner.api.wire import Answer, Loss, Lost, Request

MOST_BYTES = 32 << 20  # of an answer: a page of a thousand objects is half a megabyte
PIECE = 1 << 16  # bytes, which may become a thousand times as many
HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
    "Accept-Language": "en",
    "Connection": "keep-alive",
    "User-Agent": f"alice-apply/{__version__}",
}
CONNECT_SECONDS = 10.0
ONCE = Retry(0, read=False)

# A handshake that ends in one of these sent no request. Any other TLS error may come while the answer is read.
HANDSHAKE = frozenset(
    {
        "CERTIFICATE_VERIFY_FAILED",
        "HTTP_REQUEST",
        "SSLV3_ALERT_HANDSHAKE_FAILURE",
        "TLSV1_ALERT_PROTOCOL_VERSION",
        "TLSV1_UNRECOGNIZED_NAME",
        "UNSUPPORTED_PROTOCOL",
        "WRONG_VERSION_NUMBER",
    }
)


class Transport:
    """A pool of `connections` keep-alive connections; `timeout` is in seconds without a sign of life."""

    def __init__(self, base: str, *, timeout: float, connections: int, shown: str) -> None:
        self._shown = shown
        self._seconds = (min(timeout, CONNECT_SECONDS), timeout)
        self._timeout = Timeout(*self._seconds)
        self._sockets = OpenSockets()
        self._adapter = _Adapter(self._sockets, pool_maxsize=connections)
        with requests.Session() as session:
            found = session.merge_environment_settings(base, {}, None, None, None)
        self._proxies, self._verify = dict(found["proxies"]), True if found["verify"] is None else found["verify"]
        self._ways: dict[str, _Way] = {}

    def send(self, request: Request, url: str, token: str) -> Answer | Lost:
        """Exactly one attempt at `url`; an empty token sends no Authorization header."""
        try:
            way = self._way(url)
        except (HTTPError, OSError) as error:
            return Lost(Loss.UNREACHABLE, _shown(_unusable(error), self._shown))
        try:
            response = way.pool.urlopen(
                request.method,
                way.target(url),
                request.body,
                _headers(request, token),
                ONCE,
                redirect=False,
                assert_same_host=False,
                timeout=self._timeout,
                preload_content=False,
                decode_content=False,
            )
            body = _body(response)
            if len(body) > MOST_BYTES:
                return Lost(Loss.DROPPED, f"the answer is larger than {MOST_BYTES >> 20} MB")
            return Answer(response.status, response.headers, body)
        except (HTTPError, OSError) as error:
            if self._sockets.abandoned:
                return Lost(Loss.DROPPED, "interrupted before the answer came")
            return _lost(error, self._seconds, self._shown)
        finally:
            self._sockets.done()

    def _way(self, url: str) -> _Way:
        """How the server of a URL is reached, looked up for the first request to it. Raises HTTPError, OSError."""
        scheme, _, rest = url.partition("://")
        origin = f"{scheme}://{rest.partition('/')[0].partition('?')[0]}"
        found = self._ways.get(origin)
        if found is None:
            found = self._ways[origin] = self._adapter.way(origin, self._verify, self._proxies)
        return found

    def abandon(self) -> None:
        """End every wait for an answer; from any thread, and from a signal handler."""
        self._sockets.abandon()

    def close(self) -> None:
        """Drop the pooled connections."""
        self._adapter.close()


class OpenSockets:
    """The sockets on which an answer is waited for, by thread, so that another thread can end the wait.

    No lock: a signal handler may have interrupted whoever holds it. Either `abandon` finds the socket, or `waits_on`
    the mark.
    """

    def __init__(self) -> None:
        self.abandoned = False
        self._sockets: dict[int, Any] = {}

    def waits_on(self, connection: Any) -> None:
        """This thread is going to use this socket (None: it has none yet)."""
        self._sockets[get_ident()] = connection
        if self.abandoned:
            _shut(connection)

    def done(self) -> None:
        """This thread waits no more."""
        self._sockets.pop(get_ident(), None)

    def abandon(self) -> None:
        """Whoever waits, or is about to, gets an error instead of an answer."""
        self.abandoned = True
        for each in list(self._sockets.values()):
            _shut(each)


def _shut(connection: Any) -> None:
    """Not `connection.shutdown`, which on TLS changes what the other thread is using."""
    with suppress(OSError, TypeError):  # closed meanwhile, or TLS inside TLS
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


@dataclass(frozen=True, slots=True)
class _Way:
    """The connections to the server `origin`, and whether they end at a proxy that wants whole URLs."""

    origin: str
    pool: Any
    whole: bool

    def target(self, url: str) -> str:
        """What the request line asks for."""
        path = "/" + url[len(self.origin) :].partition("#")[0].lstrip("/")
        return f"{self.origin}{path}" if self.whole else path


class _Adapter(HTTPAdapter):
    """Its connections tell `sockets` which socket they use."""

    def __init__(self, sockets: OpenSockets, *, pool_maxsize: int) -> None:
        self._sockets = sockets
        super().__init__(pool_maxsize=pool_maxsize)

    def way(self, origin: str, verify: bool | str, proxies: dict[str, str]) -> _Way:
        """As the adapter itself would reach this server. Raises HTTPError, OSError."""
        request = requests.PreparedRequest()
        request.method, request.url = "GET", f"{origin}/"
        pool: Any = self.get_connection_with_tls_context(request, verify, proxies)
        self.cert_verify(pool, request.url, verify, None)  # type: ignore[no-untyped-call]
        if not hasattr(pool.ConnectionCls, "sockets"):
            pool.ConnectionCls = _telling(pool.ConnectionCls, self._sockets)
        return _Way(origin, pool, whole=self.request_url(request, proxies) != "/")


def _telling(base: Any, told: OpenSockets) -> Any:
    class Connection(base):  # type: ignore[misc]
        sockets = told

        def connect(self) -> None:
            super().connect()
            told.waits_on(self.sock)

        def request(self, *args: Any, **keywords: Any) -> None:
            told.waits_on(self.sock)
            super().request(*args, **keywords)

    return Connection


def _body(response: BaseHTTPResponse) -> bytes:
    """The answer unpacked, cut behind the most that one may have; whatever it is packed into, memory is bounded.

    In large pieces: small ones cost twice as much.
    """
    if not response.headers.get("Content-Encoding"):
        body: bytes = response.read(MOST_BYTES + 1, decode_content=False)
    else:
        pieces = bytearray()
        for piece in response.stream(PIECE, decode_content=True):
            pieces += piece
            if len(pieces) > MOST_BYTES:
                break
        body = bytes(pieces)
    if len(body) > MOST_BYTES:
        response.close()  # what is left of it is not wanted, nor the connection
    return body


def _headers(request: Request, token: str) -> dict[str, str]:
    headers = dict(HEADERS)
    if request.body is not None:
        headers["Content-Type"] = "application/json"
        headers["Content-Length"] = str(len(request.body))
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return headers


def _lost(error: Exception, timeout: tuple[float, float], shown: str) -> Lost:
    """Foreign exceptions become one of three losses here and nowhere else. `shown` is the address as people see it."""
    causes = list(_causes(error))
    unsent = _unsent(causes, timeout[0])
    if unsent:
        return Lost(Loss.UNREACHABLE, _shown(unsent, shown))
    if any(isinstance(cause, TimeoutError | ReadTimeoutError) for cause in causes):
        return Lost(Loss.TIMEOUT, f"no answer from {shown} within {timeout[1]:g} s")
    return Lost(Loss.DROPPED, f"{shown} closed the connection before the answer was complete")


def _shown(advice: str, shown: str) -> str:
    return f"{advice}; `curl -I {shown}` shows what is there"


def _unusable(error: Exception) -> str:
    """Why it is not even known where to connect."""
    if isinstance(error, requests.RequestException | HTTPError):
        return "the address cannot be used: check `endpoint`, ALICE_ENDPOINT and the proxy settings"
    return "the file in REQUESTS_CA_BUNDLE cannot be read"


def _unsent(causes: list[BaseException], seconds: float) -> str | None:
    """What to do about it when it is certain that nothing was sent, else None."""

    def one_is(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    if one_is(ProxyError):
        return "the proxy gave no connection: check HTTP_PROXY, HTTPS_PROXY and NO_PROXY"
    if one_is(NameResolutionError):
        return "the host name is not known: check `endpoint` and ALICE_ENDPOINT, or the network's DNS"
    if one_is(NewConnectionError):
        return "nothing answers at this address: check `endpoint` and ALICE_ENDPOINT, and that the server is up"
    if one_is(ConnectTimeoutError):
        return f"no connection within {seconds:g} s: check `endpoint`, a firewall, or whether a proxy is needed"
    if one_is(LocationValueError):
        return _unusable(LocationValueError())
    return _handshake(causes)


def _handshake(causes: list[BaseException]) -> str | None:
    reasons = {cause.reason for cause in causes if isinstance(cause, ssl.SSLError)}
    if "CERTIFICATE_VERIFY_FAILED" in reasons:
        return "the server's certificate is not trusted: set REQUESTS_CA_BUNDLE to your CA's file, or fix the server"
    if reasons & HANDSHAKE:
        return "no TLS connection could be made: is it http:// instead of https:// in `endpoint`?"
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and every exception wrapped in it: requests and urllib3 hide them in args and `reason`."""
    waiting, seen = [error], set[int]()
    while waiting:
        cause = waiting.pop()
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        inner = (*cause.args, getattr(cause, "reason", None), cause.__cause__)
        waiting.extend(part for part in inner if isinstance(part, BaseException))
