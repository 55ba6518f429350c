"""`for_each` through the command line: create, nothing more, add, rename and take away a key, all of them and one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.cli.conftest import Alice

BOOKS = """
phonebooks:
  branch:
    for_each: {keys}
    name: "Branch ${{each.value.title}}"
    renamed_from: "branch[${{each.value.was}}]"
  other: {{name: Other}}
"""
HANOI, HUE = "hanoi: {title: Hà Nội, was: }", "hue: {title: Huế, was: }"


def declare(project: Path, *keys: str) -> None:
    (project / "books.yaml").write_text(BOOKS.format(keys=f"{{{', '.join(keys)}}}"), encoding="utf-8")


def changes(alice: Alice, *options: str) -> list[tuple[str, str]]:
    ran = alice("plan", "--output", "json", *options)
    assert ran.code == 0, ran.err
    document: dict[str, Any] = json.loads(ran.out)
    return sorted((each["address"], each["action"]) for each in document["changes"])


def applied(alice: Alice, *options: str) -> None:
    ran = alice("apply", "--auto-approve", *options)
    assert ran.code == 0, ran.err + ran.out


def test_keys_come_are_renamed_and_go(alice: Alice, project: Path) -> None:
    for path in project.glob("*.yaml"):
        if path.name != "alice.yaml":
            path.unlink()
    declare(project, HANOI, HUE)
    both = [("phonebook.branch[hanoi]", "create"), ("phonebook.branch[hue]", "create")]
    assert changes(alice, "--target", "phonebook.branch") == both
    assert changes(alice, "--target", "phonebook.branch[hue]") == both[1:]
    assert changes(alice, "--exclude", "phonebook.branch") == [("phonebook.other", "create")]
    applied(alice)
    assert changes(alice) == []

    declare(project, HANOI, HUE, "danang: {title: Đà Nẵng, was: }")
    assert changes(alice) == [("phonebook.branch[danang]", "create")]
    applied(alice)

    declare(project, HANOI, "thua-thien: {title: Huế, was: hue}", "danang: {title: Đà Nẵng, was: }")
    assert changes(alice) == [("phonebook.branch[thua-thien]", "adopt")]  # which sends nothing
    applied(alice)
    assert "phonebook.branch[hue]" not in alice("state", "list").out
    assert alice("state", "mv", "phonebook.branch[danang]", "phonebook.branch[da-nang]").code == 0

    declare(project, HANOI, "da-nang: {title: Đà Nẵng, was: }")
    assert changes(alice) == []
    gone = [("phonebook.branch[thua-thien]", "forget")]  # this server deletes no phonebook
    assert changes(alice, "--prune", "--target", "phonebook.branch") == gone
    applied(alice, "--prune")
    assert changes(alice, "--prune") == []
    assert "phonebook.branch[da-nang]" in alice("state", "list").out
