"""What became of every contact of a started object: its live rows, its subscribers and its call records, joined.

One row for each telephone number: of the rows that it dials (those that are active), of whom it took in, and of whom it
called. What is not certain is no outcome: where the records do not say what a subscriber's status implies, it is
`unknown (status)`, and so is everything that a code of which nobody knows what it means may change. Personal data: it
stays in the workspace until somebody asks for it. Must not know how it is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from provisioner.model import Address
from provisioner.resources import KINDS, UNKNOWN, ResultSources, row_owner
from provisioner.rows.call_history import CALLS, SUBSCRIBERS, CallHistory, ListApi, listings
from provisioner.rows.sql import listed, literal, one_number, quoted
from provisioner.rows.tables import Owned
from provisioner.rows.workspace import Workspace

BATCH = 10_000  # rows that are read at once
NAMES = ("first_name", "last_name")  # of the fields of a row
COLUMNS = ("number", *NAMES, "status", "attempts", "outcome", "disposition", "cause", "seconds", "first", "last")
MOMENTS = ("first", "last")
NOT_LAST = str(2**62)  # later than any moment: what has none may be the last


@dataclass(frozen=True, slots=True)
class ResultFilter:
    """Which rows are asked for: of these outcomes (all if there are none), called at or after `since` (microseconds).

    `unknown` stands for whatever is not known. A row whose last call has no moment that can be read may be as late.
    """

    outcomes: tuple[str, ...] = ()
    since: int | None = None

    @property
    def condition(self) -> str:
        """In SQL."""
        kept = [f"outcome = {literal(name)}" for name in self.outcomes if name != UNKNOWN]
        kept += [f"starts_with(outcome, '{UNKNOWN}')"] if UNKNOWN in self.outcomes else []
        since = [] if self.since is None else [f"calls > 0 AND (last >= {self.since:d} OR undated)"]
        return " AND ".join([f"({' OR '.join(kept)})"] * bool(kept) + since) or "true"


@dataclass(frozen=True, slots=True)
class DialledObject:
    """A started object: its remote id, and the owners of the rows it dials, by remote id.

    `all_called`: its status says that everybody was called.
    """

    id: int
    owners: Mapping[Address, int]
    all_called: bool = False


@dataclass(frozen=True, slots=True)
class Results:
    """The results of some objects in a workspace of their own, or of a plan. `region` is that of numbers without +."""

    space: Workspace
    sources: ResultSources
    region: str | None

    def load(self, api: ListApi, dialled: Sequence[DialledObject]) -> None:
        """Read everything and join it. Raises ApiError where something cannot be read: then nothing is known."""
        CallHistory(self.space, self.sources, self.region).load(api, [each.id for each in dialled])
        self._load_rows(api, {address: id for each in dialled for address, id in each.owners.items()})
        for each in dialled:
            with self.space.cursor() as connection:
                connection.execute(self._joined(each))

    def _load_rows(self, api: ListApi, owners: Mapping[Address, int]) -> None:
        if not owners:
            return
        owner = row_owner(next(iter(owners)).kind)
        addresses = {id: address for address, id in owners.items()}
        for asked, pages in listings(api, KINDS[owner.kind], owner.parent, sorted(addresses)):
            self.space.load_live({addresses[id]: id for id in asked}, pages, region=self.region)

    def rows(self, id: int, wanted: ResultFilter) -> Iterator[tuple[Any, ...]]:
        """COLUMNS of each row, moments in microseconds since 1970, and the JSON text of its variables."""
        with self.space.cursor() as connection:
            found = connection.execute(f"""
                SELECT {listed([*COLUMNS])}, variables FROM {table(id)} WHERE {wanted.condition}
                ORDER BY contact NULLS LAST, key""")
            while batch := found.fetchmany(BATCH):
                yield from batch

    def variables(self, id: int, wanted: ResultFilter) -> list[str]:
        """The names of all variables that a row has."""
        with self.space.cursor() as connection:
            found = connection.execute(f"""
                SELECT DISTINCT unnest(json_keys(variables)) AS name FROM {table(id)}
                WHERE {wanted.condition} AND variables <> '{{}}' ORDER BY name""").fetchall()
        return [name for (name,) in found]

    def copy(
        self,
        names: Mapping[int, str],
        wanted: ResultFilter,
        heads: Sequence[str],
        variables: Mapping[str, str],
        path: Path,
    ) -> None:
        """A Parquet file in the scratch folder: the names of objects and COLUMNS under `heads`, then the variables."""
        first, *others = map(quoted, heads)
        moments = {name: f"to_timestamp({name} / 1000000.0)" for name in MOMENTS}
        columns = [f"{moments.get(name, name)} AS {head}" for name, head in zip(COLUMNS, others, strict=True)]
        columns += [
            f"json_extract_string(variables, {literal(_pointer(name))}) AS {quoted(column)}"
            for name, column in variables.items()
        ]
        parts = [
            f"""(SELECT {literal(name)} AS {first}, {listed(columns)} FROM {table(id)}
                 WHERE {wanted.condition} ORDER BY contact NULLS LAST, key)"""
            for id, name in names.items()
        ]
        with self.space.cursor() as connection:
            connection.execute(f"COPY ({' UNION ALL '.join(parts)}) TO {literal(path)} (FORMAT parquet)")

    def strangers(self, id: int) -> int:
        """How many calls were taken under a number that cannot be read: nobody knows by whom."""
        answered = f"outcome = {literal(self.sources.answered)}"
        unreadable = "NOT regexp_full_match(number, '\\+?[0-9 .()-]+')"
        with self.space.cursor() as connection:
            return one_number(
                connection, f"SELECT count(*) FROM {table(id)} WHERE calls > 0 AND {answered} AND {unreadable}"
            )

    def counts(self, id: int) -> Counter[str]:
        """How many rows each outcome has."""
        with self.space.cursor() as connection:
            return Counter(
                dict(connection.execute(f"SELECT outcome, count(*) FROM {table(id)} GROUP BY ALL").fetchall())
            )

    def _joined(self, dialled: DialledObject) -> str:
        """The statement that makes the table of one object.

        Of several contacts with one number the active one with the lowest id stands for it.
        """
        books = [self.space.owned(address) for address in dialled.owners]
        return f"""
            CREATE OR REPLACE TABLE {table(dialled.id)} AS
            WITH contacts AS ({_contacts(books)}),
            people AS (
                SELECT * FROM contacts WHERE id IN (
                    SELECT coalesce(min(id) FILTER (active), min(id)) FROM contacts GROUP BY key)),
            {self._subscribed(dialled)}, {self._called(dialled)},
            keys AS (
                SELECT key FROM subscribed UNION SELECT key FROM called UNION SELECT key FROM people WHERE active)
            {self._selected(dialled)}"""

    def _subscribed(self, dialled: DialledObject) -> str:
        """A subscriber is the contact of its number, else of its id; whoever is neither has a key of their own."""
        key = _key("one.text", "one.number")
        return f"""
            taken AS (
                SELECT coalesce(by_number.key, by_id.key, {key}, '#' || one.id) AS key, one.*
                FROM {SUBSCRIBERS} AS one
                LEFT JOIN people AS by_number ON by_number.key = {key}
                LEFT JOIN contacts AS by_id ON by_id.id = one.row
                    AND (one.bare OR one.number IS NULL AND NOT starts_with(one.text, '0'))
                WHERE one.owner = {dialled.id:d}),
            subscribed AS (
                SELECT key, arg_max(status, (attempts, id)) AS status, sum(attempts) AS attempts,
                       sum(seconds) AS seconds, any_value(text) FILTER (NOT bare OR number IS NOT NULL) AS text,
                       bool_or({self._reached}) AS reached
                FROM taken GROUP BY key)"""

    def _called(self, dialled: DialledObject) -> str:
        return f"""
            called AS (
                SELECT {_key("text", "number")} AS key, any_value(text) AS text, count(*) AS calls,
                       sum(seconds) AS seconds, min(moment) AS first, max(moment) AS last,
                       bool_or(moment IS NULL) AS undated, bool_or({self._taken_up}) AS answered,
                       arg_max(disposition, {_order()}) AS disposition, arg_max(cause, {_order()}) AS cause,
                       max(disposition) FILTER (starts_with(disposition, '{UNKNOWN}')) AS unknown
                FROM {CALLS} WHERE owner = {dialled.id:d} GROUP BY 1)"""

    def _selected(self, dialled: DialledObject) -> str:
        fields = "".join(f"coalesce({name}, '') AS {name}, " for name in NAMES)
        return f"""
            SELECT key, people.id AS contact, coalesce(people.active, false) AS active,
                   coalesce(people.sent, subscribed.text, called.text, '') AS number, {fields}
                   coalesce(people.variables, '{{}}') AS variables, coalesce(subscribed.status, '') AS status,
                   greatest(coalesce(subscribed.attempts, 0), coalesce(calls, 0)) AS attempts,
                   {self._outcome(dialled)} AS outcome, coalesce(disposition, '') AS disposition,
                   coalesce(cause, '') AS cause, coalesce(called.seconds, subscribed.seconds, 0) AS seconds,
                   first, last, coalesce(calls, 0) AS calls, coalesce(undated, false) AS undated
            FROM keys LEFT JOIN people USING (key) LEFT JOIN subscribed USING (key) LEFT JOIN called USING (key)"""

    def _outcome(self, dialled: DialledObject) -> str:
        """What the records say; without any, what the subscriber's status says of somebody who was not called."""
        taken, calls = self.sources.subscribers, self.sources.calls
        ends = _cases("disposition", calls.outcomes)
        uncalled = _cases("subscribed.status", taken.statuses)
        doubt = f"'{UNKNOWN} (' || subscribed.status || ')'"
        doubted = f"CASE WHEN starts_with(subscribed.status, '{UNKNOWN}') THEN subscribed.status ELSE {doubt} END"
        return f"""
            CASE WHEN answered THEN {literal(self.sources.answered)}
                 WHEN unknown IS NOT NULL THEN unknown
                 WHEN reached THEN {doubted}
                 WHEN calls > 0 THEN CASE disposition {ends} ELSE '{UNKNOWN}' END
                 WHEN subscribed.key IS NULL THEN {self._untouched(dialled)}
                 WHEN subscribed.attempts > 0 THEN {doubted}
                 ELSE CASE subscribed.status {uncalled} ELSE {doubted} END END"""

    def _untouched(self, dialled: DialledObject) -> str:
        """Of a contact that is no subscriber and in no record: not called, unless it cannot be told apart.

        Whose number cannot be read may be one of those in the records that are nobody's; and where everybody was
        called, a list of subscribers that is empty does not show them.
        """
        strangers = "EXISTS (SELECT 1 FROM called AS c WHERE c.key NOT IN (SELECT key FROM people))"
        hidden = "NOT EXISTS (SELECT 1 FROM subscribed)" if dialled.all_called else "false"
        return f"""
            CASE WHEN ({hidden}) OR (NOT {_readable("people.sent", "people.number")} AND {strangers})
                 THEN '{UNKNOWN}' ELSE {literal(self.sources.pending)} END"""

    @property
    def _reached(self) -> str:
        """The condition that a subscriber has talked to somebody, whatever its records say."""
        names = listed([literal(name) for name in self.sources.subscribers.reached])
        return f"seconds > 0 OR status IN ({names})"

    @property
    def _taken_up(self) -> str:
        return f"seconds > 0 OR disposition = {literal(self.sources.calls.answered)}"


def table(id: int) -> str:
    """The name of the table with the results of an object."""
    return f"results_{id:d}"


def _contacts(books: Sequence[Owned]) -> str:
    """The live rows of some owners; those that do not say whose they are stand with every one of them."""
    parts = [
        f"""SELECT {_key("sent", "number")} AS key, id, sent, number, active, {listed([*NAMES])}, variables
            FROM {book.live}"""
        for book in books
    ]
    nobody = f"""SELECT '' AS key, 0::BIGINT AS id, '' AS sent, 0::BIGINT AS number, false AS active,
                        {", ".join(f"'' AS {name}" for name in NAMES)}, '' AS variables WHERE false"""
    return " UNION ALL ".join([*parts, nobody])


def _key(text: str, number: str) -> str:
    """What two texts of one number have in common."""
    return f"coalesce({number}::VARCHAR, nullif(translate({text}, ' .-()', ''), ''))"


def _readable(text: str, number: str) -> str:
    """Whether a text may be held against others: a number, or nothing but digits."""
    return f"({number} IS NOT NULL OR regexp_full_match({text}, '\\+?[0-9 .()-]+'))"


def _order() -> str:
    return f"(coalesce(moment, {NOT_LAST}), id)"


def _cases(column: str, names: Mapping[str, str]) -> str:
    return " ".join(f"WHEN {literal(code)} THEN {literal(name)}" for code, name in names.items())


def _pointer(name: str) -> str:
    """The JSON pointer to a variable."""
    return "/" + name.replace("~", "~0").replace("/", "~1")
