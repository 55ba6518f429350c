"""The tables of one owner of rows (a phonebook, a DNC list) in the workspace's database, by the shape of its rows.

    source_N      the declared rows          row, number, sent, text, active, fields, variables, reason
    live_N        the rows on the server     id, number, sent, unsure, active, fields, variables, raw, rest
    surplus_N     repeated on the server     id
    barred_N      must not be active         number
    pairs_N       which two differ           row, id (while comparing)
    difference_N  what is to be sent         action, row, id, number, both sides of every field

`number` is the E.164 number as an integer, `sent` the text on the wire. `row` tells the file and the line in it.
What differs between phonebooks and DNC lists is in `RowShape`, derived from the kind's declaration.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import NamedTuple

from provisioner.model import Address, Rows, Source
from provisioner.plan.model import DUPLICATE, LISTED
from provisioner.resources import KINDS, AppointmentOwner, Relation, Telephone, Text
from provisioner.rows.appointments.layout import FIELDS, PHONE

IN_BULK = frozenset({"email", "last_name", "first_name"})  # besides number and status (docs/alice-api.md#bulk-contacts)

NOTHING = Rows(Source("", 1, 1))
IN_MEMORY = "passing"  # the database of what is soon made anew: not compressed, at a sixth of the cost; spills as well
FILE_SHIFT = 40  # a row is (file << 40) + its line in the file, so rows of several files keep their order


@dataclass(frozen=True, slots=True)
class RowShape:
    """`identity` is the field that holds the number, `texts` the other text fields with their longest length.

    `parent` is the relation to the owner. `rich` rows have a status and variables; the others are known by their exact
    text and only ever added. Appointments are known `by` a mark, and have names of `their` own for their fields.
    """

    kind: str
    path: str
    parent: Relation
    identity: str
    longest: int
    texts: dict[str, int | None]
    rich: bool
    by: str = ""
    their: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The column two rows are the same by: the number, or the exact text (the server compares text)."""
        return self.by or ("number" if self.rich else "sent")

    @property
    def noun(self) -> tuple[str, str]:
        """What is declared twice when two rows are the same, once and several times."""
        return ("appointment", "appointments") if self.by else ("number", "numbers")

    @property
    def fields(self) -> tuple[str, ...]:
        """The columns that are compared once two rows are the same."""
        return (*self.texts, "active", "variables") if self.rich else ()

    @property
    def names(self) -> tuple[str, ...]:
        """The fields that may be declared, as manifests name them; variables come apart."""
        return self.their or KINDS[self.kind].cells(self.parent.name)


@cache
def shape_of(owner: Address) -> RowShape:
    """The shape of the rows that a phonebook, a DNC list or a calendar owns; KeyError if that kind owns no rows."""
    owned, appointments = KINDS[owner.kind].rows, KINDS[owner.kind].appointments
    if appointments is not None:
        return _appointments(appointments)
    if owned is None:
        raise KeyError(f"{owner.kind} has no rows")
    kind = KINDS[owned.kind]
    identity = next(name for name in kind.natural_key if name != owned.parent)
    number = kind.field(identity)
    parent = kind.field(owned.parent)
    assert isinstance(number, Text) and isinstance(parent, Relation)
    return RowShape(
        kind=kind.name,
        path=kind.path,
        parent=parent,
        identity=identity,
        longest=number.max_length or 90,
        texts={field.name: field.max_length for field in kind.fields if isinstance(field, Text) and field != number},
        rich=not owned.additive,
    )


def _appointments(owner: AppointmentOwner) -> RowShape:
    kind, called = KINDS[owner.kind], KINDS[owner.notice]
    number = next(field for field in called.fields if isinstance(field, Telephone))
    parent = kind.field(owner.parent)
    assert isinstance(parent, Relation)
    longest = number.max_length or 90
    return RowShape(kind.name, kind.path, parent, PHONE, longest, {}, rich=False, by="mark", their=FIELDS)


def declared_under(owner: Address) -> str:
    """The manifest key that holds the rows, such as `contacts`: where a problem with them is shown."""
    owned = KINDS[owner.kind].rows or KINDS[owner.kind].appointments
    return owned.declared if owned else ""


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What was read from the declared rows.

    `rows` will be compared. Left out are `invalid` rows, counted by reason code, `duplicates`, which are surplus rows
    of a number, rows `dropped` because of a DNC list, and those `passed_over`: what the filter took out, what is empty
    or adds others up.
    """

    rows: int = 0
    invalid: dict[str, int] = field(default_factory=dict)
    duplicates: int = 0
    dropped: int = 0
    passed_over: Mapping[str, int] = field(default_factory=dict)

    @property
    def left_out(self) -> dict[str, int]:
        """All rows that are not compared, by reason."""
        others = {DUPLICATE: self.duplicates, LISTED: self.dropped, **self.passed_over}
        return {reason: count for reason, count in (self.invalid | others).items() if count}


@dataclass(frozen=True, slots=True)
class LiveReport:
    """What was read from the server: rows of this owner, and rows of others that came along."""

    rows: int = 0
    foreign: int = 0


class RowPlace(NamedTuple):
    """Where a row was declared: what to blame, and how a sentence names it."""

    source: Source
    told: str


@dataclass(frozen=True, slots=True)
class SourcePart:
    """What some of the declared rows come from: a file, whose lines are places, or else `whole`, the one place of all.

    `name` is the file as people know it, or words such as `the query`.
    """

    name: str
    whole: Source | None = None

    def at(self, line: int) -> RowPlace:
        """Where a row of it was declared."""
        if self.whole:
            return RowPlace(self.whole, f"row {line} of {self.name}")
        return RowPlace(Source(self.name, line, 1), f"{self.name}:{line}")


class TableName:
    """One table of each owner, by the name of the attribute and the owner's number."""

    def __set_name__(self, owner: type[Owned], name: str) -> None:
        self.name = name

    def __get__(self, owned: Owned, owner: type[Owned]) -> str:
        return f"{self.name}_{owned.number}"


@dataclass(slots=True)
class Owned:
    """All that is known in this run of one owner's rows."""

    address: Address
    shape: RowShape
    number: int
    rows: Rows = NOTHING
    region: str | None = None
    number_format: str = "national"
    managed: tuple[str, ...] = ()
    parts: list[SourcePart] = field(default_factory=list)  # what the rows come from, but those of the manifest
    heads: set[str] = field(default_factory=set)  # names of columns, folded, that are no numbers
    passed_over: Counter[str] = field(default_factory=Counter)  # lines of the source that are no rows, by reason
    source_report: SourceReport = SourceReport()
    live_report: LiveReport | None = None
    bars: bool = False  # whether there are numbers that must not be active
    secret: str = ""  # what hashes of rows are made with (see `rewrites`)
    learnt: bool = False  # whether anything may be known of the forms in which the server keeps rows
    unlisted: bool = False  # whether the server does not show what is on a list that is only added to
    renumbered: bool = False  # whether the server is known to show numbers otherwise than they were sent

    source = TableName()
    live = TableName()
    pairs = TableName()
    difference = TableName()
    repeated = TableName()
    surplus = TableName()
    barred = TableName()

    @property
    def keeps(self) -> bool:
        """Whether live rows that are not declared stay as they are."""
        return not self.shape.rich or self.rows.on_missing == "keep"

    @property
    def empty(self) -> bool:
        """Whether nothing was declared and nothing is on the server."""
        return self.rows.source is NOTHING.source and self.live_report is not None and not self.live_report.rows

    def dropped(self, count: int) -> None:
        """Declared rows were taken out again."""
        report = self.source_report
        self.source_report = replace(report, rows=report.rows - count, dropped=report.dropped + count)

    def at(self, row: int) -> RowPlace:
        """Where a row was declared."""
        index, line = row >> FILE_SHIFT, row & ((1 << FILE_SHIFT) - 1)
        if index < len(self.parts):
            return self.parts[index].at(line)
        sources = self.rows.inline_sources
        place = sources[line - 1] if line <= len(sources) else self.rows.source
        return RowPlace(place, f"{place.file}:{place.line}")

    def place(self, row: int) -> Source:
        """Where a row was declared, to be blamed."""
        return self.at(row).source

    def told(self, row: int) -> str:
        """A row in a sentence: its file and line, or which one of a query it is."""
        return self.at(row).told

    def stands_at(self, row: int) -> bool:
        """Whether its place says which row it is; that of one of a query is the query's."""
        place = self.place(row)
        return self.told(row) == f"{place.file}:{place.line}"


def source_columns(shape: RowShape) -> dict[str, str]:
    """Columns of a source table with their types; NULL in a field means that the row does not declare it."""
    fields = (
        {**dict.fromkeys(shape.texts, "VARCHAR"), "variables": "VARCHAR", "active": "BOOLEAN"} if shape.rich else {}
    )
    known = {"row": "BIGINT", "number": "BIGINT", "sent": "VARCHAR", "text": "VARCHAR"}
    return {**known, **fields, "reason": "VARCHAR"}


def live_columns(shape: RowShape) -> dict[str, str]:
    """Columns of a live table; `raw` is `additional_vars` as it was read where that is not `variables`, `rest` what
    nobody can declare, as JSON: a PUT sends it back.

    A row is `unsure` when the server does not say, in a form that can be read, whose it is.
    """
    known = {"id": "BIGINT", "number": "BIGINT", "sent": "VARCHAR", "unsure": "BOOLEAN"}
    if not shape.rich:
        return known
    texts = dict.fromkeys((*shape.texts, "variables", "raw", "rest"), "VARCHAR")
    return {**known, "active": "BOOLEAN", **texts}


def created(table: str, columns: dict[str, str]) -> str:
    """The statement that makes an empty table, replacing an older one."""
    return f"CREATE OR REPLACE TABLE {table} ({', '.join(f'{name} {kind}' for name, kind in columns.items())})"
