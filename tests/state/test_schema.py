"""Schema versions: newer and foreign ones are refused, older ones are brought up to date by the first write."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from provisioner.errors import StateError
from provisioner.state import RunOrigin, Store, open_store, schema

from .conftest import Behind, OpenState, execute
from .postgres_server import Server
from .samples import SURVEY, record

TODAY = schema.newest()
Patch = Callable[[tuple[Callable[[Connection], None], ...]], None]


@pytest.fixture
def filled(store: Store) -> None:
    """A state of today's version, left behind by an earlier run."""
    store.put(record())
    store.close()


@pytest.fixture
def patch(monkeypatch: pytest.MonkeyPatch) -> Patch:
    """Pretends that there are more migrations than today's."""
    known = schema.MIGRATIONS
    return lambda steps: monkeypatch.setattr(schema, "MIGRATIONS", (*known, *steps))


def test_a_newer_schema_is_refused_with_advice(filled: None, open_state: OpenState, behind: Behind) -> None:
    behind("UPDATE alice_version SET version = 99")
    with pytest.raises(StateError, match=rf"schema version 99, this alice-apply knows {TODAY}: upgrade alice-apply"):
        open_state()
    behind(f"UPDATE alice_version SET version = {TODAY}")
    assert open_state().recorded() == {SURVEY: record()}


@pytest.mark.parametrize(
    "stamp",
    [
        "UPDATE alice_version SET application = 'bob'",
        "UPDATE alice_version SET version = 0",
        "DELETE FROM alice_version",
        "INSERT INTO alice_version (application, version) VALUES ('bob', 1)",
    ],
)
def test_a_schema_that_is_not_ours_is_refused(stamp: str, filled: None, open_state: OpenState, behind: Behind) -> None:
    behind(stamp)
    with pytest.raises(StateError, match="did not make"):
        open_state()


def test_a_foreign_table_of_our_name_is_refused(open_state: OpenState, behind: Behind) -> None:
    behind("CREATE TABLE alice_resources (wonder int)")
    with pytest.raises(StateError, match=r"another application \(alice_resources\): set `state:`"):
        open_state()


def test_a_version_table_of_another_shape_is_refused(open_state: OpenState, behind: Behind) -> None:
    behind("CREATE TABLE alice_version (wonder int)")
    with pytest.raises(StateError, match="did not make"):
        open_state()


def test_an_sqlite_file_of_another_application_is_refused(tmp_path: Path) -> None:
    execute("sqlite:///app.db", tmp_path, None, "CREATE TABLE customers (name text)")
    with pytest.raises(StateError, match=r"another application \(customers\)"):
        open_store("sqlite:///app.db", directory=tmp_path, project=None, environment="default")


def test_a_postgres_schema_may_be_shared(
    postgres_url: str, open_state: OpenState, server: Server, tmp_path: Path
) -> None:
    execute(postgres_url, tmp_path, server, "CREATE TABLE customers (name text)")
    store = open_state(url=postgres_url)
    store.put(record())
    assert store.recorded() == {SURVEY: record()}


def add_note(connection: Connection) -> None:
    """A pretend next version."""
    connection.execute(text("ALTER TABLE alice_resources ADD COLUMN note text DEFAULT 'migrated'"))


def note(connection: Connection) -> None:
    """A pretend version after that one, which needs it."""
    connection.execute(text("UPDATE alice_resources SET note = 'twice'"))


def test_an_older_state_that_may_not_be_written_is_read(
    filled: None, open_state: OpenState, patch: Patch, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Such as one on a read-only mount: a plan sees it as it will be once somebody who may write has migrated it."""
    monkeypatch.setattr("provisioner.state.sqlite.SqliteFile._mode", lambda self: "mode=ro&immutable=1")
    patch((add_note, note))
    store = open_state()
    assert store.recorded() == {SURVEY: record()} and store.recorded() == {SURVEY: record()}
    assert store.scope.key


def broken(connection: Connection) -> None:
    """A step that fails half way."""
    connection.execute(text("UPDATE nowhere SET note = 'never'"))


def versions(store: Store, query: str = "SELECT version FROM alice_version") -> list[object]:
    with store._database.engine.connect() as connection:
        return list(connection.scalars(text(query)))


def test_an_older_schema_is_migrated_by_the_first_write(filled: None, open_state: OpenState, patch: Patch) -> None:
    patch((add_note, note))
    store = open_state()
    with store.lock():
        assert versions(store) == [TODAY + 2]
    assert versions(store, "SELECT note FROM alice_resources") == ["twice"]
    assert store.recorded() == {SURVEY: record()}


def test_an_older_schema_is_read_without_changing_it(filled: None, open_state: OpenState, patch: Patch) -> None:
    patch((add_note,))
    store = open_state()
    assert store.recorded() == {SURVEY: record()}
    assert versions(store) == [TODAY]


def test_a_failed_migration_leaves_the_old_schema(filled: None, open_state: OpenState, patch: Patch) -> None:
    patch((add_note, broken))
    with pytest.raises(StateError), open_state() as store:
        store.put(record())
    patch(())
    store = open_state()
    assert versions(store) == [TODAY]
    assert store.recorded() == {SURVEY: record()}


def test_a_fresh_database_is_made_at_the_newest_version(store: Store, patch: Patch) -> None:
    patch((add_note,))
    store.put(record())
    assert versions(store) == [TODAY + 1]


def test_a_state_of_the_version_before_appointments_comes_up_to_date(
    filled: None, open_state: OpenState, behind: Behind
) -> None:
    key = open_state().scope.key
    behind("DROP TABLE alice_appointments", "DROP TABLE alice_runs", "UPDATE alice_version SET version = 4")
    store = open_state()
    assert (store.scope.key, store.recorded()) == (key, {SURVEY: record()})
    store.applied_plans.note("plan")
    assert versions(store) == [TODAY]
    assert versions(store, "SELECT count(*) FROM alice_appointments") == [0]


def test_a_state_of_the_version_before_the_history_comes_up_to_date(
    filled: None, open_state: OpenState, behind: Behind
) -> None:
    behind("DROP TABLE alice_runs", "UPDATE alice_version SET version = 5")
    store = open_state()
    assert (store.runs.latest(9), store.recorded()) == ((), {SURVEY: record()})
    assert versions(store) == [5]  # reading changes nothing
    store.runs.begin(RunOrigin("r1"), "f", allow_calls=False)
    assert versions(store) == [TODAY]
    assert [(each.run, each.ended) for each in store.runs.latest(9)] == [("r1", None)]


@pytest.mark.parametrize("version", [1, 3])
def test_a_state_from_before_the_first_release_is_refused_with_advice(
    version: int, filled: None, open_state: OpenState, behind: Behind
) -> None:
    behind("ALTER TABLE alice_scopes RENAME COLUMN key TO salt", f"UPDATE alice_version SET version = {version}")
    advice = rf"schema version {version}, this alice-apply reads 4 to {TODAY}: move it away .* was not touched"
    with pytest.raises(StateError, match=advice):
        open_state()
