"""What a difference of appointments comes to: counts, a keyed digest, and what rings when. Never a row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from provisioner.language import gettext
from provisioner.plan.model import RowChange
from provisioner.plan.notices import Ringing
from provisioner.plan.unsettled import UNSETTLED
from provisioner.rows import reasons
from provisioner.rows.appointments.difference import (
    ADD,
    ALARM_CHANGES,
    CHANGE,
    EVENT_CHANGES,
    REMOVE,
    RINGING,
)
from provisioner.rows.appointments.pairs import HELD, HERE, PAIRS
from provisioner.rows.appointments.tables import ALARMS, AgendaScope
from provisioner.rows.diff import digest_of
from provisioner.rows.sql import literal, moment_of, one_number, one_row
from provisioner.rows.tables import RowPlace
from provisioner.rows.validation import SHOWN

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

QUARTER = 900_000_000  # of an hour, in microseconds


@dataclass(frozen=True, slots=True)
class AppointmentCounts:
    """The difference of one calendar in more detail than a plan shows.

    `changes` are rows by what happens to them; `events`, `alarms` the requests by what they do. `standing` events of
    the calendar are there before and still to come, `missing` of them are not declared and stay. `held` rows are not
    sent, or not their alarms, since nobody knows whether they were; the first are at `held_at`, of `silent` ones
    nothing at all is sent. `new` rings because of this difference,
    `left` rang before and is declared, `undeclared` nobody declares, by what is known of this calendar.
    """

    add: int = 0
    change: int = 0
    remove: int = 0
    unchanged: int = 0
    standing: int = 0
    missing: int = 0
    held: int = 0
    silent: int = 0
    held_at: tuple[RowPlace, ...] = ()
    events: dict[str, int] = field(default_factory=dict)
    alarms: dict[str, int] = field(default_factory=dict)
    changed_at: tuple[RowPlace, ...] = ()
    new: Ringing = field(default_factory=Ringing)
    left: Ringing = field(default_factory=Ringing)
    undeclared: Ringing = field(default_factory=Ringing)

    @property
    def held_where(self) -> str:
        """Where the rows that are held are declared."""
        return placed([each.told for each in self.held_at], self.held)

    @property
    def changed_where(self) -> str:
        """The same of what is moved or changed."""
        return placed([each.told for each in self.changed_at], self.change)

    @property
    def calls(self) -> int:
        """Alarms that are set or moved."""
        return self.alarms.get(ADD, 0) + self.alarms.get(CHANGE, 0)

    @property
    def requests(self) -> int:
        """How many requests it takes."""
        return sum(self.events.values()) + sum(self.alarms.values())


def placed(first: Sequence[str], count: int) -> str:
    """`list.csv:2, list.csv:5 and 3 more`, given the first of so many places."""
    shown, more = ", ".join(first), count - len(first)
    return gettext("{places} and {count:,} more", places=shown, count=more) if more > 0 else shown


def counted(connection: DuckDBPyConnection, scope: AgendaScope) -> AppointmentCounts:
    """Of the last difference."""
    events, alarms = (_by_op(connection, scope.table(name)) for name in (EVENT_CHANGES, ALARM_CHANGES))
    touched = _touched(scope)
    add = f"SELECT row FROM {scope.table(EVENT_CHANGES)} WHERE op = '{ADD}'"
    held = scope.table(HELD)
    valid = one_number(connection, f"SELECT count(*) FROM {scope.source} WHERE reason IS NULL")
    change = one_number(connection, f"SELECT count(*) FROM ({touched}) WHERE row NOT IN ({add})")
    waiting = one_number(connection, f"SELECT count(*) FROM {held}")
    silent = one_number(connection, f"SELECT count(*) FROM {held} WHERE row NOT IN ({touched})")
    ahead = f"FROM {scope.table(HERE)} WHERE coalesce(finish > {scope.now}, true)"
    standing = one_number(connection, f"SELECT count(*) {ahead}")
    alone = one_number(connection, f"SELECT count(*) {ahead} AND id NOT IN (SELECT id FROM {scope.table(PAIRS)})")
    ringing, changes = scope.table(RINGING), scope.table(ALARM_CHANGES)
    return AppointmentCounts(
        add=events.get(ADD, 0),
        change=change,
        remove=events.get(REMOVE, 0),
        unchanged=max(0, valid - events.get(ADD, 0) - change - silent),
        standing=standing,
        missing=alone - events.get(REMOVE, 0),
        held=waiting,
        silent=silent,
        held_at=_places(connection, scope, f"SELECT row FROM {held}"),
        events=events,
        alarms=alarms,
        changed_at=_places(connection, scope, f"{touched} EXCEPT {add}"),
        new=rings(connection, f"SELECT moment, number FROM {changes} WHERE op <> '{REMOVE}'"),
        left=rings(connection, f"SELECT moment, number FROM {ringing} WHERE row IS NOT NULL"),
        undeclared=rings(connection, f"SELECT moment, number FROM {ringing} WHERE row IS NULL"),
    )


def row_change(scope: AgendaScope, counts: AppointmentCounts) -> RowChange:
    """What a plan shows of it."""
    report = scope.owned.source_report
    return RowChange(
        address=scope.owned.address,
        add=counts.add,
        change=counts.change,
        remove=counts.remove,
        unchanged=counts.unchanged,
        invalid=sum(report.invalid.values()),
        duplicate=report.duplicates,
        calls=counts.calls,
        left_out=report.left_out | ({UNSETTLED: counts.silent} if counts.silent else {}),
    )


def late(connection: DuckDBPyConnection, scope: AgendaScope) -> tuple[int, list[int]]:
    """Rows whose every reminder has passed before anybody was reminded: how many, and the first."""
    count, rows = one_row(
        connection,
        f"""SELECT count(*), min(row, {SHOWN}) FROM {scope.source} WHERE reason = {literal(reasons.PASSED)}""",
    )
    return int(count), list(rows or ())


def otherwise(connection: DuckDBPyConnection, scope: AgendaScope) -> int:
    """Rows that are taken as equal to what the server shows, although it shows other dates or another number."""
    untouched = f"row.reason IS NULL AND coalesce(event.finish > {scope.now}, true)"
    return one_number(
        connection,
        f"""SELECT count(*) FROM (
            SELECT pair.row FROM {scope.table(PAIRS)} AS pair JOIN {scope.source} AS row USING (row)
            JOIN {scope.table(HERE)} AS event ON event.id = pair.id
            WHERE {untouched} AND (event.start <> row.start OR event.finish <> row.finish)
              AND pair.row NOT IN (SELECT row FROM {scope.table(EVENT_CHANGES)} WHERE row IS NOT NULL)
            UNION SELECT met.row FROM {scope.table("met")} AS met
            JOIN {scope.table("dues")} AS due ON due.row = met.row AND due.moment = met.moment
            JOIN {scope.table("there")} AS there ON there.id = met.id
            WHERE there.moment <> due.moment OR there.number <> due.number)""",
    )


def elsewhere(connection: DuckDBPyConnection, scopes: Iterable[AgendaScope], now: int) -> Ringing:
    """What rings of all alarms on the server that belong to none of these calendars."""
    ours = [f"SELECT id FROM {scope.table('there')}" for scope in scopes if scope.alarms]
    others = f"coalesce(moment > {now}, true) AND id NOT IN ({' UNION ALL '.join(ours) or '-1'})"
    return rings(connection, f"SELECT moment, number FROM {ALARMS} WHERE {others}")


def rings(connection: DuckDBPyConnection, alarms: str) -> Ringing:
    """Alarms (a SELECT of `moment` and `number`) together; one without a number that can be read is somebody."""
    calls, people, first, last = one_row(
        connection,
        f"""SELECT count(*), count(DISTINCT number) + count(*) FILTER (WHERE number IS NULL), min(moment), max(moment)
            FROM ({alarms})""",
    )
    found = connection.execute(f"""
        SELECT moment // {QUARTER} AS turn, count(*) FROM ({alarms})
        WHERE moment IS NOT NULL GROUP BY turn ORDER BY turn
    """).fetchall()
    quarters = tuple((moment_of(turn * QUARTER), count) for turn, count in found)
    return Ringing(calls, people, _known(first), _known(last), quarters)


def digest(connection: DuckDBPyConnection, scope: AgendaScope, key: bytes) -> str:
    """The keyed digest of what would be written: see `rows.diff.digest`. Marks are of one state, and not in it."""
    events = f"""
        SELECT json_array('event', change.op, change.id, row.title, row.start, row.finish, row.description) AS value
        FROM {scope.table(EVENT_CHANGES)} AS change LEFT JOIN {scope.source} AS row ON row.row = change.row"""
    alarms = f"""
        SELECT json_array('alarm', change.op, change.id, change.sent, change.moment, change.transfer, row.title)
        FROM {scope.table(ALARM_CHANGES)} AS change LEFT JOIN {scope.source} AS row ON row.row = change.row"""
    return digest_of(connection, "value::VARCHAR", f"({events} UNION ALL {alarms})", key)


def _touched(scope: AgendaScope) -> str:
    """SELECT of the rows that anything is sent of."""
    changes = (scope.table(EVENT_CHANGES), scope.table(ALARM_CHANGES))
    return " UNION ".join(f"SELECT row FROM {table} WHERE row IS NOT NULL" for table in changes)


def _by_op(connection: DuckDBPyConnection, table: str) -> dict[str, int]:
    return dict(connection.execute(f"SELECT op, count(*) FROM {table} GROUP BY op").fetchall())


def _places(connection: DuckDBPyConnection, scope: AgendaScope, rows: str) -> tuple[RowPlace, ...]:
    found: Iterator[tuple[int]] = iter(
        connection.execute(f"SELECT row FROM ({rows}) ORDER BY row LIMIT {SHOWN}").fetchall()
    )
    return tuple(scope.owned.at(row) for (row,) in found)


def _known(moment: int | None) -> datetime | None:
    return None if moment is None else moment_of(moment)
