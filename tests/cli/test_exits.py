"""One table from errors to exit codes, and what is printed about an error."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from provisioner import errors
from provisioner.cli.exits import CODES, Exit, exit_code
from provisioner.cli.failures import report
from provisioner.errors import (
    Diagnostic,
    Interrupted,
    ManifestError,
    OutcomeUnknown,
    ProvisionerError,
    Refused,
    Rejected,
    Severity,
    StalePlan,
    StateLocked,
)
from provisioner.model import Address, Source
from provisioner.state.values import HeldBy, Holder


def every_error(root: type[ProvisionerError] = ProvisionerError) -> Iterator[type[ProvisionerError]]:
    yield root
    for each in root.__subclasses__():
        yield from every_error(each)


OWN_CODES = {Refused: 3, StalePlan: 5, StateLocked: 6}


def example(kind: type[ProvisionerError]) -> ProvisionerError:
    match kind:
        case errors.Interrupted:
            return Interrupted(signal.SIGINT)
        case errors.OutcomeUnknown:
            return OutcomeUnknown("lost", reason="timeout", method="POST", path="x/")
        case errors.Rejected:
            return Rejected({"name": ["too long"]})
        case errors.Refused | errors.StalePlan:
            return kind(["one", "two"])
        case _ if issubclass(kind, errors.DiagnosticsError):
            return kind([Diagnostic("wrong")])
        case _ if issubclass(kind, HeldBy):
            return kind(Holder("ada", "desk", 7, datetime(2027, 1, 1, tzinfo=UTC)), "project 'p'", 0.0)
    return kind("wrong")


@pytest.mark.parametrize("kind", sorted(set(every_error()), key=str), ids=lambda kind: kind.__name__)
def test_every_error_has_the_code_of_the_contract_and_words(
    kind: type[ProvisionerError], capsys: pytest.CaptureFixture[str]
) -> None:
    error = example(kind)
    known = StateLocked if issubclass(kind, StateLocked) else kind
    assert report(error) == (130 if kind is Interrupted else OWN_CODES.get(known, 1))
    out, err = capsys.readouterr()
    assert out == ""
    assert err.strip()
    assert "Traceback" not in err


def test_the_table_holds_nothing_else() -> None:
    assert dict(CODES) == {ProvisionerError: Exit.ERROR, **{kind: Exit(code) for kind, code in OWN_CODES.items()}}


def test_a_signal_ends_as_a_shell_expects() -> None:
    assert exit_code(Interrupted(signal.SIGINT)) == 130
    assert exit_code(Interrupted(signal.SIGTERM)) == 143


def test_diagnostics_are_printed_like_a_compilers_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    diagnostics = [
        Diagnostic("is no number", Source("b.yaml", 4, 7), Address("campaign", "tet"), "frequency"),
        Diagnostic("unknown field", Source("a.yaml", 12, 3)),
        Diagnostic("is old", Source("b.yaml", 9, 1), severity=Severity.WARNING),
    ]
    assert report(ManifestError(diagnostics)) == 1
    assert capsys.readouterr().err == (
        "a.yaml:12:3: error: unknown field\n"
        "b.yaml:4:7: error: frequency: is no number (campaign.tet)\n"
        "b.yaml:9:1: warning: is old\n"
        "2 errors, 1 warning\n"
    )


def test_each_reason_of_a_refusal_has_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(Refused(["it rings", "it deletes"])) == 3
    assert capsys.readouterr().err == "refused: it rings\nrefused: it deletes\n"
