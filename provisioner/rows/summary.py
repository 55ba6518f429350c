"""What became of an upload, in counts and sentences without a cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from provisioner.plan.model import Result
from provisioner.rows import pending
from provisioner.rows.delivery import RowOutcome
from provisioner.rows.diff import CHANGE
from provisioner.rows.pending import Ledger
from provisioner.rows.rewrite_detector import DetectedRewrites
from provisioner.rows.sql import one_number, one_row
from provisioner.rows.tables import Owned
from provisioner.rows.transfer import Transfer

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class PlannedRows:
    """What was to do."""

    add: int
    change: int
    remove: int


@dataclass(slots=True)
class RemainingRows:
    """Rows that still differ, by what is known of them."""

    add: int = 0
    change: int = 0
    remove: int = 0
    unknown: int = 0
    ignored: int = 0
    vanished: int = 0
    unsent: int = 0


def outcome(
    connection: DuckDBPyConnection,
    owned: Owned,
    book: Ledger,
    before: PlannedRows,
    transfer: Transfer,
    *,
    verified: bool,
) -> RowOutcome:
    """`verified`: the difference was computed anew after the last pass; else the answers are believed."""
    book.flush()
    left, found = _left(connection, owned, book, verified), transfer.detector.found
    odd = found.lost_numbers + (found.numbers if owned.shape.rich else 0)  # a list lacks nobody: it is a finding
    messages = [
        *_refusals(owned, book),
        *_rest(connection, owned, left, book),
        *_rewritten(found, odd),
        transfer.halted,
    ]
    failed = book.refused.total() + left.ignored + left.vanished + left.unsent + found.kept + odd
    ended = Result.FAILED if failed or transfer.halted else Result.DONE
    return RowOutcome(
        result=Result.UNKNOWN if left.unknown else ended,
        added=before.add - left.add,
        changed=max(before.change - left.change - found.kept, 0),
        removed=max(before.remove - left.remove, 0),
        failed=failed,
        unknown=left.unknown,
        unshown=left.vanished if verified and not one_number(connection, f"SELECT count(*) FROM {owned.live}") else 0,
        messages=tuple(filter(None, messages)),
    )


def _rewritten(found: DetectedRewrites, odd: int) -> list[str]:
    """What the server makes of rows, told when it is found out; plans tell it as a finding."""
    sentences = []
    if found.forms:
        sentences.append(f"{_rows(found.forms)} kept by the server in its own form, taken as equal")
    if found.kept:
        fields = ", ".join(sorted(found.fields))
        sentences.append(f"{_rows(found.kept)} came back different after the change ({fields})")
    if odd:
        sentences.append(f"{_rows(odd)} shown with another number than was sent, and not sent again")
    elif found.numbers:
        sentences.append(f"{_rows(found.numbers)} shown in another form than was sent, and not sent again")
    return sentences


def _left(connection: DuckDBPyConnection, owned: Owned, book: Ledger, verified: bool) -> RemainingRows:
    """The last verdict on a row is the one that counts."""
    left = RemainingRows()
    for action, verdict, count in connection.execute(f"""
        SELECT action, verdict, count(*) FROM {owned.difference}
        LEFT JOIN (SELECT target, arg_max(verdict, rowid) AS verdict FROM {book.table} GROUP BY target) AS known
               ON known.target = {pending.TARGET}
        GROUP BY ALL""").fetchall():
        taken = verdict in (pending.ACCEPTED, pending.SENT)
        if taken and not verified:
            continue
        setattr(left, action, getattr(left, action) + count)
        if verdict != pending.REJECTED:  # the ledger counts those
            setattr(left, _MEANING[verdict], getattr(left, _MEANING[verdict]) + count)
    return left


_MEANING = {None: "unsent", pending.UNKNOWN: "unknown", pending.SENT: "ignored", pending.ACCEPTED: "vanished"}


def _refusals(owned: Owned, book: Ledger) -> list[str]:
    sentences = []
    for reason, count in sorted(book.refused.items()):
        shown = ", ".join(map(owned.told, book.first_refused[reason]))
        sentences.append(f"{_rows(count)} {reason}" + (f": {shown}" if shown else ""))
    return sentences


def _rest(connection: DuckDBPyConnection, owned: Owned, left: RemainingRows, book: Ledger) -> list[str]:
    sentences = []
    if left.ignored:
        fields = ", ".join(_ignored_fields(connection, owned, book)) or "status"
        sentences.append(f"{_rows(left.ignored)} came back different after the change ({fields})")
    if left.vanished:
        sentences.append(f"{_rows(left.vanished)} were accepted, but are not on the server")
    if left.unknown:
        sentences.append(f"the outcome of {_rows(left.unknown)} is unknown: run again to settle it")
    if left.unsent:
        sentences.append(f"{_rows(left.unsent)} not sent")
    return sentences


def _ignored_fields(connection: DuckDBPyConnection, owned: Owned, book: Ledger) -> list[str]:
    """The fields in which changed rows still differ."""
    names = owned.shape.fields
    counts = ", ".join(f"count(*) FILTER (WHERE {name} <> live_{name})" for name in names)
    found = one_row(
        connection,
        f"""SELECT {counts} FROM {owned.difference}
            WHERE action = '{CHANGE}' AND {pending.TARGET} IN ({book.targets(pending.SENT)})""",
    )
    return [name for name, count in zip(names, found, strict=True) if count]


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"
