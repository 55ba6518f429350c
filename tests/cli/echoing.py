"""A server between the tool and the simulator that answers writes with what it was sent: the worst kind of error.

In the mode `changed` it tells what it was ever sent, but for rows, and in other words.
"""

from __future__ import annotations

import html
import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

from provisioner.simulator.process import Simulator

MODES = ("fields", "general", "changed", "detail", "forbidden", "page", "unavailable", "error")


@dataclass
class Echo:
    """`mode` says how writes are answered, None: by the simulator. `tokens` and `sent` are what went by."""

    upstream: str
    endpoint: str = ""
    mode: str | None = None
    tokens: set[str] = field(default_factory=set)
    sent: set[bytes] = field(default_factory=set)


@contextmanager
def echoing(simulator: Simulator) -> Iterator[Echo]:
    """In front of a simulator."""
    echo = Echo(urlsplit(simulator.endpoint).netloc)
    handler = type("Handler", (_Handler,), {"echo": echo})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        echo.endpoint = f"http://127.0.0.1:{server.server_port}/rest-api"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield echo
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    echo: ClassVar[Echo]

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
        self.echo.tokens |= {bearer} if bearer else set()
        is_write = self.command in ("POST", "PUT") and not self.path.endswith("/get-token/")
        if is_write and not any(rows in self.path for rows in ROWS):
            self.echo.sent.add(body)
        if self.echo.mode == "changed" and is_write:
            self._send(400, JSON, _json({"non_field_errors": [changed(self.echo.sent)]}))
        elif self.echo.mode and is_write:
            self._send(*echoed(self.echo.mode, body, bearer))
        else:
            self._forward(body)

    def _forward(self, body: bytes) -> None:
        connection = http.client.HTTPConnection(self.echo.upstream, timeout=60)
        try:
            passed = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            connection.request(self.command, self.path, body, passed)
            response = connection.getresponse()
            self._send(response.status, response.headers.get("Content-Type", ""), response.read(), response.headers)
        finally:
            connection.close()

    def _send(self, status: int, media: str, body: bytes, headers: Any = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media)
        self.send_header("Content-Length", str(len(body)))
        if headers and headers.get("Allow"):
            self.send_header("Allow", headers["Allow"])
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = answer

    def log_message(self, format: str, *args: object) -> None:
        pass


def echoed(mode: str, body: bytes, bearer: str) -> tuple[int, str, bytes]:
    """Status, type and body of an answer that repeats the request."""
    text = f"{json.dumps(json.loads(body or b'{}'), ensure_ascii=False)} with {bearer}"
    fields = json.loads(body or b"{}")
    page = f"<html><title>{text}</title><body>{text}</body></html>".encode()
    match mode:
        case "fields":
            return 400, JSON, _json({name: [f"{value} is not valid, {text}"] for name, value in fields.items()})
        case "general":
            return 400, JSON, _json({"non_field_errors": [text]})
        case "detail":
            return 422, JSON, _json({"detail": text})
        case "forbidden":
            return 403, JSON, _json({"detail": text})
        case "page":
            return 200, HTML, page
        case "unavailable":
            return 500, HTML, page
        case _:
            return 200, JSON, _json({"error": text})


def changed(bodies: set[bytes]) -> str:
    """What was sent, as a server may write it."""
    texts = [json.dumps(list(json.loads(body or b"{}").values())) for body in sorted(bodies)]
    return "; ".join((*map(str.lower, texts), *map(quote, texts), *map(html.escape, texts)))


ROWS = ("/contact/", "/bulkcontact/", "/dnc-contact/")
JSON, HTML = "application/json", "text/html; charset=utf-8"


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
