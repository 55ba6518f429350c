"""Tasks on a Dask cluster: a worker starts the process that a pool would start here.

A task carries the project's manifests (`manifests.bundle`), or nothing of it where the workers share its folder, and no
credential: those are in the environment of the workers, and only what closes gates is taken along (`CARRIED`). Dask may
run a task twice, when a worker dies: its process ends with it (`cli.child`), and the second one finishes the work under
the lock of the state, as after any crash.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from provisioner import __version__, files
from provisioner.error_ids import ErrorId
from provisioner.errors import ProvisionerError, UsageError
from provisioner.fleet.process import FleetProcess, Limit
from provisioner.fleet.task import GIVEN, ProcessResult, Task

CARRIED = ("CI", "ALICE_NOW")  # no secrets; TRUST goes along as the content of its file
TRUST = "ALICE_TRUST"
TRUSTED = "trusted.yaml"
CONNECTING = 15.0  # seconds for a scheduler to answer, and for a worker to be there
LOGGERS = ("distributed", "distributed.client")  # each has a level of its own; what they tell, we say in one line
GLANCE = 0.5  # seconds between two looks whether somebody wants an end
ALONE = "install this version with the extra `fleet` on this machine and on the workers"
LOST = "its state is a file, and no other worker has it: use PostgreSQL, or a folder they share (--shared)"


@dataclass(frozen=True, slots=True)
class WorkerJob:
    """What goes to a worker: a task, the files that it reads, variables, and by which name a stop is told."""

    task: Task
    version: str
    project: Mapping[str, bytes] | None
    inputs: Mapping[str, bytes]
    variables: Mapping[str, str]
    name: str


class Cluster:
    """The same as a `Pool`, elsewhere. A worker that dies is made up for by another one."""

    def __init__(self, client: Any, limit: Limit, pack: Pack, writes: bool) -> None:
        self._client, self._limit, self._pack, self._writes = client, limit, pack, writes
        self._name = f"alice-fleet-{uuid.uuid4().hex}"
        self.wrote = False

    def run(self, tasks: Sequence[Task]) -> Iterator[ProcessResult]:
        """Each as it ends."""
        from distributed import as_completed

        parcels = {task.environment: self._pack.parcel(task, self._name) for task in tasks}
        self.wrote = self._writes
        futures = {
            self._client.submit(carry_out_there, parcel, key=f"{self._name}-{name}", pure=False): name
            for name, parcel in parcels.items()
        }
        for future in as_completed(futures, loop=self._client.loop):
            ended = self._ended(future, futures[future])
            self._limit.count(ended)
            if self._limit.closed:
                self._tell("closed")
            yield ended

    def cancel(self, number: int) -> None:
        """From a signal handler too, so somebody else tells the scheduler."""
        self._limit.closed = True
        for word in ("closed", "stopped"):
            threading.Thread(target=self._tell, args=(word,), daemon=True).start()

    def _ended(self, future: Any, environment: str) -> ProcessResult:
        """What a worker answered; what nobody answers may have written."""
        if future.status == "finished":
            ended: ProcessResult = future.result()
            return ended
        why = "the workers that had it died" if future.status == "error" else "the scheduler is gone"
        return ProcessResult(
            environment, 4 if self._writes else 1, said=(f"error: {why}: look at their logs, and run it again",)
        )

    def _tell(self, word: str) -> None:
        from distributed import Event

        Event(f"{self._name}-{word}", client=self._client).set()


class Pack:
    """What all tasks take along; `shared`: the workers see the folder of the project."""

    def __init__(self, directory: Path, environ: Mapping[str, str], shared: bool) -> None:
        from provisioner.manifests.bundle import bundle

        self._project = None if shared else bundle(directory)
        self._variables = {name: environ[name] for name in CARRIED if environ.get(name)}
        self._trusted = _read(Path(environ[TRUST])) if environ.get(TRUST) else None

    def parcel(self, task: Task, name: str) -> WorkerJob:
        """What goes to the worker of one task."""
        inputs = {GIVEN: _read(task.plan_file)} if task.plan_file else {}
        inputs |= {} if self._trusted is None else {TRUSTED: self._trusted}
        here = replace(task.elsewhere(), directory=task.directory.resolve())
        return WorkerJob(here, __version__, self._project, inputs, self._variables, name)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", id=ErrorId.FILE_UNREADABLE) from None


@contextmanager
def cluster(
    address: str, directory: Path, environ: Mapping[str, str], limit: Limit, shared: bool, writes: bool
) -> Iterator[Cluster]:
    """A connection to a scheduler that has workers. Raises UsageError."""
    try:
        from distributed import Client
    except ImportError:
        raise UsageError(f"--on needs Dask: {ALONE}", id=ErrorId.NOT_INSTALLED) from None
    pack = Pack(directory, environ, shared)
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        client = Client(address, timeout=CONNECTING, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UsageError(f"no Dask scheduler answers at {address} ({type(error).__name__})") from None
    try:
        _require_workers(client, address)
        yield Cluster(client, limit, pack, writes)
    finally:
        client.close(timeout=GLANCE)


def _require_workers(client: Any, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=CONNECTING)
    except TimeoutError:
        raise UsageError(f"the Dask scheduler at {address} has no workers: start some with `dask worker`") from None


def carry_out_there(parcel: WorkerJob) -> ProcessResult:
    """On a worker: the process of a task, in folders of its own; an end that is wanted elsewhere is passed on."""
    from distributed import Event

    task, again = parcel.task, Event(f"{parcel.name}-{parcel.task.environment}")
    if Event(f"{parcel.name}-closed").is_set():
        return ProcessResult(task.environment)
    second = again.is_set()
    again.set()
    if parcel.version != __version__:
        told = f"error: this worker has alice-apply {__version__}, and the fleet is of {parcel.version}: {ALONE}"
        return ProcessResult(task.environment, 1, said=(told,))
    with files.made("alice-fleet-") as folder:
        ended = _ended(parcel, folder, Event(f"{parcel.name}-stopped"))
    return ended if not second else _repeated(ended)


def _loses_state(parcel: WorkerJob, directory: Path, environ: Mapping[str, str]) -> bool:
    """Whether what is recorded would lie in the folder of the run, and go with it."""
    from provisioner.manifests import settings

    if parcel.project is None:
        return False
    task = parcel.task
    try:
        found = settings(directory, environment=task.environment, variables=task.variables, environ=environ)
    except ProvisionerError:  # the run itself says what is wrong
        return False
    return found.state.startswith("sqlite:") and not found.state.startswith("sqlite:////")


def _ended(parcel: WorkerJob, folder: Path, stopped: Any) -> ProcessResult:
    """Of one task whose files have been laid out."""
    directory = None if parcel.project is None else folder / "project"
    _lay_out(folder, parcel.inputs)
    _lay_out(folder / "project", parcel.project or {})
    trusted = {TRUST: str(folder / TRUSTED)} if TRUSTED in parcel.inputs and not os.environ.get(TRUST) else {}
    environ = {**os.environ, **parcel.variables, **trusted}
    if directory is not None and _loses_state(parcel, directory, environ):
        return ProcessResult(parcel.task.environment, 1, said=(f"error: {LOST}",))
    process = FleetProcess(parcel.task.arguments(folder, directory), environ)
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(process, stopped, over), daemon=True)
    watcher.start()
    try:
        return process.ended(parcel.task, folder)
    finally:
        over.set()


def _watch(process: FleetProcess, stopped: Any, over: threading.Event) -> None:
    """Until the process is over, or somebody stops the fleet."""
    while not over.wait(GLANCE):
        if stopped.is_set():
            process.stop(signal.SIGTERM)
            return


def _lay_out(folder: Path, contents: Mapping[str, bytes]) -> None:
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        files.create(path, content, files.PRIVATE)


def _repeated(ended: ProcessResult) -> ProcessResult:
    """A plan file counts once: of what its first run did, nobody knows here more than that it began."""
    return replace(ended, again=True, code=4 if ended.code == 5 else ended.code)
