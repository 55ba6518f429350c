"""Reads with phonenumbers what SQL left open in a table: each distinct text once, in a stream, back in one UPDATE."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from provisioner.contacts.numbers import Reading
from provisioner.contacts.scratch import Scratch
from provisioner.contacts.sheets import csv_relation

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

BATCH = 10_000

Answer = tuple[str, int | None, str | None, str | None]
"""A text, its number, what to send, the reason why it is no number."""


def resolve(
    connection: DuckDBPyConnection,
    scratch: Scratch,
    table: str,
    text: str,
    read: Callable[[str], Reading],
    sent: Callable[[Reading, str], str],
    *,
    reasoned: bool,
) -> None:
    """Fill `number` (and with `reasoned` also `sent` and `reason`) where it is NULL and the column `text` is not ''."""
    open_texts = connection.execute(f"SELECT DISTINCT {text} FROM {table} WHERE number IS NULL AND {text} <> ''")
    answers = scratch.table(_answers(open_texts, read, sent))
    try:
        if answers.stat().st_size:
            connection.execute(_update(table, text, csv_relation(answers, 4), reasoned))
    finally:
        answers.unlink()


def _answers(
    texts: DuckDBPyConnection, read: Callable[[str], Reading], sent: Callable[[Reading, str], str]
) -> Iterator[Answer]:
    while batch := texts.fetchmany(BATCH):
        for (text,) in batch:
            reading = read(text)
            yield text, reading.number, sent(reading, text) if reading.number else None, reading.reason


def _update(table: str, text: str, answers: str, reasoned: bool) -> str:
    """A line that is no row at all keeps that reason."""
    more = ", sent = __2, reason = CASE WHEN bad.reason = 'cells' THEN bad.reason ELSE coalesce(__3, bad.reason) END"
    return f"""
        UPDATE {table} AS bad SET number = __1::BIGINT{more if reasoned else ""}
        FROM {answers} WHERE bad.number IS NULL AND bad.{text} = __0"""
