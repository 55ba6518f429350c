"""Every format and view of the sample plan, byte by byte, in `golden/`. To accept a change, remove the file.

The next run writes it again, and fails once so that somebody reads it.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from provisioner.reports import REPORTS, Run, sentences

from .samples import EVERYTHING, NOTHING, OUTCOMES, UNPLANNED

GOLDEN = Path(__file__).parent / "golden"
FOLDER = "campaigns"
RUNS = {
    "plan": Run(EVERYTHING, folder=FOLDER),
    "apply": Run(EVERYTHING, OUTCOMES, folder=FOLDER),
    "check": Run(EVERYTHING, view="check", folder=FOLDER),
    "drift": Run(EVERYTHING, view="drift", folder=FOLDER),
    "nothing": Run(NOTHING),
    "failed": Run(UNPLANNED, folder=FOLDER, conclusion=sentences.no_plan("plan", UNPLANNED.findings)),
    "valid": Run(NOTHING, view="validate", folder=FOLDER, conclusion="Valid: 1 survey."),
}
FORMATS = ("codequality", "full", "github", "gitlab", "junit", "markdown", "sarif")


def without_rules(text: str) -> str:
    """Rules of SARIF are those of all checks, which become more."""
    return re.sub(r""" +"ruleIndex": \d+,\n|"rules": \[.*?\n          \]""", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("name", FORMATS)
def test_a_report_is_as_it_was(name: str, run: str) -> None:
    path, text = GOLDEN / f"{name}.{run}.txt", without_rules(REPORTS[name].render(RUNS[run], False))
    if not path.exists():
        path.write_text(text, encoding="utf-8")
        pytest.fail(f"wrote {path.name}: read it, then run again")
    assert text == path.read_text(encoding="utf-8")


def test_no_golden_file_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == {f"{name}.{run}" for name in FORMATS for run in RUNS}


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_the_same_run_gives_the_same_bytes_twice(name: str) -> None:
    for run in RUNS.values():
        assert REPORTS[name].render(run, False) == REPORTS[name].render(run, False)
