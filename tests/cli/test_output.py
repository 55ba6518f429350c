"""Output that cannot be written as it is, or not at all: escaped, gone on without, or one line and the right code."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from provisioner.cli import output, run
from provisioner.simulator.process import Simulator
from tests.operator import unlogged

from .conftest import Alice
from .processes import ended, ran, start, through_shell

NAME = "Chào mừng 😀"
MANIFEST = f'surveys:\n  hi: {{name: "{NAME}", sections: [{{key: a, type: hang_up, question: "Tạm biệt"}}]}}\n'
FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here")

COMMANDS = (
    *("validate", "plan", "plan --output full", "plan --output markdown", "apply --auto-approve", "check", "drift"),
    *("status", "get surveys", "get surveys --output csv", "get sections", "state list", "state show survey.hi"),
    *("graph", "doctor", "show p.plan", "--help", "plan --help", "get surveys 99", "stop Chào", "completion bash"),
)
JSON = (
    *("plan --output json", "plan --output sarif", "plan --output gitlab", "show p.plan --output json"),
    *("get surveys --output json", "state list --output json", "status --output json", "doctor --output json"),
    "schema campaign",
)
ENCODINGS = ("cp1252", "ascii")


@pytest.fixture
def voice(project: Path) -> Path:
    """A project whose names no code page holds."""
    (project / "tet.yaml").write_text(MANIFEST, encoding="utf-8")
    return project


def printed(monkeypatch: pytest.MonkeyPatch, encoding: str, command: str) -> tuple[int, bytes, bytes]:
    """As a process would whose streams have this encoding, and know no way out."""
    out, err = io.BytesIO(), io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(out, encoding=encoding, errors="strict", newline=""))
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(err, encoding=encoding, errors="strict", newline=""))
    output.prepare()
    code = run(command.split())
    sys.stdout.flush()
    sys.stderr.flush()
    return code, out.getvalue(), err.getvalue()


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_a_stream_cannot_encode_is_escaped_by_every_command(
    voice: Path, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["plan", "--out", "p.plan"]) == 0
    for command in COMMANDS:
        code, out, err = printed(monkeypatch, encoding, command)
        assert code == (1 if "99" in command or "Chào" in command else 0), (command, err)
        if command == "get surveys":
            assert b"m\\u1eebng \\U0001f600" in out, (command, out)
        out.decode(encoding), err.decode(encoding)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_json_stays_json_in_every_encoding(voice: Path, encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(["apply", "--auto-approve"]) == 0
    assert run(["plan", "--out", "p.plan"]) == 0
    for command in JSON:
        code, out, err = printed(monkeypatch, encoding, command)
        assert code == 0, (command, err)
        for way in (encoding, "utf-8"):
            read = json.loads(out.decode(way))
            assert NAME in str(read) or "surveys" not in command, (command, out)


def test_a_page_says_the_same_in_every_encoding(voice: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, _ = printed(monkeypatch, "cp1252", "plan --output html")
    assert (code, out.isascii()) == (0, True)
    assert b"m&#7915;ng &#128512;" in out


@pytest.mark.parametrize(
    "environ",
    [
        {"PYTHONIOENCODING": "cp1252"},
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    ],
    ids=lambda environ: next(iter(environ)),
)
def test_an_apply_in_a_process_of_its_own(voice: Path, simulator: Simulator, environ: dict[str, str]) -> None:
    code, out, err = ran(voice, "apply", "--auto-approve", environ=environ)
    assert (code, unlogged(err)) == (0, "")
    assert "m\\u1eebng" in out
    assert simulator.writes()


# Streams that are closed before the start: go on without them.


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_gone_on_without(voice: Path, simulator: Simulator, closed: str) -> None:
    code, out, err = through_shell(voice, f"$ALICE apply --auto-approve {closed}")
    assert (code, unlogged(err)) == (0, "")
    assert ("1 done" in out or "2 done" in out) == (">&-" not in closed.replace("2>&-", ""))
    assert simulator.writes()
    assert run(["plan", "--detailed-exitcode"]) == 0  # the state took no harm


def test_help_and_an_error_go_on_without_streams(voice: Path) -> None:
    assert through_shell(voice, "$ALICE --help >&-") == (0, "", "")
    assert through_shell(voice, "$ALICE plan --target survey.nothing 2>&-") == (1, "", "")


def test_a_question_that_nobody_can_answer_is_refused(voice: Path) -> None:
    code, _, err = through_shell(voice, "$ALICE apply <&-")
    assert code == 3
    assert "not approved" in err


# A stdout that takes no more.


@needs_full
@pytest.mark.parametrize("command", ["plan", "get gateways", "--help"])
def test_a_full_disk_under_stdout_is_one_line_and_exit_1(voice: Path, command: str) -> None:
    with FULL.open("wb") as full:
        code, _, err = ran(voice, *command.split(), stdout=full)
    assert code == 1
    assert err.startswith("error: ") and err.count("\n") == 1
    assert "No space left on device" in err


@needs_full
def test_a_full_disk_under_stdout_keeps_an_apply_from_writing(voice: Path, simulator: Simulator) -> None:
    """The plan is told before the first write; whoever would read it is to have it."""
    with FULL.open("wb") as full:
        code, _, err = ran(voice, "apply", "--auto-approve", stdout=full)
    assert (code, err) == (1, "error: cannot write to stdout: No space left on device [output-closed]\n")
    assert simulator.writes() == []


@needs_full
def test_a_full_disk_under_the_report_of_an_apply_that_wrote_is_exit_4(voice: Path, simulator: Simulator) -> None:
    with FULL.open("wb") as full:
        code, _, err = ran(voice, "apply", "--auto-approve", "--output", "json", stdout=full)
    assert code == 4 and simulator.writes()
    assert "error: cannot write to stdout: No space left on device; something was written before: run again" in err


@needs_full
def test_a_report_that_cannot_be_written_keeps_no_other_back(alice: Alice, voice: Path) -> None:
    done = alice("apply", "--auto-approve", "--output", f"json={FULL}", "--output", "markdown=r.md")
    assert done.code == 4
    assert "2 done" in done.out
    assert "2 done" in (voice / "r.md").read_text()
    [told] = unlogged(done.err).splitlines()
    assert told.startswith(f"error: cannot write {FULL}: No space left on device")


@needs_full
def test_a_full_disk_under_stderr_stops_nothing(voice: Path, simulator: Simulator) -> None:
    with FULL.open("wb") as full:
        code, out, _ = ran(voice, "-v", "apply", "--auto-approve", stderr=full)
    assert code == 0
    assert "2 done" in out


def test_a_reader_that_is_gone(voice: Path, simulator: Simulator) -> None:
    for code, command in ((1, "plan"), (1, "apply --auto-approve")):
        reading, writing = os.pipe()
        os.close(reading)
        process = start(voice, *command.split(), stdout=writing)
        os.close(writing)
        got, _, err = ended(process)
        assert (got, err.count("\n")) == (code, 1), err
        assert err.startswith("error: cannot write to stdout: Broken pipe")


def test_a_stopped_reader_does_not_keep_a_signal(voice: Path) -> None:
    """The pipe is full and nobody reads."""
    (voice / "many.yaml").write_text(
        "surveys:\n" + "".join(f"  s{n}: {{name: Survey number {n}}}\n" for n in range(3000)), encoding="utf-8"
    )
    process = start(voice, "graph")
    assert process.stdout is not None
    process.stdout.read(1)
    process.terminate()
    assert process.wait(30) == 143
    process.kill()
    assert subprocess.PIPE and process.stderr is not None
    assert process.stderr.read() == b"interrupted\n"
    process.stdout.close()
    process.stderr.close()
