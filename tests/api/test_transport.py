"""What goes over the wire and what does not: headers, proxies, redirects, cookies, TLS; the log; the counters."""

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from provisioner import __version__
from provisioner.api import Requests
from provisioner.errors import ApiError, Unreachable

from .conftest import TOKEN, MakeClient, Serve
from .scripted import NOT_FOUND_PAGE, Reply, numbered, paged
from .test_responses import VERBS

OK = Reply(200, {"id": 5})


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_headers_ask_for_english_json_and_say_who_asks(serve: Serve, client_of: MakeClient) -> None:
    server = serve(OK)
    client_of(server).create("phonebook", {"name": "Chào"})
    headers = server.asked[0].headers
    assert headers["Accept"] == "application/json"
    assert headers["Accept-Language"] == "en"
    assert headers["User-Agent"] == f"alice-apply/{__version__}"
    assert headers["Content-Type"] == "application/json"
    assert server.asked[0].body == {"name": "Chào"}


def test_a_compressed_answer_is_read(serve: Serve, client_of: MakeClient) -> None:
    server = serve(Reply(200, gzip.compress(b'{"id": 5}'), {"Content-Encoding": "gzip"}))
    assert client_of(server).get("phonebook", 5) == {"id": 5}


def test_an_endpoint_without_rest_api_is_the_same_server(serve: Serve, client_of: MakeClient) -> None:
    server = serve(OK)
    client = client_of(server.host)
    client.get("phonebook", 5)
    assert server.asked[0].path == "/rest-api/phonebook/5/"
    assert client.shown == f"{server.host}/rest-api/"


def test_cookies_are_never_sent_back(serve: Serve, client_of: MakeClient) -> None:
    server = serve(Reply(200, {"id": 5}, {"Set-Cookie": "sessionid=1; Path=/"}))
    client = client_of(server)
    client.get("phonebook", 5)
    client.get("phonebook", 5)
    assert all("Cookie" not in seen.headers for seen in server.seen)


def test_a_netrc_does_not_replace_the_token(
    serve: Serve, client_of: MakeClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("default login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    server = serve(OK)
    client_of(server, TOKEN).get("phonebook", 5)
    assert server.asked[0].headers["Authorization"] == "Bearer given"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_read_follows_a_redirect_on_the_same_server(serve: Serve, client_of: MakeClient, status: int) -> None:
    server = serve([Reply(status, headers={"Location": "/rest-api/phonebook/6/"}), Reply(200, {"id": 6})])
    assert client_of(server).get("phonebook", 5) == {"id": 6}
    assert [seen.token for seen in server.asked] == ["t1", "t1"]


def test_a_read_is_not_redirected_to_another_server(serve: Serve, client_of: MakeClient) -> None:
    other = serve(OK)
    server = serve(Reply(302, headers={"Location": f"{other.endpoint}/phonebook/5/"}))
    with pytest.raises(ApiError, match=r"redirects to http://127.0.0.1. Put the address that answers itself"):
        client_of(server).get("phonebook", 5)
    assert other.seen == []


def test_a_circle_of_redirects_ends(serve: Serve, client_of: MakeClient) -> None:
    server = serve(Reply(302, headers={"Location": "/rest-api/phonebook/5/"}))
    with pytest.raises(ApiError, match="redirects to another address"):
        client_of(server).get("phonebook", 5)
    assert len(server.asked) == 6


@pytest.mark.parametrize("verb", VERBS)
def test_a_refused_connection_says_that_nothing_answers(client_of: MakeClient, verb: str) -> None:
    with pytest.raises(Unreachable, match="nothing answers at this address: check `endpoint`"):
        VERBS[verb](client_of(f"http://127.0.0.1:{free_port()}", TOKEN))


@pytest.mark.parametrize("verb", ["get", "create"])
def test_an_unknown_host_says_so(client_of: MakeClient, verb: str) -> None:
    with pytest.raises(Unreachable, match="the host name is not known"):
        VERBS[verb](client_of("http://no-such-host.invalid", TOKEN))


@pytest.mark.parametrize("verb", ["get", "create"])
def test_a_server_that_restarts_is_waited_for(serve: Serve, client_of: MakeClient, verb: str) -> None:
    """No connection means that nothing was sent, so even a write may be tried again."""
    stopping = serve(Reply(200, {"id": 5}, {"Connection": "close"}))
    client = client_of(stopping, TOKEN, backoff=0.2)
    client.get("phonebook", 5)
    stopping.close()
    restart = threading.Timer(0.3, lambda: serve(Reply(200, {"id": 6}), port=stopping.port))
    restart.start()
    assert VERBS[verb](client) == {"id": 6}
    restart.join()


@contextmanager
def _tls_answers(answer: bytes) -> Iterator[int]:
    """A port that answers whatever comes with the same bytes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)

        def serve_once() -> None:
            try:
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(answer)
            except OSError:
                pass

        thread = threading.Thread(target=serve_once)
        thread.start()
        yield int(listener.getsockname()[1])
        thread.join()


@pytest.mark.parametrize("verb", ["get", "create"])
def test_a_server_without_tls_says_that_http_may_be_meant(client_of: MakeClient, verb: str) -> None:
    with (
        _tls_answers(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port,
        pytest.raises(Unreachable, match="http:// instead of https://"),
    ):
        VERBS[verb](client_of(f"https://127.0.0.1:{port}", TOKEN))


def test_a_missing_ca_bundle_is_named_and_nothing_was_sent(
    client_of: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
    with pytest.raises(Unreachable, match="REQUESTS_CA_BUNDLE cannot be read"):
        client_of("https://127.0.0.1:1", TOKEN).create("phonebook", {})


def test_the_environments_proxy_is_used(serve: Serve, client_of: MakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = serve(OK)
    monkeypatch.setenv("HTTP_PROXY", proxy.host)
    client = client_of("http://alice.test/rest-api")
    monkeypatch.delenv("HTTP_PROXY")
    client.get("phonebook", 5)
    assert [seen.target for seen in proxy.seen][-1] == "http://alice.test/rest-api/phonebook/5/"


def test_no_proxy_is_respected(serve: Serve, client_of: MakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy, server = serve(OK), serve(OK)
    monkeypatch.setenv("HTTP_PROXY", proxy.host)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    client_of(server).get("phonebook", 5)
    assert proxy.seen == []


def test_a_proxy_that_gives_no_connection_is_named(
    serve: Serve, client_of: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = serve(Reply(403, "no"))
    monkeypatch.setenv("HTTPS_PROXY", proxy.host)
    with pytest.raises(Unreachable, match="the proxy gave no connection"):
        client_of("https://alice.test", TOKEN).create("phonebook", {})


def test_one_connection_serves_many_requests(serve: Serve, client_of: MakeClient) -> None:
    server = serve(OK)
    client = client_of(server, TOKEN, parallelism=1)
    began = time.monotonic()
    for number in range(100):
        client.get("phonebook", number)
    assert len(server.asked) == 100
    assert time.monotonic() - began < 5


def test_an_idle_connection_that_the_server_closed_is_replaced(serve: Serve, client_of: MakeClient) -> None:
    server = serve(Reply(201, {"id": 5}, {"Connection": "close"}))
    client = client_of(server, TOKEN)
    for _ in range(5):
        assert client.create("phonebook", {}) == {"id": 5}


def test_the_log_has_one_line_per_request_without_personal_data(serve: Serve, client_of: MakeClient) -> None:
    lines: list[str] = []
    server = serve(paged(numbered(12), honour=False))
    client = client_of(server, log=lines.append)
    client.list("contact", {"search": "0934890883", "contact": "Linh"})
    client.create("contact", {"contact": "0934890883"})
    assert [line.split()[:3] for line in lines] == [
        ["POST", "get-token/", "200"],
        ["GET", "contact/?page_size=1000&search=***&contact=***", "200"],
        ["GET", "contact/?search=***&contact=***&page=2", "200"],
        ["POST", "contact/", "200"],
    ]
    assert all(line.split()[4] == "ms" and line.split()[6] == "bytes" for line in lines)
    assert not any(secret in "".join(lines) for secret in ("0934890883", "Linh", "t1", "secret", "demo"))


def test_the_log_tells_of_requests_without_an_answer(serve: Serve, client_of: MakeClient) -> None:
    lines: list[str] = []
    server = serve([Reply(drop=True), OK])
    client_of(server, TOKEN, log=lines.append).get("phonebook", 5)
    assert [line.split()[2] for line in lines] == ["dropped", "200"]


def test_requests_are_counted(serve: Serve, client_of: MakeClient) -> None:
    server = serve([Reply(503), Reply(429), OK])
    client = client_of(server)
    assert client.requests == Requests(reads=0, writes=0)
    client.get("phonebook", 5)
    client.create("phonebook", {})
    client.options("phonebook")
    assert (client.requests, client.logins) == (Requests(reads=4, writes=1), 1)


def test_nothing_of_a_request_is_in_its_repr(serve: Serve, client_of: MakeClient) -> None:
    server = serve(NOT_FOUND_PAGE)
    with pytest.raises(ApiError) as caught:
        client_of(server).list("contact", {"search": "0934890883"})
    assert "0934890883" not in str(caught.value)
    assert caught.value.path == "contact/"
