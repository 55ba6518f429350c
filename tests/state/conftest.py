"""The same tests on both databases: SQLite in a temporary folder, PostgreSQL on the server of tests/conftest.py."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from provisioner.state import Store, open_store

from .postgres_server import Server, schema_of

OpenState = Callable[..., Store]
Behind = Callable[..., None]


@pytest.fixture
def sqlite_url() -> str:
    return "sqlite:///.alice/state.db"


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    found: str = request.getfixturevalue(f"{request.param}_url")
    return found


@pytest.fixture
def open_state(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[OpenState]:
    """Opens stores of the parametrised database, or of `url`, and closes them all afterwards."""
    with ExitStack() as opened:

        def opener(environment: str = "default", project: str | None = "antbuddy", url: str | None = None) -> Store:
            address = url or request.getfixturevalue("url")
            return opened.enter_context(
                open_store(address, directory=tmp_path, project=project, environment=environment)
            )

        yield opener


def execute(url: str, directory: Path, server: Server | None, *statements: str) -> None:
    """Statements behind the store's back."""
    if server is None:
        with closing(sqlite3.connect(directory / url.removeprefix("sqlite:///"))) as connection, connection:
            for statement in statements:
                connection.execute(statement)
        return
    with server.connect(options=f"-csearch_path={schema_of(url)}") as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.fixture
def behind(url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Behind:
    """Runs statements in the parametrised database without the store."""
    server = None if url.startswith("sqlite") else request.getfixturevalue("server")
    (tmp_path / ".alice").mkdir(exist_ok=True)
    return lambda *statements: execute(url, tmp_path, server, *statements)


@pytest.fixture
def store(url: str, open_state: OpenState) -> Store:
    return open_state()
