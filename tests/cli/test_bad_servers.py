"""Wrong password, no network, a web page instead of JSON, a list that never agrees: words, exit 1, no traceback."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from provisioner.simulator.process import Simulator

from .conftest import Alice, write_project

PASSWORD = "a-wrong-Passw0rd"

READING = pytest.mark.parametrize(
    "arguments",
    [["get", "campaigns"], ["status"], ["doctor"], ["stop", "--all"], ["stop", "1243", "tet"]],
    ids=" ".join,
)


class WebPage(BaseHTTPRequestHandler):
    """A captive portal: a page for everything, the login included."""

    def answer(self) -> None:
        body = b"<html><head><title>Welcome to the hotel</title></head><body>0934890883</body></html>"
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_OPTIONS = answer

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def web_page() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), WebPage) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
        yield f"http://127.0.0.1:{server.server_port}/rest-api"
        server.shutdown()


def assert_explained(alice: Alice, arguments: list[str], *words: str) -> None:
    ran = alice(*arguments)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("error: ")
    assert all(word in ran.err for word in words), ran.err
    assert PASSWORD not in ran.err
    assert "0934890883" not in ran.err


@READING
def test_a_wrong_password(
    alice: Alice, simulator: Simulator, project: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setenv("ALICE_PASSWORD", PASSWORD)
    assert_explained(alice, arguments, "ALICE_PASSWORD")
    assert simulator.writes() == []


@READING
def test_no_credentials(alice: Alice, project: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    monkeypatch.delenv("ALICE_USERNAME")
    monkeypatch.delenv("ALICE_PASSWORD")
    assert_explained(alice, arguments, "ALICE_USERNAME", "ALICE_TOKEN")


@READING
def test_no_network(alice: Alice, project: Path, arguments: list[str]) -> None:
    write_project(project, "http://127.0.0.1:9/rest-api")
    assert_explained(alice, arguments)


@READING
def test_a_web_page_instead_of_json(alice: Alice, project: Path, web_page: str, arguments: list[str]) -> None:
    write_project(project, web_page)
    assert_explained(alice, arguments, "Welcome to the hotel")


def test_a_web_page_instead_of_a_list(
    alice: Alice, project: Path, web_page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_project(project, web_page)
    monkeypatch.setenv("ALICE_TOKEN", "abc")
    assert_explained(alice, ["get", "campaigns"], "campaigns/", "expected JSON", "Welcome to the hotel")


def test_a_list_that_never_gets_consistent(alice: Alice, simulator: Simulator, project: Path) -> None:
    simulator.variants(count="inflated")
    assert_explained(alice, ["get", "gateways"], "gateway/")


def test_an_endpoint_with_a_password_in_it_is_refused_and_not_shown(
    alice: Alice, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALICE_ENDPOINT", f"https://demo:{PASSWORD}@alice.example.com/rest-api")
    ran = alice("get", "campaigns")
    assert (ran.code, ran.out) == (1, "")
    assert PASSWORD not in ran.err
