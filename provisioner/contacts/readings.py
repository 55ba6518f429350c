"""Reads with phonenumbers what SQL left open in a table: each distinct text once, in a stream, back in one UPDATE.

A text and its answer are joined by a number, never by the text as it came through a file, and a row for which there
is no answer keeps the reason it came with (`reasons.UNREAD`): no row is without a number and without a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from provisioner.contacts import reasons
from provisioner.contacts.numbers import ParsedNumber
from provisioner.contacts.scratch import Scratch
from provisioner.contacts.spool import spooled
from provisioner.contacts.sql import literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

BATCH = 10_000
COLUMNS = ("place", "number", "sent", "reason")


def resolve(
    connection: DuckDBPyConnection,
    scratch: Scratch,
    table: str,
    text: str,
    read: Callable[[str], ParsedNumber],
    sent: Callable[[ParsedNumber, str], str],
    *,
    reasoned: bool,
) -> None:
    """Fill `number` (and with `reasoned` also `sent` and `reason`) where it is NULL and the column `text` is not ''."""
    unread = f"unread_{table}"
    connection.execute(f"""
        CREATE OR REPLACE TABLE {unread} AS SELECT row_number() OVER () AS place, text
        FROM (SELECT DISTINCT {text} AS text FROM {table} WHERE number IS NULL AND {text} <> '')""")
    answers = spooled(scratch, _answers(connection, unread, read, sent), len(COLUMNS))
    if answers is not None:
        connection.execute(_update(table, text, unread, answers.relation(COLUMNS), reasoned))
        answers.path.unlink()
    connection.execute(f"DROP TABLE {unread}")


def _answers(
    connection: DuckDBPyConnection,
    unread: str,
    read: Callable[[str], ParsedNumber],
    sent: Callable[[ParsedNumber, str], str],
) -> Iterator[tuple[str, str, str, str]]:
    texts = connection.execute(f"SELECT place, text FROM {unread}")
    while batch := texts.fetchmany(BATCH):
        for place, text in batch:
            found = read(text)
            if found.number is None:
                yield str(place), "", "", found.reason or reasons.NOT_VALID
            else:
                yield str(place), str(found.number), sent(found, text), ""


def _update(table: str, text: str, unread: str, answers: str, reasoned: bool) -> str:
    """What is no row at all keeps that reason; else that of the number goes before others."""
    kept = ", ".join(map(literal, reasons.OF_ROWS))
    reason = f"""
        CASE WHEN row.reason IN ({kept}) THEN row.reason
             ELSE coalesce(answer.reason, nullif(row.reason, {literal(reasons.UNREAD)})) END"""
    more = f", sent = answer.sent, reason = {reason}" if reasoned else ""
    return f"""
        UPDATE {table} AS row SET number = answer.number::BIGINT{more}
        FROM {unread} AS unread JOIN {answers} AS answer ON unread.place = answer.place::BIGINT
        WHERE row.number IS NULL AND row.{text} = unread.text"""
