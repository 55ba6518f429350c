"""What goes wrong before the first write: a clear message with its place, the right exit code, nothing written."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from provisioner.simulator.process import Simulator
from tests.factories import HELLO, NOW, alice, campaign, flow, phonebook
from tests.operator import Operator, Said

PROJECT = alice("bad-input")
PROMO = flow("surveys", "promo", name="Promo", sections=f"[{HELLO}]")
CAMPAIGN = PROMO + phonebook() + campaign(startingdate="2027-01-20T08:00:00+07:00")


@pytest.fixture
def operator(simulator: Simulator, tmp_path: Path) -> Operator:
    simulator.reset(now=NOW)
    operator = Operator(tmp_path, simulator, now=NOW)
    operator.write("alice.yaml", PROJECT.format(endpoint=simulator.endpoint))
    operator.write("main.yaml", CAMPAIGN)
    return operator


def _refused(operator: Operator, *arguments: str, code: int = 1) -> Said:
    """The command fails as it should: plain words, no traceback, no write."""
    operator.simulator.clear_requests()
    said = operator.run(*(arguments or ("apply", "--auto-approve", "--allow-calls")))
    assert said.code == code, said.err
    assert "Traceback" not in said.err
    assert operator.simulator.writes() == []
    return said


def _edit(operator: Operator, before: str, after: str) -> None:
    assert before in CAMPAIGN
    operator.write("main.yaml", CAMPAIGN.replace(before, after))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param("name: Tet\n", "name: [unclosed\n", "main.yaml:", id="unreadable YAML"),
        pytest.param("survey: promo", "survey: promos", "main.yaml:8:13: error: survey:", id="a reference to nothing"),
        pytest.param("survey: promo", "survey: vip", "main.yaml:8:13: error: survey:", id="the wrong kind"),
        pytest.param("17:00\n", "07:00\n", "main.yaml:15:22: error: daily_stop_time:", id="stop before start"),
        pytest.param("2027-01-30T", "2027-01-10T", "main.yaml:13:21: error: expirationdate:", id="expiry before start"),
        pytest.param("frequency: 10", "frequency: 0", "main.yaml:11:16: error: frequency:", id="frequency 0"),
        pytest.param("frequency: 10", "frequenzy: 10", "main.yaml:11:5: error:", id="an unknown field"),
        pytest.param(
            "script: Hello there}", "script: Hello there}, {key: hi, type: rating, question: B}", "hi", id="a key twice"
        ),
        pytest.param("{name: VIP}", "{name: VIP, contacts: none.csv}", "main.yaml:4:", id="a missing CSV"),
    ],
)
def test_a_wrong_manifest_is_refused_with_its_place(operator: Operator, before: str, after: str, expected: str) -> None:
    _edit(operator, before, after)
    said = _refused(operator)
    assert expected in said.err, said.err
    assert operator.simulator.requests() == []


def test_a_gateway_that_does_not_exist_is_named_with_those_that_do(operator: Operator) -> None:
    _edit(operator, "AliceDevGateway", "NoSuchGateway")
    said = _refused(operator)
    assert "main.yaml:10:14: error: gateway: no gateway is named 'NoSuchGateway'" in said.err
    assert "AliceBackupGateway" in said.err


def test_a_wrong_password_is_said_so_and_not_repeated(operator: Operator) -> None:
    operator.environ = {"ALICE_PASSWORD": "not-the-password"}
    said = _refused(operator)
    assert "password" in said.err
    assert "not-the-password" not in said.err


def test_no_network_is_said_so(operator: Operator) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        operator.environ = {"ALICE_ENDPOINT": f"http://127.0.0.1:{nobody.getsockname()[1]}/rest-api"}
        said = _refused(operator)
    assert "nothing answers at this address" in said.err
    assert f"`curl -I {operator.environ['ALICE_ENDPOINT']}/`" in said.err


@pytest.fixture
def web_page() -> Iterator[str]:
    """A server that answers everything with an HTML page and 200."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b"<html><title>Welcome</title></html>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/rest-api"
    server.shutdown()
    server.server_close()


def test_a_web_page_where_json_was_expected_is_said_so(operator: Operator, web_page: str) -> None:
    operator.environ = {"ALICE_ENDPOINT": web_page}
    assert "expected JSON and got text/html" in _refused(operator).err


def test_a_list_that_never_gets_consistent_is_an_error(operator: Operator) -> None:
    operator.simulator.variants(count="inflated")
    said = _refused(operator, "plan")
    assert "the pages do not agree with each other" in said.err


def test_calls_without_leave_are_refused_by_apply_and_listed_by_plan(operator: Operator) -> None:
    _edit(operator, "daily_stop_time: 17:00\n", "daily_stop_time: 17:00\n    status: started\n")
    said = _refused(operator, "apply", "--auto-approve", code=3)
    assert "--allow-calls" in said.err
    assert "--allow-calls" in operator.succeed("plan").out


def test_nobody_approved_is_a_refusal(operator: Operator) -> None:
    assert "--auto-approve" in _refused(operator, "apply", code=3).err
