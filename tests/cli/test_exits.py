"""One table from errors to exit codes, and what is printed about an error."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from provisioner import errors
from provisioner.cli.exits import CODES, Exit, exit_code, report
from provisioner.cli.invocation import begin
from provisioner.error_ids import ErrorId
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

from ..api.conftest import MakeClient, Serve, client_of, serve
from ..api.scripted import Reply

__all__ = ["client_of", "serve"]


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
            return kind([Diagnostic(ErrorId.FIELD_VALUE, "wrong")])
        case _ if issubclass(kind, HeldBy):
            return kind(Holder("ada", "desk", 7, datetime(2027, 1, 1, tzinfo=UTC)), "project 'p'", 0.0)
    return kind("wrong")


@pytest.mark.parametrize("kind", sorted(set(every_error()), key=str), ids=lambda kind: kind.__name__)
def test_every_error_has_its_code_and_words(kind: type[ProvisionerError], capsys: pytest.CaptureFixture[str]) -> None:
    error = example(kind)
    known = next((each for each in OWN_CODES if issubclass(kind, each)), kind)
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
        Diagnostic(ErrorId.FIELD_TYPE, "is no number", Source("b.yaml", 4, 7), Address("campaign", "tet"), "frequency"),
        Diagnostic(ErrorId.FIELD_UNKNOWN, "unknown field", Source("a.yaml", 12, 3)),
        Diagnostic("forecast", "is old", Source("b.yaml", 9, 1), severity=Severity.WARNING),
    ]
    assert report(ManifestError(diagnostics)) == 1
    assert capsys.readouterr().err == (
        "a.yaml:12:3: error: unknown field [field-unknown]\n"
        "b.yaml:4:7: error: frequency: is no number (campaign.tet) [field-type]\n"
        "b.yaml:9:1: warning: is old [forecast]\n"
        "2 errors, 1 warning\n"
    )


def test_each_reason_of_a_refusal_has_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(Refused(["it rings", "it deletes"])) == 3
    assert capsys.readouterr().err == "refused: it rings [not-approved]\nrefused: it deletes [not-approved]\n"


def test_a_bug_is_told_without_its_message_and_the_way_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    for verbosity in (0, 2):
        begin().verbosity = verbosity
        try:
            _fail()
        except KeyError as error:
            assert report(error) == 1
        first, *rest = capsys.readouterr().err.splitlines()
        assert first.startswith("internal error: KeyError at test_exits.py:")
        assert "this is a bug of alice-apply" in first
        assert "0934890883" not in first + "".join(rest)
        assert len(rest) == (2 if verbosity else 0)
        assert all(line.startswith("  test_exits.py:") for line in rest)


def _fail() -> None:
    raise KeyError("0934890883")


FAILURES = (ProvisionerError("wrong"), OSError(28, "No space left on device"), KeyError("x"), MemoryError())


@pytest.mark.parametrize("error", FAILURES, ids=lambda error: type(error).__name__)
def test_whatever_fails_after_the_first_write_is_4_in_one_line(
    error: Exception, capsys: pytest.CaptureFixture[str], serve: Serve, client_of: MakeClient
) -> None:
    client = client_of(serve(Reply(201, {"id": 5})))
    begin().opened(client)
    assert report(error) == 1
    client.get("phonebook", 5)
    assert report(error) == 1
    capsys.readouterr()
    client.create("phonebook", {"name": "VIP"})
    assert report(error) == 4
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert re.search(r"; something was written before: run again to finish \[[a-z-]+\]\n$", said)
