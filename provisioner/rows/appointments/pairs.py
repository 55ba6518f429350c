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


def pair(connection: DuckDBPyConnection, ground: AgendaScope) -> None:
    """Make `here_N`, `pairs_N` and `held_N` anew, and mark rows that come too late for any reminder."""
    connection.execute(_here(ground))
    connection.execute(f"CREATE OR REPLACE TABLE {ground.table(PAIRS)} (row BIGINT, id BIGINT)")
    # without a key an appointment goes by title and start: one that has got a key since is known by these
    plain = ground.mark(f"{literal(START)} || chr(31) || title || chr(31) || start")
    for statement in (
        _by_mark(ground, "mark"),
        _by_mark(ground, plain),
        _alike(ground, "number", "true"),
        _alike(ground, "0", f"id NOT IN (SELECT coalesce(remote_id, 0) FROM {_known(ground)})"),
    ):
        connection.execute(statement)
    connection.execute(_late(ground))
    connection.execute(_held(ground))


def _known(ground: AgendaScope) -> str:
    return f"(FROM {ground.table('known')} WHERE {KNOWN_EVENT})"


def _here(ground: AgendaScope) -> str:
    """Events of the calendar; one that does not say whose it is may be of any, and is `unsure`."""
    table = f"CREATE OR REPLACE TABLE {ground.table(HERE)} AS"
    if not ground.events:  # what was sent stands for what is there
        nothing = ", ".join(f"NULL::{form} AS {name}" for name, form in _UNSEEN.items())
        return f"{table} SELECT remote_id AS id, {nothing}, false AS unsure FROM {_known(ground)} WHERE remote_id > 0"
    apart = ", ".join(map(str, ground.apart)) or "-1"
    calendar = -1 if ground.calendar is None else ground.calendar
    return f"""{table}
        SELECT id, title, description, start, finish, parent IS NULL AS unsure
        FROM {EVENTS} WHERE coalesce(parent, {calendar}) = {calendar} AND id NOT IN ({apart})"""


_UNSEEN = {"title": "VARCHAR", "description": "VARCHAR", "start": "BIGINT", "finish": "BIGINT"}


def _rest(ground: AgendaScope) -> tuple[str, str]:
    """Declared rows, and events, that have no partner yet."""
    pairs = ground.table(PAIRS)
    rows = f"(FROM {ground.source} WHERE mark IS NOT NULL AND row NOT IN (SELECT row FROM {pairs}))"
    return rows, f"(FROM {ground.table(HERE)} WHERE id NOT IN (SELECT id FROM {pairs}))"


def _by_mark(ground: AgendaScope, mark: str) -> str:
    rows, events = _rest(ground)
    over = f"event.finish <= {ground.now} AND row.finish > {ground.now}"
    put_off = f"coalesce({over} AND row.start <> event.start, false)"
    return f"""
        INSERT INTO {ground.table(PAIRS)}
        SELECT min(row.row), event.id FROM (SELECT *, {mark} AS called FROM {rows}) AS row
        JOIN {_known(ground)} AS known ON known.mark = row.called JOIN {events} AS event ON event.id = known.remote_id
        WHERE NOT {put_off} GROUP BY event.id"""


def _alike(ground: AgendaScope, number: str, condition: str) -> str:
    """Of several that are alike the first with the first, in the order of rows and ids."""
    rows, events = _rest(ground)
    keys = "title, start, called"
    called = f"SELECT parent, min(number) AS number FROM {ALARMS} WHERE number IS NOT NULL GROUP BY parent"
    return f"""
        INSERT INTO {ground.table(PAIRS)}
        SELECT row, id
        FROM (SELECT {keys}, row, row_number() OVER (PARTITION BY {keys} ORDER BY row) AS turn
              FROM (SELECT *, {number} AS called FROM {rows}) WHERE called IS NOT NULL) AS one
        JOIN (SELECT {keys}, id, row_number() OVER (PARTITION BY {keys} ORDER BY unsure, id) AS turn
              FROM (SELECT events.*, {number} AS called FROM {events} AS events
                    LEFT JOIN ({called}) AS calls ON calls.parent = events.id)
              WHERE called IS NOT NULL AND {condition}) AS other USING ({keys}, turn)"""


def _late(ground: AgendaScope) -> str:
    """Nobody was reminded of what is not there and was never sent, and nobody can be any more."""
    last = "try_cast(string_split(dues, ',')[-1] AS BIGINT)"
    return f"""
        UPDATE {ground.source} SET reason = {literal(reasons.PASSED)}
        WHERE reason IS NULL AND least(finish, {last}) <= {ground.now}
          AND row NOT IN (SELECT row FROM {ground.table(PAIRS)})
          AND mark NOT IN (SELECT mark FROM {_known(ground)})"""


def untold_of(ground: AgendaScope, shown: bool) -> str:
    """The condition on what is known that nobody can tell whether it is there, although it was sent.

    A list that leaves out what is there is believed of nothing that it does not show.
    """
    nameless = "flying OR remote_id IS NULL" if ground.hides else "NOT flying AND remote_id IS NULL"
    return nameless if shown else "true"


def _held(ground: AgendaScope) -> str:
    """Rows of which nobody knows whether they are there: sent without an answer that tells, or perhaps one that nobody
    can read."""
    rows, events = _rest(ground)
    anybody = f"{not ground.events and ground.adopted and ground.word != ABSENT}"
    unseen = f"{anybody} OR mark IN (SELECT mark FROM {_known(ground)} WHERE {untold_of(ground, ground.events)})"
    readable = f"SELECT * FROM {events} WHERE title IS NULL OR start IS NULL"
    return f"""
        CREATE OR REPLACE TABLE {ground.table(HELD)} AS
        SELECT row FROM {rows} AS row WHERE reason IS NULL AND finish > {ground.now} AND ({unseen} OR EXISTS (
            SELECT 1 FROM ({readable}) AS event
            WHERE coalesce(event.title = row.title, true) AND coalesce(event.start = row.start, true)))"""
