"""Files that commands write: whole or not at all, and never in the place of what is no file."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from provisioner.cli.emitting import folder_in_repository
from provisioner.cli.planfile import write_file
from provisioner.errors import UsageError


def test_a_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "plan.md"
    path.write_bytes(b"old and longer")
    write_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert [*tmp_path.iterdir()] == [path]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """As /dev/stdout is one."""
    path, link = tmp_path / "plan.md", tmp_path / "link"
    link.symlink_to(path)
    write_file(link, b"new")
    assert link.is_symlink() and path.read_bytes() == b"new"


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    path, read = tmp_path / "pipe", []
    os.mkfifo(path)
    reader = threading.Thread(target=lambda: read.append(path.read_bytes()))
    reader.start()
    write_file(path, b"new")
    reader.join(timeout=10)
    assert read == [b"new"] and path.is_fifo()


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "plan.md").mkdir()
    with pytest.raises(UsageError, match=r"cannot write .*plan\.md"):
        write_file(tmp_path / "plan.md", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["plan.md"]


@pytest.mark.parametrize(("folder", "named"), [("", "."), ("voice", "voice"), ("voice/../voice/tet", "voice/tet")])
def test_a_project_is_named_from_the_top_of_its_checkout(tmp_path: Path, folder: str, named: str) -> None:
    (tmp_path / "voice" / "tet").mkdir(parents=True)
    assert folder_in_repository(tmp_path / folder) == "."
    (tmp_path / ".git").write_text("gitdir: elsewhere")  # as in a worktree
    assert folder_in_repository(tmp_path / folder) == named
