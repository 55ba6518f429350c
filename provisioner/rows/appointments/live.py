"""What the server shows of events and alarms, page by page into two tables; duckdb reads the payloads.

A field that is left out, or that nobody understands, is NULL: it may be anything. An alarm whose event nobody can read
stands with none. Payloads stay as they came, for a PUT. Must not know how pages are fetched, or what is declared.
See docs/alice-api.md#lists and #values-that-come-back-changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from provisioner.errors import Inconsistent
from provisioner.phone import E164, ParsedNumber, read_live
from provisioner.resources import KINDS, AppointmentOwner, Kind, Telephone
from provisioner.rows.appointments.tables import ALARMS, EVENTS, LIVE_ALARM, LIVE_EVENT
from provisioner.rows.live_rows import Page, remote_sql, take_in
from provisioner.rows.number_sql import numbered, resolve
from provisioner.rows.scratch import Scratch
from provisioner.rows.sql import cleaned, listed, literal, one_row, quoted, seen, visible
from provisioner.rows.tables import created

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

BATCH = 20_000  # of alarms and events: the comparison waits for the last ones
_DATED, _OFFSET = r"^\d{4}-\d\d-\d\d[T ]\d", r"([Zz]|[+-]\d\d(:?\d\d)?)$"


def load_events(
    connection: DuckDBPyConnection, scratch: Scratch, owner: AppointmentOwner, pages: Iterable[Page], *, whole: bool
) -> None:
    """What the server shows of events: the `whole` list, or some besides. Raises what `pages` raises, Inconsistent."""
    values = {
        "parent": _relation(owner.parent),
        "title": _text("title"),
        "description": f"coalesce({_text('description')}, '')",
        "start": _moment("start"),
        "finish": _moment("end"),
    }
    connection.begin()
    if whole:
        connection.execute(created(EVENTS, LIVE_EVENT))
    fields = (owner.parent, "title", "description", "start", "end")
    _append(connection, scratch, EVENTS, fields, values, pages)
    _distinct(connection, EVENTS, KINDS[owner.kind])
    connection.commit()


def load_alarms(
    connection: DuckDBPyConnection,
    scratch: Scratch,
    owner: AppointmentOwner,
    region: str | None,
    pages: Iterable[Page],
    *,
    whole: bool,
) -> None:
    """The same of alarms."""
    kind = KINDS[owner.notice]
    number, transfer = numbers_of(kind)
    values = {
        "parent": _relation(kind.timing.about[0]),
        "shown": f"trim(coalesce({_scalar(number)}, ''))",
        "moment": _moment(kind.timing.notice),
        "transfer": f"trim(coalesce({_scalar(transfer)}, ''))",
    }

    def reading(text: str) -> ParsedNumber:
        return read_live(seen(text), region)

    connection.begin()
    if whole:
        connection.execute(created(ALARMS, LIVE_ALARM))
    fields = (kind.timing.about[0], number, transfer, kind.timing.notice)
    _append(connection, scratch, ALARMS, fields, values, pages, region)
    resolve(connection, scratch, ALARMS, "sent", reading, lambda found, text: text, reasoned=False)
    _distinct(connection, ALARMS, kind)
    connection.commit()


def nothing(connection: DuckDBPyConnection) -> None:
    """The server shows neither: empty tables."""
    connection.execute(f"CREATE TABLE IF NOT EXISTS {EVENTS} ({_columns(LIVE_EVENT)})")
    connection.execute(f"CREATE TABLE IF NOT EXISTS {ALARMS} ({_columns(LIVE_ALARM)})")


def numbers_of(kind: Kind) -> tuple[str, str]:
    """The fields of an alarm that hold who is called, and to whom a call is passed on."""
    number, transfer = (field.name for field in kind.fields if isinstance(field, Telephone))
    return number, transfer


def _columns(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {form}" for name, form in columns.items())


def _append(
    connection: DuckDBPyConnection,
    scratch: Scratch,
    table: str,
    fields: Sequence[str],
    values: Mapping[str, str],
    pages: Iterable[Page],
    region: str | None = None,
) -> None:
    columns = {"id": f"coalesce({_relation('id')}, {_relation('url')})", **values, "payload": "json::VARCHAR"}
    selected = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())

    def load(path: Path, keys: set[str]) -> None:
        rows = f"(SELECT {selected} FROM ({_decoded(path, ('id', 'url', *fields))}))"
        insert = _numbered(rows, list(columns), region) if "shown" in columns else f"BY NAME FROM {rows}"
        connection.execute(f"INSERT INTO {table} {insert}")

    take_in(scratch, pages, load, most=BATCH)


def _decoded(path: Path, fields: Sequence[str]) -> str:
    """A SELECT of the payloads of a file, with the `texts` of some fields: all at once, so that each is read once."""
    paths, places = ", ".join(literal(f"$.{name}") for name in fields), enumerate(fields, 1)
    shown = ", ".join(f"texts[{place}] AS {_scalar(name)}" for place, name in places)
    return f"""
        SELECT json, {shown} FROM (
            SELECT json, json_extract_string(json, [{paths}]) AS texts
            FROM read_json({literal(path)}, format = 'array', records = 'false', columns = {{json: 'JSON'}}))"""


def _numbered(rows: str, names: list[str], region: str | None) -> str:
    """Rows with the telephone numbers that SQL can read; the others are `resolve`d together."""
    kept = [name for name in names if name != "shown"]
    texts = f"(SELECT *, {visible('shown')} AS text FROM {rows})"
    found = numbered(texts, region, E164)
    return f"({listed([*kept, 'number', 'sent'])}) SELECT {listed([*kept, 'number', 'shown'])} FROM ({found})"


def _distinct(connection: DuckDBPyConnection, table: str, kind: Kind) -> None:
    """Each id once: pages of an unordered list may repeat rows."""
    rows, known, distinct = one_row(connection, f"SELECT count(*), count(id), count(DISTINCT id) FROM {table}")
    if known < rows:
        raise Inconsistent("rows without an id cannot be compared", method="GET", path=kind.path)
    if distinct < rows:
        connection.execute(f"DELETE FROM {table} WHERE rowid NOT IN (SELECT max(rowid) FROM {table} GROUP BY id)")


def _scalar(name: str) -> str:
    """The column of the text of a field."""
    return quoted(f"${name}")


def _text(name: str) -> str:
    """Text in its one form; NULL for what is none."""
    shown = f"CASE WHEN json_type(json, {literal('$.' + name)}) = 'VARCHAR' THEN {_scalar(name)} END"
    return cleaned(f"({shown})")


def _moment(name: str) -> str:
    """Microseconds since 1970; a moment without an offset is in UTC."""
    text = _scalar(name)
    dated = f"regexp_matches({text}, {literal(_DATED)})"
    offset = f"CASE WHEN regexp_matches({text}, {literal(_OFFSET)}) THEN '' ELSE 'Z' END"
    return f"CASE WHEN {dated} THEN epoch_us(try_cast({text} || {offset} AS TIMESTAMPTZ)) END"


def _relation(name: str) -> str:
    return remote_sql(_scalar(name))
