"""Whether a process is certainly dead; when in doubt it lives."""

from __future__ import annotations

import getpass
import os
import subprocess
import sys
from pathlib import Path

import pytest

from provisioner.state import lock
from provisioner.state.lock import certainly_dead, this_process


def test_this_process_lives() -> None:
    me = this_process()
    assert me.pid == os.getpid()
    assert not certainly_dead(me.machine, me.pid, me.started)


def test_a_process_that_ended_is_dead() -> None:
    me = this_process()
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    assert certainly_dead(me.machine, child.pid, "1")


def test_a_reused_pid_is_not_the_process_it_was() -> None:
    me = this_process()
    assert certainly_dead(me.machine, me.pid, me.started + "0")


def test_a_process_of_another_machine_may_live() -> None:
    assert not certainly_dead("another boot", 2**22 + 1, "1")


def test_without_proc_the_pid_alone_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(lock, "PROC", tmp_path)
    me = this_process()
    assert me.started == ""
    assert not certainly_dead(me.machine, me.pid, "")
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    assert certainly_dead(me.machine, child.pid, "")


def test_a_user_without_a_name_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> str:
        raise OSError("No username set in the environment")

    monkeypatch.setattr(getpass, "getuser", fail)
    assert this_process().user == str(os.getuid())
