"""Every finding has an id that somebody explains: a check's, or one of planning's own."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from provisioner import second_rounds
from provisioner.checks import CHECKS, ids_of_enabled
from provisioner.plan.findings import FINDINGS, ID
from provisioner.project import ProjectRule, Settings

PACKAGE = Path(__file__).resolve().parent.parent.parent / "provisioner"


def ids_in(module: Path) -> Iterator[str]:
    """The first argument of whatever makes a finding."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name.lower().strip("_") == "finding" and isinstance(node.args[0].value, str):
                yield node.args[0].value


def test_planning_explains_what_it_finds() -> None:
    modules = [
        *(PACKAGE / "plan").glob("*.py"),
        *(PACKAGE / "manifests").glob("*.py"),
        *(PACKAGE / "refresh").glob("*.py"),
    ]
    found = {name for module in modules for name in ids_in(module)} | {ID, second_rounds.ID}
    assert found == set(FINDINGS)
    assert all(text.endswith(".") for text in FINDINGS.values())


def test_no_check_has_the_id_of_something_else() -> None:
    assert not set(CHECKS) & set(FINDINGS)


def test_a_check_runs_unless_it_is_off() -> None:
    settings = Settings(Path(), "")
    assert set(ids_of_enabled(settings)) <= set(CHECKS)
    assert "dnc-scrub" in ids_of_enabled(settings)
    assert "dnc-scrub" not in ids_of_enabled(replace(settings, checks={"dnc-scrub": "off"}))
    assert "dnc-scrub" in ids_of_enabled(replace(settings, checks={"dnc-scrub": "info"}))


def test_a_rule_of_the_project_is_a_check_by_its_id() -> None:
    settings = Settings(Path(), "", rules=(ProjectRule("own", "true", "error", "not so"),))
    assert ids_of_enabled(settings)[-1] == "own"
    assert "own" not in ids_of_enabled(replace(settings, checks={"own": "off"}))
