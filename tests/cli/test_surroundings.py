"""A machine that does not do its part: no room for files, a state out of reach, a clock at the end of time."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from provisioner.cli import run
from provisioner.simulator.process import Simulator

from ..api.scripted import Reply, ScriptedServer, Seen, paged
from .conftest import MANIFEST, Alice, write_project
from .processes import ended, ran, start

NO_ROOM = "error: the temporary folder is full or cannot be used ("
LISTED = "dnc_lists: {d: {name: D, numbers: dnc.csv}}\n"


def numbers(path: Path, count: int, head: str = "phone_number") -> None:
    path.write_text(head + "\n" + "".join(f"09{n:08d}\n" for n in range(30_000_000, 30_000_000 + count)))


# The temporary folder.


def test_files_that_may_not_grow_end_a_plan_in_one_line(project: Path, simulator: Simulator) -> None:
    numbers(project / "dnc.csv", 60_000)
    (project / "tet.yaml").write_text(LISTED)
    limit = 200_000

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    code, out, err = ran(project, "plan", preexec_fn=small)
    assert (code, out) == (1, "")
    assert (
        err.startswith(NO_ROOM)
        and err.endswith("free some space, or set TMPDIR [temporary-folder]\n")
        and err.count("\n") == 1
    )


def test_a_temporary_folder_that_is_not_there_is_told(project: Path) -> None:
    """Python looks for another one; where there is none, its advice would be a traceback."""
    numbers(project / "dnc.csv", 10)
    (project / "tet.yaml").write_text(LISTED)
    code = (
        "import tempfile; tempfile._candidate_tempdir_list = lambda: ['/nonexistent/tmp'];"
        "from provisioner.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "-C", str(project), "plan"], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 1
    assert done.stderr.startswith(NO_ROOM) and done.stderr.count("\n") == 1


Disk = Callable[[int], Path]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A disk of so many megabytes."""
    folder = tmp_path / "small"
    folder.mkdir()
    libc = ctypes.CDLL(None, use_errno=True)

    def mount(megabytes: int) -> Path:
        if os.geteuid() or libc.mount(b"tmpfs", str(folder).encode(), b"tmpfs", 0, f"size={megabytes}m".encode()):
            pytest.skip("a small disk can be made by root alone, and not in every container")
        return folder

    yield mount
    libc.umount2(str(folder).encode(), 2)


def fill(folder: Path) -> Path:
    """To the last byte; the file to remove again."""
    path = folder / "full"
    with suppress(OSError), path.open("wb", buffering=0) as filler:
        for size in (1 << 16, 1 << 9):
            with suppress(OSError):
                while filler.write(b"x" * size) == size:
                    pass
    return path


def held(process: subprocess.Popen[bytes], simulator: Simulator) -> None:
    """Until the first write has come, and its answer waits."""
    deadline = time.monotonic() + 60
    while not simulator.holds():
        assert process.poll() is None and time.monotonic() < deadline, ended(process)
        time.sleep(0.02)


def test_a_disk_that_is_too_small_for_the_rows(disk: Disk, project: Path) -> None:
    numbers(project / "dnc.csv", 300_000)
    (project / "tet.yaml").write_text(LISTED)
    small = disk(2)
    code, out, err = ran(project, "plan", environ={"TMPDIR": str(small)})
    assert (code, out) == (1, "")
    assert err.startswith(f"{NO_ROOM}No space left on device)") and err.count("\n") == 1
    assert [*small.iterdir()] == []


def test_a_disk_that_fills_up_after_the_first_write(disk: Disk, project: Path, simulator: Simulator) -> None:
    numbers(project / "dnc.csv", 600)
    numbers(project / "vip.csv", 3000, "contact")
    (project / "tet.yaml").write_text(LISTED + "phonebooks: {vip: {name: VIP, contacts: vip.csv}}\n")
    small = disk(16)
    simulator.hold(1, mode="late", scope="writes")
    process = start(project, "apply", "--auto-approve", environ={"TMPDIR": str(small)})
    held(process, simulator)
    full = fill(small)
    simulator.release()
    code, out, err = ended(process)
    assert code == 4, (out, err)
    assert "Traceback" not in err
    assert "the temporary folder is full" in out
    full.unlink()
    assert ran(project, "apply", "--auto-approve")[0] == 0
    simulator.clear_requests()
    assert run(["plan", "--detailed-exitcode"]) == 0
    assert simulator.writes() == []


# The state.


def a_file(folder: Path) -> None:
    (folder / ".alice").write_text("not a folder")


def a_circle(folder: Path) -> None:
    (folder / ".alice").symlink_to(".alice")


def a_folder_in_its_place(folder: Path) -> None:
    (folder / ".alice" / "state.db").mkdir(parents=True)


def a_disk_that_is_not_mounted(folder: Path) -> None:
    (folder / ".alice").symlink_to(folder / "gone")


def a_path_that_is_too_long(folder: Path) -> None:
    with (folder / "alice.yaml").open("a") as settings:
        settings.write(f"state: sqlite:///{'e' * 5000}/state.db\n")


PLACES = (a_file, a_circle, a_folder_in_its_place, a_disk_that_is_not_mounted, a_path_that_is_too_long)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_a_state_out_of_reach_is_not_taken_for_none(
    alice: Alice, simulator: Simulator, project: Path, place: Callable[[Path], None]
) -> None:
    place(project)
    for command in ("plan", "apply --auto-approve", "drift", "state list", "state unlock"):
        done = alice(*command.split())
        assert (done.code, done.out) == (1, ""), command
        assert done.err.startswith("error: state ") and done.err.count("\n") == 1, command
    assert alice("validate").code == 0
    assert alice("status").code == 0
    simulator.clear_requests()
    assert "None is started now" in alice("stop", "nothing").err  # a stop needs no state


def test_a_folder_that_we_may_not_enter(alice: Alice, project: Path) -> None:
    """Root may enter everything, so it becomes somebody else for a moment, with everything imported."""
    assert alice("state", "list").code == 0
    (project / ".alice").mkdir(mode=0o000)
    for folder in (project, *project.parents):
        folder.chmod(folder.stat().st_mode | 0o055)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        done = alice("state", "list")
    finally:
        os.seteuid(user)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: state ") and "Permission denied; set `state:`" in done.err


def test_a_link_to_a_folder_that_is_there_is_a_place_like_any_other(alice: Alice, project: Path) -> None:
    (project / "elsewhere").mkdir()
    (project / ".alice").symlink_to("elsewhere")
    assert alice("plan").code == 0
    assert alice("apply", "--auto-approve").code == 0
    assert (project / "elsewhere" / "state.db").exists()


def test_a_disk_that_fills_up_under_the_state_ends_with_4(disk: Disk, project: Path, simulator: Simulator) -> None:
    """What was sent and could not be recorded is found by the next run."""
    small = disk(1)
    with (project / "alice.yaml").open("a") as settings:
        settings.write(f"state: sqlite:///{small}/state.db\n")
    simulator.hold(1, mode="late", scope="writes")
    process = start(project, "apply", "--auto-approve", "--timeout", "8")  # the next run waits for twice that
    held(process, simulator)
    full = fill(small)
    simulator.release()
    code, out, err = ended(process)
    assert (code, "Traceback" in err) == (4, False), (out, err)
    assert "the disk is full" in out + err
    full.unlink()
    assert ran(project, "apply", "--auto-approve", "--timeout", "1")[0] == 0
    simulator.clear_requests()
    assert run(["plan", "--detailed-exitcode"]) == 0
    assert simulator.writes() == []


# The clock.


@pytest.mark.parametrize("now", ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+07:00"])
@pytest.mark.parametrize("command", ["plan", "check", "apply --auto-approve", "drift", "status", "export ../new"])
def test_a_clock_at_the_end_of_time_is_refused(
    alice: Alice, project: Path, now: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALICE_NOW", now)
    done = alice(*command.split())
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: ALICE_NOW is ") and "between 1971 and 2199" in done.err


@pytest.mark.parametrize("now", ["1971-01-01T00:00:00Z", "2199-12-31T23:59:59Z"])
def test_the_first_and_the_last_moment_can_be_planned_with(
    alice: Alice, project: Path, now: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALICE_NOW", now)
    assert [alice(each).code for each in ("plan", "check", "status")] == [0, 0, 0]


@pytest.mark.parametrize(
    ("moment", "where"),
    [
        ("9999-12-31T23:59:59Z", "expirationdate"),
        ("2200-01-01T00:00:00Z", "expirationdate"),
        ("1970-12-31T00:00:00Z", "startingdate"),
    ],
)
def test_a_date_beyond_planning_is_a_diagnostic(alice: Alice, project: Path, moment: str, where: str) -> None:
    old = {"expirationdate": "2027-01-30T17:00:00+07:00", "startingdate": "2027-01-20T08:00:00+07:00"}[where]
    (project / "tet.yaml").write_text(MANIFEST.replace(old, moment), encoding="utf-8")
    done = alice("validate")
    assert done.code == 1
    assert f"error: {where}: is outside the years 1971 to 2199" in done.err
    assert done.err.startswith("tet.yaml:1")


def test_a_live_date_beyond_planning_is_unknown_and_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = {
        "id": 7,
        "name": "Old",
        "status": 1,
        "startingdate": "0001-01-01T00:00:00Z",
        "user": "demo",
        "expirationdate": "9999-12-31T23:59:59Z",
        "phonebook": [],
        "daily_start_time": "00:00:00",
        "daily_stop_time": "23:59:59",
        "frequency": "10",
        "aleg_gateway": 1,
        "content_type": 1,
        "object_id": 1,
    }

    def script(seen: Seen) -> Reply:
        return paged([campaign] if "campaigns" in seen.path and not seen.path.endswith("7/") else [])(seen)

    server = ScriptedServer(script)
    project = tmp_path / "project"
    project.mkdir()
    write_project(project, server.endpoint)
    (project / "tet.yaml").write_text("phonebooks: {vip: {name: VIP}}\n")
    monkeypatch.chdir(project)
    monkeypatch.setenv("ALICE_USERNAME", "demo")
    monkeypatch.setenv("ALICE_PASSWORD", "demo")
    try:
        for command in ("plan", "check", "status", "get campaigns", "export ../new"):
            assert run(command.split()) == 0, command
    finally:
        server.close()
