"""What is said of the rows of a plan: how many change, and how many are left out for which reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from provisioner.language import Message, gettext, joined, ngettext, template, term
from provisioner.messages import bracketed, count
from provisioner.plan.model import (
    DUPLICATE,
    EMPTY,
    FILTERED,
    GONE,
    INACTIVE,
    LISTED,
    OUTCOME,
    REACHED,
    TOO_OFTEN,
    TOTALS,
    RowChange,
)
from provisioner.plan.unsettled import UNSETTLED
from provisioner.resources import KINDS
from provisioner.rows.reasons import shortly


def rows(change: RowChange) -> str:
    """`1,000 rows to add, 3 to change, 2 to deactivate, 10 unchanged`, then what was left out, if any."""
    deleted = KINDS[change.address.kind].appointments
    gone = template("{count:,} to delete") if deleted else template("{count:,} to deactivate")
    parts = [
        ngettext("{count:,} row to add", "{count:,} rows to add", change.add),
        gettext("{count:,} to change", count=change.change),
        Message(gone, {"count": change.remove}),
        gettext("{count:,} unchanged", count=change.unchanged),
    ]
    if change.invalid:
        why = bracketed(invalid(change))
        parts.append(gettext("{count:,} invalid{reasons}", count=change.invalid, reasons=why))
    return ", ".join([*parts, *_others(change)])


def left_out(change: RowChange) -> str:
    """Every declared row that is not compared, counted by reason; "" when there is none."""
    return joined([*invalid(change), *_others(change)], "; ")


def invalid(change: RowChange) -> list[str]:
    """Invalid rows by reason: `2 not a valid telephone number`."""
    return [
        gettext("{count:,} {reason}", count=rows, reason=shortly(reason))
        for reason, rows in change.left_out.items()
        if reason != DUPLICATE and not _is_other(reason)
    ]


def _others(change: RowChange) -> Iterator[str]:
    """Valid rows that are left out."""
    if change.duplicate:
        yield count(change.duplicate, "duplicate")
    yield from (_other(reason, rows) for reason, rows in change.left_out.items() if _is_other(reason))


def _is_other(reason: str) -> bool:
    """Whether it is why a valid row is left out; else it is the code of an invalid one."""
    return reason.startswith(OUTCOME) or reason in _OTHERS


def _other(reason: str, rows: int) -> str:
    if reason.startswith(OUTCOME):
        return gettext("{count:,} {reason}", count=rows, reason=term(reason.removeprefix(OUTCOME)))
    return Message(_OTHERS[reason], {"count": rows})


_OTHERS = {
    LISTED: template("{count:,} on a do-not-call list"),
    FILTERED: template("{count:,} left out by the filter"),
    EMPTY: template("{count:,} empty"),
    TOTALS: template("{count:,} of totals"),
    UNSETTLED: template("{count:,} not sent, as nobody knows whether they were"),
    INACTIVE: template("{count:,} inactive by now"),
    GONE: template("{count:,} in no phonebook of the campaign any more"),
    TOO_OFTEN: template("{count:,} called too often"),
    REACHED: template("{count:,} answered another campaign, or may have"),
}


def together(changes: Iterable[RowChange]) -> RowChange:
    """The counts of several row changes added up, under the address of the first."""
    first, *others = changes
    counts = ("add", "change", "remove", "unchanged", "invalid", "duplicate", "calls")
    reasons: Counter[str] = Counter()
    for each in (first, *others):
        reasons.update(each.left_out)
    sums = (sum(getattr(each, name) for each in (first, *others)) for name in counts)
    return replace(RowChange(first.address, *sums), left_out=dict(reasons))


def quiet(changes: Sequence[RowChange]) -> str:
    """Those of which no row changes, in one sentence."""
    lists, rows = count(len(changes), "list"), count(sum(each.unchanged for each in changes), "row")
    return gettext("Of {lists} nothing changes: {rows} unchanged.", lists=lists, rows=rows)
