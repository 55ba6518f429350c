"""A small threaded HTTP server for the WSGI application: keep-alive, quiet, and able to drop a connection.

Faults need a connection that is really closed without an answer, which WSGI servers do not offer to applications.
Here the application asks for it with a response header (fault_middleware.DROP_HEADER). One thread per connection.
"""

import io
import sys
import traceback
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any
from urllib.parse import unquote

from provisioner.simulator.database import borrow_connection, leave_connection
from provisioner.simulator.fault_middleware import DROP_HEADER

Application = Callable[..., Any]


class Server(ThreadingTCPServer):
    """Listens as soon as it is made; port 0 takes a free one."""

    allow_reuse_address = sys.platform != "win32"
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], application: Application) -> None:
        self.application = application
        super().__init__(address, RequestHandler)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up early is no error."""
        if not isinstance(sys.exception(), ConnectionError):
            traceback.print_exc()


class RequestHandler(BaseHTTPRequestHandler):
    """One connection: passes its requests to the application, one after another."""

    protocol_version = "HTTP/1.1"
    server_version = "AliceSimulator"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Server

    def pass_on(self) -> None:
        if self.headers.get("Transfer-Encoding"):
            self.close_connection = True
            self.send_error(411)
            return
        head: list[Any] = []
        result = self.server.application(self._environ(), lambda *status_and_headers: head.extend(status_and_headers))
        body = b"".join(result)
        result.close()
        self._send(head[0], head[1], body)

    do_GET = do_HEAD = do_OPTIONS = do_POST = do_PUT = do_PATCH = do_DELETE = pass_on

    def _send(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        if DROP_HEADER in dict(headers):
            self.close_connection = True
            return
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        for name, value in headers:
            if name != "Content-Length":
                self.send_header(name, value)
        if code != "204":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and code != "204":
            self.wfile.write(body)

    def _environ(self) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        length = int(self.headers.get("Content-Length") or 0)
        environ = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(path, "latin-1"),
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(length),
            "REMOTE_ADDR": self.client_address[0],
            "SERVER_NAME": str(self.server.server_address[0]),
            "SERVER_PORT": str(self.server.port),
            "SERVER_PROTOCOL": self.request_version,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(self.rfile.read(length)),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        return {**environ, **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in self.headers.items()}}

    def handle_expect_100(self) -> bool:
        """The answer that a client waits for before it sends its body must not wait in our buffer."""
        goes_on = super().handle_expect_100()
        self.wfile.flush()
        return goes_on

    def handle(self) -> None:
        """The thread ends with its connection; the thread's database connection goes to the next one."""
        borrow_connection()
        try:
            super().handle()
        finally:
            leave_connection()

    def log_message(self, format: str, *args: Any) -> None:
        """The request log is under `/_simulator/requests`."""
