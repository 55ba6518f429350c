"""Disks and servers that let us down: a clear StateError, nothing half done, no values in messages."""

from __future__ import annotations

import os
import resource
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from provisioner.errors import StateError
from provisioner.state import Store, open_store

from .conftest import OpenState
from .postgres_server import PASSWORD, Server, schema_of
from .samples import CAMPAIGN, SURVEY, entry, record

NOBODY = 65534


@contextmanager
def without_privileges() -> Iterator[None]:
    """Root may write everywhere, so root becomes somebody else for a moment."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def read_only() -> Iterator[Path]:
    """A folder with a state that everybody may read and nobody may write."""
    folder = Path(tempfile.mkdtemp(prefix="alice-state-"))
    with open_store("sqlite:///state.db", directory=folder, project="p", environment="default") as store:
        store.put(record())
    (folder / "state.db").chmod(0o444)
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def open_in(folder: Path) -> Store:
    return open_store("sqlite:///state.db", directory=folder, project="p", environment="default")


def test_a_read_only_state_can_be_read(read_only: Path) -> None:
    with without_privileges(), open_in(read_only) as store:
        assert store.recorded() == {SURVEY: record()}


def test_a_read_only_state_cannot_be_written_and_says_so(read_only: Path) -> None:
    with without_privileges(), open_in(read_only) as store:
        with pytest.raises(StateError, match="is not writable; get write access"):
            store.put(record(CAMPAIGN))
        with pytest.raises(StateError, match=r"state\.db: "), store.lock():
            pytest.fail("locked a state that cannot be written")


def test_a_folder_that_cannot_be_made_is_said(read_only: Path) -> None:
    with without_privileges():
        store = open_store("sqlite:///new/state.db", directory=read_only, project="p", environment="default")
        with store, pytest.raises(StateError, match="Permission denied; set `state:`"):
            store.put(record())


@pytest.fixture
def tiny_disk() -> Iterator[None]:
    """No file may grow beyond 150 KiB, which is what a full disk looks like to a write."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (150 * 1024, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_said_and_loses_nothing_that_was_recorded(
    open_state: OpenState, sqlite_url: str, tiny_disk: None
) -> None:
    store = open_state(url=sqlite_url)
    store.put(record())
    with pytest.raises(StateError, match=r"disk .* run again"):
        store.put(record(CAMPAIGN, fields={"name": "x" * 200_000}))
    assert store.recorded() == {SURVEY: record()}


def test_a_file_kept_busy_is_said(
    open_state: OpenState, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("provisioner.state.sqlite.BUSY_SECONDS", 0.1)
    store, other = open_state(url=sqlite_url), open_state(url=sqlite_url)
    store.put(record())
    other.put(record())
    with other._database.writing(), pytest.raises(StateError, match="kept the file busy"):
        store.put(record(CAMPAIGN))


def test_plans_read_while_an_apply_writes(store: Store, open_state: OpenState) -> None:
    store.put(record())
    other = open_state()
    with store._database.writing():
        assert other.recorded() == {SURVEY: record()}


def test_a_server_that_stops_in_the_middle_is_said_and_lost_nothing(
    open_state: OpenState, postgres_url: str, server: Server
) -> None:
    store = open_state(url=postgres_url)
    store.put(record())
    server.stop()
    try:
        for act in (lambda: store.put(record(CAMPAIGN)), store.recorded, lambda: store.begin(entry())):
            with pytest.raises(StateError, match="is the server up") as caught:
                act()
            assert PASSWORD not in str(caught.value)
    finally:
        server.start()
    assert store.recorded() == {SURVEY: record()}
    store.put(record(CAMPAIGN))


def test_a_connection_cut_inside_a_transaction_is_said(
    open_state: OpenState, postgres_url: str, server: Server
) -> None:
    store = open_state(url=postgres_url)
    store.put(record())
    with pytest.raises(StateError, match=r"connection was lost|is the server up"), store._change() as (connection, _):
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        with server.connect() as admin:
            admin.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    assert store.scope.serial == 1


def test_a_role_without_rights_is_said(postgres_url: str, server: Server, tmp_path: Path) -> None:
    url = postgres_url.replace(f"linh:{PASSWORD}", "guest:guest-password")
    with server.connect() as admin:
        admin.execute("CREATE ROLE guest LOGIN PASSWORD 'guest-password'")
    with open_store(url, directory=tmp_path, project="p", environment="default") as store:
        with pytest.raises(StateError, match="the role needs a schema in which it may create tables") as caught:
            store.put(record())
        with server.connect() as admin:
            admin.execute(f"GRANT USAGE ON SCHEMA {schema_of(postgres_url)} TO guest")
        with pytest.raises(StateError, match=r"permission denied .* it has to create tables"):
            store.put(record())
    assert "guest-password" not in str(caught.value)


def test_messages_never_quote_recorded_values(store: Store) -> None:
    with pytest.raises(StateError) as caught:
        store.put(record(fields={"name": "Nguyễn Thị Linh"}, remote_id=None))  # type: ignore[arg-type]
    assert "Linh" not in str(caught.value)
    assert store.recorded() == {}
