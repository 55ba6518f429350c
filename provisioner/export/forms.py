"""The ways in which a relation can be written, the most telling first: a key, a name, an id.

Which of them a plan takes for the live object is the proof's business. Must not know other fields.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from provisioner.export.selection import Identity
from provisioner.export.yaml_writer import literal
from provisioner.model import LiveObject, Unknown
from provisioner.plan.live import Live
from provisioner.plan.references import Targets
from provisioner.plan.starts import was_started
from provisioner.resources import KINDS, Relation
from provisioner.resources.startable import Startable


@dataclass(frozen=True, slots=True)
class ExportScope:
    """What may be pointed at: the account, and the keys of what is exported."""

    live: Live
    keys: Mapping[Identity, str]

    def forms(self, found: LiveObject, relation: Relation) -> Iterator[Any]:
        """Of an object's relation as the server shows it; none when it points at nothing that can be read."""
        value = found.fields.get(relation.name)
        startable = KINDS[found.kind].startable
        if isinstance(value, Unknown):
            return
        if relation.many:
            yield from self._several(relation.to, value or ())
        elif startable and relation.name in startable.frozen and was_started(found, None, self.live):
            for template in _templates(found, relation, startable, self.live)[:1]:
                yield from self._one(relation.to, template)
        elif value is not None:
            yield from self._one(relation.to, value)

    def only(self, relation: Relation) -> Iterator[Any]:
        """Of the only object that there is to point at, where the server does not show which it is."""
        owned = self.live.owned(relation.to)
        if len(owned) == 1:
            yield from self._one(relation.to, owned[0].id)

    def _several(self, kind: str, values: tuple[int, ...]) -> Iterator[Any]:
        """All in the best form, else all by id."""
        best = [next(self._one(kind, value), None) for value in values]
        if values and None not in best:
            yield best
            yield [{"id": value} for value in values]

    def _one(self, kind: str, remote_id: int) -> Iterator[Any]:
        if (kind, remote_id) in self.keys:
            yield self.keys[kind, remote_id]
        yield from self._made_by(kind, remote_id)
        if self.live.readable(kind) and self.live.find(kind, remote_id) is None:
            return
        named = Targets({}, self.live).show(remote_id, kind)
        if named.by == "name":
            yield literal(named.value) if named.bare else {"name": literal(named.value)}
        yield {"id": remote_id}

    def _made_by(self, kind: str, remote_id: int) -> Iterator[Any]:
        """A copy that a start made, by the key of what was started."""
        copy = self.live.find(kind, remote_id)
        for form, maker in KINDS[kind].identity.named_by.items():
            startable = KINDS[maker].startable
            key = self.keys.get((maker, copy.fields.get(_maker(startable)) or 0)) if copy and startable else None
            if key:
                yield {form: key}


def _templates(found: LiveObject, relation: Relation, startable: Startable, live: Live) -> list[int]:
    """What a started object was made from: its relation may read as the copy's id (docs/alice-api.md#sealed-copies).

    A copy keeps its template's name. Whether a plan can use it does not matter: what is frozen is taken as declared.
    """
    value = found.fields.get(relation.name)
    copy = live.find(startable.sealed, value) if value is not None else None
    if copy is None or copy.fields.get(_maker(startable), found.id) != found.id:
        if value is None or not live.readable(startable.sealed) or live.find(relation.to, value) is None:
            return []
        return [value]
    name, label = copy.fields.get(KINDS[copy.kind].label), KINDS[relation.to].label
    listing = live.listings.get(relation.to)
    every = [each for each in (listing.objects if listing else ()) if name and each.fields.get(label) == name]
    ours = {each.id for each in live.owned(relation.to)}
    return sorted((each.id for each in every), key=lambda remote_id: (remote_id not in ours, remote_id))


def _maker(startable: Startable | None) -> str:
    """The field of a copy that says whose start made it."""
    return startable.made_by if startable else ""
