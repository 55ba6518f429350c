"""All that the state knows of one project and environment, and how it is shown: a table, text, JSON documents.

Sensitive values are recorded as keyed hashes only; not even these are shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from provisioner.apply.lost_writes import told
from provisioner.encoding import plain
from provisioner.error_ids import ErrorId
from provisioner.errors import UsageError
from provisioner.inspect.table import Table
from provisioner.messages import argument
from provisioner.model import SENSITIVE, Address, Recorded
from provisioner.plan.secrets import personal
from provisioner.plan.unsettled import in_flight
from provisioner.reports.wording import worded
from provisioner.resources import KINDS, Instant, Zones
from provisioner.state import UNNAMED, Entry, Scope, Store, instant
from provisioner.stop_marks import ADDRESS, EVERYTHING, Mark, StopTarget

COLUMNS = ("address", "id", "origin", "note")


@dataclass(frozen=True, slots=True)
class StateView:
    """What was read at one moment.

    `in_flight` are writes without an answer, `left` what was forgotten in place, `stops` the marks of `stop`.
    """

    scope: Scope
    recorded: Mapping[Address, Recorded]
    absent: frozenset[Address]
    in_flight: tuple[Entry, ...]
    left: tuple[Entry, ...]
    stops: tuple[Mark, ...] = ()

    @classmethod
    def of(cls, store: Store) -> StateView:
        """Read it."""
        pending = store.pending()
        return cls(
            store.scope,
            store.recorded(),
            store.absences(),
            tuple(entry for entry in pending if not entry.left),
            tuple(entry for entry in pending if entry.left),
            store.stops().every,
        )

    def of_kinds(self, kinds: tuple[str, ...]) -> StateView:
        """Only these kinds; all when none is named."""
        if not kinds:
            return self
        return StateView(
            self.scope,
            {address: record for address, record in self.recorded.items() if address.kind in kinds},
            frozenset(address for address in self.absent if address.kind in kinds),
            tuple(entry for entry in self.in_flight if entry.address.kind in kinds),
            tuple(entry for entry in self.left if entry.address.kind in kinds),
            tuple(mark for mark in self.stops if mark.kind in kinds),
        )

    def entries(self, address: Address) -> tuple[Entry, ...]:
        """What is open about the object of an address itself (not about its rows), notes included."""
        every = (*self.in_flight, *self.left)
        return tuple(each for each in every if each.address == address and each.kind == address.kind)

    def stopped(self, address: Address) -> tuple[Mark, ...]:
        """The marks that name an address, or the object recorded there."""
        record = self.recorded.get(address)
        target = StopTarget(address.kind, frozenset({address}), record.remote_id if record else None)
        return tuple(mark for mark in self.stops if mark.form != EVERYTHING and target.marked(mark))


def origin(record: Recorded) -> str:
    """How an object came under management."""
    return "created" if record.created else "adopted"


def as_table(known: StateView, notes: Mapping[Address, str]) -> Table:
    """A row per record, per absence and per write in flight; `notes` are of recorded addresses."""
    rows = [
        (str(address), str(record.remote_id), origin(record), _noted(known.stopped(address)) or notes.get(address, ""))
        for address, record in known.recorded.items()
    ]
    noted = {mark for address in known.recorded for mark in known.stopped(address)}
    rows += [(_subject(mark), "", "", _stop(mark)) for mark in known.stops if mark not in noted]
    rows += [(str(address), "", "", "absent: may be created") for address in sorted(known.absent)]
    rows += [(str(entry.address), "", "", told(entry)) for entry in known.in_flight]
    return Table(COLUMNS, tuple(sorted(rows))).without_empty_columns()


def documents(known: StateView) -> dict[str, Any]:
    """The same for programs."""
    return {
        "project": known.scope.project or None,
        "environment": known.scope.environment,
        "endpoint": known.scope.endpoint,
        "serial": known.scope.serial,
        "resources": [
            {"address": str(address), "remote_id": record.remote_id, "origin": origin(record)}
            for address, record in known.recorded.items()
        ],
        "absent": [str(address) for address in sorted(known.absent)],
        "in_flight": [{"address": str(entry.address), **_write(entry)} for entry in known.in_flight],
        "stopped": [{"kind": m.kind, "form": m.form, "value": m.value, "at": instant(m.at)} for m in known.stops],
    }


def document(known: StateView, address: Address, zones: Zones) -> dict[str, Any]:
    """All that is recorded of one address, moments in the project's zone. Raises UsageError when nothing is."""
    writes = [_write(entry) for entry in known.in_flight if entry.address == address]
    record = known.recorded.get(address)
    stops = known.stopped(address)
    if record is None and not (writes or stops) and address not in known.absent:
        raise UsageError(
            f"nothing is recorded of {address}{_left(known, address)}: `state list` shows what is",
            id=ErrorId.STATE_ADDRESS,
        )
    shown: dict[str, Any] = {"address": str(address), "absent": address in known.absent, "in_flight": writes}
    if stops:
        shown["stopped"] = instant(max(mark.at for mark in stops))
    return shown if record is None else {**shown, **_details(record, zones)}


def lines(shown: Mapping[str, Any]) -> Iterator[str]:
    """A document of one address as text."""
    yield shown["address"]
    if shown["absent"]:
        yield "  does not exist on Alice, by the word of `state adopt --absent`: may be created"
    if "stopped" in shown:
        yield f"  stopped: by `stop`, {shown['stopped']}; started again with --restart {argument(shown['address'])}"
    if "remote_id" in shown:
        yield f"  id: {shown['remote_id']}"
        yield f"  origin: {shown['origin']}"
        yield from ["  protected: prevent_delete was declared"] if shown["protected"] else []
    yield from _section("depends on", shown.get("depends_on", ()))
    yield from _section("fields", (f"{n}: {worded(_tuple(v))}" for n, v in shown.get("fields", {}).items()))
    for title, name in (("ignored by the server", "ignored"), ("rewritten by the server", "forms")):
        yield from _section(title, (_pair(path, pair) for path, pair in shown.get(name, {}).items()))
    address = Address.parse(shown["address"])
    yield from _section("in flight", (_flight(address, write) for write in shown["in_flight"]))


def _section(title: str, texts: Any) -> Iterator[str]:
    found = [f"    {text}" for text in texts]
    if found:
        yield f"  {title}:"
        yield from found


def _details(record: Recorded, zones: Zones) -> dict[str, Any]:
    moments = {each.name: each for each in KINDS[record.address.kind].fields if isinstance(each, Instant)}

    texts = {each.name: each for each in KINDS[record.address.kind].fields if personal(each)}

    def local(path: str, value: Any) -> Any:
        if path in texts:
            return plain(texts[path].canonical(value))
        moment = moments[path].decode(value) if path in moments else None
        return plain(zones.local(moment)) if isinstance(moment, datetime) else value

    def pairs(found: Mapping[str, Any]) -> dict[str, Any]:
        return {path: {side: local(path, value) for side, value in pair.items()} for path, pair in found.items()}

    fields = {path: local(path, value) for path, value in record.fields.items()}
    return {
        "remote_id": record.remote_id,
        "origin": origin(record),
        "protected": record.protected,
        "depends_on": [str(address) for address in record.depends_on],
        "fields": {**fields, **dict.fromkeys(sorted(record.digests), SENSITIVE)},
        "ignored": pairs(record.ignored),
        "forms": pairs(record.forms),
    }


def _noted(stops: tuple[Mark, ...]) -> str:
    return _stop(max(stops, key=lambda mark: mark.at)) if stops else ""


def _stop(mark: Mark) -> str:
    return f"stopped by `stop`, {instant(mark.at)}"


def _subject(mark: Mark) -> str:
    """An address as it is; in other words what else was stopped."""
    return mark.value if mark.form == ADDRESS else f"({mark})"


def _write(entry: Entry) -> dict[str, Any]:
    return {"kind": entry.kind, "verb": entry.verb, "sent_at": instant(entry.sent_at), "step": entry.step or None}


def _flight(address: Address, write: Mapping[str, Any]) -> str:
    """A verb, and of what when that is not the object itself; since when its outcome is not known."""
    of = "" if write["kind"] == address.kind else f" of {KINDS[write['kind']].plural}"
    return in_flight(write["verb"] + of, write["sent_at"], made=write["step"] == UNNAMED)


def _left(known: StateView, address: Address) -> str:
    return " but that it was forgotten and left in place" if any(e.address == address for e in known.left) else ""


def _pair(path: str, pair: Mapping[str, Any]) -> str:
    return f"{path}: sent {worded(_tuple(pair.get('sent')))}, shown {worded(_tuple(pair.get('received')))}"


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
