"""The clock and the colours: what the environment may change, and where."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from provisioner.cli.invocation import GlobalOptions
from provisioner.cli.output import coloured
from provisioner.errors import UsageError
from provisioner.runtime import is_loopback

LOCAL = "http://127.0.0.1:8765/rest-api"
REAL = "https://alice.antbuddy.com/rest-api"
THEN = datetime(2027, 1, 20, 1, tzinfo=UTC)


def test_without_alice_now_it_is_now() -> None:
    assert abs(GlobalOptions().now(REAL) - datetime.now(UTC)).total_seconds() < 5
    assert GlobalOptions(clock=lambda: THEN).now(REAL) == THEN


@pytest.mark.parametrize("text", ["2027-01-20T08:00:00+07:00", "2027-01-20T01:00:00Z", "2027-01-20T01:00:00"])
def test_alice_now_sets_the_clock_for_a_server_on_this_machine(text: str) -> None:
    assert GlobalOptions(environ={"ALICE_NOW": text}).now(LOCAL) == THEN


def test_alice_now_is_refused_for_a_real_server() -> None:
    with pytest.raises(UsageError, match="ALICE_NOW is for tests"):
        GlobalOptions(environ={"ALICE_NOW": "2027-01-20T08:00:00Z"}).now(REAL)


def test_alice_now_must_be_a_datetime() -> None:
    with pytest.raises(UsageError, match="not a datetime"):
        GlobalOptions(environ={"ALICE_NOW": "soon"}).now(LOCAL)


@pytest.mark.parametrize(
    ("endpoint", "local"),
    [
        ("http://localhost:1/rest-api", True),
        ("http://127.8.9.1", True),
        ("http://[::1]:80/", True),
        ("http://127.0.0.1.example.com/", False),
        ("http://localhost.example.com/", False),
        ("http://10.0.0.1/", False),
        (REAL, False),
    ],
)
def test_this_machine_is_recognised_by_its_address(endpoint: str, local: bool) -> None:
    assert is_loopback(endpoint) is local


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colour_is_for_terminals_that_want_it() -> None:
    assert coloured(Terminal(), {})
    assert coloured(Terminal(), {"NO_COLOR": ""})
    assert not coloured(Terminal(), {"NO_COLOR": "1"})
    assert not coloured(Terminal(), {"TERM": "dumb"})
    assert not coloured(io.StringIO(), {})


def test_the_environment_is_not_shown_with_the_context() -> None:
    assert "secret" not in repr(GlobalOptions(environ={"ALICE_PASSWORD": "secret"}))
