"""A stand-in for Alice that costs next to nothing: pages rendered before the first request, answers from memory.

`python -m tests.bench.standin SPEC` prints its address and serves until its standard input closes. It knows lists,
`bulkcontact`, the creation of the first phonebook, and that of everything without rows. `/_log` tells what was asked
since the last `/_forget`, and the seconds of CPU it took to answer; with `/_replay` bodies are no longer looked at, for
the floor.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

from tests.bench import account, appointments, configuration
from tests.bench.account import Spec
from tests.bench.made import Made

HEAD = "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
Entry = list[Any]


class StandIn:
    """What it has to show, and what was asked for."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.rows = {
            owner: [*map(_answer, pages)]
            for owner, pages in (account.row_pages(spec) | appointments.pages(spec)).items()
        }
        self.nothing = _answer(account.envelope(0, ""))
        self.past_the_end = _answer(b'{"detail":"Invalid page."}', "404 Not Found")
        self.forget()

    def forget(self) -> None:
        """As new."""
        spec = self.spec
        self.lists = {path: _pages(rows, spec.page_size) for path, rows in configuration.lists(spec).items()}
        self.made = Made()
        self.present = 0 if spec.absent else spec.rows
        self.log: list[Entry] = []
        self.replaying = False
        self.began = time.process_time()

    def answer(self, method: str, target: str, body: bytes) -> bytes:
        """The whole response."""
        path, _, query = target.partition("?")
        if path.startswith("/_"):
            return self._control(path)
        if path.endswith("/get-token/"):
            return _answer(b'{"access_token":"bench"}')
        if not self.replaying:
            self.log.append([method, target, len(body)])
        collection = path.removeprefix("/rest-api/").strip("/")
        known, _, number = collection.partition("/")
        if self.spec.creates and known in self.made.objects:
            return self._made(method, known, number, query, body)
        return self._page(collection, query) if method == "GET" else self._write(method, collection, body)

    def _control(self, path: str) -> bytes:
        told = {"log": self.log, "cpu": time.process_time() - self.began}
        if path == "/_forget":
            self.forget()
        if path == "/_replay":
            self.replaying, self.began = True, time.process_time()
        return _answer(json.dumps(told).encode())

    def _page(self, collection: str, query: str) -> bytes:
        asked = dict(part.split("=") for part in query.split("&") if part)
        owner = collection, int(asked.get("phonebook") or asked.get("dnc") or 0)
        pages = self.rows.get(owner) or self.lists.get(collection) or [self.nothing]
        if collection == "contact" and self.present < self.spec.rows:
            pages = [self.nothing]
        number = int(asked.get("page", 1))
        return pages[number - 1] if number <= len(pages) else self.past_the_end

    def _made(self, method: str, path: str, number: str, query: str, body: bytes) -> bytes:
        """What is made here; for the floor the last object stands for any other."""
        if method == "OPTIONS":
            return _answer(b"{}")
        if method == "GET" and not number:
            self.lists[path] = _pages([*self.made.objects[path].values()], self.spec.page_size)
            return self._page(path, query)
        if method == "POST":
            found = self._last(path) if self.replaying else self.made.post(path, body)
        elif method == "PUT" and not self.replaying:
            found = self.made.put(path, int(number), body)
        else:
            found = self.made.objects[path][int(number)]
        return _answer(json.dumps(found).encode())

    def _last(self, path: str) -> dict[str, Any]:
        return next(reversed(self.made.objects[path].values()))

    def _write(self, method: str, collection: str, body: bytes) -> bytes:
        if collection == "bulkcontact":
            self.present += 0 if self.replaying else body.count(b'"status"')
            return _answer(b'{"result":"Bulk contacts are created"}')
        if (method, collection) == ("POST", "phonebook"):
            books = account.owners(self.spec)["phonebook"]
            self.lists["phonebook"] = _pages(books, self.spec.page_size)
            return _answer(json.dumps(books[0]).encode(), "201 Created")
        return _answer(b'{"detail":"not known to the stand-in"}', "405 Method Not Allowed")


def _answer(body: bytes, status: str = "200 OK") -> bytes:
    return HEAD.format(status=status, length=len(body)).encode() + body


def _pages(rows: list[dict[str, Any]], size: int) -> list[bytes]:
    starts = range(0, max(len(rows), 1), size)
    texts = [json.dumps(rows[start : start + size], ensure_ascii=False)[1:-1] for start in starts]
    return [_answer(account.envelope(len(rows), text)) for text in texts]


class Connection(asyncio.Protocol):
    """One keep-alive connection; its client sends one request at a time."""

    def __init__(self, server: StandIn) -> None:
        self.server = server
        self.parts: list[bytes] = []
        self.missing = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self.parts.append(data)
        self.missing -= len(data)
        if self.missing > 0:
            return
        head, separator, body = b"".join(self.parts).partition(b"\r\n\r\n")
        if not separator:
            self.missing = 0
            return
        self.missing = _length(head) - len(body)
        if self.missing <= 0:
            self.parts, self.missing = [], 0
            self._respond(head, body)

    def _respond(self, head: bytes, body: bytes) -> None:
        method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        answer = self.server.answer(method, target, body)
        if self.server.spec.latency:
            asyncio.get_running_loop().call_later(self.server.spec.latency, self.transport.write, answer)
        else:
            self.transport.write(answer)


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


async def _serve(spec: Spec) -> None:
    loop = asyncio.get_running_loop()
    server = StandIn(spec)
    listening = await loop.create_server(lambda: Connection(server), "127.0.0.1", 0)
    host, port = listening.sockets[0].getsockname()
    print(f"http://{host}:{port}/rest-api", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    listening.close()


if __name__ == "__main__":
    asyncio.run(_serve(Spec.loaded(sys.argv[1])))
