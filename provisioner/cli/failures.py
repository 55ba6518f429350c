"""Errors in plain words on stderr: one line per diagnostic, as a compiler prints them, then the count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from provisioner.cli.exits import exit_code
from provisioner.cli.streams import say
from provisioner.errors import Diagnostic, DiagnosticsError, ProvisionerError, Refused, Severity
from provisioner.reports.sentences import count


def report(error: ProvisionerError) -> int:
    """Print the error; its exit code."""
    if isinstance(error, DiagnosticsError):
        print_diagnostics(error.diagnostics)
    elif isinstance(error, Refused):
        say(str(error))
    else:
        say(f"error: {error}")
    return exit_code(error)


def print_diagnostics(diagnostics: Iterable[Diagnostic]) -> None:
    """Each on a line of its own, and a last line that counts them."""
    shown = list(diagnostics)
    for diagnostic in shown:
        say(str(diagnostic))
    say(counted(shown))


def counted(diagnostics: Iterable[Diagnostic]) -> str:
    """`2 errors, 1 warning`."""
    numbers = Counter(diagnostic.severity for diagnostic in diagnostics)
    return ", ".join(count(numbers[severity], severity) for severity in Severity if numbers[severity])
