"""The workspace keeps what it holds to itself, and is gone afterwards."""

from __future__ import annotations

import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from provisioner.errors import ProvisionerError
from provisioner.model import Address, Rows
from provisioner.rows import DncOverlap, Workspace
from tests.rows.conftest import OPT_OUTS, PLACE, VIP, Project

LEADS = Address("phonebook", "leads")


def test_importing_the_package_loads_neither_duckdb_nor_phonenumbers() -> None:
    code = "import sys, provisioner.rows.upload; print({'duckdb', 'phonenumbers'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "set()"


def test_its_folder_is_private_and_gone_at_the_end(tmp_path: Path) -> None:
    with Workspace(tmp_path) as workspace:
        folder = workspace.scratch.path
        workspace.load_source(VIP, Rows(PLACE, inline=({"contact": "0934890883"},)), region="VN")
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        ours = [path for path in folder.iterdir() if path.suffix != ".wal"]
        assert ours and {stat.S_IMODE(path.stat().st_mode) for path in ours if path.is_file()} == {0o600}
    assert not folder.exists()


_HOLDER = """
import sys
from pathlib import Path
from provisioner.rows import Workspace
workspace = Workspace(Path.cwd())
print(workspace.scratch.path, flush=True)
sys.stdin.read()
"""


def test_what_a_killed_run_left_is_removed_by_the_next_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)  # it is looked up once a process
    foreign = tmp_path / "alice-apply-notes"
    foreign.mkdir()
    killed, alive = (_holder() for _ in range(2))
    try:
        left, used = (Path(each.stdout.readline().strip()) for each in (killed, alive) if each.stdout)
        assert left.is_relative_to(tmp_path) and (left / "rows.duckdb").exists()
        killed.kill()
        killed.communicate()
        with Workspace(tmp_path):
            assert not left.exists()
            assert (used / "rows.duckdb").exists()
    finally:
        alive.communicate()
    assert [*tmp_path.iterdir()] == [foreign]


def _holder() -> subprocess.Popen[str]:
    """A process with a workspace of its own, until its stdin is closed."""
    return subprocess.Popen([sys.executable, "-c", _HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_nothing_outside_the_project_can_be_read(project: Project, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "a.csv"
    outside.write_text("contact\n0934890883\n")
    for sql in (f"FROM read_csv('{outside}')", "FROM read_text('/etc/hostname')", "SET enable_external_access = true",
                "SET memory_limit = '9GB'", "INSTALL httpfs", f"ATTACH '{outside}.db'"):  # fmt: skip
        with pytest.raises(ProvisionerError):
            project.query(sql)


def test_messages_of_the_database_never_come_out(project: Project) -> None:
    with pytest.raises(ProvisionerError) as caught:
        project.query("SELECT 'Linh 0934890883'::INTEGER")
    assert "Linh" not in str(caught.value) and caught.value.__suppress_context__


def test_owners_are_loaded_by_several_threads_at_once(tmp_path: Path) -> None:
    addresses = [Address("phonebook", f"p{index}") for index in range(6)]
    with Workspace(tmp_path) as workspace:

        def load(address: Address, index: int) -> None:
            rows = tuple({"contact": f"09348{number:05d}"} for number in range(index * 100 + 50))
            workspace.load_source(address, Rows(PLACE, inline=rows), region="VN")
            workspace.difference(address)

        threads = [threading.Thread(target=load, args=(address, index)) for index, address in enumerate(addresses)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert [workspace.active_after(address) for address in addresses] == [50, 150, 250, 350, 450, 550]


def test_more_rows_than_memory_spill_to_disk(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("w") as file:
        file.write("contact,description\n")
        file.writelines(f"09{34000000 + number},{'x' * 200}{number}\n" for number in range(300_000))
    with Workspace(tmp_path, memory="120MB") as workspace:
        assert workspace.load_source(VIP, Rows(PLACE, (path,)), region="VN").rows == 300_000
        assert workspace.difference(VIP).add == 300_000


def test_numbers_shared_by_two_owners_are_counted(project: Project) -> None:
    project.load(project.write("a.csv", "contact,status\n0934890883,1\n0934890884,1\n0934890885,0\n"))
    project.load(project.write("b.csv", "contact\n+84934890883\n0934890885\n0934890886\n"), address=LEADS)
    project.workspace.difference(VIP)
    project.workspace.difference(LEADS)
    both = frozenset({VIP, LEADS})
    assert project.workspace.shared_numbers([VIP, LEADS]) == {both: 1, frozenset({VIP}): 1, frozenset({LEADS}): 2}


def test_rows_of_the_server_without_a_number_stand_alone(project: Project) -> None:
    project.load(project.write("a.csv", "contact\n0934890883\n"), on_missing="keep")
    project.live({"contact": "nobody", "status": 1}, {"contact": "nothing", "status": 1})
    project.workspace.difference(VIP)
    assert project.workspace.shared_numbers([VIP]) == {frozenset({VIP}): 3}


def test_numbers_on_a_dnc_list_are_counted_and_dropped_whatever_their_text(project: Project) -> None:
    project.load(project.write("a.csv", "contact\n0934890883\n0934890884\n0934890885\n"))
    project.live({"contact": "0934890884", "status": 1})
    project.load(
        project.write("d.csv", "+84934890883\n"),
        address=OPT_OUTS,
        columns={"phone_number": "phone_number"},
        number_format="e164",
    )
    project.live({"phone_number": "84934890884"}, {"phone_number": "abc"}, address=OPT_OUTS, parent_id=9)
    project.workspace.difference(OPT_OUTS)
    project.workspace.difference(VIP)
    assert project.workspace.listed(VIP, [OPT_OUTS]) == DncOverlap(2, unnoticed=2, new=1)
    assert project.workspace.drop_listed(VIP, [OPT_OUTS]) == 2
    change = project.workspace.difference(VIP)
    assert (change.add, change.remove, change.unchanged) == (1, 1, 0)
    assert project.workspace.listed(VIP, [OPT_OUTS]) == DncOverlap()
    assert project.workspace.listed(VIP, []) == DncOverlap()


def test_numbers_of_a_country_are_counted(project: Project) -> None:
    project.load(project.write("a.csv", "contact,status\n0934890883,1\n+84934890884,1\n0934890885,0\n+33612345678,1\n"))
    project.live({"contact": "0934890886", "status": 1}, {"contact": "+33612345679", "status": 1})
    project.workspace.difference(VIP)
    assert [project.workspace.within(VIP, region) for region in ("VN", "FR", "DE")] == [2, 1, 0]
