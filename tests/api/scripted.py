"""A small HTTP server that says what a test tells it to: it can be late, hang up, shuffle and forget tokens.

A script is a function from a `Seen` request to a `Reply`. Logins are answered by the server itself, with the tokens
t1, t2, ... so that a script deals with the API alone, unless the test says otherwise.
"""

import contextlib
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

LOGIN = "/rest-api/get-token/"


@dataclass(frozen=True)
class Seen:
    """A request as it arrived; `path` is without the query, `at` in seconds of time.monotonic."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    target: str
    at: float

    @property
    def token(self) -> str:
        return self.headers.get("Authorization", "").removeprefix("Bearer ")

    @property
    def page(self) -> int:
        return int(self.query.get("page", "1"))


@dataclass(frozen=True)
class Reply:
    """What to say: text is HTML, bytes go as they are, anything else is JSON.

    `delay` seconds pass first; `drop` hangs up without a word; `cut` sends only so many bytes of the body.
    """

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drop: bool = False
    cut: int | None = None


NOT_FOUND_PAGE = Reply(404, "<html><head><title>Not Found</title></head><body><h1>Not Found</h1></body></html>")
NO_OBJECT = Reply(404, {"detail": "Not found."})
INVALID_PAGE = Reply(404, {"detail": "Invalid page."})

Script = Callable[[Seen], Reply]


class ScriptedServer:
    """Listens on the loopback, on a free port unless told otherwise, until `close`."""

    def __init__(
        self, script: Script, *, own_login: bool = False, port: int = 0, tls: ssl.SSLContext | None = None
    ) -> None:
        self.seen: list[Seen] = []
        self.script = script
        self._own_login = own_login
        self._tokens = 0
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._scheme = "https" if tls else "http"
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def port(self) -> int:
        return self._server.server_port

    @property
    def host(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}"

    @property
    def endpoint(self) -> str:
        return f"{self.host}/rest-api"

    @property
    def asked(self) -> list[Seen]:
        """What was seen without the logins."""
        return [seen for seen in self.seen if "get-token" not in seen.path]

    @property
    def logins(self) -> list[Seen]:
        return [seen for seen in self.seen if "get-token" in seen.path]

    def answer(self, seen: Seen) -> Reply:
        with self._lock:
            self.seen.append(seen)
            if seen.path == LOGIN and not self._own_login:
                self._tokens += 1
                return Reply(200, {"access_token": f"t{self._tokens}"})
        return self.script(seen)

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def paged(objects: list[dict[str, Any]], *, size: int = 10, honour: bool = True, most: int = 1000) -> Script:
    """Django REST framework's page numbers over `objects`."""

    def script(seen: Seen) -> Reply:
        wanted = min(int(seen.query.get("page_size", size)), most) if honour else size
        part = objects[(seen.page - 1) * wanted : seen.page * wanted]
        if not part and seen.page > 1:
            return INVALID_PAGE
        return Reply(200, {"count": len(objects), "next": None, "previous": None, "results": part})

    return script


def numbered(count: int, first: int = 1) -> list[dict[str, Any]]:
    """So many objects with ids from `first` on."""
    return [{"id": number, "name": f"n{number}"} for number in range(first, first + count)]


def _handler(scripted: ScriptedServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            raw = self.rfile.read(length)
            parts = urlsplit(self.path)
            query, headers = dict(parse_qsl(parts.query)), dict(self.headers.items())
            body = json.loads(raw) if raw else None
            seen = Seen(self.command, parts.path, query, headers, body, self.path, time.monotonic())
            self._say(scripted.answer(seen))

        do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_CONNECT = _serve

        def _say(self, reply: Reply) -> None:
            time.sleep(reply.delay)
            if reply.drop:
                return self._hang_up()
            body, media = _encoded(reply.body)
            self.send_response(reply.status)
            for name, value in {"Content-Type": media, "Content-Length": str(len(body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body[: reply.cut])
            self.wfile.flush()
            return self._hang_up() if reply.cut is not None else None

        def _hang_up(self) -> None:
            """With a reset instead of a goodbye, as a crashing server does."""
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

        def handle(self) -> None:
            with contextlib.suppress(OSError):  # the client went away first
                super().handle()

        def finish(self) -> None:
            with contextlib.suppress(OSError, ValueError):
                super().finish()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


def _encoded(body: Any) -> tuple[bytes, str]:
    if body is None:
        return b"", "application/json"
    if isinstance(body, bytes):
        return body, "application/json"
    if isinstance(body, str):
        return body.encode(), "text/html; charset=utf-8"
    return json.dumps(body).encode(), "application/json"
