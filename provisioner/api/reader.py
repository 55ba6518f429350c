"""Payloads become live objects: the meeting of the client and the kinds' translations. Reads only.

A list that the server refuses (403, 405, HTML 404) is no failure: the kind is unreadable and its `Listing` says why.
What was asked and cannot be told is `Unknown`, never "no". See docs/alice-api.md#refused-reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from threading import Lock
from typing import Any

from provisioner.api.client import Client
from provisioner.coalescer import Coalescer
from provisioner.errors import ApiError, Forbidden, ObjectMissing, RouteMissing
from provisioner.language import gettext, term
from provisioner.model import Listing, LiveObject, Unknown
from provisioner.resources import KINDS, Kind, Zones, remote_id

REFUSED = 403  # of one object; 405 and HTML 404 say that no object of the kind can be read by its id
Payloads = Iterable[Mapping[str, Any]]


class Reader:
    """Reads kinds through a client. Safe to share between threads."""

    def __init__(self, client: Client, zones: Zones) -> None:
        self.client, self.zones = client, zones
        self._without_detail: set[str] = set()
        self._related: dict[tuple[str, str], frozenset[int] | Unknown] = {}
        self._fresh: dict[str, Coalescer[None, Listing]] = {}
        self._lock = Lock()

    def fresh(self, kind: Kind) -> Listing:
        """The same as `listing`, read once for all threads that ask at once, and begun after they asked."""
        with self._lock:
            readings = self._fresh.setdefault(kind.name, Coalescer(lambda asked: [self.listing(kind)] * len(asked)))
        return readings.ask(None)

    def listing(self, kind: Kind, params: Mapping[str, str] | None = None) -> Listing:
        """Every object of a kind, proven complete; raises ApiError for what is not a refusal of the list as such.

        A list with objects whose id nobody can read is unreadable too: they are there, and cannot be told apart.
        """
        try:
            pages = self.client.pages(kind.path, params)
        except (Forbidden, RouteMissing) as refusal:
            return Listing(kind.name, unreadable=str(refusal))
        decoded = [kind.decode(payload, self.zones) for page in pages for payload in page]
        found = tuple(each for each in decoded if each is not None)
        nameless = len(decoded) - len(found)
        reason = f"GET {kind.path}/: {nameless} of {len(decoded)} have no id that this version can read"
        return Listing(kind.name, found, reason if nameless else None)

    def one(self, kind: Kind, remote_id: int) -> LiveObject | None:
        """One object by id; None when it is not there, or when nobody can tell: `look` says which."""
        found = self.look(kind, remote_id)
        return found if isinstance(found, LiveObject) else None

    def look(self, kind: Kind, remote_id: int) -> LiveObject | Unknown | None:
        """One object by id, from the detail route or else from the list; None when it is certainly not there."""
        if kind.name not in self._without_detail:
            try:
                shown = kind.decode(self.client.get(kind.path, remote_id), self.zones)
                return shown or Unknown(gettext("it shows no id"))
            except (Forbidden, RouteMissing):
                self._without_detail.add(kind.name)
            except ObjectMissing:
                return None
        listing = self.fresh(kind)
        found = next((each for each in listing.objects if each.id == remote_id), None)
        return Unknown(listing.unreadable) if found is None and listing.unreadable else found

    def by_id(self, kind: Kind, remote_id: int) -> LiveObject | Unknown | None:
        """One object from the detail route alone, whatever a list shows.

        Unknown: its id was refused, or the answer shows none, so it may be there; or the server has no such route.
        """
        if kind.name in self._without_detail:
            return Unknown(gettext("no {kind} can be read by its id", kind=term(kind.title)))
        try:
            payload = self.client.get(kind.path, remote_id)
        except (Forbidden, RouteMissing) as refusal:
            if refusal.status != REFUSED:
                self._without_detail.add(kind.name)
            return Unknown(str(refusal))
        except ObjectMissing:
            return None
        return kind.decode({"id": remote_id, **payload}, self.zones) or Unknown(gettext("the answer shows no id"))

    def has_detail(self, kind: Kind) -> bool:
        """Whether objects of a kind can be read by their id, as far as anybody asked; else the list is all there is."""
        return kind.name not in self._without_detail

    def verbs(self, kind: Kind, remote_id: int) -> frozenset[str] | None:
        """What OPTIONS allows on one object; None when the server does not say."""
        try:
            return self.client.options(kind.path, remote_id).allow or None
        except ApiError:
            return None

    def any(self, kind_name: str, relation: str, owner: int) -> bool | Unknown:
        """Whether there is an object of that kind related to `owner`.

        The first page of the filtered list tells, unless the filter let others through, or it shows nothing and the
        server says that there is something: then all of it is read, once for every owner.
        """
        kind = KINDS[kind_name]
        try:
            page = self.client.first_page(kind.path, {relation: owner})
            related = _related(page.objects, kind, relation)
            if isinstance(related, Unknown):
                return related
            if related == {owner} or not (related or page.tells_of_others):
                return owner in related
            whole = self._all_related(kind, relation)
        except (Forbidden, RouteMissing) as refusal:
            return Unknown(str(refusal))
        return whole if isinstance(whole, Unknown) else owner in whole

    def _all_related(self, kind: Kind, relation: str) -> frozenset[int] | Unknown:
        with self._lock:
            if (kind.name, relation) not in self._related:
                payloads = (payload for page in self.client.pages(kind.path) for payload in page)
                self._related[kind.name, relation] = _related(payloads, kind, relation)
            return self._related[kind.name, relation]


def _related(payloads: Payloads, kind: Kind, relation: str) -> frozenset[int] | Unknown:
    """The ids that objects point at; unknown when one of them does not say in a form that can be read."""
    found = {remote_id(payload.get(relation)) for payload in payloads}
    if None in found:
        things = term(f"{kind.title}s")
        return Unknown(
            gettext("some {things} do not say which {relation} they are of", things=things, relation=relation)
        )
    return frozenset(each for each in found if each is not None)
