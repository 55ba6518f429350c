"""Pieces of SQL text: strings, names, and the one form of a text cell (NFC, outer blanks trimmed); reading one row.

Moments are microseconds since 1970 there: `micros` and `moment_of` go to and from.
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

BLANKS = "".join(mark for mark in map(chr, range(0x3001)) if mark.isspace())  # what str.strip and DRF trim

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(moment: datetime) -> int:
    """Microseconds since 1970, exactly."""
    return (moment - EPOCH) // _MICROSECOND


def moment_of(micros: int) -> datetime:
    """In UTC, from microseconds since 1970."""
    return EPOCH + timedelta(microseconds=micros)


def literal(text: str | Path) -> str:
    """Text as an SQL string."""
    return "'" + str(text).replace("'", "''") + "'"


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def cleaned(text: str, *, normal: bool = False) -> str:
    """An expression in the one form of text. Trimming is ten times dearer than a look at both ends. In few words, as
    that of every column is planned anew for every file, which takes longer than a small one.

    `normal`: it is NFC already.
    """
    ends = " OR ".join(f"contains({literal(BLANKS)}, ({text})[{place}])" for place in (1, -1))
    trimmed = f"CASE WHEN {ends} THEN trim({text}, {literal(BLANKS)}) ELSE {text} END"
    return trimmed if normal else f"nfc_normalize({trimmed})"


def visible(text: str) -> str:
    """An expression of a text without marks that nobody sees (a BOM, a zero-width space), and trimmed."""
    ascii = f"strlen({text}) = length({text})"
    plain = f"regexp_replace({text}, '\\p{{Cf}}', '', 'g')"
    cleared = f"trim(CASE WHEN {ascii} THEN {text} ELSE {plain} END, {literal(BLANKS)})"
    plainly = f"{text} BETWEEN '!' AND '~' AND right({text}, 1) BETWEEN '!' AND '~' AND {ascii}"
    return f"CASE WHEN {plainly} THEN {text} ELSE {cleared} END"


def seen(text: str) -> str:
    """The same in Python."""
    return "".join(mark for mark in text if unicodedata.category(mark) != "Cf").strip()


def one_row(connection: DuckDBPyConnection, query: str, parameters: object = None) -> tuple[Any, ...]:
    """The only row of a query, read to its end: a result that is not keeps the connection busy."""
    ((*values,),) = connection.execute(query, parameters).fetchall()
    return tuple(values)


def one_number(connection: DuckDBPyConnection, query: str, parameters: object = None) -> int:
    """The only value of a query."""
    (value,) = one_row(connection, query, parameters)
    return int(value)


def listed(names: tuple[str, ...] | list[str], prefix: str = "") -> str:
    """Columns for a SELECT or INSERT."""
    return ", ".join(prefix + name for name in names)
