"""Which declared appointment is which event of the calendar, and which of them the server may have without showing it.

    1. by the mark under which it was sent before, with the id of the answer
    2. by title, start and the number that an alarm of it calls
    3. by title and start, of events that nothing is known of

An event that is over is not taken for an appointment that has been put off: that is a new one. What cannot be told
stays unpaired and is `held`: it is not sent, and holds up nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provisioner.reminders import EVENT
from provisioner.rows import reasons
from provisioner.rows.appointments.layout import START
from provisioner.rows.appointments.tables import ABSENT, ALARMS, EVENTS, AgendaScope
from provisioner.rows.sql import literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

HERE, PAIRS, HELD = "here", "pairs", "held"  # tables: events of the calendar; row and id; rows that are not sent
KNOWN_EVENT = f"sort = {literal(EVENT)}"


def pair(connection: DuckDBPyConnection, scope: AgendaScope) -> None:
    """Make `here_N`, `pairs_N` and `held_N` anew, and mark rows that come too late for any reminder."""
    connection.execute(_here(scope))
    connection.execute(f"CREATE OR REPLACE TABLE {scope.table(PAIRS)} (row BIGINT, id BIGINT)")
    # without a key an appointment goes by title and start: one that has got a key since is known by these
    plain = scope.mark(f"{literal(START)} || chr(31) || title || chr(31) || start")
    for statement in (
        _by_mark(scope, "mark"),
        _by_mark(scope, plain),
        _alike(scope, "number", "true"),
        _alike(scope, "0", f"id NOT IN (SELECT coalesce(remote_id, 0) FROM {_known(scope)})"),
    ):
        connection.execute(statement)
    connection.execute(_late(scope))
    connection.execute(_held(scope))


def _known(scope: AgendaScope) -> str:
    return f"(FROM {scope.table('known')} WHERE {KNOWN_EVENT})"


def _here(scope: AgendaScope) -> str:
    """Events of the calendar; one that does not say whose it is may be of any, and is `unsure`."""
    table = f"CREATE OR REPLACE TABLE {scope.table(HERE)} AS"
    if not scope.events:  # what was sent stands for what is there
        nothing = ", ".join(f"NULL::{form} AS {name}" for name, form in _UNSEEN.items())
        return f"{table} SELECT remote_id AS id, {nothing}, false AS unsure FROM {_known(scope)} WHERE remote_id > 0"
    apart = ", ".join(map(str, scope.apart)) or "-1"
    calendar = -1 if scope.calendar is None else scope.calendar
    return f"""{table}
        SELECT id, title, description, start, finish, parent IS NULL AS unsure
        FROM {EVENTS} WHERE coalesce(parent, {calendar}) = {calendar} AND id NOT IN ({apart})"""


_UNSEEN = {"title": "VARCHAR", "description": "VARCHAR", "start": "BIGINT", "finish": "BIGINT"}


def _rest(scope: AgendaScope) -> tuple[str, str]:
    """Declared rows, and events, that have no partner yet."""
    pairs = scope.table(PAIRS)
    rows = f"(FROM {scope.source} WHERE mark IS NOT NULL AND row NOT IN (SELECT row FROM {pairs}))"
    return rows, f"(FROM {scope.table(HERE)} WHERE id NOT IN (SELECT id FROM {pairs}))"


def _by_mark(scope: AgendaScope, mark: str) -> str:
    rows, events = _rest(scope)
    over = f"event.finish <= {scope.now} AND row.finish > {scope.now}"
    put_off = f"coalesce({over} AND row.start <> event.start, false)"
    return f"""
        INSERT INTO {scope.table(PAIRS)}
        SELECT min(row.row), event.id FROM (SELECT *, {mark} AS called FROM {rows}) AS row
        JOIN {_known(scope)} AS known ON known.mark = row.called JOIN {events} AS event ON event.id = known.remote_id
        WHERE NOT {put_off} GROUP BY event.id"""


def _alike(scope: AgendaScope, number: str, condition: str) -> str:
    """Of several that are alike the first with the first, in the order of rows and ids."""
    rows, events = _rest(scope)
    keys = "title, start, called"
    called = f"SELECT parent, min(number) AS number FROM {ALARMS} WHERE number IS NOT NULL GROUP BY parent"
    return f"""
        INSERT INTO {scope.table(PAIRS)}
        SELECT row, id
        FROM (SELECT {keys}, row, row_number() OVER (PARTITION BY {keys} ORDER BY row) AS turn
              FROM (SELECT *, {number} AS called FROM {rows}) WHERE called IS NOT NULL) AS one
        JOIN (SELECT {keys}, id, row_number() OVER (PARTITION BY {keys} ORDER BY unsure, id) AS turn
              FROM (SELECT events.*, {number} AS called FROM {events} AS events
                    LEFT JOIN ({called}) AS calls ON calls.parent = events.id)
              WHERE called IS NOT NULL AND {condition}) AS other USING ({keys}, turn)"""


def _late(scope: AgendaScope) -> str:
    """Nobody was reminded of what is not there and was never sent, and nobody can be any more."""
    last = "try_cast(string_split(dues, ',')[-1] AS BIGINT)"
    return f"""
        UPDATE {scope.source} SET reason = {literal(reasons.PASSED)}
        WHERE reason IS NULL AND least(finish, {last}) <= {scope.now}
          AND row NOT IN (SELECT row FROM {scope.table(PAIRS)})
          AND mark NOT IN (SELECT mark FROM {_known(scope)})"""


def untold_of(scope: AgendaScope, shown: bool) -> str:
    """The condition on what is known that nobody can tell whether it is there, although it was sent.

    A list that leaves out what is there is believed of nothing that it does not show.
    """
    nameless = "flying OR remote_id IS NULL" if scope.hides else "NOT flying AND remote_id IS NULL"
    return nameless if shown else "true"


def _held(scope: AgendaScope) -> str:
    """Rows of which nobody knows whether they are there: sent without an answer that tells, or perhaps one that nobody
    can read."""
    rows, events = _rest(scope)
    anybody = f"{not scope.events and scope.adopted and scope.word != ABSENT}"
    unseen = f"{anybody} OR mark IN (SELECT mark FROM {_known(scope)} WHERE {untold_of(scope, scope.events)})"
    readable = f"SELECT * FROM {events} WHERE title IS NULL OR start IS NULL"
    return f"""
        CREATE OR REPLACE TABLE {scope.table(HELD)} AS
        SELECT row FROM {rows} AS row WHERE reason IS NULL AND finish > {scope.now} AND ({unseen} OR EXISTS (
            SELECT 1 FROM ({readable}) AS event
            WHERE coalesce(event.title = row.title, true) AND coalesce(event.start = row.start, true)))"""
