"""What is to be said of live rows beside the declared ones: repeated, unread, unowned, or kept in another form."""

from __future__ import annotations

from collections.abc import Iterator

from provisioner.language import gettext, joined
from provisioner.messages import count
from provisioner.model import Address, Finding, Source
from provisioner.plan.model import RowChange
from provisioner.refresh.rows import forgetting
from provisioner.resources import row_owner
from provisioner.rows.diff import Counts
from provisioner.rows.rewrites import Rewritten


def live_findings(counts: Counts, change: RowChange, source: Source, *, unlisted: bool) -> Iterator[Finding]:
    """Of one owner; `unlisted`: the server does not list its rows, so the recorded ones stand for them."""
    address = change.address
    if counts.surplus and not row_owner(address.kind).additive:
        message = gettext(
            "live rows that repeat the number of another, each a second call: {count}", count=counts.surplus
        )
        yield Finding("repeated-rows", "warning", message, address, source)
    if unlisted and change.unchanged:
        message = gettext(
            "not listed by the server, so taken to be as last sent: {count}; if the list is empty in Alice's "
            "web page, `{command}` has them sent once more",
            count=change.unchanged,
            command=forgetting(address),
        )
        yield Finding("not-compared", "info", message, address, source)
    if counts.unread:
        message = gettext(
            "live rows with an unreadable number, which may be called or bar one: {count}", count=counts.unread
        )
        yield Finding("unreadable-rows", "warning", message, address, source)
    if counts.unsure:
        message = gettext(
            "live rows that do not say whose they are, counted here and left alone: {count}",
            count=counts.unsure,
        )
        yield Finding("unreadable-rows", "warning", message, address, source)
    if counts.kept and row_owner(address.kind).additive and not unlisted:
        message = gettext("live numbers that are not declared, and stay on the list: {count}", count=counts.kept)
        yield Finding("undeclared-numbers", "info", message, address, source)


def rewritten_findings(found: Rewritten, address: Address, source: Source) -> Iterator[Finding]:
    """What the server makes of rows: it holds no plan up, and is told."""
    if found.texts:
        how = joined(gettext("{field} ({how})", field=name, how=words) for name, words in found.how.items())
        message = gettext(
            "this server keeps its own form of {fields}: {rows} taken as equal",
            fields=how,
            rows=count(found.texts, "row"),
        )
        yield Finding("rewritten-rows", "info", message, address, source)
    if found.kept:
        message = gettext(
            "this server keeps other values of {fields} than were sent, and ignores ours: {rows}; change them in "
            "Alice's web page, or in the source",
            fields=", ".join(found.fields),
            rows=count(found.kept, "row"),
        )
        yield Finding("not-settable", "warning", message, address, source)
