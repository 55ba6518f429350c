"""Every id that the code can give has an entry on a page, every entry is of an id, and `explain` shows them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioner import pages, runtime
from provisioner.checks import CHECKS
from provisioner.cli import run
from provisioner.cli.exits import Exit
from provisioner.error_ids import ErrorId
from provisioner.errors import Diagnostic, ProvisionerError, Refusal, Refused
from provisioner.language import gettext

ROOT = Path(__file__).resolve().parent.parent
SOURCES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "provisioner").rglob("*.py"))}
ELSEWHERE = {"error_ids.py"}  # where ids are made, not used
NOTICES, EXITS = "notices", "exit-codes"
CONSTANTS = {"ID", "UNSETTLED"}
WORDS = {"deferred"}  # of a plan, that is no finding and is looked up all the same
LANGUAGES = {"en": ("Why", "Mend", "Message"), "vi": ("Vì sao", "Cách sửa", "Thông báo")}


def calls(*names: str) -> Iterator[tuple[Path, ast.Call]]:
    """Every call of a function or method of these names."""
    for path, tree in SOURCES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _name(node.func) in names:
                yield path, node


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def texts(nodes: list[ast.expr]) -> Iterator[str]:
    yield from (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


def findings() -> set[str]:
    """The ids of findings: as they are written at their making, or in a constant of a module."""
    written = {text for _, call in calls("Finding", "_finding") for text in texts(call.args[:1])}
    named = (node for tree in SOURCES.values() for node in tree.body if isinstance(node, ast.Assign))
    return written | {text for node in named if _name(node.targets[0]) in CONSTANTS for text in texts([node.value])}


def of_area(language: str, *areas: str) -> set[str]:
    folder = "docs/errors" if language == "en" else f"docs/{language}/errors"
    wanted = {f"{folder}/{area}.md" for area in areas}
    return {entry.id for entry in pages.entries(language).values() if entry.page.partition("#")[0] in wanted}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_has_an_entry_and_every_entry_is_of_an_error(language: str) -> None:
    areas = [area for area in pages.AREAS if area not in (NOTICES, EXITS)]
    assert of_area(language, *areas) == set(ErrorId)
    assert of_area(language, EXITS) == {f"exit-{code.value}" for code in Exit} | {"exit-130"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_has_a_page_of_its_check_or_an_entry(language: str) -> None:
    assert of_area(language, NOTICES) == (findings() - set(CHECKS)) | WORDS
    folder = runtime.pages() / ("" if language == "en" else language) / pages.CHECKS
    assert {path.stem for path in folder.glob("*.md")} - {pages.INDEX} == set(CHECKS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_entry_says_what_why_and_how_and_shows_the_message(language: str) -> None:
    why, mend, message = LANGUAGES[language]
    for entry in pages.entries(language).values():
        if "#" in entry.page:
            assert entry.summary, entry.id
            assert all(f"\n- {word}: " in entry.body for word in (why, mend)), entry.id
            shown = re.search(rf"\n- {message}: `.*\[{entry.id}\](?: ``|`)$", entry.body)
            assert shown or entry.id.startswith("exit-") or entry.id in WORDS, entry.id


@pytest.mark.parametrize("id", ErrorId)
def test_every_id_is_given_somewhere(id: ErrorId) -> None:
    used = re.compile(rf"\bErrorId\.{id.name}\b")
    assert any(used.search(path.read_text(encoding="utf-8")) for path in SOURCES if path.name not in ELSEWHERE)


def test_no_id_of_an_error_is_written_as_a_text() -> None:
    written = [(path.name, text) for path, call in calls("Diagnostic") for text in texts(call.args[:1]) if text]
    assert not written


def test_ids_and_findings_do_not_share_a_name() -> None:
    assert not set(ErrorId) & (findings() | set(CHECKS) | WORDS)


def test_an_error_ends_with_its_id() -> None:
    assert str(Diagnostic(ErrorId.FIELD_TYPE, "must be text")) == "error: must be text [field-type]"
    assert ProvisionerError("odd", id=ErrorId.USAGE).lines == ("error: odd [usage]",)
    assert Refused([Refusal.of(gettext("it rings"), ErrorId.CALLS_REFUSED), "no"]).lines == (
        "refused: it rings [calls-refused]",
        "refused: no [not-approved]",
    )


@pytest.mark.parametrize("id", ["yaml-duplicate-key", "[rows-number]", "calling-window", "stopped-outside", "exit-4"])
def test_explain_prints_the_page_outside_of_a_project(
    id: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["explain", id]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(f"{id.strip('[]')}\n\n") and not err
    assert out.rstrip().rpartition("\n")[2].startswith("docs/")
    assert "](" not in out


def test_explain_speaks_vietnamese(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--lang", "vi", "explain", "rows-number"], ["explain", "rows-number", "--lang", "vi"]):
        assert run(arguments) == 0
        out = capsys.readouterr().out
        assert "Có dòng không có số điện thoại gọi được." in out and "docs/vi/errors/rows.md#rows-number" in out


def test_explain_lists_all_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain"]) == 0
    listed = re.findall(r"^  (\S+) ", capsys.readouterr().out, re.MULTILINE)
    assert listed == list(pages.entries())


def test_what_is_misspelt_is_answered_with_what_was_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "yaml-duplicate-keys"]) == 1
    assert "did you mean 'yaml-duplicate-key'? [unknown-name]" in capsys.readouterr().err
    assert run(["explain", "4"]) == 0
    assert capsys.readouterr().out.startswith("exit-4\n")
    assert run(["explain", "frobnicate"]) == 1
    assert "see `alice-apply explain`" in capsys.readouterr().err
