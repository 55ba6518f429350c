"""Every command ends at a signal, whatever it waits for: a throttling server, one that fails, one that never answers.

A second is promised; the tests allow for a busy machine, and what they wait for would last a minute and more.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from provisioner.simulator.process import Simulator
from tests.operator import unlogged

from ..api.scripted import NOT_FOUND_PAGE, Reply, ScriptedServer, Seen, paged
from .conftest import write_project
from .processes import ended, start, wait_until_it_hears

PATIENCE = 8.0
COMMANDS = (
    *("plan", "drift", "check", "apply --auto-approve", "get campaigns", "get contacts --output csv", "status"),
    *("doctor", "export ../elsewhere", "stop --all", "stop tet", "state adopt survey.welcome 5"),
)
SITUATIONS = {
    "throttled": Reply(429, {"detail": "Request was throttled."}, {"Retry-After": "3600"}),
    "failing": Reply(503, "<html>", {}),
    "silent": None,
    "trickling": None,
}
EVERYWHERE = ("throttled", "silent")


@pytest.fixture
def never() -> Iterator[threading.Event]:
    """Set when the test is over, so that no thread of a server stays."""
    event = threading.Event()
    yield event
    event.set()


Begin = Callable[[Callable[[Seen], Reply]], ScriptedServer]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Begin]:
    servers: list[ScriptedServer] = []

    def begin(script: Callable[[Seen], Reply]) -> ScriptedServer:
        servers.append(ScriptedServer(script))
        write_project(tmp_path, servers[-1].endpoint)
        return servers[-1]

    yield begin
    for server in servers:
        server.close()


def signalled(directory: Path, command: str, server: ScriptedServer, number: int, wait: float) -> tuple[int, str]:
    """Begun, signalled once the server is asked and `wait` seconds have passed; the code and what was said."""
    process = start(directory, *command.split())
    try:
        deadline = time.monotonic() + 60
        while not server.asked:
            assert process.poll() is None and time.monotonic() < deadline, ended(process)
            time.sleep(0.02)
        time.sleep(wait)
        process.send_signal(number)
        began = time.monotonic()
        process.wait(60)
        assert time.monotonic() - began < PATIENCE
    finally:
        code, _, err = ended(process)
    return code, err


@pytest.mark.parametrize(
    ("command", "situation"),
    [(command, situation) for command in COMMANDS for situation in SITUATIONS if situation in EVERYWHERE]
    + [(command, situation) for command in COMMANDS[:2] for situation in SITUATIONS if situation not in EVERYWHERE],
)
def test_a_signal_ends_every_command(
    tmp_path: Path, serve: Begin, never: threading.Event, command: str, situation: str
) -> None:
    def script(seen: Seen) -> Reply:
        if situation == "silent":
            never.wait(60)
        if situation == "trickling":  # the head comes, and the body never does
            return Reply(200, {"results": [], "count": 0}, {"Content-Length": "1000000"})
        return SITUATIONS[situation] or NOT_FOUND_PAGE

    server = serve(script)
    number = signal.SIGINT if COMMANDS.index(command) % 2 else signal.SIGTERM
    code, err = signalled(tmp_path, command, server, number, 0.3)
    assert code == 128 + number, err
    told = ["the server throttles: pausing 120 s"] if situation == "throttled" else []
    assert [line.partition(" ")[2] for line in err.splitlines() if " the server throttles" in line] == told, err
    assert err.splitlines()[-1] == "interrupted", err
    assert "Traceback" not in err


def a_write_in_flight(never: threading.Event) -> Callable[[Seen], Reply]:
    """Lists are empty, and a create is never answered."""

    def script(seen: Seen) -> Reply:
        if seen.method == "POST":
            never.wait(60)
        return paged([])(seen)

    return script


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_write_that_is_never_answered_stays_in_the_journal(
    tmp_path: Path, serve: Begin, never: threading.Event, number: signal.Signals
) -> None:
    server = serve(a_write_in_flight(never))
    (tmp_path / "tet.yaml").write_text("surveys: {hello: {name: Hello}}\n", encoding="utf-8")
    process = start(tmp_path, "apply", "--auto-approve")
    try:
        deadline = time.monotonic() + 60
        while not any(seen.method == "POST" for seen in server.asked):
            assert process.poll() is None and time.monotonic() < deadline, ended(process)
            time.sleep(0.02)
        process.send_signal(number)
        began = time.monotonic()
        process.wait(60)
        assert time.monotonic() - began < PATIENCE
    finally:
        code, _, err = ended(process)
    assert code == 128 + number, err
    assert unlogged(err) == (
        "interrupting: what is in flight is finished first\n"
        "error: interrupted; what was done is recorded, run it again to finish\n"
    )
    _, listed, _ = ended(start(tmp_path, "state", "list"))
    assert "in flight" in listed
    assert ended(start(tmp_path, "state", "unlock"))[1] == "The state is not locked.\n"


def test_who_asks_for_it_with_nohup_is_not_ended_by_a_terminal_that_is_gone(
    tmp_path: Path, serve: Begin, never: threading.Event
) -> None:
    server = serve(a_write_in_flight(never))
    (tmp_path / "tet.yaml").write_text("surveys: {hello: {name: Hello}}\n", encoding="utf-8")
    process = start(tmp_path, "apply", "--auto-approve", nohup=True)
    try:
        wait_until_it_hears(process, signal.SIGTERM)
        process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 60
        while not any(seen.method == "POST" for seen in server.asked):
            assert process.poll() is None and time.monotonic() < deadline, ended(process)
            time.sleep(0.02)
        process.terminate()
    finally:
        code, _, _ = ended(process)
    assert code == 143


def test_a_signal_is_heard_while_a_large_project_is_validated(tmp_path: Path, simulator: Simulator) -> None:
    write_project(tmp_path, simulator.endpoint)
    rows = "".join(f'  s{n}: {{name: "Survey {n}", sections: [{{key: a, type: hang_up}}]}}\n' for n in range(40_000))
    (tmp_path / "many.yaml").write_text(f"surveys:\n{rows}", encoding="utf-8")
    process = start(tmp_path, "validate")
    wait_until_it_hears(process, signal.SIGTERM)
    time.sleep(1.0)
    assert process.poll() is None
    process.terminate()
    began = time.monotonic()
    code, _, err = ended(process)
    assert (code, err) == (143, "interrupted\n")
    assert time.monotonic() - began < PATIENCE


def test_a_signal_is_heard_while_rows_are_compared(tmp_path: Path, serve: Begin) -> None:
    """In the row database, which hears no signal."""
    serve(paged([]))
    with (tmp_path / "many.csv").open("w", encoding="utf-8") as rows:
        rows.write("contact,first_name\n")
        rows.writelines(f"09{number:08d},Lan {number}\n" for number in range(30_000_000, 31_500_000))
    (tmp_path / "tet.yaml").write_text("phonebooks: {vip: {name: VIP, contacts: many.csv}}\n", encoding="utf-8")
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    process = start(tmp_path, "plan", environ={"TMPDIR": str(temporary)})
    deadline = time.monotonic() + 60
    while not [*temporary.glob("*/rows.duckdb")]:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(1.0)
    process.terminate()
    began = time.monotonic()
    code, _, err = ended(process)
    assert (code, err) == (143, "interrupted\n")
    assert time.monotonic() - began < PATIENCE
    assert [*temporary.iterdir()] == []  # no row is left behind


def test_an_address_that_does_not_answer_is_not_waited_for(tmp_path: Path) -> None:
    """The system connects for as long as it likes, in a call that hears no signal."""
    write_project(tmp_path, "https://192.0.2.1:9/rest-api")
    process = start(tmp_path, "plan")
    wait_until_it_hears(process, signal.SIGTERM)
    time.sleep(1.5)
    if process.poll() is not None:
        ended(process)
        pytest.skip("this network says at once that nobody is there")
    process.terminate()
    began = time.monotonic()
    code, _, err = ended(process)
    if "nothing answers" in err:
        pytest.skip("this network says within seconds that nobody is there")
    assert (code, err) == (143, "interrupted\n")
    assert time.monotonic() - began < PATIENCE
