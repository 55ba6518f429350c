"""A query's rows as text, in batches; and what is said of every query that gives none, in our own words."""

from __future__ import annotations

import sqlite3
import tracemalloc
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioner.model import Query, Rows
from provisioner.rows import Workspace
from provisioner.sources.queries import NotText, QueryStream, cell_text
from tests.rows.conftest import PLACE, VIP
from tests.state.postgres_server import PASSWORD, Server

from .crm import AT, DATABASE_AT, Crm, in_sqlite, refusal, rows_of

LINH, MINH = ("0934890883", "Linh", "Huế", "1200000.50", "1"), ("+84934890884", "Minh's", None, None, None)


@pytest.fixture(params=["sqlite", "postgres"])
def crm(request: pytest.FixtureRequest, tmp_path: Path) -> Crm:
    if request.param == "sqlite":
        return in_sqlite(tmp_path)
    return Crm(request.getfixturevalue("postgres_url"), request.getfixturevalue("server"))


def test_values_become_text(crm: Crm) -> None:
    crm.fill([LINH, MINH])
    # a percent sign and a colon are the database's, and not ours
    found = rows_of(crm.url, "select *, ':x' from leads where first_name like '%n%' order by phone desc")
    known = "true" if crm.server else "1"
    assert found == [
        ["0934890883", "Linh", "Huế", "1200000.50" if crm.server else "1200000.5", known, ":x"],
        ["+84934890884", "Minh's", "", "", "", ":x"],
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (84934890883, "84934890883"),
        (Decimal("1E+9"), "1000000000"),
        (Decimal("12.50"), "12.50"),
        (Decimal("NaN"), ""),
        (9.34890883e8, "934890883"),
        (1e-7, "0.0000001"),
        (1.5, "1.5"),
        (float("inf"), ""),
        (datetime(2027, 2, 15, 9, 30), "2027-02-15 09:30:00"),
        (datetime(2027, 2, 15, 9, 30, tzinfo=timezone(timedelta(hours=7))), "2027-02-15 09:30:00+07:00"),
        (date(2027, 2, 15), "2027-02-15"),
        (time(9, 30), "09:30:00"),
        (timedelta(hours=9, minutes=30), "09:30:00"),
        (-timedelta(minutes=1), "-00:01:00"),
        ({"b": 1, "a": "x"}, '{"a":"x","b":1}'),
        (["a", None], '["a",null]'),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    ],
    ids=range(19),
)
def test_a_cell(value: Any, text: str) -> None:
    assert cell_text(value) == text


@pytest.mark.parametrize("value", [b"x", bytearray(b"x"), memoryview(b"x"), {1: float}], ids=range(4))
def test_what_no_cell_can_hold(value: Any) -> None:
    with pytest.raises(NotText):
        cell_text({object(): 1} if isinstance(value, dict) else value)


def test_bytes_are_told_and_not_guessed(tmp_path: Path) -> None:
    crm = in_sqlite(tmp_path)
    crm.fill([])
    assert refusal(crm.url, "select x'ff' as phone") == ("a column holds bytes: cast it to text in the query", AT)


def test_a_file_and_a_query_with_the_same_rows_are_the_same(tmp_path: Path) -> None:
    texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0\r\n\ufeff"), max_size=6)
    number = st.sampled_from(["0934890883", "+84 934 890 884", "934890885", "12", "", "nobody"])
    rows = st.lists(st.tuples(number, texts, st.sampled_from(["", "active", "0", "maybe"])), min_size=1, max_size=6)

    @settings(max_examples=15)
    @given(rows)
    def check(found: list[tuple[str, str, str]]) -> None:
        crm = in_sqlite(tmp_path)
        with sqlite3.connect(tmp_path / "crm.db") as connection:
            connection.executescript("DROP TABLE IF EXISTS t; CREATE TABLE t (contact, first_name, status)")
            connection.executemany("INSERT INTO t VALUES (?, nullif(?, ''), ?)", found)
        connection.close()
        lines = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in found]
        file = tmp_path / "rows.csv"
        file.write_text("\n".join(["contact,first_name,status", *lines]) + "\n", encoding="utf-8")
        options: dict[str, Any] = {"invalid": "skip", "on_duplicate": "first"}
        stream = QueryStream(Query("select * from t order by rowid", crm.url, AT, DATABASE_AT))
        assert loaded(Rows(PLACE, files=(file,), **options), []) == loaded(Rows(PLACE, **options), [stream])

    def loaded(rows: Rows, streams: list[QueryStream]) -> Any:
        report = space.load_source(VIP, rows, region="VN", streams=streams)
        with space.cursor() as connection:
            names = "number, sent, active, first_name, reason"
            table = connection.execute(f"SELECT {names} FROM {space.owned(VIP).source} ORDER BY ALL").fetchall()
        return report.rows, report.left_out, table, space.difference(VIP).add, space.digest(VIP, b"key")

    with Workspace(tmp_path) as space:
        check()


def test_rows_are_not_in_memory_together(tmp_path: Path) -> None:
    crm = in_sqlite(tmp_path)
    crm.fill([])
    many = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 60000)"
    stream = QueryStream(Query(f"{many} select printf('%0300d', i) as phone from n", crm.url, AT, DATABASE_AT))
    with stream.opened() as streamed:
        next(streamed.records)
        tracemalloc.start()
        assert sum(1 for _ in streamed.records) == 59_999
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 6_000_000, "all of them are 20 MB"


# What goes wrong


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "is no URL of a database"),
        ("sk-live-geheim", "is no URL of a database"),
        ("postgresql+psycopg://linh:geheim@host:port/crm", "is no URL of a database"),
        ("geheim://linh:geheim@host/crm", "install its SQLAlchemy dialect"),
        ("trino://linh:geheim@host/crm", "pip install 'trino[sqlalchemy]'"),
        ("mysql+pymysql://linh:geheim@host/crm", "pip install 'pymysql'"),
        ("postgresql+asyncpg://linh:geheim@host/crm", "pip install 'asyncpg'"),
        ("sqlite://", "there is no such SQLite file"),
        ("postgresql+psycopg://linh:geheim@127.0.0.1:1/crm", "the database cannot be reached"),
        ("postgresql+psycopg://linh:geheim@127.0.0.1:1/crm?geheim=geheim", "the database cannot be reached"),
    ],
    ids=range(10),
)
def test_a_url_that_leads_nowhere(url: str, said: str) -> None:
    message, place = refusal(url)
    assert said in message
    assert place == DATABASE_AT
    assert "geheim" not in message and "linh" not in message


def test_a_sqlite_file_is_never_made(tmp_path: Path) -> None:
    for more in ("", "?mode=rwc&uri=true"):
        message, place = refusal(f"sqlite:///{tmp_path}/crm.db{more}")
        assert message.startswith("there is no such SQLite file") and place == DATABASE_AT
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "crm.db").write_bytes(b"phone,first_name\n0934890883,Linh\n" * 100)
    message, _ = refusal(f"sqlite:///{tmp_path}/crm.db", "select phone from leads")
    assert "the file is no SQLite database" in message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("select phone from lead", "no such table"),
        ("select fone from leads", "no such"),
        ("select phone from from leads", "syntax"),
        ("delete from leads", "must be one SELECT"),
        ("select 1; delete from leads", "several statements"),
    ],
    ids=["table", "column", "syntax", "delete", "two"],
)
def test_a_query_that_gives_nothing(crm: Crm, text: str, said: str) -> None:
    crm.fill([LINH])
    message, place = refusal(crm.url, text)
    assert said in message and place == AT
    assert "lead" not in message and "fone" not in message
    assert len(rows_of(crm.url, "select 1 from leads")) == 1


def test_values_in_what_the_database_says_stay_there(server: Server, postgres_url: str) -> None:
    crm = Crm(postgres_url, server)
    crm.fill([LINH, MINH])
    message, place = refusal(crm.url, "select cast(first_name as int) from leads")
    assert (message, place) == ("the database refuses the query: InvalidTextRepresentation 22P02", AT)


def test_it_cannot_write_even_by_a_function(server: Server, postgres_url: str) -> None:
    crm = Crm(postgres_url, server)
    crm.fill([LINH])
    body = "BEGIN DELETE FROM leads; RETURN 1; END"
    crm.execute(f"CREATE FUNCTION forget() RETURNS int LANGUAGE plpgsql AS '{body}'")
    message, place = refusal(crm.url, "select forget()")
    assert message == "the database refuses the query: it writes (ReadOnlySqlTransaction 25006)" and place == AT
    undone = "select set_config('transaction_read_only', 'off', true), forget()"
    assert refusal(crm.url, undone)[1] == AT
    assert len(rows_of(crm.url, "select 1 from leads")) == 1


def test_no_rights_and_a_wrong_password(server: Server, postgres_url: str) -> None:
    crm = Crm(postgres_url, server)
    crm.fill([LINH])
    crm.execute("DROP ROLE IF EXISTS crm_reader", "CREATE ROLE crm_reader LOGIN PASSWORD 'nichts-9431'")
    reader = postgres_url.replace(f"linh:{PASSWORD}", "crm_reader:nichts-9431")
    message, place = refusal(reader, "select phone from leads")
    assert place == AT and "its user" in message
    message, place = refusal(postgres_url.replace(PASSWORD, "falsch-7"))
    assert place == DATABASE_AT and message.startswith("the database cannot be reached, or it refuses the user")
    assert "falsch" not in message and "linh" not in message


def test_a_connection_that_breaks_on_the_way(server: Server, postgres_url: str) -> None:
    stream = QueryStream(Query("select g from generate_series(1, 100000) as g", postgres_url, AT, DATABASE_AT))
    with stream.opened() as streamed:
        records = streamed.records
        next(records)
        ours = "query LIKE 'FETCH FORWARD%' AND pid <> pg_backend_pid()"  # a cursor of the server's, batch by batch
        with server.connect() as connection:
            connection.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {ours}")
        said = _error(records)
    assert said.startswith("the database refuses the query: ")


def _error(records: Iterator[Any]) -> str:
    try:
        list(records)
    except Exception as error:
        return str(error)
    return ""
