"""Files that commands write: whole or not at all, through no link, over nothing that is not ours."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from provisioner import files
from provisioner.cli.output import folder_in_repository
from provisioner.errors import UsageError
from provisioner.reports import REPORTS, is_report
from provisioner.simulator.process import Simulator
from tests.reports.test_golden import RUNS

from .conftest import Alice

ROOT = Path(__file__).resolve().parent.parent.parent


def ours(head: bytes) -> bool:
    return head.startswith(b"ours")


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize("before", [None, b"", b"ours, older and longer"])
def test_a_file_is_made_or_one_of_ours_replaced(tmp_path: Path, before: bytes | None) -> None:
    """An empty one is nobody's: `mktemp` makes such."""
    path, other = tmp_path / "plan.md", tmp_path / "other"
    if before is not None:
        path.write_bytes(before)
        os.link(path, other)
    files.write(path, b"new", ours)
    assert content(tmp_path) == {"plan.md": b"new"} | ({} if before is None else {"other": before})


def test_a_file_for_us_alone_is_never_anybody_else_s(tmp_path: Path) -> None:
    path = tmp_path / "plan"
    path.write_bytes(b"ours")
    path.chmod(0o666)
    files.write(path, b"new", ours, files.PRIVATE)
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_is_not_ours_stays(tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_bytes(b"mine")
    with pytest.raises(
        UsageError, match=r"notes\.md: the existing file was not created by alice-apply: choose another file"
    ):
        files.write(path, b"new", ours)
    assert content(tmp_path) == {"notes.md": b"mine"}


@pytest.mark.parametrize("target", ["ours.md", "nowhere", "/proc/self/environ", "/dev/stdout", "link.md"])
def test_no_link_is_followed(tmp_path: Path, target: str) -> None:
    """Not one that a branch holds; nor is one replaced, whose owner wants it."""
    (tmp_path / "ours.md").write_bytes(b"ours")
    link = tmp_path / "link.md"
    link.symlink_to(target)
    with pytest.raises(UsageError, match=r"link\.md is a link"):
        files.write(link, b"new", ours)
    assert str(link.readlink()) == target and (tmp_path / "ours.md").read_bytes() == b"ours"
    assert len([*tmp_path.iterdir()]) == 2


@pytest.mark.parametrize("name", ["out/plan.md", "a/../out/plan.md", "./out/deep/plan.md"])
def test_no_folder_of_the_checkout_leads_elsewhere(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout, elsewhere = tmp_path / "checkout", tmp_path / "elsewhere"
    (checkout / "a").mkdir(parents=True)
    (elsewhere / "deep").mkdir(parents=True)
    (checkout / "out").symlink_to(elsewhere)
    monkeypatch.chdir(checkout)
    for path in (Path(name), checkout / name):
        with pytest.raises(UsageError, match="out is a link"):
            files.write(path, b"new", ours)
    assert not content(elsewhere) and not content(elsewhere / "deep")


@pytest.mark.parametrize("top", [".git", "alice.yaml"])
@pytest.mark.parametrize("name", ["out/plan.md", "deep/out/plan.md", "deep/./out/deeper/plan.md"])
def test_no_folder_of_a_checkout_elsewhere_leads_out_of_it(
    tmp_path: Path, top: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job names it in full, or by `../`, and works in another folder."""
    checkout, elsewhere, job = tmp_path / "checkout", tmp_path / "elsewhere", tmp_path / "job"
    for folder in (checkout / "deep" / "voice", elsewhere / "deeper", job):
        folder.mkdir(parents=True)
    (checkout / top).touch()
    (checkout / "deep" / "voice" / "alice.yaml").touch()
    for link in (checkout / "out", checkout / "deep" / "out"):
        link.symlink_to(elsewhere)
    monkeypatch.chdir(job)
    for path in (checkout / name, Path("..", "checkout", name)):
        with pytest.raises(UsageError, match="out is a link"):
            files.write(path, b"new", ours)
    assert not content(elsewhere) and not content(elsewhere / "deeper")


def test_a_folder_of_the_user_s_own_may_be_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "job").mkdir()
    (tmp_path / "reports").symlink_to("disk")
    monkeypatch.chdir(tmp_path / "job")
    files.write(tmp_path / "reports" / "plan.md", b"new", ours)
    assert content(tmp_path / "disk") == {"plan.md": b"new"}


def test_the_name_of_the_part_is_not_known_before(tmp_path: Path) -> None:
    """A link that waits there for us would be followed."""
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    (tmp_path / ".plan.md.part").symlink_to(victim)
    files.write(tmp_path / "plan.md", b"new", ours)
    assert victim.read_bytes() == b"mine" and (tmp_path / "plan.md").read_bytes() == b"new"


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    path, read = tmp_path / "pipe", []
    os.mkfifo(path)
    reader = threading.Thread(target=lambda: read.append(path.read_bytes()))
    reader.start()
    files.write(path, b"new", ours)
    reader.join(timeout=10)
    assert read == [b"new"] and path.is_fifo()


def test_what_a_shell_names_is_written_to() -> None:
    """`>(...)` is /dev/fd/63, and what is there already stays before it."""
    reading, writing = os.pipe()
    os.write(writing, b"old, ")
    files.write(Path(f"/dev/fd/{writing}"), b"new, ", ours)
    files.write(Path(f"/proc/self/fd/{writing}"), b"newer", ours)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        assert stream.read() == b"old, new, newer"


def test_devices_are_written_to() -> None:
    files.write(Path("/dev/null"), b"new", ours)
    with pytest.raises(UsageError, match="cannot write /dev/full: No space left"):
        files.write(Path("/dev/full"), b"new", ours)
    with pytest.raises(UsageError, match="cannot write /dev/fd/99999: Bad file descriptor"):
        files.write(Path("/dev/fd/99999"), b"new", ours)


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "plan.md").mkdir()
    with pytest.raises(UsageError, match=r"cannot write .*plan\.md"):
        files.write(tmp_path / "plan.md", b"new", ours)
    assert [path.name for path in tmp_path.iterdir()] == ["plan.md"]


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_a_report_takes_the_place_of_any_report_alone(name: str) -> None:
    for run in RUNS.values():
        assert is_report(REPORTS[name].render(run, False).encode()[: files.HEAD])
    others = [*ROOT.glob("*.md"), *ROOT.glob("examples/*/*.yaml"), *ROOT.glob("examples/*/*.csv")]
    others += [*ROOT.glob("schemas/*.json"), *ROOT.glob("provisioner/*.py"), ROOT / "pyproject.toml"]
    assert len(others) > 30 and not [path for path in others if is_report(path.read_bytes()[: files.HEAD])]


@pytest.mark.parametrize(
    "command",
    [
        ("plan", "--output", "markdown=PATH"),
        ("plan", "--out", "PATH"),
        ("apply", "--auto-approve", "--allow-calls", "--output", "json=PATH"),
        ("drift", "--output", "html=PATH"),
        ("check", "--output", "sarif=PATH"),
        ("status", "--html", "PATH"),
    ],
    ids=" ".join,
)
def test_a_command_that_may_not_write_its_file_does_not_begin(
    alice: Alice, project: Path, simulator: Simulator, command: tuple[str, ...]
) -> None:
    simulator.reset()
    victim, link = project / "victim.yaml", project / "comment.md"
    victim.write_text("surveys: {}\n")
    link.symlink_to(victim)
    for path, why in (("comment.md", "comment.md is a link"), ("victim.yaml", "was not created by alice-apply")):
        ran = alice(*(each.replace("PATH", path) for each in command))
        assert (ran.code, why in ran.err) == (1, True), ran.err
    assert victim.read_text() == "surveys: {}\n" and link.is_symlink() and simulator.requests() == []


def test_a_plan_file_is_private_and_replaced(alice: Alice, project: Path) -> None:
    plans = []
    for _ in range(2):
        assert alice("plan", "--out", "p.alice-plan", "--output", "markdown=p.md").code == 0
        plans.append((project / "p.alice-plan").read_bytes())
    assert (project / "p.alice-plan").stat().st_mode & 0o777 == 0o600
    assert plans[0] != plans[1]
    assert alice("plan", "--out", "p.md").code == 1


def test_init_goes_through_no_link(alice: Alice, tmp_path: Path) -> None:
    folder, victim = tmp_path / "new", tmp_path / "victim"
    folder.mkdir()
    (folder / "alice.yaml").symlink_to(victim)
    assert alice("init", str(folder)).code == 1
    assert not victim.exists() and [path.name for path in folder.iterdir()] == ["alice.yaml"]


@pytest.mark.parametrize(("folder", "named"), [("", "."), ("voice", "voice"), ("voice/../voice/tet", "voice/tet")])
def test_a_project_is_named_from_the_top_of_its_checkout(tmp_path: Path, folder: str, named: str) -> None:
    (tmp_path / "voice" / "tet").mkdir(parents=True)
    assert folder_in_repository(tmp_path / folder) == "."
    (tmp_path / ".git").write_text("gitdir: elsewhere")  # as in a worktree
    assert folder_in_repository(tmp_path / folder) == named
