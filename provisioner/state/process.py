"""Who this process is, and whether another one is certainly dead.

A process id alone proves nothing: it may have been given to somebody else since, or belong to another container. So a
process is known by machine (this boot of this kernel, this pid namespace), pid and start time, and only when the
machine is ours is its pid looked at. Without /proc the host's name has to do.
"""

from __future__ import annotations

import getpass
import os
import socket
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    """What tells one process from all others; `user` and `host` are for people."""

    user: str
    host: str
    pid: int
    machine: str
    started: str


def this_process() -> Process:
    """The one that asks."""
    pid = os.getpid()
    return Process(_user(), socket.gethostname(), pid, _machine(), _started(pid) or "")


def certainly_dead(machine: str, pid: int, started: str) -> bool:
    """True when that process ran on this machine and is gone; False when it lives or we cannot know."""
    if machine != _machine() or os.name != "posix":
        return False
    seen = _started(pid)
    return not _exists(pid) if seen is None or not started else seen != started


def _user() -> str:
    """The login name; a container may run a bare number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _machine() -> str:
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {(PROC / 'self/ns/pid').readlink()}"
    except OSError:
        return socket.gethostname()


def _started(pid: int) -> str | None:
    """Start time in clock ticks since boot, `zombie`, or None where /proc does not show the process."""
    try:
        # The command's name, in parentheses, may hold blanks and parentheses itself.
        state, *rest = (PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except (OSError, ValueError):
        return None
    return "zombie" if state in "ZX" else rest[18]


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
