"""Payloads become live objects: the meeting of the client and the kinds' translations. Reads only.

A list that the server refuses (403, 405, HTML 404) is no failure: the kind is unreadable and its `Listing` says why.
"""

from __future__ import annotations

from collections.abc import Mapping

from provisioner.alice.client import Client
from provisioner.errors import ApiError, Forbidden, ObjectMissing, RouteMissing
from provisioner.kinds import KINDS, Kind, Zones
from provisioner.model import Listing, LiveObject


class Reader:
    """Reads kinds through a client. Safe to share between threads."""

    def __init__(self, client: Client, zones: Zones) -> None:
        self.client, self.zones = client, zones
        self._without_detail: set[str] = set()

    def listing(self, kind: Kind, params: Mapping[str, str] | None = None) -> Listing:
        """Every object of a kind, proven complete; raises ApiError for what is not a refusal."""
        try:
            payloads = self.client.list(kind.path, params)
        except (Forbidden, RouteMissing) as refusal:
            return Listing(kind.name, unreadable=str(refusal))
        decoded = (kind.decode(payload, self.zones) for payload in payloads)
        return Listing(kind.name, tuple(found for found in decoded if found is not None))

    def one(self, kind: Kind, remote_id: int) -> LiveObject | None:
        """One object by id, from the detail route or else from the list; None when neither shows it."""
        if kind.name not in self._without_detail:
            try:
                return kind.decode(self.client.get(kind.path, remote_id), self.zones)
            except (Forbidden, RouteMissing):
                self._without_detail.add(kind.name)
            except ObjectMissing:
                return None
        return next((found for found in self.listing(kind).objects if found.id == remote_id), None)

    def verbs(self, kind: Kind, remote_id: int) -> frozenset[str] | None:
        """What OPTIONS allows on one object; None when the server does not say."""
        try:
            return self.client.options(kind.path, remote_id).allow or None
        except ApiError:
            return None

    def any(self, kind_name: str, relation: str, remote_id: int) -> bool:
        """Whether the first page shows an object of that kind related to `remote_id`."""
        kind = KINDS[kind_name]
        try:
            payloads = self.client.first(kind.path, {relation: remote_id})
        except (Forbidden, RouteMissing):
            return False
        decoded = (kind.decode(payload, self.zones) for payload in payloads)
        return any(found is not None and found.fields.get(relation) == remote_id for found in decoded)
