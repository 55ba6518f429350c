"""The command line: parse, call, print. The only place that knows exit codes, stdout and stderr.

Every command is a module of `commands`, found by being there and imported when it is asked for. Nothing below this
package imports it.
"""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

PROGRAM = "alice-apply"
COLLECTIONS = (50_000, 20, 50)  # what is read lives on: looking through it for garbage costs a sixth of a plan


def main() -> NoReturn:
    """The console script."""
    gc.set_threshold(*COLLECTIONS)
    signal.signal(signal.SIGTERM, _terminated)
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """One invocation, down to its exit code; an exception that comes out of it is a bug."""
    from provisioner.cli.root import root
    from provisioner.cli.streams import finish

    try:
        return finish(int(root.main(list(arguments), prog_name=PROGRAM, standalone_mode=False) or 0))
    except (Exception, KeyboardInterrupt) as error:
        from provisioner.cli.failures import report

        return finish(report(error))


def _terminated(number: int, frame: FrameType | None) -> None:
    """End as after Ctrl-C: every `finally` on the way out is run."""
    from provisioner.cli.exits import interrupted

    sys.exit(interrupted(number))
