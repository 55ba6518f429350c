"""Which files `${file.PATH}` takes no text from: hidden ones, and what git or the project leaves out."""

from __future__ import annotations

import subprocess
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


def rows_of(folder: Folder, name: str) -> str:
    """What is said of a row file; nothing where it is taken."""
    folder.write("manifest.yaml", f"phonebooks:\n  p: {{name: P, contacts: '{name}'}}\n")
    try:
        folder.load()
    except ManifestError as error:
        return str(error)
    return ""


SECRETS = "TOKEN=abc-s3cret\n"


def test_a_hidden_file_or_a_link_to_one_holds_no_rows(folder: Folder) -> None:
    """The first line of it stood in the message about the column that is missing."""
    for name in (".env", ".git/config", ".a/rows.csv", "rows/.x.csv"):
        folder.write(name, SECRETS)
    for link, to in (("env.csv", ".env"), ("rows/git.csv", ".git/config"), ("a", ".a")):
        (folder.root / link).symlink_to(folder.root / to)
    for name in (".a/rows.csv", "rows/.x.csv", "env.csv", "rows/git.csv", "rows/g*.csv", "a/rows.csv"):
        said = rows_of(folder, name)
        assert "is hidden" in said and "s3cret" not in said, (name, said)


def test_a_row_file_that_is_kept_out_of_git_is_one_but_no_link_to_it(folder: Folder) -> None:
    folder.write(".gitignore", "/contacts/\n/secrets.txt\n/private-*\n")
    folder.write("contacts/vip.csv", "contact\n0934890884\n")
    folder.write("secrets.txt", SECRETS)
    for link in ("rows.csv", "private-rows.csv"):
        (folder.root / link).symlink_to(folder.root / "secrets.txt")
    assert rows_of(folder, "contacts/vip.csv") == ""
    assert "links to what is excluded by .gitignore" in rows_of(folder, "rows.csv")
    assert "s3cret" not in rows_of(folder, "rows.csv") + rows_of(folder, "private-rows.csv")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (SECRETS, "is not there; nothing in the first line looks like the name of a column"),
        ("phone,TOKEN=abc-s3cret,Full Name", "is not there; there are phone, Full Name and 1 more"),
        ("phone,ghp_s3cretS3cretS3cretS3cretS3cret", "is not there; there are phone and 1 more"),
        ("contact=s3cret", "is not there; nothing in the first line"),
        ('"Giờ hẹn\n(ngày/tháng)","ĐT/Zalo, nếu có"', "is not there; there are Giờ hẹn (ngày/tháng), ĐT/Zalo, nếu có"),
        ("phone,db.s3cret/abc,wJalr/bPxS3cret", "is not there; there are phone and 2 more"),
        ("contact,status=s3cret", "the column '(not shown)' of 'a.csv' looks like the status"),
    ],
)
def test_of_a_header_only_what_looks_like_names_is_shown(folder: Folder, line: str, said: str) -> None:
    folder.write("a.csv", line + "\n")
    found = rows_of(folder, "a.csv")
    assert said in found and "s3cret" not in found


def git(folder: Folder, *arguments: str) -> None:
    names = ("-c", "user.name=a", "-c", "user.email=a@b.example")
    subprocess.run(["git", *names, *arguments], cwd=folder.root, check=True, capture_output=True)


@pytest.fixture
def repository(folder: Folder, tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A checkout of a branch, on a job that has ALICE_TRUST."""
    trusted = tmp_path_factory.mktemp("trusted") / "alice.yaml"
    trusted.write_bytes((folder.root / "alice.yaml").read_bytes())
    folder.environ["ALICE_TRUST"] = str(trusted)
    folder.write("texts/hi.txt", "Xin chào")
    folder.write("later.txt", "")
    folder.write("*.txt", "of a strange name")
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "branch")
    return folder


def test_with_alice_trust_a_branch_gets_the_texts_that_it_holds(repository: Folder) -> None:
    assert text_of(repository, "texts/hi.txt") == "Xin chào"
    assert text_of(repository, "*.txt") == "of a strange name"


def test_with_alice_trust_what_the_job_put_there_is_no_text(repository: Folder) -> None:
    """The branch has taken the line out of `.gitignore`, or has put a file of that name there before."""
    repository.write("account.json", "s3cret")
    repository.write("later.txt", "s3cret")
    (repository.root / "link.txt").symlink_to(repository.root / "account.json")
    git(repository, "add", "link.txt")
    expected = {"account.json": "is not in git", "link.txt": "is not in git", "later.txt": "is not as it is in git"}
    for name, why in expected.items():
        said = text_of(repository, name)
        assert why in said and "s3cret" not in said, name
    del repository.environ["ALICE_TRUST"]
    assert text_of(repository, "account.json") == "s3cret"


def test_with_alice_trust_and_no_answer_of_git_nothing_is_known(
    repository: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    assert "does not answer `git ls-files`" in text_of(repository, "texts/hi.txt")
