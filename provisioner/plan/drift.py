"""Drift: what is live otherwise than we last applied it, and not by us. For people: nothing is decided by it.

recorded + live -> per address the fields that differ; no fields at all: the object is gone. Rows are not recorded, so
they do not drift. What the server does by itself (an end, an expiry, a copied survey) is no drift. What is not shown
may have drifted: `DriftReport.not_compared` says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from provisioner.encoding import canonical, plain
from provisioner.language import gettext
from provisioner.model import SENSITIVE, Address, Finding, LiveObject, Recorded, Reference, Resource, Unknown
from provisioner.plan.live import Live
from provisioner.plan.model import Drift, FieldChange
from provisioner.plan.references import called
from provisioner.plan.secrets import Digester, personal, sensitive_fields
from provisioner.plan.starts import was_started
from provisioner.resources import KINDS, Field, Kind, Password, Relation
from provisioner.resources.values import field_value
from provisioner.sensitive import Origin, origins_of, shown


@dataclass(frozen=True, slots=True)
class DriftReport:
    """Both by address: every record whose object is gone or was changed by somebody else, and what nobody can tell.

    `not_compared` are records whose object is not shown, and relations to such objects.
    """

    drift: tuple[Drift, ...]
    not_compared: tuple[Finding, ...]


def drifts(
    recorded: Mapping[Address, Recorded],
    live: Live,
    resources: Mapping[Address, Resource],
    now: datetime,
    digester: Digester,
) -> DriftReport:
    """What is live otherwise than recorded, but for what a resource tells us to ignore (`lifecycle.ignore_changes`)."""
    changed: dict[Address, tuple[FieldChange, ...]] = {}
    reasons: dict[Address, str] = {}
    keys = {(record.address.kind, record.remote_id): record.address for record in recorded.values()}
    for address, record in recorded.items():
        look = _look(record, live, resources.get(address), keys, now, digester)
        if fields := tuple(look.changes()) if look else ():
            changed[address] = fields
        if _listed(live, address.kind) and live.gone(address.kind, record.remote_id):
            changed[address] = ()
        if reason := _unseen(live, record) or (look.unclear() if look else None):
            reasons[address] = reason
    return DriftReport(
        tuple(Drift(address, changed[address]) for address in sorted(changed)),
        tuple(Finding("not-compared", "warning", reasons[address], address) for address in sorted(reasons)),
    )


def _look(
    record: Recorded,
    live: Live,
    resource: Resource | None,
    keys: Mapping[tuple[str, int], Address],
    now: datetime,
    digester: Digester,
) -> _Look | None:
    """A record beside its object, where that is shown and not over."""
    shown = live.find(record.address.kind, record.remote_id)
    if shown is None or KINDS[record.address.kind].timing.over(shown.fields, now):
        return None
    return _Look(record, shown, live, resource, keys, digester)


def _listed(live: Live, kind: str) -> bool:
    return kind in live.listings and live.readable(kind)


def _unseen(live: Live, record: Recorded) -> str | None:
    """Why an object can be neither compared nor said to be gone."""
    identity = kind, _ = (record.address.kind, record.remote_id)
    if live.find(*identity) is not None or (_listed(live, kind) and live.gone(*identity)):
        return None
    doubt = live.refused.get(identity) or live.unread(kind)
    return gettext(
        "the server does not show it, so whether it was changed or deleted is not known{why}", why=_because(doubt)
    )


def _because(doubt: Unknown | None) -> str:
    return f": {doubt.reason}" if doubt else ""


@dataclass(frozen=True, slots=True)
class _Look:
    """One record beside its live object."""

    record: Recorded
    shown: LiveObject
    live: Live
    resource: Resource | None
    keys: Mapping[tuple[str, int], Address]
    digester: Digester

    def changes(self) -> Iterator[FieldChange]:
        kind = KINDS[self.shown.kind]
        hidden = sensitive_fields(self.record.address, self.resource, self.record)
        for field in self._fields(kind):
            if field.name in hidden:
                yield from self._hidden(field)
            elif field.name in self.record.fields and not self._settled(kind, field):
                yield from self._change(kind, field)

    def unclear(self) -> str | None:
        """Which relations may be to other objects than they were: by name, where nothing shows what is called so."""
        kind = KINDS[self.shown.kind]
        fields = [
            field for field in self._fields(kind) if isinstance(field, Relation) and self._cannot_tell(kind, field)
        ]
        if not fields:
            return None
        names, doubt = ", ".join(field.name for field in fields), self.live.unread(fields[0].to)
        return gettext(
            "{fields}: it is not known whether it is still as applied{why}", fields=names, why=_because(doubt)
        )

    def _fields(self, kind: Kind) -> Iterator[Field]:
        """What is shown and not to be ignored."""
        ignored = self.resource.lifecycle.ignore_changes if self.resource else ()
        for field in kind.fields:
            if field.name in self.shown.fields and field.name not in ignored and not isinstance(field, Password):
                yield field

    def _cannot_tell(self, kind: Kind, field: Relation) -> bool:
        if field.name not in self.record.fields or self._settled(kind, field) or _listed(self.live, field.to):
            return False
        return not self._same_forms(field, self.record.fields[field.name], self.shown.fields[field.name])

    def _hidden(self, field: Field) -> Iterator[FieldChange]:
        shown, stored = self.shown.fields[field.name], self.record.digests.get(field.name)
        declared = self.resource.fields.get(field.name) if self.resource else None
        secret = self.resource is not None and field.name in self.resource.sensitive
        same = field.alike(declared, shown) and not self.digester.broken(stored, declared)
        if self.digester.broken(stored, shown) and not same and self.digester.of(shown) not in self._known_forms(field):
            by_length = personal(field) and not origins_of(shown) - {Origin.PERSON} and not secret
            yield FieldChange(field.name, SENSITIVE, plain(shown) if by_length else SENSITIVE)

    def _change(self, kind: Kind, field: Field) -> Iterator[FieldChange]:
        before, now = self.record.fields[field.name], self.shown.fields[field.name]
        same = self._same_objects(field, before, now) if isinstance(field, Relation) else canonical(now) == before
        if same or canonical(now) in self._known_forms(field):
            return
        was = field_value(kind, field.name, before)
        if isinstance(field, Relation):
            yield FieldChange(field.name, was, self._named(field, now))
        else:
            yield FieldChange(field.name, _beside(was, now), shown(now))

    def _known_forms(self, field: Field) -> list[Any]:
        """What the server made of the value when it was written."""
        pairs = (notes.get(field.name) for notes in (self.record.forms, self.record.ignored))
        return [pair["received"] for pair in pairs if pair]

    def _settled(self, kind: Kind, field: Field) -> bool:
        """Fields that differ by the nature of things: the status of what ended, what a start copied and fixed."""
        startable = kind.startable
        if isinstance(field, Relation) and _is_copy(field) and not _by_identity(self.record.fields[field.name]):
            return True  # named by what made it: any copy will do
        if startable is None:
            return False
        if field.name == startable.field:
            return self.record.fields[field.name] is None or self.shown.fields[field.name] in startable.finished
        return field.name in startable.frozen and was_started(self.shown, self.record, self.live) is not False

    def _same_objects(self, field: Relation, before: Any, now: Any) -> bool:
        if not _listed(self.live, field.to):
            return True  # nobody can tell which object a name means: see `unclear`
        return self._same_forms(field, before, now)

    def _same_forms(self, field: Relation, before: Any, now: Any) -> bool:
        if isinstance(now, Unknown):
            return False
        if not field.many:
            return before in self._forms(field, now)
        left = list(before or ())
        for remote_id in now or ():
            form = next((each for each in left if each in self._forms(field, remote_id)), None)
            if form is None:
                return False
            left.remove(form)
        return not left

    def _forms(self, field: Relation, remote_id: int | None) -> list[Any]:
        """Every way in which a manifest may have named that object."""
        if remote_id is None:
            return [None]
        kind, found = KINDS[field.to], self.live.find(field.to, remote_id)
        name = found.fields.get(kind.label) if found else None
        forms: list[Any] = [{"id": remote_id}, {"name": name}, *([name] if not kind.collection else [])]
        if key := self.keys.get((field.to, remote_id)):
            forms.append(key.key)
        return forms

    def _named(self, field: Relation, now: Any) -> Any:
        """Live ids as references: a recorded key, else as a plan shows them."""
        if isinstance(now, tuple):
            return tuple(self._named(field, each) for each in now)
        if now is None or isinstance(now, Unknown):
            return now
        key = self.keys.get((field.to, now))
        return Reference(field.to, "key", key.key) if key else called(self.live, field.to, now)


def _beside(was: Any, now: Any) -> Any:
    """A recorded moment in the zone in which the live one is shown."""
    return was.astimezone(now.tzinfo) if isinstance(was, datetime) and isinstance(now, datetime) else was


def _is_copy(field: Relation) -> bool:
    return any(kind.startable and kind.startable.sealed == field.to for kind in KINDS.values())


def _by_identity(written: Any) -> bool:
    return isinstance(written, Mapping) and bool(written.keys() & {"id", "name"})
