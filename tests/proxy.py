"""A proxy in front of the simulator that lets a test do something before a chosen request is passed on."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from provisioner.simulator.process import Simulator

Hook = Callable[[str, str], None]
PASSED = ("Content-Type", "Authorization", "Accept", "Accept-Language")


@dataclass
class Proxy:
    """Counts requests, logins aside; the one at place `at` waits until `hook` (method, path) has been called."""

    endpoint: str = ""
    at: int = 0
    hook: Hook = lambda method, path: None
    seen: int = 0
    first_write: int = 0
    fired: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _busy: bool = False

    def arm(self, at: int, hook: Hook) -> None:
        """Call the hook before the n-th request from now on; what is sent meanwhile is passed on and not counted."""
        self.at, self.hook, self.seen, self.first_write, self.fired = at, hook, 0, 0, False

    def before(self, method: str, path: str) -> None:
        with self._lock:
            if self._busy or path.endswith("/get-token/"):
                return
            self.seen += 1
            if method not in ("GET", "OPTIONS"):
                self.first_write = self.first_write or self.seen
            if self.seen != self.at:
                return
            self._busy = self.fired = True
        try:
            self.hook(method, path)
        finally:
            self._busy = False


@contextmanager
def in_front_of(simulator: Simulator) -> Iterator[Proxy]:
    """A proxy on a port of its own until the end of the block."""
    proxy = Proxy()
    upstream = urlsplit(simulator.endpoint).netloc

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def passed_on(self) -> None:
            proxy.before(self.command, urlsplit(self.path).path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name: self.headers[name] for name in PASSED if self.headers[name]}
            connection = http.client.HTTPConnection(upstream, timeout=60)
            connection.request(self.command, self.path, body or None, headers)
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            self.send_response_only(answer.status, answer.reason)
            for name in ("Content-Type", "Allow", "Retry-After"):
                if answer.headers[name]:
                    self.send_header(name, answer.headers[name])
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = passed_on

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: a test prints what it wants to."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        proxy.endpoint = f"http://127.0.0.1:{server.server_port}/rest-api"
        try:
            yield proxy
        finally:
            server.shutdown()
