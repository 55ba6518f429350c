"""How a run ends: the exit codes, the one table from errors to codes, and errors in plain words on stderr.

One line per diagnostic, as a compiler prints them, then the count. A failed run ends with the code of its error before
the first write, with INCOMPLETE at and after it, whatever failed; whether anything was written, the clients know.
Scripts and CI rely on the codes: docs/exit-codes.md.
"""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterable, Mapping
from enum import IntEnum
from types import MappingProxyType

import click

from provisioner.cli.groups import advice
from provisioner.cli.invocation import Stopped, invocation
from provisioner.cli.output import say, say_lines
from provisioner.error_ids import ErrorId, marked, unmarked
from provisioner.errors import (
    ApiError,
    Diagnostic,
    DiagnosticsError,
    Interrupted,
    ProvisionerError,
    Refused,
    Severity,
    StalePlan,
    StateLocked,
)
from provisioner.stack_frames import internal, way

SIGNALS = (click.Abort, KeyboardInterrupt, Interrupted, Stopped)
WHERE = 2  # of -v: also the way of an internal error
FINISH = "something was written before: run again to finish"


class Exit(IntEnum):
    """How a command ended."""

    DONE = 0
    ERROR = 1  # before the first write
    CHANGES = 2  # with --detailed-exitcode: the plan is not empty; never anything else
    REFUSED = 3  # by a gate: nothing was written
    INCOMPLETE = 4  # something failed at or after the first write
    STALE = 5
    LOCKED = 6


CODES: Mapping[type[BaseException], Exit] = MappingProxyType(
    {
        ProvisionerError: Exit.ERROR,
        Refused: Exit.REFUSED,
        StalePlan: Exit.STALE,
        StateLocked: Exit.LOCKED,
    }
)
"""The nearest class above an error counts."""


def exit_code(error: BaseException) -> int:
    """The code of an error that ended a command before its first write."""
    if isinstance(error, Interrupted):
        return interrupted(error.signal_number)
    return next((CODES[each] for each in type(error).__mro__ if each in CODES), Exit.ERROR)


def interrupted(signal_number: int) -> int:
    """What a shell reports for a program that a signal ended: 129, 130 and 143."""
    return 128 + signal_number


def code_of(error: BaseException) -> int:
    """The exit code of an error in the run that is under way: it counts whether a signal came, and what was written."""
    this = invocation()
    if this.received is not None or isinstance(error, SIGNALS):
        number = error.signal_number if isinstance(error, Interrupted) else this.received
        return interrupted(number or signal.SIGINT)
    return Exit.INCOMPLETE if this.wrote else exit_code(error)


def report(error: BaseException) -> int:
    """Print what went wrong, in words; the exit code."""
    this = invocation()
    if isinstance(error, SIGNALS):
        say(this.parting())
        return code_of(error)
    *lines, last = _lines(error)
    if this.received is not None:  # what fails because of a signal is no error of its own, nor a bug
        say_lines((*lines, last) if _foreseen(error) and not isinstance(error, ApiError) else ())
        say(this.parting())
        return code_of(error)
    say_lines(lines)
    say(_with_advice(last) if this.wrote else last)
    say_lines(way(error) if this.verbosity >= WHERE and not _foreseen(error) else ())
    return code_of(error)


def told(error: BaseException) -> str:
    """The same in one piece and without its id, for a report."""
    if isinstance(error, click.ClickException):
        return error.format_message()
    return "; ".join(unmarked(line).removeprefix("error: ") for line in _lines(error))


def error_id(error: BaseException) -> str:
    """What `explain` is asked for about an error of any kind."""
    match error:
        case ProvisionerError():
            return error.id
        case click.ClickException():
            return ErrorId.USAGE
        case MemoryError():
            return ErrorId.OUT_OF_MEMORY
        case OSError():
            return ErrorId.FILE_UNWRITABLE
    return ErrorId.INTERNAL


def _with_advice(line: str) -> str:
    """What to do after something was written, before the id at the end of a line."""
    text = unmarked(line)
    return f"{text}; {FINISH}{line[len(text) :]}"


def _foreseen(error: BaseException) -> bool:
    return isinstance(error, ProvisionerError | click.ClickException | MemoryError | OSError)


def _lines(error: BaseException) -> tuple[str, ...]:
    """What to say, at least a line."""
    match error:
        case click.exceptions.NoArgsIsHelpError():
            return (*error.message.splitlines(), "")
        case click.ClickException():
            return _usage(error)
        case DiagnosticsError():
            return (*error.lines, counted(error.diagnostics))
        case ProvisionerError():
            return error.lines or (type(error).__name__,)
        case MemoryError():
            return (marked("error: out of memory: give it more, or apply a part with --target", error_id(error)),)
        case OSError():
            return (marked(f"error: {_of_the_system(error)}", error_id(error)),)
    return (marked(internal(error), error_id(error)),)


def _usage(error: click.ClickException) -> tuple[str, ...]:
    """As click does, with our word for an error."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    shown = () if context is None else (*context.get_usage().splitlines(), f"Try `{context.command_path} --help`.", "")
    advised = advice(error) if isinstance(error, click.NoSuchOption) else None
    return (*shown, marked(f"error: {advised or error.format_message()}", error_id(error)))


def _of_the_system(error: OSError) -> str:
    """`tet.yaml: No space left on device`, as far as the system says which file it is about."""
    reason = error.strerror or type(error).__name__
    return f"{error.filename}: {reason}" if error.filename else f"the output or a file cannot be written: {reason}"


def counted(diagnostics: Iterable[Diagnostic]) -> str:
    """`2 errors, 1 warning`."""
    from provisioner.messages import count

    numbers = Counter(diagnostic.severity for diagnostic in diagnostics)
    return ", ".join(count(numbers[severity], severity) for severity in Severity if numbers[severity])
