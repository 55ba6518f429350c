"""Files of other tools in the folder: told with the way to leave them out, and left out by `.aliceignore`."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from tests.manifests.conftest import Folder

SURVEY = "surveys:\n  {key}: {{name: {key}}}\n"
COMPOSE = "services:\n  db: {image: postgres}\nvolumes: {}\n"
OTHERS = {
    "docker-compose.yml": COMPOSE,
    "mkdocs.yml": "site_name: X\nmarkdown_extensions:\n  - toc: {slugify: !!python/object/apply:x.y {}}\nnav: []\n",
    "kustomize/two.yaml": "kind: A\n---\nkind: B\n",
    "playbook.yaml": "- hosts: all\n",
    "template.yaml": "metadata: {{ .Values.name }}\n",
    "words.yml": "only words\n",
    "latin.yaml": b"name: caf\xe9\n",
}


def keys(folder: Folder) -> list[str]:
    return [address.key for address in folder.load().resources]


@pytest.mark.parametrize(("name", "content"), OTHERS.items(), ids=OTHERS)
def test_a_file_of_another_tool_is_one_error_that_says_how_to_leave_it_out(
    folder: Folder, name: str, content: str | bytes
) -> None:
    folder.write(name, content)
    (error,) = folder.errors()
    assert error.startswith(f"{name}:") and "; what belongs to another tool is left out by a line" in error
    pattern = error.split("by a line '")[1].split("' in .aliceignore")[0]
    folder.write(".aliceignore", pattern + "\n")
    folder.write("a.yaml", SURVEY.format(key="a"))
    assert keys(folder) == ["a"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("m.yaml", "campaings: {a: {}}\n"),
        ("m.yaml", "surveys: {a: {name: A}}\nservices: {}\n"),
        ("m.yaml", "surveys:\n  a: {name: A\nphonebooks: {}\n"),
    ],
)
def test_a_manifest_with_a_mistake_is_not_taken_for_another_tools_file(folder: Folder, name: str, content: str) -> None:
    folder.write(name, content)
    assert not [error for error in folder.errors() if ".aliceignore" in error]


def test_a_folder_full_of_them_is_one_error(folder: Folder) -> None:
    for number in range(12):
        folder.write(f"node_modules/p{number}/x.yaml", COMPOSE)
    (error,) = folder.errors()
    assert (
        " (and 11 more files below 'node_modules/'); what belongs to another tool is left out by a line "
        "'node_modules/' in .aliceignore ["
    ) in error
    folder.write("node_modules/ours.yaml", SURVEY.format(key="a"))
    assert len(folder.errors()) == 12, "a folder that holds a manifest as well is not proposed"
    folder.write(".aliceignore", "# packages\n\nnode_modules/**\n!node_modules/ours.yaml\n")
    assert keys(folder) == ["a"]


def test_patterns_are_those_of_gitignore_in_any_unicode_form(folder: Folder) -> None:
    for name in ("a/charts/x.yaml", "charts/x.yaml", "deploy/prod.yml", "Khách/x.yaml"):
        folder.write(name, COMPOSE)
    folder.write("deploy/alice.yaml", "alice: 1\n")
    folder.write("keep/charts.yaml", SURVEY.format(key="a"))
    folder.write(".aliceignore", "charts/\r\n/deploy\n" + unicodedata.normalize("NFD", "Khách/\n"))
    assert keys(folder) == ["a"]


def test_the_project_file_itself_cannot_be_left_out(folder: Folder) -> None:
    folder.write(".aliceignore", "*.yaml\n")
    folder.write("a.yaml", COMPOSE)
    assert keys(folder) == [] and folder.settings().region == "VN"


def test_a_link_to_what_is_left_out_is_followed(folder: Folder) -> None:
    folder.write("vendor/shared/a.yaml", SURVEY.format(key="a"))
    folder.write("vendor/x.yaml", COMPOSE)
    (folder.root / "shared").symlink_to("vendor/shared")
    folder.write(".aliceignore", "vendor/\n")
    assert keys(folder) == ["a"]


def test_a_list_that_cannot_be_read_is_an_error(folder: Folder, tmp_path: Path) -> None:
    folder.write(".aliceignore", "good/\n!\n")
    assert folder.errors() == [
        ".aliceignore:2:1: error: '!' is not a pattern that .gitignore would take [manifest-ignore]"
    ]
    folder.write(".aliceignore", b"caf\xe9\n")
    assert folder.errors()[0].startswith(".aliceignore:1:1: error: ")
    (folder.root / ".aliceignore").unlink()
    (folder.root / ".aliceignore").mkdir()
    assert folder.errors() == [".aliceignore:1:1: error: cannot be read: Is a directory [manifest-ignore]"]
    (folder.root / ".aliceignore").rmdir()
    (tmp_path / "elsewhere").write_text("x\n")
    (folder.root / ".aliceignore").symlink_to(tmp_path / "elsewhere")
    assert "leads out of the project" in folder.errors()[0]
