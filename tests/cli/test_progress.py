"""Progress is for terminals; elsewhere nobody is told anything, and rich is not even imported."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest

from provisioner.cli.output import rate, terminal_progress
from provisioner.progress import Silent


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_pipe_sees_no_progress() -> None:
    assert isinstance(terminal_progress(), Silent)
    code = (
        "import sys; from provisioner.cli.output import terminal_progress\n"
        "with terminal_progress().phase('reading', 3) as advance: advance(); advance(2)\n"
        "sys.exit('rich' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_terminal_sees_the_phase_and_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    with terminal_progress().phase("uploading rows", 2000) as advance:
        advance(1000)
        advance()
    assert "uploading rows" in screen.getvalue()
    assert "2000" in screen.getvalue()


def test_a_phase_may_not_know_its_total(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    with terminal_progress().phase("reading") as advance:
        advance()


def test_a_rate_is_shown_once_it_is_known() -> None:
    assert rate(1234.4) == "1,234/s"
    assert rate(None) == ""
