"""A simulator in a process of its own, and its control endpoints as methods. For tests.

One process serves a whole test session: `reset` brings it back to the seed in a few milliseconds.
"""

import http.client
import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlencode, urlsplit


class ControlError(Exception):
    """A control endpoint refused; the message says why."""


class Simulator:
    """Starts on a free port and stops with the `with` block, or when this process dies."""

    def __init__(
        self,
        *,
        variants: Mapping[str, object] | None = None,
        page_size: int = 10,
        db: Path | None = None,
        speed: float = 1.0,
        now: datetime | None = None,
        dialler: bool = False,
        port: int = 0,
    ) -> None:
        command = [sys.executable, "-m", "provisioner.simulator", "--until-stdin-closes", "--port", str(port)]
        command += ["--page-size", str(page_size), "--speed", str(speed)]
        command += [part for name, value in (variants or {}).items() for part in ("--variant", f"{name}={value}")]
        command += ["--db", str(db)] if db else []
        command += ["--now", now.isoformat()] if now else []
        command += [] if dialler else ["--no-dialler"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.endpoint = self._first_line()
        """The base URL, `http://127.0.0.1:PORT/rest-api`."""

    def __enter__(self) -> "Simulator":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def host(self) -> str:
        """The URL of the host alone, without `/rest-api`."""
        return self.endpoint.removesuffix("/rest-api")

    def close(self) -> None:
        """Stop the process and wait for it."""
        if self._process.stdin and self._process.stdout:
            self._process.stdin.close()
            self._process.wait(10)
            self._process.stdout.close()

    def kill(self) -> None:
        """Stop it as a power cut would."""
        self._process.kill()
        self.close()

    def reset(
        self,
        *,
        variants: Mapping[str, object] | None = None,
        page_size: int | None = None,
        now: datetime | None = None,
        speed: float | None = None,
        dialler: bool | None = None,
    ) -> None:
        """Back to the seed; what is not given is as it was at the start."""
        body = {
            "variants": variants,
            "page_size": page_size,
            "now": now.isoformat() if now else None,
            "speed": speed,
            "dialler": dialler,
        }
        self._send("POST", "reset", {name: value for name, value in body.items() if value is not None})

    def requests(self) -> list[dict[str, Any]]:
        """The API requests since the last reset, in order."""
        return list(self._send("GET", "requests"))

    def writes(self) -> list[dict[str, Any]]:
        """Those of them that were writes, logins aside."""
        return [request for request in self.requests() if request["write"]]

    def clear_requests(self) -> None:
        self._send("DELETE", "requests")

    def rings(self) -> list[dict[str, Any]]:
        """Every ring of a telephone: number, cause (campaign or alarm), id of that, time."""
        return list(self._send("GET", "rings"))

    def arming(self) -> list[dict[str, Any]]:
        """What was done that makes telephones ring, now or later: cause (campaign or alarm), and its id."""
        return list(self._send("GET", "arming"))

    def hold(self, at: int, *, mode: str = "unexecuted", scope: str = "all") -> None:
        """Hold the n-th request of a scope from now on; the modes are those of fault_hold.py."""
        self._send("POST", "hold", {"at": at, "mode": mode, "scope": scope})

    def holds(self) -> bool:
        """Whether that request has come and waits."""
        return bool(self._send("GET", "hold")["holds"])

    def release(self) -> None:
        """Let it go."""
        self._send("DELETE", "hold")

    def objects(self, kind: str, **filters: object) -> list[dict[str, Any]]:
        """The rows of a kind, of all tenants, by id."""
        return list(self._send("GET", f"objects/{kind}?{urlencode(filters)}"))

    def row(self, kind: str, id: int) -> dict[str, Any]:
        return dict(self._send("GET", f"objects/{kind}/{id}"))

    def create(self, kind: str, **fields: object) -> dict[str, Any]:
        """A row made behind the API's back, with what follows from it."""
        return dict(self._send("POST", f"objects/{kind}", fields))

    def create_many(self, kind: str, rows: list[dict[str, Any]]) -> list[int]:
        """Many rows at once, with nothing following from them; their ids."""
        return list(self._send("POST", f"objects/{kind}", rows))

    def change(self, kind: str, id: int, **fields: object) -> dict[str, Any]:
        return dict(self._send("PATCH", f"objects/{kind}/{id}", fields))

    def delete(self, kind: str, id: int) -> None:
        self._send("DELETE", f"objects/{kind}/{id}")

    def counts(self) -> dict[str, int]:
        """How many rows each kind has."""
        return dict(self._send("GET", "counts"))

    def variants(self, **changes: object) -> dict[str, str]:
        """The variants in force, after these changes."""
        return dict(self._send("POST", "variants", changes) if changes else self._send("GET", "variants"))

    def clock(self, now: datetime | None = None, *, advance: float | None = None) -> datetime:
        """The simulated time, after setting it or moving it on."""
        body = {"advance": advance} if advance is not None else {"now": now.isoformat()} if now else None
        answer = self._send("POST", "clock", body) if body else self._send("GET", "clock")
        return datetime.fromisoformat(answer["now"])

    def token(self, username: str = "demo") -> str:
        """An access token without a login, so that the log holds only what the client under test sends."""
        return str(self._send("POST", "token", {"username": username})["token"])

    def tick(self, seconds: float = 1) -> int:
        """Let the dialler do the work of so many seconds; how many calls that made."""
        return int(self._send("POST", "tick", {"seconds": seconds})["calls"])

    def _first_line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline().decode().strip()
        if not line:
            self.close()
            raise ControlError(f"the simulator did not start: exit code {self._process.returncode}")
        return line

    def _send(self, method: str, path: str, body: object = None) -> Any:
        """A connection per call: threads of a test may share one Simulator."""
        connection = http.client.HTTPConnection(urlsplit(self.endpoint).netloc, timeout=60)
        try:
            connection.request(method, f"/_simulator/{path}", json.dumps(body, default=str))
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        if response.status >= 400:
            raise ControlError(answer["error"])
        return answer
