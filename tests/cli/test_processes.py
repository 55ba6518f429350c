"""What only a process of its own shows: start-up, closed pipes, signals."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from provisioner.cli.planfile import PlanKey, save_plan
from provisioner.plan.secrets import Key

from ..reports.samples import EVERYTHING, NOTHING
from .conftest import write_project
from .processes import MAIN

KEY = PlanKey(Key(b"a key of sixteen"), "state")
HEAVY = {"requests", "duckdb", "sqlalchemy", "rich", "deepdiff", "jsonschema", "django", "orjson"}


def alice(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", MAIN, *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=60, check=False)


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["plan", "--help"], ["validate"]], ids=" ".join)
def test_starting_loads_nothing_heavy(tmp_path: Path, arguments: list[str]) -> None:
    write_project(tmp_path, "http://127.0.0.1:9/rest-api")
    code = (
        f"import sys; from provisioner.cli import run; run({arguments}); print(*sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, timeout=60, check=True
    )
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert loaded & HEAVY <= {"orjson"}


def test_a_reader_that_has_seen_enough_is_told_in_one_line(tmp_path: Path) -> None:
    """It was silence and 0 once, which told a lost report of an apply from a delivered one to nobody."""
    save_plan(tmp_path / "p", EVERYTHING, {}, KEY, {})
    reading, writing = os.pipe()
    os.close(reading)
    with subprocess.Popen(
        [sys.executable, "-c", MAIN, "show", str(tmp_path / "p")], stdout=writing, stderr=subprocess.PIPE, text=True
    ) as process:
        os.close(writing)
        _, err = process.communicate(timeout=60)
    note, told = err.splitlines()
    assert "not verified" in note
    assert (process.returncode, told) == (1, "error: cannot write to stdout: Broken pipe [output-closed]")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_it_without_a_traceback(tmp_path: Path, number: signal.Signals, code: int) -> None:
    """Signalled while it waits for an answer that never comes."""
    credentials = {"ALICE_USERNAME": "demo", "ALICE_PASSWORD": "demo"}
    with socket.create_server(("127.0.0.1", 0)) as silent:
        write_project(tmp_path, f"http://127.0.0.1:{silent.getsockname()[1]}/rest-api")
        silent.settimeout(60)
        with subprocess.Popen(
            [sys.executable, "-c", MAIN, "-C", str(tmp_path), "get", "campaigns"],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **credentials},
        ) as process:
            asked, _ = silent.accept()
            with asked:
                process.send_signal(number)
                _, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert "Traceback" not in err


def test_nothing_is_coloured_in_a_pipe(tmp_path: Path) -> None:
    save_plan(tmp_path / "p", NOTHING, {}, KEY, {})
    assert "\x1b" not in alice("show", str(tmp_path / "p")).stdout


def test_the_simulator_says_where_it_is_and_stops_at_a_signal(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", MAIN, "simulator", "--port", "0"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        url, login = process.stdout.readline(), process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) in (0, 130)
    assert url.startswith("http://127.0.0.1:")
    assert "ALICE_USERNAME=demo ALICE_PASSWORD=demo" in login


def test_a_port_that_is_taken_is_an_error(tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = alice("simulator", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert done.stderr.startswith("error: cannot serve on port")
