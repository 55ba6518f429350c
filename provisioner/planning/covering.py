"""The account with its secrets covered: what is declared from the environment is hidden where the server shows it.

A name that came from `${env.X}` comes back in listings, in sealed copies and in objects that are no longer declared;
messages are made of those as well. By value for what is declared now, by record for what was when it was last applied;
a copy keeps the name that its survey had when it was made, by the record of what made it (`seals.copied`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from provisioner.hidden import Hidden, Origin, content, origins_of
from provisioner.kinds import KINDS
from provisioner.model import Address, Listing, LiveObject, Recorded, Reference, Resource
from provisioner.planning.live import Live
from provisioner.planning.seals import copies

Origins = Mapping[str, frozenset[Origin]]  # of texts that are not shown


def covered(live: Live, resources: Iterable[Resource], recorded: Mapping[Address, Recorded]) -> Live:
    """The same account; every text of it that is a secret of ours is `Hidden`."""
    values = (value for each in resources for value in each.fields.values())
    hidden = {content(text): text.origins for value in values for text in texts(value) if isinstance(text, Hidden)}
    secret = {text: origins for text, origins in hidden.items() if origins - {Origin.PERSON}}
    former = {(record.address.kind, record.remote_id): frozenset(record.digests) for record in recorded.values()}
    former |= _copies(live, recorded)
    if not secret and not any(former.values()):
        return live
    listings = {kind: _listing(listing, secret, former) for kind, listing in live.listings.items()}
    return replace(live, listings=listings)


def _copies(live: Live, recorded: Mapping[Address, Recorded]) -> dict[tuple[str, int], frozenset[str]]:
    """The copies of what was a secret when they were made, and the fields that are one; of nobody's copy it may be."""
    found: dict[tuple[str, int], frozenset[str]] = {}
    for kind in KINDS.values():
        makers = {r.remote_id: names for r in recorded.values() if r.address.kind == kind.name and (names := copies(r))}
        listing = live.listings.get(kind.lifecycle.sealed) if kind.lifecycle and makers else None
        for each in listing.objects if listing else ():
            maker = each.fields.get(kind.name)
            other = isinstance(maker, int) and maker not in makers and live.find(kind.name, maker) is not None
            of_any = frozenset().union(*makers.values())
            names = frozenset() if other else makers.get(maker, of_any) if isinstance(maker, int) else of_any
            found |= {(each.kind, each.id): names} if names else {}
    return found


def texts(value: Any) -> Iterator[Any]:
    """A value of a field, the names in its references."""
    if isinstance(value, tuple):
        yield from (text for part in value for text in texts(part))
    else:
        yield value.value if isinstance(value, Reference) else value


def _listing(listing: Listing, secret: Origins, former: Mapping[tuple[str, int], frozenset[str]]) -> Listing:
    objects = tuple(_object(each, secret, former.get((each.kind, each.id), frozenset())) for each in listing.objects)
    return replace(listing, objects=objects)


def _object(found: LiveObject, secret: Origins, former: frozenset[str]) -> LiveObject:
    fields = {name: _text(value, secret, name in former) for name, value in found.fields.items()}
    hides = any(isinstance(value, Hidden) for value in fields.values())
    return replace(found, fields=fields) if hides else found


def _text(value: Any, secret: Origins, former: bool) -> Any:
    """A text that is a secret, or stands where one stood."""
    if not isinstance(value, str):
        return value
    applied = former and not isinstance(value, Hidden)  # what is hidden for what it is was hashed for that
    origins = secret.get(value, frozenset()) | (frozenset({Origin.ENVIRONMENT}) if applied else frozenset())
    return Hidden(value, *origins, *origins_of(value)) if origins else value
