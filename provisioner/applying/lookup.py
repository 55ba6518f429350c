"""What became of a write whose answer was lost: look before sending anything again (docs/alice-api.md#lost-answers).

After a 5xx once, at once; after a dropped connection at once and two seconds later; after a timeout until the send
time plus twice the read timeout has passed. One new match is ours, none means it was not executed, several stop us.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from provisioner.applying.flight import creation, told
from provisioner.applying.work import StepUnknown, Work
from provisioner.errors import OutcomeUnknown
from provisioner.kinds import KINDS, Kind, Password
from provisioner.model import LiveObject, Unknown
from provisioner.planning.settling import unseen
from provisioner.state import Entry

DROPPED_PAUSE = 2.0


def looks(work: Work, lost: OutcomeUnknown) -> Iterator[None]:
    """One turn per look; sleeps between them."""
    yield
    if lost.reason == "dropped":
        work.sleep(min(DROPPED_PAUSE, 2 * work.patience.read_timeout))
        yield
    elif lost.reason == "timeout":
        waited = 0.0
        while waited < work.patience.read_timeout:
            pause = min(2.0, work.patience.read_timeout / 4)
            work.sleep(pause)
            waited += pause
            yield


def find_created(work: Work, entry: Entry, body: Mapping[str, Any], lost: OutcomeUnknown) -> LiveObject | None:
    """The object that a POST of this entry made, or None when it made none; StepUnknown when that cannot be told."""
    address, kind = entry.address, KINDS[entry.kind]
    for _ in looks(work, lost):
        found = new_matches(work, kind, body, frozenset(entry.known_ids))
        if found is None:
            raise StepUnknown(str(unseen(address, kind.title, creation(entry))))
        if len(found) > 1:
            ids = ", ".join(str(each.id) for each in found)
            raise StepUnknown(f"{told(entry)}; several new objects match (ids {ids}): pin one with `id:`")
        if found:
            return found[0]
    return None


def new_matches(work: Work, kind: Kind, body: Mapping[str, Any], known: frozenset[int]) -> list[LiveObject] | None:
    """Objects that were not there before and look like what was sent; None when that cannot be read."""
    listing = work.reader.listing(kind)
    if listing.unreadable is not None:
        return None
    sent = kind.decode({**body, "id": 0}, work.zones)
    assert sent is not None
    names = kind.identity or kind.natural_key
    new = (found for found in listing.objects if found.id not in known and not _taken(work, kind, found))
    alike = [found for found in new if _alike(found, sent, names, kind)]
    unclear = any(isinstance(found.fields.get(name), Unknown) for found in alike for name in names)
    return None if unclear else alike


def holds(live: LiveObject | None, wanted: Mapping[str, Any]) -> bool:
    """Whether an object shows every wanted value."""
    if live is None:
        return False
    kind = KINDS[live.kind]
    return all(kind.field(name).alike(live.fields.get(name, value), value) for name, value in wanted.items())


def eventually(work: Work, lost: OutcomeUnknown, done: Callable[[], bool]) -> bool:
    """Look as often as `looks` says; True as soon as `done` says so."""
    return any(done() for _ in looks(work, lost))


def _taken(work: Work, kind: Kind, found: LiveObject) -> bool:
    with work.lock:
        return any(remote_id == found.id and address.kind == kind.name for address, remote_id in work.ids.items())


def _alike(found: LiveObject, sent: LiveObject, names: tuple[str, ...], kind: Kind) -> bool:
    hidden = {field.name for field in kind.fields if isinstance(field, Password)}
    shown = [name for name in names if name in found.fields and name not in hidden]
    values = {name: found.fields[name] for name in shown if not isinstance(found.fields[name], Unknown)}
    return bool(shown) and all(kind.field(name).alike(value, sent.fields.get(name)) for name, value in values.items())
