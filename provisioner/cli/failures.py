"""Errors in plain words on stderr: one line per diagnostic, as a compiler prints them, then the count."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterable

import click

from provisioner.cli.advice import advice
from provisioner.cli.exits import Exit, exit_code, interrupted
from provisioner.cli.streams import say
from provisioner.errors import Diagnostic, DiagnosticsError, ProvisionerError, Refused, Severity


def report(error: BaseException) -> int:
    """Print what went wrong; the exit code. What is nobody's fault but ours is raised again."""
    match error:
        case click.exceptions.NoArgsIsHelpError():
            say(error.message)
            return Exit.ERROR
        case click.ClickException():
            _explain_usage(error)
            return Exit.ERROR
        case ProvisionerError():
            _explain(error)
            return exit_code(error)
        case click.Abort() | KeyboardInterrupt():
            say("interrupted")
            return interrupted(signal.SIGINT)
    raise error


def print_diagnostics(diagnostics: Iterable[Diagnostic]) -> None:
    """Each on a line of its own, and a last line that counts them."""
    shown = list(diagnostics)
    for diagnostic in shown:
        say(str(diagnostic))
    say(counted(shown))


def _explain(error: ProvisionerError) -> None:
    if isinstance(error, DiagnosticsError):
        print_diagnostics(error.diagnostics)
    else:
        say(str(error) if isinstance(error, Refused) else f"error: {error}")


def _explain_usage(error: click.ClickException) -> None:
    """As click does, with our word for an error."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is not None:
        say(f"{context.get_usage()}\nTry `{context.command_path} --help`.\n")
    advised = advice(error) if isinstance(error, click.NoSuchOption) else None
    say(f"error: {advised or error.format_message()}")


def counted(diagnostics: Iterable[Diagnostic]) -> str:
    """`2 errors, 1 warning`."""
    from provisioner.reports.sentences import count

    numbers = Counter(diagnostic.severity for diagnostic in diagnostics)
    return ", ".join(count(numbers[severity], severity) for severity in Severity if numbers[severity])
