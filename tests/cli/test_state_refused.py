"""A state that is not ours, not readable or not there: exit 1 with advice before anything is asked of Alice."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Executable, create_engine

from provisioner.simulator.process import Simulator
from provisioner.state.schema import VERSION
from tests.factories import NOW
from tests.operator import Operator
from tests.state.postgres_server import Server

PROJECT = "alice: 1\nproject: test\nendpoint: {endpoint}\nregion: VN\nstate: {state}\nenvironments: {{other: {{}}}}\n"
COMMANDS = (["plan"], ["apply", "--auto-approve"], ["drift"], ["state", "adopt", "survey.hello", "1"])


@pytest.fixture(params=["sqlite", "postgres"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/state.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
def operator(simulator: Simulator, tmp_path: Path, state: str) -> Operator:
    """A project that was applied once."""
    simulator.reset(now=NOW)
    folder = tmp_path / "project"
    folder.mkdir()
    operator = Operator(folder, simulator, now=NOW)
    operator.write("alice.yaml", PROJECT.format(endpoint=simulator.endpoint, state=state))
    operator.write("main.yaml", "surveys: {hello: {name: Hello}}\n")
    operator.apply()
    simulator.clear_requests()
    return operator


def refused(operator: Operator, *words: str) -> None:
    """By every command that goes by the state, in words, before any read."""
    for command in COMMANDS:
        said = operator.run(*command)
        assert (said.code, said.out) == (1, ""), (command, said)
        assert "Traceback" not in said.err
        for word in words:
            assert word in said.err, (command, said.err)
    assert operator.simulator.requests() == []


def test_another_endpoint_is_refused_before_any_read(operator: Operator) -> None:
    other = operator.simulator.endpoint.replace("127.0.0.1", "localhost")
    elsewhere = replace(operator, environ={"ALICE_ENDPOINT": other})
    refused(elsewhere, "environment 'default' belongs to endpoint http://127.0.0.1", "use another environment (-e)")
    said = elsewhere.run("-e", "other", "plan")
    assert said.code == 0, said.err
    operator.demand_nothing_to_do()


def test_another_user_is_refused_before_any_read(operator: Operator) -> None:
    admin = replace(operator, environ={"ALICE_USERNAME": "admin", "ALICE_PASSWORD": "admin"})
    refused(admin, "belongs to user demo, this run uses admin", "use another environment (-e)")
    operator.demand_nothing_to_do()


def test_a_newer_schema_is_refused_with_advice(operator: Operator, state: str) -> None:
    change(state, VERSION.update().values(version=99))
    refused(operator, "has schema version 99", "upgrade alice-apply to the version your colleagues use")


def test_a_foreign_table_of_our_name_is_refused(operator: Operator, state: str) -> None:
    change(state, VERSION.update().values(application="somebody-else"))
    refused(operator, "carries a schema that alice-apply did not make")


def change(state: str, statement: Executable) -> None:
    engine = create_engine(state)
    with engine.begin() as connection:
        connection.execute(statement)
    engine.dispose()


def test_a_file_of_another_application_is_refused(simulator: Simulator, tmp_path: Path) -> None:
    simulator.reset(now=NOW)
    operator = Operator(tmp_path, simulator, now=NOW)
    with sqlite3.connect(tmp_path / "theirs.db") as connection:
        connection.execute("CREATE TABLE songs (title TEXT)")
    connection.close()
    operator.write("alice.yaml", PROJECT.format(endpoint=simulator.endpoint, state="sqlite:///theirs.db"))
    operator.write("main.yaml", "surveys: {hello: {name: Hello}}\n")
    refused(operator, "tables of another application (songs)")


def test_a_database_that_is_down_is_said_before_anything_is_asked(
    simulator: Simulator, server: Server, postgres_url: str, tmp_path: Path
) -> None:
    simulator.reset(now=NOW)
    operator = Operator(tmp_path, simulator, now=NOW)
    operator.write("alice.yaml", PROJECT.format(endpoint=simulator.endpoint, state=postgres_url))
    operator.write("main.yaml", "surveys: {hello: {name: Hello}}\n")
    operator.apply()
    simulator.clear_requests()
    server.stop()
    try:
        refused(operator, "is the server up, and is the address right?")
    finally:
        server.start()
    operator.demand_nothing_to_do()
