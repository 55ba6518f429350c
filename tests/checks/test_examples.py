"""Every check has a page, a project that it fires on and one that it keeps silent on.

`examples/checks/<id>/fires` and `/silent` are whole projects. Where there is `/before` (of the same `project:` name)
it is applied first, so that there is a live account. What an account must be like besides is in `ACCOUNTS`.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from provisioner.checks import CHECKS
from provisioner.simulator.process import Simulator
from tests.factories import NOW
from tests.operator import Operator

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = ROOT / "examples" / "checks"
PAGES = ROOT / "docs" / "checks"
SECRETS = {"CLINIC_PASSWORD": "correct-horse"}
SECTIONS = ["## What it says", "## Why", "## How to fix"]
APPLY = ("apply", "--auto-approve", "--allow-calls", "--output", "json")


def as_it_is(simulator: Simulator) -> None:
    """Nothing to prepare."""


@dataclass(frozen=True)
class Account:
    """What the simulator is like, who logs in, and what is done to the account after `before` has been applied."""

    variants: Mapping[str, object] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[Simulator], None] = as_it_is


# By check, or by check and project (`time-zone/fires`). Keep it short: a project that needs nothing explains more.
ACCOUNTS: Mapping[str, Account] = {
    "dnc-unread/fires": Account(variants={"forbidden_get": "dnc-contact"}),
    "rewritten-numbers": Account(variants={"dnc_text": "e164"}),
    "tenant/fires": Account(environ={"ALICE_USERNAME": "admin", "ALICE_PASSWORD": "admin"}),
}


def prepared(simulator: Simulator, project: Path, check: str, example: str) -> Operator:
    """An operator at the project of an example, `before` applied."""
    account = ACCOUNTS.get(f"{check}/{example}", ACCOUNTS.get(check, Account()))
    simulator.reset(now=NOW, variants=dict(account.variants))
    environ = {"ALICE_ENDPOINT": simulator.endpoint, **SECRETS, **account.environ}
    operator = Operator(project, simulator, now=NOW, environ=environ)
    if (EXAMPLES / check / "before").is_dir():
        shutil.copytree(EXAMPLES / check / "before", project)
        operator.apply()
        operator.demand_nothing_to_do()
        _clear(project)
    account.prepare(simulator)
    shutil.copytree(EXAMPLES / check / example, project, dirs_exist_ok=True)
    return operator


def _clear(project: Path) -> None:
    """Leave nothing of a project but its recorded state."""
    for path in project.iterdir():
        if path.name != ".alice":
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _findings(operator: Operator, check: str) -> list[dict[str, Any]]:
    """The findings of a check in an apply, which is refused exactly when some finding is an error nobody has waived."""
    asked = operator.run("check")
    said = operator.run(*APPLY)
    found: list[dict[str, Any]] = json.loads(said.out)["findings"]
    refused = any(each["severity"] == "error" and not each["waived"] for each in found)
    assert (said.code, asked.code) == ((3, 3) if refused else (0, 0)), said.out + said.err
    if not refused:
        operator.demand_nothing_to_do()
    return [each for each in found if each["id"] == check]


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_fires_and_says_where(check: str, simulator: Simulator, tmp_path: Path) -> None:
    found = _findings(prepared(simulator, tmp_path / "project", check, "fires"), check)
    assert [each for each in found if each["address"] and each["source"]]


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_keeps_silent(check: str, simulator: Simulator, tmp_path: Path) -> None:
    assert _findings(prepared(simulator, tmp_path / "project", check, "silent"), check) == []


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_has_a_page(check: str) -> None:
    text = (PAGES / f"{check}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {check}\n\n{CHECKS[check].title}\n")
    assert re.findall(r"^## .*$", text, re.M)[:3] == SECTIONS
    assert f"`{CHECKS[check].severity}`" in text, "say how bad it is by default"
    assert f"../../examples/checks/{check}/fires" in text


def test_there_are_no_pages_and_projects_of_checks_that_do_not_exist() -> None:
    pages = {path.stem for path in PAGES.glob("*.md")} - {"README"}
    assert pages == {path.name for path in EXAMPLES.iterdir() if path.is_dir()} == set(CHECKS)
