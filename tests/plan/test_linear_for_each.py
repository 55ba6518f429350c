"""Ten times the keys of a for_each cost ten times the steps, to read and to plan: counted as in `test_linear`."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from provisioner.manifests import load
from provisioner.project import Project
from tests.factories import CAMPAIGN, ENDPOINT, Account, alice, flow, manifest, project_of
from tests.plan.test_linear import FOLDED, Count, checked, counted, planned, reported, worse

FEW, MANY = 20, 200
SETS = ("file", "mapping", "variable")
SECTION = '{key: ask, for_each: [why, when], type: play_message, question: "Q ${each.key}", script: Hello}'


def _text(each: str, pace: int = 10, renamed: str = "") -> str:
    """A survey with sections, a phonebook and a campaign for every key, which refer to each other by key."""
    was = f'"s[{renamed}${{each.key}}]"' if renamed else None
    title, contact = '"S ${each.value.title}"', '{rows: [{contact: "${each.value.contact}"}]}'
    dialling = {**CAMPAIGN, "name": '"C ${each.key}"', "survey": '"${each.value.survey}"', "frequency": pace}
    return manifest(
        flow("surveys", "s", for_each=each, name=title, sections=f"[{SECTION}]", renamed_from=was),
        flow("phonebooks", "p", for_each=each, name='"P ${each.key}"', contacts=contact),
        flow("campaigns", "c", for_each=each, **{**dialling, "phonebooks": '["p[${each.key}]"]'}, status="started"),
    )


def _values(keys: int, prefix: str = "k") -> dict[str, tuple[str, str, str]]:
    return {f"{prefix}{key}": (f"T{key}", f"0934{key:06d}", f"s[{prefix}{key}]") for key in range(keys)}


def _mapping(keys: int, prefix: str = "k") -> str:
    told = (f'{key}: {{title: {t}, contact: "{c}", survey: "{s}"}}' for key, (t, c, s) in _values(keys, prefix).items())
    return f"{{{', '.join(told)}}}"


def _read(folder: Path, keys: int, form: str) -> Count:
    """The steps of reading a project; nothing of it is wrong."""
    folder.mkdir(exist_ok=True)
    variable = f"variables: {{set: {_mapping(keys)}}}\n" if form == "variable" else ""
    (folder / "alice.yaml").write_text(alice(endpoint=ENDPOINT) + variable)
    lines = (",".join((key, *values)) for key, values in _values(keys).items())
    (folder / "set.csv").write_text("\n".join(("code,title,contact,survey", *lines)))
    each = {"file": "{file: set.csv, key: code}", "mapping": _mapping(keys), "variable": '"${var.set}"'}
    (folder / "main.yaml").write_text(_text(each[form]))
    count: Count = Counter()
    found = counted(count, lambda: load(folder, environment=None, variables={}, environ={}))
    assert len(found.resources) == 5 * keys
    return count


@pytest.mark.parametrize("form", SETS)
def test_reading_costs_steps_as_there_are_keys(tmp_path: Path, form: str) -> None:
    _read(tmp_path / "first", 1, form)  # what is read once in a process
    few, many = (defaultdict(Counter, read=_read(tmp_path / str(keys), keys, form)) for keys in (FEW, MANY))
    assert worse(few, many) == {}


def _new(keys: int) -> tuple[Project, Account, dict[str, Any]]:
    return project_of(_text(_mapping(keys))), Account(), {}


def _changed(keys: int) -> tuple[Project, Account, dict[str, Any]]:
    account = Account.applied(project_of(_text(_mapping(keys))))
    return project_of(_text(_mapping(keys), 20)), account, {}


def _renamed(keys: int) -> tuple[Project, Account, dict[str, Any]]:
    """Every key is another one, and the surveys say which they were."""
    account = Account.applied(project_of(_text(_mapping(keys, "was-k"))))
    return project_of(_text(_mapping(keys), renamed="was-")), account, {}


def _gone(keys: int) -> tuple[Project, Account, dict[str, Any]]:
    """No key is left."""
    project = project_of(_text(_mapping(keys)))
    return replace(project, resources={}), Account.applied(project), {}


@pytest.mark.parametrize("case", [_changed, _renamed, _gone])
def test_a_plan_costs_steps_as_there_are_keys(case: Any) -> None:
    few, many = (planned(*case(keys)) for keys in (FEW, MANY))
    assert worse(few, many) == {}


@pytest.mark.parametrize("case", [_new, _changed])
def test_checks_cost_steps_as_there_are_keys(case: Any) -> None:
    few, many = (checked(*case(keys)) for keys in (FEW, MANY))
    assert worse(few, many) == {}


@pytest.mark.parametrize("case", [_new, _changed])
def test_reports_cost_steps_as_there_are_keys(case: Any) -> None:
    few, many = (reported(*case(keys)) for keys in (FEW, MANY))
    assert worse(few, many, FOLDED) == {}
