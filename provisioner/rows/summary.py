"""What became of an upload, in counts and sentences without a cell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from provisioner.language import gettext
from provisioner.messages import count as counted
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
    sentences: list[str] = []
    if found.forms:
        sentences.append(gettext("{rows} kept by the server in its own form, taken as equal", rows=_rows(found.forms)))
    if found.kept:
        sentences.append(_different(found.kept, sorted(found.fields)))
    if odd:
        sentences.append(gettext("{rows} shown with another number than was sent, and not sent again", rows=_rows(odd)))
    elif found.numbers:
        rows = _rows(found.numbers)
        sentences.append(gettext("{rows} shown in another form than was sent, and not sent again", rows=rows))
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
    sentences: list[str] = []
    for reason, count in sorted(book.refused.items()):
        sentences.append(refused(count, reason, ", ".join(map(owned.told, book.first_refused[reason]))))
    return sentences


def _rest(connection: DuckDBPyConnection, owned: Owned, left: RemainingRows, book: Ledger) -> list[str]:
    sentences: list[str] = []
    if left.ignored:
        sentences.append(_different(left.ignored, _ignored_fields(connection, owned, book) or ["status"]))
    if left.vanished:
        sentences.append(gettext("{rows} were accepted, but are not on the server", rows=_rows(left.vanished)))
    if left.unknown:
        sentences.append(gettext("the outcome of {rows} is unknown: run again to settle it", rows=_rows(left.unknown)))
    if left.unsent:
        sentences.append(gettext("{rows} not sent", rows=_rows(left.unsent)))
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


def _different(number: int, fields: Iterable[str]) -> str:
    listed = ", ".join(fields)
    return gettext("{rows} came back different after the change ({fields})", rows=_rows(number), fields=listed)


def refused(number: int, reason: str, places: str) -> str:
    """So many rows, why, and the first of them."""
    if not places:
        return gettext("{rows} {reason}", rows=_rows(number), reason=reason)
    return gettext("{rows} {reason}: {places}", rows=_rows(number), reason=reason, places=places)


def _rows(number: int) -> str:
    return counted(number, "row")
