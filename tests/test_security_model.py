"""docs/security-model.md claims nothing that no test shows: each row of its tables names tests, and these exist."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODEL = (ROOT / "docs" / "security-model.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
SECTIONS = ("Who can do what", "What is in every artifact", "What is not promised")


def rows() -> Iterator[str]:
    """Rows of the tables, without their heads."""
    tables = re.findall(r"^\|.*\n\| ---.*\n((?:\|.*\n)+)", MODEL, re.MULTILINE)
    yield from (row for table in tables for row in table.splitlines())


def functions_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_every_row_names_tests_and_they_exist() -> None:
    assert len([*rows()]) >= 15
    for row in rows():
        named = NAMED.findall(row.split("|")[-2])
        assert named, f"no test shows: {row}"
        for file, test in named:
            found = functions_of(ROOT / file)
            assert found and (not test or test in found), f"{file} has no {test}"


def test_every_part_is_there_and_is_linked_to() -> None:
    assert re.findall(r"^## (.*)$", MODEL, re.MULTILINE) == [*SECTIONS]
    assert "(docs/security-model.md)" in (ROOT / "SECURITY.md").read_text()
    assert "(../security-model.md)" in (ROOT / "docs" / "recipes" / "README.md").read_text()
