"""Which files `${file.PATH}` takes no text from: hidden ones, and what git or the project leaves out."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioner.errors import ManifestError
from tests.manifests.conftest import Folder


def text_of(folder: Folder, name: str) -> str:
    """A description made of a file, or what was said instead."""
    folder.write("manifest.yaml", f'surveys:\n  s: {{name: S, description: "${{file.{name}}}"}}\n')
    try:
        return str(next(iter(folder.load().resources.values())).fields["description"])
    except ManifestError as error:
        return str(error)


HIDDEN_FILES = [".env", ".git/config", ".alice/state.db", "a/.env", "a/.b/c.txt", "a/../.env", "./.env", ".a/../.env"]


@pytest.mark.parametrize("name", HIDDEN_FILES)
def test_a_hidden_file_is_no_text(folder: Folder, name: str) -> None:
    folder.write(name, "s3cret")
    said = text_of(folder, name)
    assert said.startswith("manifest.yaml:2:29: error: description: ${file." + name + "} is hidden")
    assert "s3cret" not in said


def test_a_link_to_a_hidden_or_excluded_file_is_no_text(folder: Folder) -> None:
    folder.write(".env", "s3cret")
    folder.write("kept/out.txt", "s3cret")
    folder.write(".gitignore", "kept/\n")
    for link, to in (("env.txt", ".env"), ("out.txt", "kept/out.txt"), ("folder", "kept")):
        (folder.root / link).symlink_to(folder.root / to)
    assert "is hidden" in text_of(folder, "env.txt")
    assert "is excluded by .gitignore" in text_of(folder, "out.txt")
    assert "is excluded by .gitignore" in text_of(folder, "folder/out.txt")


EXCLUDED: list[tuple[dict[str, str], str, str]] = [
    ({".gitignore": "*.key\n"}, "a/b/tls.key", ".gitignore"),
    ({".gitignore": "/a/b.txt"}, "a/b.txt", ".gitignore"),
    ({".gitignore": "/a/b.txt"}, "c/a/b.txt", ""),
    ({".gitignore": "a/\n!a/b.txt\n"}, "a/b.txt", ".gitignore"),  # git: a folder that is out stays out
    ({".gitignore": "*.txt\n!b.txt\n"}, "a/b.txt", ""),
    ({"a/.gitignore": "b.txt\n"}, "a/b.txt", "a/.gitignore"),
    ({"a/.gitignore": "b.txt\n"}, "b.txt", ""),
    ({".gitignore": "*.txt\n", "a/.gitignore": "!b.txt\n"}, "a/b.txt", ""),
    ({".gitignore": "# b.txt\n\n!\n\\\n"}, "b.txt", ""),
    ({".gitignore": "\ufeffb.txt\r\n"}, "b.txt", ".gitignore"),
    ({".gitignore": "kịch bản.txt\n"}, "kịch bản.txt", ".gitignore"),
    ({".gitignore": "a/**/c.txt\n"}, "a/x/y/c.txt", ".gitignore"),
    ({".aliceignore": "b.txt\n"}, "b.txt", ".aliceignore"),
]


@pytest.mark.parametrize(("ignore", "name", "by"), EXCLUDED)
def test_what_git_or_the_project_leaves_out_is_no_text(
    folder: Folder, ignore: dict[str, str], name: str, by: str
) -> None:
    for file, content in {**ignore, name: "s3cret"}.items():
        folder.write(file, content)
    said = text_of(folder, name)
    assert (f"is excluded by {by}" in said and "s3cret" not in said) if by else said == "s3cret"


def test_the_ignore_files_of_the_repository_above_the_project_count(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "repository" / "voice")
    folder.write("../.gitignore", "voice/keys/\n")
    folder.write("keys/a.txt", "s3cret")
    assert text_of(folder, "keys/a.txt") == "s3cret"  # no repository
    folder.write("../.git/HEAD", "ref: refs/heads/main\n")
    assert "is excluded by ../.gitignore" in text_of(folder, "keys/a.txt")


def test_an_ignore_file_that_cannot_be_read_may_exclude_anything(folder: Folder) -> None:
    folder.write("a.txt", "s3cret")
    folder.write(".gitignore/x", "")
    assert "may be excluded by .gitignore, which cannot be read" in text_of(folder, "a.txt")
