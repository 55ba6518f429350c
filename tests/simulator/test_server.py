"""The HTTP server: connections that stay, connections that do not, and requests that clients rarely send."""

import http.client
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from provisioner.simulator.process import Simulator


@pytest.fixture
def line(simulator: Simulator) -> Iterator[socket.socket]:
    """A bare connection."""
    parts = urlsplit(simulator.endpoint)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as line:
        yield line


def answer_to(line: socket.socket, request: str, body: bytes = b"") -> bytes:
    line.sendall(request.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
    return line.recv(65536)


def test_a_connection_carries_one_request_after_another(simulator: Simulator) -> None:
    connection = http.client.HTTPConnection(urlsplit(simulator.endpoint).netloc, timeout=10)
    connection.connect()
    first = connection.sock
    for _ in range(3):
        connection.request("POST", "/rest-api/get-token/", b"{}", {"Content-Type": "application/json"})
        assert connection.getresponse().read()
    assert connection.sock is first
    connection.close()


def test_the_unread_body_of_a_refused_request_does_not_become_the_next_request(simulator: Simulator) -> None:
    connection = http.client.HTTPConnection(urlsplit(simulator.endpoint).netloc, timeout=10)
    for _ in range(2):
        connection.request("POST", "/rest-api/nowhere/", b"GET / HTTP/1.1\r\n\r\n")
        response = connection.getresponse()
        assert (response.status, bool(response.read())) == (404, True)
    connection.close()


def test_a_client_that_waits_for_a_100_gets_it(line: socket.socket) -> None:
    head = "POST /rest-api/get-token/ HTTP/1.1\nHost: x\nContent-Type: application/json\nContent-Length: 2"
    assert answer_to(line, f"{head}\nExpect: 100-continue").startswith(b"HTTP/1.1 100 ")
    line.sendall(b"{}")
    assert line.recv(65536).startswith(b"HTTP/1.1 400 ")


def test_head_has_headers_only(line: socket.socket) -> None:
    answer = answer_to(line, "HEAD /rest-api/phonebook/ HTTP/1.1\nHost: x")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 401 ")
    assert body == b""


def test_http_1_0_closes_after_the_answer(line: socket.socket) -> None:
    assert b"401" in answer_to(line, "GET /rest-api/phonebook/ HTTP/1.0")
    assert line.recv(1) == b""


def test_a_chunked_body_is_refused(line: socket.socket) -> None:
    answer = answer_to(line, "POST /rest-api/phonebook/ HTTP/1.1\nHost: x\nTransfer-Encoding: chunked", b"0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 411 ")


def test_percent_encoded_and_vietnamese_paths_and_queries_arrive(simulator: Simulator, line: socket.socket) -> None:
    answer_to(line, "GET /rest-api/t%E1%BA%BFt/?search=T%E1%BA%BFt HTTP/1.1\nHost: x")
    request = simulator.requests()[0]
    assert (request["path"], request["query"], request["status"]) == ("/rest-api/tết/", "search=T%E1%BA%BFt", 404)
