"""What is typed in the wrong place, or in other words, is answered with what to type."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Alice

SECRET = "correct-horse"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["plan", "-e", "staging"], "-e goes before the command: alice-apply -e staging plan"),
        (["plan", "-estaging"], "-e goes before the command: alice-apply -e staging plan"),
        (["plan", "-e"], "-e goes before the command: alice-apply -e ENV plan"),
        (["plan", "--prune", "-C", "shop"], "-C goes before the command: alice-apply -C shop plan"),
        (["get", "campaigns", "-e", "x"], "-e goes before the command: alice-apply -e x get campaigns"),
        (["plan", "--var", f"p={SECRET}"], "--var goes before the command: alice-apply --var KEY=VALUE plan"),
        (["plan", f"--var=p={SECRET}"], "--var goes before the command: alice-apply --var KEY=VALUE plan"),
        (["apply", "-v"], "-v goes before the command: alice-apply -v apply"),
        (["state", "list", "--verbose"], "--verbose goes before the command: alice-apply --verbose state list"),
        (["apply", "-y"], "no such option: -y, did you mean --auto-approve?"),
        (["apply", "--yes"], "no such option: --yes, did you mean --auto-approve?"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_to_type_instead(alice: Alice, project: Path, arguments: list[str], error: str) -> None:
    ran = alice(*arguments)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.splitlines()[-1] == f"error: {error} [usage]"
    assert SECRET not in ran.err


@pytest.mark.parametrize("arguments", [["plan", "-y"], ["plan", "--nonsense"], ["-x", "plan"]], ids=" ".join)
def test_what_nobody_can_guess_is_no_such_option(alice: Alice, project: Path, arguments: list[str]) -> None:
    ran = alice(*arguments)
    assert ran.code == 1 and "no such option" in ran.err.lower() and "auto-approve" not in ran.err
