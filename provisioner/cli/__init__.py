"""The command line: parse, call, print. The only place that knows exit codes, stdout and stderr.

Every command is a module of `commands`, found by being there and imported when it is asked for. Nothing below this
package imports it.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import zoneinfo
from collections.abc import Sequence
from typing import NoReturn

PROGRAM = "alice-apply"
COLLECTIONS = (50_000, 20, 50)  # what is read lives on: looking through it for garbage costs a sixth of a plan


def main() -> NoReturn:
    """The console script."""
    from provisioner.cli import invocation, output

    gc.set_threshold(*COLLECTIONS)
    zoneinfo.reset_tzpath(to=())  # time zones are tzdata's: those of two machines differ
    output.prepare()
    this = invocation.begin()
    try:
        this.listen()
        code = _run(sys.argv[1:])
    except invocation.Stopped as signal:
        code = _ended(signal)
    if this.interrupted:
        this.leave(code)
    sys.exit(code)


def child() -> NoReturn:
    """The same for a run that `fleet` started: its stdin ends with its parent, and then it is told to end too."""

    def watch() -> None:
        while os.read(0, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()
    main()


def run(arguments: Sequence[str]) -> int:
    """One invocation in this process, down to its exit code; signals are the caller's."""
    from provisioner.cli import invocation

    invocation.begin()
    return _run(arguments)


def _run(arguments: Sequence[str]) -> int:
    from provisioner.cli.output import finish
    from provisioner.cli.root import root

    try:
        return finish(int(root.main(list(arguments), prog_name=PROGRAM, standalone_mode=False) or 0))
    except (Exception, KeyboardInterrupt) as error:
        return finish(_ended(error))


def _ended(error: BaseException) -> int:
    from provisioner.cli.exits import report

    return report(error)
