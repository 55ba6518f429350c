"""Opening: what URLs are taken, what is refused, and that reading leaves no trace."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from provisioner.errors import StateError
from provisioner.state import open_store

from .conftest import OpenState
from .postgres_server import PASSWORD, Server, schema_of
from .samples import SURVEY, record

SECRET = "geheim-4711"


def test_importing_the_package_does_not_load_sqlalchemy() -> None:
    code = "import provisioner.state, sys; sys.exit('sqlalchemy' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_reading_a_missing_file_creates_nothing(tmp_path: Path, sqlite_url: str, open_state: OpenState) -> None:
    store = open_state(url=sqlite_url)
    store.bind("https://alice.antbuddy.com", "linh")
    assert (store.recorded(), store.pending(), store.absences(), store.unlock()) == ({}, (), frozenset(), None)
    assert store.scope.serial == 0
    assert list(tmp_path.iterdir()) == []


def test_reading_an_empty_postgres_database_creates_no_tables(
    postgres_url: str, open_state: OpenState, server: Server
) -> None:
    store = open_state(url=postgres_url)
    assert (store.recorded(), store.pending(), store.unlock(), store.scope.serial) == ({}, (), None, 0)
    with server.connect() as connection:
        query = "SELECT tablename FROM pg_tables WHERE schemaname = %s"
        assert connection.execute(query, [schema_of(postgres_url)]).fetchall() == []


def test_the_file_and_its_folder_are_private(tmp_path: Path, sqlite_url: str, open_state: OpenState) -> None:
    store = open_state(url=sqlite_url)
    store.put(record())
    folder = tmp_path / ".alice"
    assert folder.stat().st_mode & 0o777 == 0o700
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert modes == {"state.db": 0o600, "state.db-wal": 0o600, "state.db-shm": 0o600}


def test_an_existing_folder_keeps_its_rights(tmp_path: Path, sqlite_url: str, open_state: OpenState) -> None:
    (tmp_path / ".alice").mkdir(mode=0o755)
    open_state(url=sqlite_url).put(record())
    assert (tmp_path / ".alice").stat().st_mode & 0o777 == 0o755


def test_an_absolute_path_with_odd_characters_is_taken(tmp_path: Path, open_state: OpenState) -> None:
    file = tmp_path / "trạng thái #1" / "st&te;.db"
    open_state(url=f"sqlite:///{file}").put(record())
    assert file.exists()
    assert open_state(url=f"sqlite:///{file}").recorded() == {SURVEY: record()}


def test_an_empty_file_is_an_empty_state(tmp_path: Path, open_state: OpenState) -> None:
    (tmp_path / "state.db").touch()
    store = open_state(url="sqlite:///state.db")
    assert store.recorded() == {}
    store.put(record())
    assert store.recorded() == {SURVEY: record()}


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true", "sqlite://host/x"]
)
def test_an_in_memory_database_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(StateError, match="plain file"):
        open_store(url, directory=tmp_path, project="p", environment="default")


@pytest.mark.parametrize(
    "url",
    [
        f"mysql://joe:{SECRET}@host/db",
        f"joe:{SECRET}@host",
        f"postgresql+psycopg://joe:{SECRET}@host:port/db",
        f"postgresql+asyncpg://joe:{SECRET}@host/db",
        "state.db",
        "",
    ],
)
def test_a_url_that_cannot_be_used_is_refused_without_repeating_it(url: str, tmp_path: Path) -> None:
    with pytest.raises(StateError, match="use sqlite:///") as caught:
        open_store(url, directory=tmp_path, project="p", environment="default")
    assert SECRET not in str(caught.value)


def test_without_a_project_a_local_state_is_fine(open_state: OpenState, sqlite_url: str) -> None:
    assert open_state(project=None, url=sqlite_url).scope.project == ""


def test_without_a_project_a_shared_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="needs `project: NAME`"):
        open_store("postgresql+psycopg://u@h/d", directory=tmp_path, project=None, environment="default")


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("Danh sách số điện thoại\n" * 100)
    with pytest.raises(StateError, match=r"notes\.txt: the file is not an SQLite database; set `state:`"):
        open_store("sqlite:///notes.txt", directory=tmp_path, project=None, environment="default")
    assert file.read_text() == "Danh sách số điện thoại\n" * 100


def test_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state.db").mkdir()
    with pytest.raises(StateError, match="cannot be opened"):
        open_store("sqlite:///state.db", directory=tmp_path, project=None, environment="default")


def test_a_damaged_file_is_refused(tmp_path: Path, sqlite_url: str, open_state: OpenState) -> None:
    with open_state(url=sqlite_url) as store:
        store.put(record())
    file = tmp_path / ".alice/state.db"
    file.write_bytes(file.read_bytes()[:5000] + b"\xff" * 30_000)
    with pytest.raises(StateError, match="damaged"):
        open_state(url=sqlite_url).recorded()


def test_a_missing_driver_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StateError, match=r"pip install 'psycopg\[binary\]'"):
        open_store("postgresql+psycopg://u@h/d", directory=tmp_path, project="p", environment="default")


def test_a_server_that_is_down_is_said_at_once_without_the_password(tmp_path: Path) -> None:
    url = f"postgresql+psycopg://joe:{SECRET}@127.0.0.1:1/state"
    with pytest.raises(StateError, match="is the server up") as caught:
        open_store(url, directory=tmp_path, project="p", environment="default")
    assert "state database 'state' on 127.0.0.1" in str(caught.value)
    assert SECRET not in str(caught.value)


def test_a_wrong_password_is_not_repeated(tmp_path: Path, server: Server) -> None:
    with pytest.raises(StateError, match="authentication failed") as caught:
        open_store(server.url(password=SECRET), directory=tmp_path, project="p", environment="default")
    assert SECRET not in str(caught.value)


def test_a_missing_postgres_database_is_named(tmp_path: Path, server: Server) -> None:
    with pytest.raises(StateError, match='"nowhere" does not exist'):
        open_store(server.url(database="nowhere"), directory=tmp_path, project="p", environment="default")


@pytest.mark.parametrize("form", ["postgres://", "postgresql://", "postgresql+psycopg://"])
def test_every_common_form_of_a_postgres_url_uses_psycopg(form: str, postgres_url: str, open_state: OpenState) -> None:
    open_state(url=postgres_url.replace("postgresql+psycopg://", form)).put(record())


def test_the_password_is_in_no_representation(postgres_url: str, open_state: OpenState) -> None:
    store = open_state(url=postgres_url)
    shown = repr(store) + str(store) + repr(store._database.place)
    assert "antbuddy" in shown
    assert PASSWORD not in shown
