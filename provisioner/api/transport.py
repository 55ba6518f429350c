"""Carries one request over a pooled connection and says what came of it. The only importer of `requests`.

No redirects, no repeats, no cookies (a session cookie would make Django ask for a CSRF token), no `.netrc` (it would
replace our Authorization header). That is why requests' adapter is used without a Session around it; the proxies and
CA bundle of the environment are looked up once instead of per request, which doubles the speed.
Must not know what a status means. See docs/alice-api.md#paths and #lost-answers.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from threading import get_ident
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError, ReadTimeoutError

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
        self._timeout = (min(timeout, CONNECT_SECONDS), timeout)
        self._sockets = OpenSockets()
        self._adapter = _Adapter(self._sockets, pool_maxsize=connections)
        with requests.Session() as session:
            found = session.merge_environment_settings(base, {}, None, None, None)
        self._proxies, self._verify = dict(found["proxies"]), True if found["verify"] is None else found["verify"]

    def send(self, request: Request, url: str, token: str) -> Answer | Lost:
        """Exactly one attempt at `url`; an empty token sends no Authorization header."""
        try:
            response = self._adapter.send(
                _prepared(request, url, token), timeout=self._timeout, verify=self._verify, proxies=self._proxies
            )
            body = _body(response)
            if len(body) > MOST_BYTES:
                return Lost(Loss.DROPPED, f"the answer is larger than {MOST_BYTES >> 20} MB")
            return Answer(response.status_code, response.headers, body)
        except (requests.RequestException, HTTPError, OSError) as error:
            if self._sockets.abandoned:
                return Lost(Loss.DROPPED, "interrupted before the answer came")
            return _lost(error, self._timeout, self._shown)
        finally:
            self._sockets.done()

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


class _Adapter(HTTPAdapter):
    """Its connections tell `sockets` which socket they use."""

    def __init__(self, sockets: OpenSockets, *, pool_maxsize: int) -> None:
        self._sockets = sockets
        super().__init__(pool_maxsize=pool_maxsize)

    def get_connection_with_tls_context(self, *args: Any, **keywords: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **keywords)
        if not hasattr(pool.ConnectionCls, "sockets"):
            pool.ConnectionCls = _telling(pool.ConnectionCls, self._sockets)
        return pool


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


def _body(response: requests.Response) -> bytes:
    """The answer unpacked, cut behind the most that one may have; whatever it is packed into, memory is bounded.

    In large pieces: `response.content` goes through a page in pieces of 10 kB, at twice the cost.
    """
    if not response.headers.get("Content-Encoding"):
        body: bytes = response.raw.read(MOST_BYTES + 1, decode_content=False)
    else:
        pieces = bytearray()
        for piece in response.raw.stream(PIECE, decode_content=True):
            pieces += piece
            if len(pieces) > MOST_BYTES:
                break
        body = bytes(pieces)
    if len(body) > MOST_BYTES:
        response.close()  # what is left of it is not wanted, nor the connection
    return body


def _prepared(request: Request, url: str, token: str) -> requests.PreparedRequest:
    """By hand: going through `prepare()` and a Session costs half as much again, to parse what we already know."""
    prepared = requests.PreparedRequest()
    prepared.method, prepared.url, prepared.hooks, prepared.body = request.method, url, {}, request.body
    prepared.headers = CaseInsensitiveDict(HEADERS)
    if request.body is not None:
        prepared.headers["Content-Type"] = "application/json"
        prepared.headers["Content-Length"] = str(len(request.body))
    if token:
        prepared.headers["Authorization"] = f"Bearer {token}"
    return prepared


def _lost(error: Exception, timeout: tuple[float, float], shown: str) -> Lost:
    """Foreign exceptions become one of three losses here and nowhere else. `shown` is the address as people see it."""
    causes = list(_causes(error))
    unsent = _unsent(error, causes, timeout[0])
    if unsent:
        return Lost(Loss.UNREACHABLE, f"{unsent}; `curl -I {shown}` shows what is there")
    if any(isinstance(cause, TimeoutError | ReadTimeoutError | requests.ReadTimeout) for cause in causes):
        return Lost(Loss.TIMEOUT, f"no answer from {shown} within {timeout[1]:g} s")
    return Lost(Loss.DROPPED, f"{shown} closed the connection before the answer was complete")


def _unsent(error: Exception, causes: list[BaseException], seconds: float) -> str | None:
    """What to do about it when it is certain that nothing was sent, else None."""
    if not isinstance(error, requests.RequestException | HTTPError):
        return "the file in REQUESTS_CA_BUNDLE cannot be read"  # the one thing the adapter checks before it connects
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy gave no connection: check HTTP_PROXY, HTTPS_PROXY and NO_PROXY"
    if any(isinstance(cause, NameResolutionError) for cause in causes):
        return "the host name is not known: check `endpoint` and ALICE_ENDPOINT, or the network's DNS"
    if any(isinstance(cause, NewConnectionError) for cause in causes):
        return "nothing answers at this address: check `endpoint` and ALICE_ENDPOINT, and that the server is up"
    if isinstance(error, requests.ConnectTimeout):
        return f"no connection within {seconds:g} s: check `endpoint`, a firewall, or whether a proxy is needed"
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
        return "the address cannot be used: check `endpoint`, ALICE_ENDPOINT and the proxy settings"
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
