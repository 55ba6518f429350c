"""How bad a finding is under `checks:` of alice.yaml."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from provisioner.checks.check import Check
from provisioner.checks.context import Context
from provisioner.model import Finding

ERROR, WARNING, INFO, OFF = "error", "warning", "info", "off"


@pytest.mark.parametrize(
    ("usual", "found", "configured", "expected"),
    [
        (ERROR, ERROR, None, ERROR),
        (ERROR, WARNING, None, WARNING),
        (WARNING, WARNING, ERROR, ERROR),
        (WARNING, WARNING, INFO, INFO),
        (WARNING, INFO, ERROR, INFO),
        # what a check calls worse than usual
        (WARNING, ERROR, None, ERROR),
        (WARNING, ERROR, WARNING, ERROR),
        (WARNING, ERROR, ERROR, ERROR),
        (WARNING, ERROR, INFO, INFO),
        (INFO, ERROR, WARNING, ERROR),
        # a check that somebody has to ask for
        (OFF, WARNING, WARNING, WARNING),
        (OFF, WARNING, None, None),
        (WARNING, ERROR, OFF, None),
    ],
)
def test_a_configured_severity_takes_the_place_of_the_usual_one(
    usual: str, found: str, configured: str | None, expected: str | None
) -> None:
    finding = Finding("thing", found, "is so")
    check = Check("thing", usual, "Is not so.", lambda context: iter([finding]))
    settings = {} if configured is None else {"thing": configured}
    told = list(check.findings(cast(Context, cast(Any, None)), settings))
    assert told == ([] if expected is None else [replace(finding, severity=expected)])
