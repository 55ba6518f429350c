"""The command line: parse, call, print. The only place that knows exit codes, stdout and stderr.

Every command is a module of `commands`, found by being there and imported when it is asked for. Nothing below this
package imports it.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

PROGRAM = "alice-apply"


def main() -> NoReturn:
    """The console script."""
    signal.signal(signal.SIGTERM, _terminated)
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """One invocation, down to its exit code; an exception that comes out of it is a bug."""
    import click

    from provisioner.cli.exits import Exit, interrupted
    from provisioner.cli.failures import report
    from provisioner.cli.root import root
    from provisioner.cli.streams import finish
    from provisioner.errors import ProvisionerError

    try:
        code = root.main(list(arguments), prog_name=PROGRAM, standalone_mode=False)
        return finish(int(code or Exit.DONE))
    except click.ClickException as error:
        error.show()
        return Exit.ERROR
    except ProvisionerError as error:
        return finish(report(error))
    except (click.Abort, KeyboardInterrupt):
        print("interrupted", file=sys.stderr)
        return interrupted(signal.SIGINT)


def _terminated(number: int, frame: FrameType | None) -> None:
    """End as after Ctrl-C: every `finally` on the way out is run."""
    from provisioner.cli.exits import interrupted

    sys.exit(interrupted(number))
