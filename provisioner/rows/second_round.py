"""The rows of a second round: contacts of something that has dialled them, chosen by its results.

They go into a source table as the server has them, every field and variable, and from then on are rows like any other.
Who is left out is counted by reason. Whoever answered, or of whom that is not known, is never chosen. Must not know
what is declared where, or how results are read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from provisioner.model import Address, Rows, SecondRound
from provisioner.plan.model import GONE, INACTIVE, OUTCOME, REACHED, TOO_OFTEN
from provisioner.resources import UNKNOWN
from provisioner.rows.results import DialledObject, Results, table
from provisioner.rows.sources import Loading, load_relation
from provisioner.rows.sql import listed, literal
from provisioner.rows.tables import Owned, SourcePart


@dataclass(frozen=True, slots=True)
class RoundReport:
    """How many were taken of each outcome, and left out by reason."""

    taken: Mapping[str, int]
    left_out: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class RoundSelection:
    """Whom to take of what `dialled`, whose results are there, less those whom one of `reached` has reached."""

    results: Results
    round: SecondRound
    dialled: DialledObject
    reached: Collection[int] = ()

    def load(self, address: Address, rows: Rows, number_format: str) -> RoundReport:
        """Fill the source table of an owner of rows; raises ManifestError as `invalid` says."""
        space = self.results.space
        owned = space.owned(address)
        owned.rows, owned.region, owned.number_format = rows, self.results.region, number_format
        with space.cursor() as connection:
            connection.execute(f"CREATE OR REPLACE TEMP TABLE judged_rows AS {self._judged()}")
            found = connection.execute("SELECT reason, outcome, count(*) FROM judged_rows GROUP BY ALL").fetchall()
            loading = Loading(connection, space.scratch, space.root, owned)
            part = SourcePart("the campaign's contacts", self.round.source)
            owned.source_report = load_relation(loading, part, self._cells(owned))
            connection.execute("DROP TABLE judged_rows")
        taken, left_out = Counter[str](), Counter[str]()
        for reason, outcome, number in found:
            (taken if reason is None else left_out)[reason or outcome] += number
        report = owned.source_report
        owned.source_report = replace(report, passed_over={**report.passed_over, **left_out})
        return RoundReport(taken, left_out)

    def _judged(self) -> str:
        """Every row of the results with the reason why it is not taken."""
        reached = " UNION ALL ".join(
            f"SELECT key FROM {table(id)} WHERE {self._may_have_answered}" for id in self.reached
        )
        elsewhere = f"key IN ({reached})" if reached else "false"
        often = "false" if self.round.most_attempts is None else f"attempts > {self.round.most_attempts:d}"
        wanted = listed([literal(name) for name in self.round.outcomes])
        unknown = (
            f"CASE WHEN starts_with(outcome, '{UNKNOWN}') THEN '{OUTCOME}{UNKNOWN}' ELSE '{OUTCOME}' || outcome END"
        )
        return f"""
            SELECT contact, outcome,
                   CASE WHEN {self._may_have_answered} OR outcome NOT IN ({wanted}) THEN {unknown}
                        WHEN contact IS NULL THEN '{GONE}'
                        WHEN NOT active THEN '{INACTIVE}'
                        WHEN {elsewhere} THEN '{REACHED}'
                        WHEN {often} THEN '{TOO_OFTEN}' END AS reason
            FROM {table(self.dialled.id)}"""

    @property
    def _may_have_answered(self) -> str:
        answered = literal(self.results.sources.answered)
        return f"(outcome = {answered} OR starts_with(outcome, '{UNKNOWN}'))"

    def _cells(self, owned: Owned) -> str:
        """Live rows as a file would declare them: digits that begin with a country code need their plus."""
        books = [self.results.space.owned(address) for address in self.dialled.owners]
        texts = listed([*owned.shape.texts])
        columns = listed(["id", "sent", "number", texts, "variables"])
        live = " UNION ALL ".join(f"SELECT {columns} FROM {book.live}" for book in books)
        text = "CASE WHEN sent = number::VARCHAR THEN '+' || sent ELSE sent END"
        return f"""(
            SELECT row_number() OVER (ORDER BY id) AS row, {text} AS text, {texts}, true AS active, variables,
                   NULL::VARCHAR AS bad
            FROM ({live}) WHERE id IN (SELECT contact FROM judged_rows WHERE reason IS NULL))"""
