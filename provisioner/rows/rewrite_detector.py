"""Learns, while rows are sent, what the server makes of them: from what was sent in this upload and is shown now.

it says the same (see `alike`)        its form
another text after a row was sent again  its form, unless that is what stood there before, or nothing
what stood there before, or nothing      kept: the server ignores a field, which is told as a failure once
a number that is not there, and a row    the number in a form of the server's: by the id of the answer, on a list
under another text that is               by the number; else nobody knows which row is which
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from provisioner.rows import pending, rewrites
from provisioner.rows.diff import ADD, CHANGE
from provisioner.rows.pending import TARGET, Ledger
from provisioner.rows.sql import one_number
from provisioner.rows.tables import Owned

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(slots=True)
class DetectedRewrites:
    """What this upload has found out, in rows. `fields` are those of which the server kept another value."""

    forms: int = 0
    kept: int = 0
    numbers: int = 0
    lost_numbers: int = 0
    fields: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class RewriteDetector:
    """Made before anything is sent: it remembers what was there."""

    connection: DuckDBPyConnection
    owned: Owned
    ledger: Ledger
    found: DetectedRewrites = field(default_factory=DetectedRewrites)

    def begin(self) -> None:
        """Which rows are on the server, and which differ how."""
        rewrites.begin(self.connection, self.owned)
        number = self.owned.number
        changes = f"FROM {self.owned.difference} WHERE action = '{CHANGE}'"
        names = rewrites.texts(self.owned)
        different = [f"SELECT {self._hash(name)} {changes} AND {name} <> live_{name}" for name in names]
        before = " UNION ALL ".join(different) or "SELECT NULL::UBIGINT WHERE false"
        for statement in (
            f"CREATE OR REPLACE TABLE before_{number} AS FROM ({before}) AS before (pair)",
            f"CREATE OR REPLACE TABLE seen_{number} AS SELECT id FROM {self.owned.live}",
            f"CREATE OR REPLACE TABLE made_{number} (row BIGINT, id BIGINT)",
        ):
            self.connection.execute(statement)

    def made(self, row: int, identity: int) -> None:
        """A row was answered with that id, under another text."""
        self.connection.execute(f"INSERT INTO made_{self.owned.number} VALUES ({row:d}, {identity:d})")

    def look(self) -> bool:
        """After a comparison: whether something was learnt, so that another one finds less."""
        self.ledger.flush()
        return bool(self._texts() + self._numbers())

    def give_up(self) -> bool:
        """The same for numbers that nobody can tell: those that are missing, and rows that came instead."""
        new = f"SELECT sent FROM {self.owned.live} AS live WHERE {self._unexplained()}"
        missing = self._missing()
        if not missing or not one_number(self.connection, f"SELECT count(*) FROM ({new})"):
            return False
        count = self._insert(
            f"SELECT {rewrites.declared_form(self.owned, 'gone.')}, {rewrites.NOBODY} FROM ({self._gone()}) AS gone"
        )
        self._insert(f"SELECT {rewrites.NOBODY}, {rewrites.shown_form(self.owned, 'new.')} FROM ({new}) AS new")
        self.found.lost_numbers += count
        return True

    def assume_others(self) -> bool:
        """On a list whose numbers the server rewrites: what has a row with its number is on it."""
        count = self._insert(self._by_number(f"SELECT * FROM {self.owned.difference} WHERE action = '{ADD}'", "true"))
        self.found.numbers += count
        return bool(count)

    def _texts(self) -> int:
        owned, sent = self.owned, self.ledger.targets(pending.SENT)
        if not owned.shape.rich or not self._differ():
            return 0
        names = rewrites.texts(owned)
        again = " OR ".join(f"({n} <> live_{n} AND NOT {_alike(n)} AND {self._as_before(n)})" for n in names)
        self.connection.execute(f"""
            CREATE OR REPLACE TABLE learnt_{owned.number} AS
            SELECT *, CASE WHEN alike THEN {rewrites.TEXT} WHEN put AND (lost OR {again}) THEN {rewrites.KEPT}
                           WHEN put THEN {rewrites.TEXT} END AS kind
            FROM (SELECT *, {rewrites.pair(owned, "", "live_")} AS pair, -id IN ({sent}) AS put,
                         {" AND ".join(map(_alike, names))} AS alike, {" OR ".join(map(_lost, names))} AS lost
                  FROM {owned.difference} WHERE action = '{CHANGE}' AND coalesce(active = live_active, true))
            WHERE put OR row IN ({self.ledger.targets(pending.ACCEPTED, pending.UNKNOWN)})""")
        self.connection.execute(
            f"INSERT INTO {rewrites.table(owned)} SELECT DISTINCT kind, pair, {rewrites.NOBODY} "
            f"FROM learnt_{owned.number} WHERE kind IS NOT NULL"
        )
        return self._count_texts(names)

    def _differ(self) -> int:
        """Rows that are there with other texts: mostly none, which is not worth a statement of this size."""
        return one_number(self.connection, f"SELECT count(*) FROM {self.owned.difference} WHERE action = '{CHANGE}'")

    def _hash(self, name: str) -> str:
        return rewrites.pair(self.owned, "", "live_", name)

    def _as_before(self, name: str) -> str:
        """The condition that a field is shown as it was before anything was sent."""
        return f"{self._hash(name)} IN (SELECT pair FROM before_{self.owned.number})"

    def _count_texts(self, names: tuple[str, ...]) -> int:
        found = 0
        for kind, name in ((rewrites.TEXT, "forms"), (rewrites.KEPT, "kept")):
            rows = f"FROM learnt_{self.owned.number} WHERE kind = {kind}"
            count = one_number(self.connection, f"SELECT count(*) {rows}")
            setattr(self.found, name, getattr(self.found, name) + count)
            found += count
            if count and kind == rewrites.KEPT:
                differ = (
                    n for n in names if one_number(self.connection, f"SELECT count(*) {rows} AND {n} <> live_{n}")
                )
                self.found.fields.update(differ)
        return found

    def _numbers(self) -> int:
        if not self._missing():
            return 0
        owned = self.owned
        count = self._insert(f"""
            SELECT {rewrites.declared_form(owned, "gone.")}, {rewrites.shown_form(owned, "live.")}
            FROM ({self._gone()}) AS gone JOIN made_{owned.number} AS made ON made.row = gone.row
            JOIN {owned.live} AS live ON live.id = made.id WHERE live.sent <> gone.sent""")
        if not owned.shape.rich:
            count += self._insert(self._by_number(self._gone(), self._unexplained()))
        self.found.numbers += count
        return count

    def _by_number(self, gone: str, condition: str) -> str:
        return f"""
            SELECT {rewrites.declared_form(self.owned, "gone.")}, min({rewrites.shown_form(self.owned, "live.")})
            FROM ({gone}) AS gone JOIN {self.owned.live} AS live ON live.number = gone.number
            WHERE {condition} GROUP BY ALL"""

    def _insert(self, pairs: str) -> int:
        """Numbers that are known already are not missing any more."""
        known = rewrites.table(self.owned)
        before = one_number(self.connection, f"SELECT count(*) FROM {known}")
        self.connection.execute(
            f"INSERT INTO {known} SELECT {rewrites.NUMBER}, one, other FROM ({pairs}) AS found (one, other) "
            f"EXCEPT FROM {known}"
        )
        return one_number(self.connection, f"SELECT count(*) FROM {known}") - before

    def _gone(self) -> str:
        """Additions that the server took, or may have taken, and that are not there under their number or text."""
        sent = self.ledger.targets(pending.ACCEPTED, pending.UNKNOWN)
        known = f"SELECT one FROM {rewrites.table(self.owned)} WHERE kind = {rewrites.NUMBER}"
        return f"""
            SELECT source.* FROM {self.owned.difference} AS source
            WHERE action = '{ADD}' AND {TARGET} IN ({sent})
              AND {rewrites.declared_form(self.owned, "source.")} NOT IN ({known})"""

    def _missing(self) -> int:
        return one_number(self.connection, f"SELECT count(*) FROM ({self._gone()})")

    def _unexplained(self) -> str:
        """The condition on a live row that it came during this upload, and is no declared one."""
        owned = self.owned
        declared = f"SELECT {owned.shape.key} FROM {owned.source} WHERE {owned.shape.key} IS NOT NULL"
        known = f"SELECT other FROM {rewrites.table(owned)} WHERE kind = {rewrites.NUMBER}"
        return f"""live.id NOT IN (SELECT id FROM seen_{owned.number})
            AND coalesce(live.{owned.shape.key} NOT IN ({declared}), true)
            AND {rewrites.shown_form(owned, "live.")} NOT IN ({known})"""


def _alike(name: str) -> str:
    test = rewrites.alike_variables if name == "variables" else rewrites.alike
    return f"coalesce({test(name, f'live_{name}')}, true)"


def _lost(name: str) -> str:
    test = rewrites.lost_variables if name == "variables" else rewrites.lost
    return f"coalesce({test(name, f'live_{name}')}, false)"
