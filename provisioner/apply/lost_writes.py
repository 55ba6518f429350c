"""What became of a write without an answer, as far as an account shows it (docs/alice-api.md#lost-answers).

One new match is ours, none means that it was not executed, several stop us.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from provisioner.apply.work import StepUnknown, Work
from provisioner.language import gettext, term
from provisioner.model import LiveObject, Unknown
from provisioner.plan.unsettled import FORGOTTEN, Creation, in_flight, unseen
from provisioner.resources import KINDS, Kind, Password
from provisioner.state import Entry, instant


def told(entry: Entry) -> str:
    """What an entry says, wherever it is told: of what the write was, and since when its outcome is not known."""
    if entry.left:
        return term(FORGOTTEN)
    verb = entry.verb
    if entry.kind != entry.address.kind:
        verb = gettext("{verb} of {things}", verb=verb, things=term(f"{KINDS[entry.kind].title}s"))
    return gettext("in flight: {write}", write=in_flight(verb, instant(entry.sent_at), made=entry.unnamed))


def creation(entry: Entry) -> Creation:
    """What planning has to know of a creation; of what was left in place nobody knows what was there before."""
    return Creation(told(entry), None if entry.left else frozenset(entry.known_ids), entry.unnamed)


def find_created(work: Work, entry: Entry, body: Mapping[str, Any], known: Collection[int]) -> LiveObject | None:
    """The object that a POST of this entry made, as far as it shows; StepUnknown when that cannot be told.

    `known` are the ids that were there before.
    """
    address, kind = entry.address, KINDS[entry.kind]
    found = new_matches(work, kind, body, known)
    if found is None:
        raise StepUnknown(unseen(address, kind.title, creation(entry)).told)
    if len(found) > 1:
        ids = ", ".join(str(each.id) for each in found)
        raise StepUnknown(f"{told(entry)}; several new objects match (ids {ids}): pin one with `id:`")
    return found[0] if found else None


def new_matches(work: Work, kind: Kind, body: Mapping[str, Any], known: Collection[int]) -> list[LiveObject] | None:
    """Objects that were not there before and look like what was sent; None when that cannot be read."""
    listing = work.reader.fresh(kind)
    if listing.unreadable is not None:
        return None
    sent = kind.decode({**body, "id": 0}, work.zones)
    assert sent is not None
    names = kind.identity.lookup or kind.natural_key
    with work.lock:
        taken = {remote_id for address, remote_id in work.ids.items() if address.kind == kind.name}
    new = (found for found in listing.objects if found.id not in known and found.id not in taken)
    alike = [found for found in new if _alike(found, sent, names, kind)]
    unclear = any(isinstance(found.fields.get(name), Unknown) for found in alike for name in names)
    return None if unclear else alike


def holds(live: LiveObject | None, wanted: Mapping[str, Any]) -> bool:
    """Whether an object shows every wanted value."""
    if live is None:
        return False
    kind = KINDS[live.kind]
    return all(kind.field(name).alike(live.fields.get(name, value), value) for name, value in wanted.items())


def _alike(found: LiveObject, sent: LiveObject, names: tuple[str, ...], kind: Kind) -> bool:
    hidden = {field.name for field in kind.fields if isinstance(field, Password)}
    shown = [name for name in names if name in found.fields and name not in hidden]
    values = {name: found.fields[name] for name in shown if not isinstance(found.fields[name], Unknown)}
    return bool(shown) and all(kind.field(name).alike(value, sent.fields.get(name)) for name, value in values.items())
