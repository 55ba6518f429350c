"""The appointments of a run in its workspace: read, compared, and what the state and the server know of them.

Every method takes its own cursor, for one calendar by one thread at a time. Must not know HTTP, or what a plan is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import orjson

from provisioner.errors import Diagnostic, ManifestError
from provisioner.model import Address, Resource
from provisioner.plan.model import RowChange
from provisioner.plan.notices import Ringing
from provisioner.project import Settings
from provisioner.reminders import ALARM, EVENT, SentAppointment
from provisioner.resources import AppointmentOwner
from provisioner.rows import reasons
from provisioner.rows.appointments import live, summary
from provisioner.rows.appointments.declared import load
from provisioner.rows.appointments.difference import (
    ALARM_CHANGES,
    CHANGE,
    EVENT_CHANGES,
    alarm_form,
    compare,
    event_form,
)
from provisioner.rows.appointments.pairs import HELD, HERE, PAIRS
from provisioner.rows.appointments.summary import AppointmentCounts
from provisioner.rows.appointments.tables import ALARMS, EVENTS, KNOWN, AgendaScope, table_of
from provisioner.rows.live_rows import Page
from provisioner.rows.scratch import spooled
from provisioner.rows.sources import Loading
from provisioner.rows.sql import listed, one_number
from provisioner.rows.streams import RowDownload, RowStream
from provisioner.rows.tables import Owned, SourceReport, created
from provisioner.rows.validation import problems_with
from provisioner.rows.workspace import Workspace

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


LONG_AGO = 30 * 86_400_000_000  # microseconds


@dataclass(slots=True)
class AgendaTables:
    """Of one run; `owner` says what events and alarms are called."""

    space: Workspace
    owner: AppointmentOwner
    region: str | None
    _counts: dict[Address, AppointmentCounts] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with self.cursor() as connection:
            live.nothing(connection)

    def load_source(
        self,
        resource: Resource,
        settings: Settings,
        secret: str = "",
        streams: Iterable[RowStream | RowDownload] = (),
    ) -> SourceReport:
        """Read what a calendar declares; ManifestError with every problem at once. `secret` makes the marks."""
        assert resource.appointments is not None
        owned, zone = self.space.owned(resource.address), ZoneInfo(settings.timezone)
        owned.rows, owned.region, owned.number_format = resource.appointments, self.region, settings.number_format
        with self.cursor() as connection:
            loading = Loading(connection, self.space.scratch, self.space.root, owned, tuple(streams))
            return load(loading, zone, secret)

    def owned(self, address: Address) -> Owned:
        """The tables of a calendar."""
        return self.space.owned(address)

    def load_events(self, pages: Iterable[Page], *, whole: bool = True) -> None:
        """What the server shows of events: all, or some to put beside the others."""
        with self.cursor() as connection:
            live.load_events(connection, self.space.scratch, self.owner, pages, whole=whole)

    def load_alarms(self, pages: Iterable[Page], *, whole: bool = True) -> None:
        """The same of alarms."""
        with self.cursor() as connection:
            live.load_alarms(connection, self.space.scratch, self.owner, self.region, pages, whole=whole)

    def know(self, address: Address, marks: Iterable[Sequence[str]], *, anew: bool = True) -> int:
        """What the state has of a calendar, as `texts` of `SentAppointment`; how many. The last of an object counts.

        Whatever is known of an object, or under a mark, by then is forgotten.
        """
        table = table_of(self.owned(address), "known")
        spool = spooled(self.space.scratch, marks, len(KNOWN))
        with self.cursor() as connection:
            if anew:
                connection.execute(created(table, KNOWN))
            if spool is None:
                return 0
            cells = [f"{name}::{form} AS {name}" for name, form in KNOWN.items() if name != "form"]
            fresh = f"SELECT {listed(cells)}, coalesce(form, '') AS form FROM {spool.relation(tuple(KNOWN))}"
            connection.execute(f"CREATE OR REPLACE TEMP TABLE fresh AS {fresh}")
            connection.execute(f"""
                DELETE FROM {table} AS known USING fresh WHERE known.sort = fresh.sort
                AND (known.mark = fresh.mark OR known.remote_id = fresh.remote_id)""")
            objects = "FROM fresh WHERE remote_id IS NOT NULL GROUP BY sort, remote_id"
            if one_number(connection, f"SELECT count(*) FROM (SELECT 1 {objects} HAVING count(*) > 1)"):
                last = f"SELECT max(rowid) {objects}"
                connection.execute(f"DELETE FROM fresh WHERE remote_id IS NOT NULL AND rowid NOT IN ({last})")
            connection.execute(f"INSERT INTO {table} SELECT {listed(list(KNOWN))} FROM fresh")
        spool.path.unlink()
        return spool.rows

    def unshown(self, scope: AgendaScope) -> tuple[list[int], list[int]]:
        """Events and alarms that were sent, are still to come by what is known, and that no list shows: their ids."""
        events = self._unshown(scope, EVENT, EVENTS) if scope.events else []
        return events, self._unshown(scope, ALARM, ALARMS) if scope.alarms else []

    def _unshown(self, scope: AgendaScope, sort: str, table: str) -> list[int]:
        ahead = f"sort = $1 AND coalesce(moment > {scope.now}, true) AND remote_id IS NOT NULL"
        shown = f"SELECT id FROM {table}"
        query = f"SELECT remote_id FROM {scope.table('known')} WHERE {ahead} AND remote_id NOT IN ({shown})"
        with self.cursor() as connection:
            return [number for (number,) in connection.execute(query, [sort]).fetchall()]

    def standing_in(self, scope: AgendaScope, events: Sequence[int], alarms: Sequence[int]) -> None:
        """These are there, and nobody may see them: they stand as they were sent."""
        with self.cursor() as connection:
            for each in events:
                connection.execute(f"INSERT INTO {EVENTS} (id, parent) VALUES ($1, $2)", [each, scope.calendar])
            for each in alarms:
                connection.execute(f"INSERT INTO {ALARMS} (id) VALUES ($1)", [each])

    def compare(self, scope: AgendaScope, *, judged: bool = True) -> AppointmentCounts:
        """Anew, from all that is known by now.

        With `judged` rows that come too late to remind anybody are a ManifestError, unless these are skipped.
        """
        with self.cursor() as connection:
            compare(connection, scope)
            if judged:
                self._judge(connection, scope)
            counts = self._counts[scope.owned.address] = summary.counted(connection, scope)
        return counts

    def _judge(self, connection: DuckDBPyConnection, scope: AgendaScope) -> None:
        count, rows = summary.late(connection, scope)
        report, owned = scope.owned.source_report, scope.owned
        if count and owned.rows.invalid == "error":
            raise ManifestError(list[Diagnostic](problems_with(owned, [(reasons.PASSED, count, rows)])))
        invalid = {code: number for code, number in report.invalid.items() if code != reasons.PASSED}
        owned.source_report = replace(report, invalid=invalid | ({reasons.PASSED: count} if count else {}))

    def rewritten(self, scope: AgendaScope) -> list[SentAppointment]:
        """What is left to change although all of it was sent: with what the server makes of it, which is told once."""
        events = f"""
            SELECT row.mark, change.id, NULL, row.finish, {event_form(scope, "row.", "event.")}
            FROM {scope.table(EVENT_CHANGES)} AS change JOIN {scope.source} AS row USING (row)
            JOIN {scope.table(HERE)} AS event ON event.id = change.id WHERE change.op = '{CHANGE}'"""
        alarms = f"""
            SELECT change.due, change.id, change.event, change.moment, {alarm_form(scope, "change.", "there.")}
            FROM {scope.table(ALARM_CHANGES)} AS change JOIN {scope.table("there")} AS there ON there.id = change.id
            WHERE change.op = '{CHANGE}'"""
        with self.cursor() as connection:
            return [
                SentAppointment(sort, mark, identity, parent, moment, False, form)
                for sort, query in ((EVENT, events), (ALARM, alarms))
                for mark, identity, parent, moment, form in connection.execute(query).fetchall()
            ]

    def unknown(self, scope: AgendaScope) -> list[SentAppointment]:
        """What is there and the state does not have yet: found by its title, or by number and moment.

        An event whose alarms may be there unseen is none of ours until somebody has said so. Of events that are not
        shown the state keeps what they were sent as.
        """
        known, held = scope.table("known"), f"row.row IN (FROM {scope.table(HELD)})"
        marks = f"SELECT mark FROM {known} WHERE remote_id IS NOT NULL AND NOT flying"
        form, condition = "''", f"row.mark NOT IN ({marks})"
        if not scope.events:
            form = event_form(scope, "row.", "event.")
            condition = f"row.mark NOT IN (SELECT mark FROM {known} WHERE form = {form})"
        changed = f"SELECT row FROM {scope.table(EVENT_CHANGES)} WHERE row IS NOT NULL"
        events = f"""
            SELECT row.mark, pair.id, NULL, row.finish, {form} FROM {scope.table(PAIRS)} AS pair
            JOIN {scope.source} AS row USING (row) JOIN {scope.table(HERE)} AS event ON event.id = pair.id
            WHERE {condition} AND NOT {held} AND row.row NOT IN ({changed})"""
        alarms = f"""
            SELECT due.due, nullif(met.id, -1), due.event, due.moment, '' FROM {scope.table("met")} AS met
            JOIN {scope.table("dues")} AS due USING (row, moment) WHERE due.due NOT IN ({marks})"""
        with self.cursor() as connection:
            return [
                SentAppointment(sort, mark, identity, parent, moment, False, form)
                for sort, query in ((EVENT, events), (ALARM, alarms))
                for mark, identity, parent, moment, form in connection.execute(query).fetchall()
            ]

    def outlived(self, scope: AgendaScope) -> list[tuple[str, str]]:
        """What is known of appointments that nobody declares any more, and alarms, that passed long ago."""
        declared = f"mark IN (SELECT mark FROM {scope.source} WHERE mark IS NOT NULL)"
        query = f"""
            SELECT sort, mark FROM {scope.table("known")}
            WHERE moment < {scope.now} - {LONG_AGO} AND NOT (sort = $1 AND {declared})"""
        with self.cursor() as connection:
            return connection.execute(query, [EVENT]).fetchall()

    def otherwise(self, scope: AgendaScope) -> int:
        """Rows that are taken as equal, and whose dates or numbers the server shows otherwise."""
        with self.cursor() as connection:
            return summary.otherwise(connection, scope)

    def counts(self, address: Address) -> AppointmentCounts:
        """The last difference."""
        return self._counts[address]

    def change(self, scope: AgendaScope) -> RowChange:
        """The last difference as a plan shows it."""
        return summary.row_change(scope, self.counts(scope.owned.address))

    def digest(self, scope: AgendaScope, key: bytes) -> str:
        """The keyed digest of the last difference."""
        with self.cursor() as connection:
            return summary.digest(connection, scope, key)

    def elsewhere(self, scopes: Iterable[AgendaScope], now: int) -> Ringing:
        """What rings of all alarms that belong to none of these calendars."""
        with self.cursor() as connection:
            return summary.elsewhere(connection, scopes, now)

    def claimed(self, scope: AgendaScope) -> frozenset[int]:
        """The alarms on the server that belong to what this calendar declares."""
        with self.cursor() as connection:
            found = connection.execute(f"SELECT id FROM {scope.table('there')}").fetchall()
        return frozenset(number for (number,) in found)

    def samples(self, scope: AgendaScope) -> tuple[int | None, int | None]:
        """An event and an alarm of a calendar, to ask the server about."""
        with self.cursor() as connection:
            events, alarms = (
                connection.execute(f"SELECT min(id) FROM {scope.table(name)} WHERE id > 0").fetchall()[0][0]
                for name in (HERE, "there")
            )
        return events, alarms

    def payload(self, table: str, identity: int) -> dict[str, Any]:
        """An object as the server showed it last; {} for one that it does not show."""
        with self.cursor() as connection:
            found = connection.execute(f"SELECT payload FROM {table} WHERE id = $1", [identity]).fetchone()
        return dict(orjson.loads(found[0])) if found and found[0] else {}

    @contextmanager
    def cursor(self) -> Iterator[DuckDBPyConnection]:
        """A connection of one's own to the tables; errors come out without their text."""
        with self.space.cursor() as connection:
            yield connection
