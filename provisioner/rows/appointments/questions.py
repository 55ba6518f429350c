"""Questions of checks to declared appointments: who is called when nobody should be, twice, or against their will.

Asked of what will be there once the plan is applied, in sets. Answers are counts and places of rows, never a title or
a number. Must not change anything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from provisioner.model import Address
from provisioner.rows.appointments.difference import ADD, ALARM_CHANGES, EVENT_CHANGES, REMOVE, RINGING
from provisioner.rows.appointments.summary import placed
from provisioner.rows.appointments.tables import AgendaScope
from provisioner.rows.sql import EPOCH, literal, micros, moment_of, one_row
from provisioner.rows.validation import SHOWN
from provisioner.rows.workspace import Workspace

DAY, FIVE_MINUTES = 86_400_000_000, 300_000_000  # microseconds

Stretches = Iterable[tuple[datetime, datetime]]


@dataclass(frozen=True, slots=True)
class Suspects:
    """So many, and where the first of their `rows` are declared."""

    count: int = 0
    rows: int = 0
    places: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """`list.csv:2, list.csv:5 and 3 more`."""
        return placed(self.places, self.rows)


@dataclass(frozen=True, slots=True)
class AppointmentQuestions:
    """`space` opens the workspace, `scopes` are all declared calendars; of those `chosen` this plan changes rows."""

    space: Callable[[], Workspace]
    scopes: Mapping[Address, AgendaScope]
    chosen: Collection[Address]

    def days(self, address: Address) -> frozenset[date]:
        """The dates (UTC) on which reminders ring."""
        query = f"SELECT DISTINCT moment // {DAY} FROM {self._dues(address)}"
        with self.space().cursor() as connection:
            found = connection.execute(query).fetchall()
        return frozenset(EPOCH.date() + timedelta(days=day) for (day,) in found)

    def outside(self, address: Address, allowed: Stretches, region: str = "") -> Suspects:
        """Reminders at other times than these (from, to), which do not overlap; of a country's numbers alone."""
        times = ", ".join(f"({micros(first)}, {micros(last)})" for first, last in allowed) or "(NULL, NULL)"
        called = f"starts_with(number::VARCHAR, {literal(_code(region))})" if region else "true"
        return self._suspects(
            address,
            f"""SELECT row, moment FROM (FROM {self._dues(address)} WHERE {called}) AS due
                ASOF LEFT JOIN (SELECT * FROM (VALUES {times}) AS times (first, last)) AS open
                ON due.moment >= open.first WHERE open.last IS NULL OR due.moment >= open.last""",
        )

    def begun(self, address: Address) -> Suspects:
        """Reminders after the appointment has begun."""
        source = self.scopes[address].source
        return self._suspects(
            address, f"SELECT row FROM {self._dues(address)} JOIN {source} AS row USING (row) WHERE moment > row.start"
        )

    def missed(self, address: Address) -> Suspects:
        """Reminders of new appointments before now: nobody gets them."""
        scope = self.scopes[address]
        moments = f"""SELECT row, try_cast(unnest(string_split(dues, ',')) AS BIGINT) AS moment FROM {scope.source}
            WHERE row IN (SELECT row FROM {scope.table(EVENT_CHANGES)} WHERE op = '{ADD}')"""
        return self._suspects(address, f"SELECT row FROM ({moments}) WHERE moment <= {scope.now}")

    def barred(self, address: Address, lists: Iterable[Address]) -> Suspects:
        """Reminders to numbers that are on any of the DNC lists; all of these are read."""
        numbers = " UNION ALL ".join(f"SELECT number FROM {self.space().numbers(each)}" for each in lists)
        if not numbers:
            return Suspects()
        barred = f"SELECT number FROM ({numbers}) WHERE number IS NOT NULL"
        return self._suspects(address, f"SELECT row FROM {self._dues(address)} WHERE number IN ({barred})")

    def twice(self) -> dict[Address, Suspects]:
        """Appointments that another row declares as well: one number, one title and one beginning."""
        return self._by_calendar(f"SELECT calendar, row FROM ({self._ahead()}) WHERE turn > 1")

    def together(self) -> dict[Address, Suspects]:
        """Appointments that begin while another one of the same number lasts, or with it, in whatever calendar."""
        before = (
            "OVER (PARTITION BY number ORDER BY start, calendar, row ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
        )
        others = f"""SELECT calendar, row, start, max(finish) {before} AS until, max(start) {before} AS begun
            FROM ({self._ahead()}) WHERE turn = 1"""
        return self._by_calendar(f"SELECT calendar, row FROM ({others}) WHERE until > start OR begun = start")

    def busiest(self, addresses: Iterable[Address], besides: Iterable[datetime] = ()) -> tuple[int, datetime | None]:
        """The most alarms of these calendars, and of others at these moments, in any five minutes; when these begin."""
        moments = " UNION ALL ".join(map(self._moments, addresses))
        window = f"count(*) OVER (ORDER BY moment RANGE BETWEEN CURRENT ROW AND {FIVE_MINUTES - 1} FOLLOWING)"
        query = f"""SELECT max(calls), arg_min(moment, (-calls, moment)) FROM (
            SELECT moment, {window} AS calls FROM ({moments} UNION ALL SELECT unnest($1::BIGINT[]) AS moment))"""
        with self.space().cursor() as connection:
            calls, begins = one_row(connection, query, [[micros(each) for each in besides]])
        return (int(calls), moment_of(begins)) if calls else (0, None)

    def _dues(self, address: Address) -> str:
        """Every reminder that should be there and rings from now on."""
        return self.scopes[address].table("dues")

    def _moments(self, address: Address) -> str:
        """SELECT of when alarms of a calendar ring, whoever declares them; what is left out stays as it is."""
        scope = self.scopes[address]
        if address not in self.chosen:
            return f"SELECT moment FROM {scope.table('there')} WHERE moment IS NOT NULL"
        changes = f"SELECT moment FROM {scope.table(ALARM_CHANGES)} WHERE op <> '{REMOVE}'"
        return f"{changes} UNION ALL SELECT moment FROM {scope.table(RINGING)} WHERE moment IS NOT NULL"

    def _ahead(self) -> str:
        """SELECT of the valid appointments that are not over, of all calendars; `turn` counts those that are alike."""
        rows = " UNION ALL ".join(
            f"""SELECT {scope.owned.number} AS calendar, row, number, title, start, finish FROM {scope.source}
                WHERE reason IS NULL AND number IS NOT NULL AND finish > {scope.now}"""
            for scope in self.scopes.values()
        )
        turn = "row_number() OVER (PARTITION BY number, title, start ORDER BY calendar, row)"
        return f"SELECT *, {turn} AS turn FROM ({rows})"

    def _suspects(self, address: Address, rows: str) -> Suspects:
        """What a SELECT with a `row` each finds of one calendar."""
        number = self.scopes[address].owned.number
        return self._by_calendar(f"SELECT {number} AS calendar, row FROM ({rows})").get(address, Suspects())

    def _by_calendar(self, rows: str) -> dict[Address, Suspects]:
        owned = {scope.owned.number: scope.owned for scope in self.scopes.values()}
        query = f"""SELECT calendar, sum(times)::BIGINT, count(*), min(row, {SHOWN}) FROM (
            SELECT calendar, row, count(*) AS times FROM ({rows}) GROUP BY calendar, row) GROUP BY calendar"""
        with self.space().cursor() as connection:
            found = connection.execute(query).fetchall()
        return {
            owned[number].address: Suspects(count, rows, tuple(map(owned[number].told, first)))
            for number, count, rows, first in found
            if owned[number].address in self.chosen
        }


def _code(region: str) -> str:
    """The calling code of a country: none is the beginning of another."""
    from phonenumbers import country_code_for_region

    return str(country_code_for_region(region))
