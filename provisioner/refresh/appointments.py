"""The events and alarms of an account for a plan: page by page into the row database, and what no list shows by its id.

A list that is refused is no failure: what was sent stands for what is there. Verbs are asked when something needs them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from provisioner.api.client import Client
from provisioner.api.reader import Reader
from provisioner.errors import Forbidden, RouteMissing
from provisioner.language import gettext
from provisioner.model import Address, LiveObject, Resource, Unknown
from provisioner.plan.live import Live
from provisioner.progress import Progress
from provisioner.resources import KINDS, Kind
from provisioner.rows.appointments.agenda import AgendaTables
from provisioner.rows.appointments.tables import AgendaScope


def read_apart(resources: Mapping[Address, Resource], recorded: Iterable[Address], *, removes: bool) -> frozenset[str]:
    """Kinds that only appointments are of, so that nobody else needs to have them in memory.

    Where something of their chain may be deleted (`removes`) the whole of them is looked at.
    """
    owners = {address.kind for address, resource in resources.items() if resource.appointments}
    recorded = set(recorded)
    if not owners or (removes and any(address not in resources for address in recorded)):
        return frozenset()
    found = (KINDS[kind].appointments for kind in owners)
    names = {name for each in found if each for name in (each.kind, each.notice)}
    return frozenset() if names & {address.kind for address in (*resources, *recorded)} else frozenset(names)


@dataclass(slots=True)
class AgendaReader:
    """`unread` are the kinds that the server does not list, with its reason."""

    client: Client
    reader: Reader
    tables: AgendaTables
    parallelism: int
    progress: Progress
    unread: dict[str, str] = field(default_factory=dict)
    _verbs: dict[str, frozenset[str] | None] = field(default_factory=dict)

    def read(self, live: Live | None = None, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Both lists anew, at the same time; what `live` has already is not asked again.

        `meanwhile` is done while pages are waited for. Raises ApiError for what is no refusal.
        """
        owner = self.tables.owner
        loads = {owner.kind: self.tables.load_events, owner.notice: self.tables.load_alarms}
        with (
            self.progress.phase(gettext("reading appointments"), None) as advance,
            ThreadPoolExecutor(len(loads), thread_name_prefix="alice-agenda") as pool,
        ):
            lists = [pool.submit(self._load, name, load, live) for name, load in loads.items()]
            meanwhile()
            for each in lists:
                each.result()
                advance(1)

    def _load(self, name: str, load: Any, live: Live | None) -> None:
        listing = live.listings.get(name) if live else None
        if listing is not None and listing.unreadable is not None:
            self.unread[name] = listing.unreadable
        elif listing is not None:
            load([[each.payload for each in listing.objects]])
        else:
            self._read(KINDS[name], load)

    def _read(self, kind: Kind, load: Any) -> None:
        try:
            pages = self.client.pages(kind.path)
        except (Forbidden, RouteMissing) as refusal:
            self.unread[kind.name] = str(refusal)
            return
        load(pages)

    def complete(self, scope: AgendaScope) -> bool:
        """Ask for what was sent and no list shows by its id; whether any of it is there all the same."""
        owner, (events, alarms) = self.tables.owner, self.tables.unshown(scope)
        shown, refused = self._asked(KINDS[owner.kind], events)
        self.tables.load_events([shown] if shown else [], whole=False)
        rung, hidden = self._asked(KINDS[owner.notice], alarms)
        self.tables.load_alarms([rung] if rung else [], whole=False)
        self.tables.standing_in(scope, refused, hidden)
        return bool(shown or refused or rung or hidden)

    def _asked(self, kind: Kind, ids: Sequence[int]) -> tuple[list[dict[str, Any]], list[int]]:
        """The payloads of those that are there, and the ids of those of which nobody may tell."""
        with ThreadPoolExecutor(max(1, self.parallelism), thread_name_prefix="alice-ids") as pool:
            found = list(pool.map(lambda each: self.reader.by_id(kind, each), ids))
        pairs = list(zip(ids, found, strict=True))
        there = [{**one.payload, "id": one.id} for _, one in pairs if isinstance(one, LiveObject)]
        unknown = [each for each, one in pairs if isinstance(one, Unknown)]
        return there, unknown if self.reader.has_detail(kind) else []

    def may(self, verb: str, name: str, remote_id: int | None) -> bool:
        """Whether the server lets us PUT or DELETE objects of a kind, asked of one for all."""
        kind = KINDS[name]
        if name not in self._verbs and remote_id is not None:
            self._verbs[name] = self.reader.verbs(kind, remote_id)
        known = self._verbs.get(name)
        documented = {"PUT": kind.api.verbs.update, "DELETE": kind.api.verbs.delete}
        return documented[verb] if known is None else verb in known
