"""`python -I -S launch.py OUT ERR FIGURES COMMAND...`: runs a command, writes seconds, CPU, peak and status.

A process is charged with the peak of the memory it was started from, until it has replaced it. So whoever measures one
must be small: nothing but what is built in is imported here.
"""

import os
import sys
import time


def main(out: str, err: str, figures: str, *command: str) -> None:
    """The peak as the kernel counts it: kilobytes, on macOS bytes."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    files = [(os.POSIX_SPAWN_OPEN, 1, out, flags, 0o600), (os.POSIX_SPAWN_OPEN, 2, err, flags, 0o600)]
    began = time.perf_counter()
    child = os.posix_spawn(command[0], command, os.environ, file_actions=files)
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - began
    told = f"{wall} {usage.ru_utime + usage.ru_stime} {usage.ru_maxrss} {os.waitstatus_to_exitcode(status)}"
    os.write(os.open(figures, flags, 0o600), told.encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
