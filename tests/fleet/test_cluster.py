"""`fleet --on`: a real Dask scheduler with two worker processes, one of which is killed in the middle of an apply."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from provisioner.errors import ManifestError
from provisioner.fleet.cluster import WorkerJob, _loses_state
from provisioner.fleet.task import Task
from provisioner.manifests.bundle import bundle
from tests.cli.processes import PACKAGE, ended, start
from tests.factories import NOW
from tests.fleet.conftest import Fleet


class Workers:
    """A scheduler and workers, each a process; `secrets` are in the environment of the workers alone."""

    def __init__(self, folder: Path, secrets: Mapping[str, str] | None = None) -> None:
        self.folder, self.secrets = folder, secrets or {"ALICE_USERNAME": "demo", "ALICE_PASSWORD": "demo"}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        port = self.address.rpartition(":")[2]
        self.scheduler = self._start("dask_scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard")
        self.workers = [self.add(name) for name in ("one", "two")]

    def add(self, name: str) -> subprocess.Popen[bytes]:
        options = ("--no-nanny", "--nthreads", "1", "--name", name, "--no-dashboard", "--death-timeout", "120")
        return self._start("dask_worker", self.address, *options)

    def _start(self, module: str, *arguments: str) -> subprocess.Popen[bytes]:
        environ = {**os.environ, "PYTHONPATH": PACKAGE, **self.secrets}
        command = [sys.executable, "-c", f"from distributed.cli.{module} import main; main()", *arguments]
        with (self.folder / "dask.log").open("ab") as log:
            return subprocess.Popen(command, env=environ, cwd=self.folder, stdout=log, stderr=log)

    def close(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    found = Workers(tmp_path)
    try:
        yield found
    finally:
        found.close()


def test_a_killed_worker_changes_nothing(fleet: Fleet, workers: Workers) -> None:
    """The same end state, nothing twice, the lock free. Credentials are those of the workers."""
    fleet.second.hold(3, scope="writes")
    environ = {"ALICE_NOW": NOW.isoformat(), "ALICE_USERNAME": "", "ALICE_PASSWORD": ""}
    line = ("fleet", "apply", "--auto-approve", "--on", workers.address, "--shared", "--output", "json")
    process = start(fleet.directory, *line, environ=environ)
    deadline = time.monotonic() + 300
    while not fleet.second.holds():
        assert time.monotonic() < deadline and process.poll() is None, ended(process)
        time.sleep(0.1)
    for worker in workers.workers:
        if _children(worker.pid):
            worker.send_signal(signal.SIGKILL)
    workers.workers.append(workers.add("three"))
    fleet.second.release()
    code, out, err = ended(process, 300)
    assert code == 0, err
    assert {each["result"] for each in json.loads(out)["clients"]} <= {"applied", "nothing"}
    for each in fleet.both:
        assert len([one for one in each.objects("campaigns") if "Tet of" in one["name"]]) == 1
        assert len([one for one in each.objects("contact") if one["contact"].endswith("934890883")]) == 1
    assert fleet.run("fleet", "plan", "--detailed-exitcode").code == 0


def _children(pid: int) -> list[str]:
    """The processes that a process started."""
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


INLINE = """phonebooks:
  vip: {name: VIP, contacts: {rows: [{contact: "0934890883"}]}}
  file: {name: File, contacts: contacts/vip.csv}
  bound: {name: Bound, contacts: {file: "${var.where}"}}
  far: {name: Far, contacts: {file: "https://crm.example/vip.csv"}}
  asked: {name: Asked, contacts: {sql: select phone from leads, database: "${env.CRM}"}}
alarms:
  linh: {event: x, alarm_phonenumber: "0934890883", date_start_notice: 2027-02-14T09:00:00+07:00}
  minh: {event: x, alarm_phonenumber: "${env.MINH}", date_start_notice: 2027-02-14T09:00:00+07:00}
"""


def test_rows_stay_here(tmp_path: Path) -> None:
    (tmp_path / "alice.yaml").write_text("alice: 1\n")
    (tmp_path / "main.yaml").write_text(INLINE)
    with pytest.raises(ManifestError) as raised:
        bundle(tmp_path)
    assert [each.path for each in raised.value.diagnostics] == [
        "phonebooks.vip",
        "phonebooks.file",
        "phonebooks.bound",
        "alarms.linh",
    ]
    assert "0934890883" not in str(raised.value)


def test_what_goes_along(tmp_path: Path) -> None:
    """Manifests and the texts they take in; neither row files nor what is hidden or ignored."""
    for name, text in {
        "alice.yaml": "alice: 1\n",
        "a/main.yaml": 'surveys: {hi: {name: "${file.texts/hi.txt}"}}\n',
        "a/texts/hi.txt": "Hello\n",
        "a/vip.csv": "contact\n0934890883\n",
        ".env": "SECRET=1\n",
        ".aliceignore": "/left-out/\n",
        "left-out/compose.yaml": "services: {}\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert sorted(bundle(tmp_path)) == [".aliceignore", "a/main.yaml", "a/texts/hi.txt", "alice.yaml"]


@pytest.mark.parametrize(("where", "lost"), [("/srv/a=b", False), ("a=b", True)])
def test_a_state_of_the_run_s_own_folder_is_refused_whatever_a_variable_holds(
    tmp_path: Path, where: str, lost: bool
) -> None:
    (tmp_path / "alice.yaml").write_text(
        "alice: 1\nproject: p\ntimezone: Asia/Ho_Chi_Minh\nregion: VN\nendpoint: http://127.0.0.1:9\n"
        "state: sqlite:///${var.where}.db\nvariables: {where: x}\nenvironments: {acme: {}}\n"
    )
    task = Task("acme", tmp_path, ("-v",), ("plan",), {"where": where})
    parcel = WorkerJob(task, "1", {"alice.yaml": b""}, {}, {}, "name")
    assert _loses_state(parcel, tmp_path, {}) is lost
    assert f"--var=where={where}" in task.arguments(tmp_path)


def test_nobody_answers(fleet: Fleet) -> None:
    said = fleet.run("fleet", "plan", "--on", "tcp://127.0.0.1:9", "--shared")
    assert said.code == 1 and "no Dask scheduler answers at tcp://127.0.0.1:9" in said.err
