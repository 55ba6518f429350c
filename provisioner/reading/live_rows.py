"""The server's rows of some owners (phonebooks, DNC lists) into the workspace, a few owners at a time.

One listing for all of them where the server ignores the filter by owner. Must not know what is declared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from provisioner.alice.client import Client
from provisioner.contacts import Workspace
from provisioner.kinds import KINDS, Kind, remote_id
from provisioner.kinds.declaration import RowOwner
from provisioner.model import Address
from provisioner.progress import Advance, Progress

Page = list[dict[str, Any]]

READERS = 4  # owners whose live rows are read at once; each holds a page or two, and a batch on disk


@dataclass(frozen=True, slots=True)
class LiveRows:
    """`region` is that of numbers without +."""

    client: Client
    space: Workspace
    region: str | None
    progress: Progress

    def load(self, owner_kind: str, parents: Mapping[Address, int]) -> dict[Address, int]:
        """Read the rows of owners of one kind, by their remote id; how many each has. Raises ApiError."""
        owner = KINDS[owner_kind].rows
        assert owner is not None
        kind = KINDS[owner.kind]
        groups = [parents] if self._ignores_filter(kind, owner, parents) else [{a: i} for a, i in parents.items()]
        with self.progress.phase(f"reading {kind.title} rows", None) as advance:
            return self._load(kind, owner, groups, advance)

    def _load(
        self, kind: Kind, owner: RowOwner, groups: Iterable[Mapping[Address, int]], advance: Advance
    ) -> dict[Address, int]:
        """Each group from one listing, a few of them at once."""

        def load(group: Mapping[Address, int]) -> dict[Address, int]:
            query = {owner.parent: next(iter(group.values()))} if len(group) == 1 else None
            pages = _counted(self.client.pages(kind.path, query), advance)
            reports = self.space.load_live(group, pages, region=self.region)
            return {address: report.rows for address, report in reports.items()}

        with ThreadPoolExecutor(READERS, thread_name_prefix="alice-owners") as pool:
            try:
                return {address: rows for counts in pool.map(load, groups) for address, rows in counts.items()}
            finally:  # after a failure the others are not begun
                pool.shutdown(cancel_futures=True)

    def _ignores_filter(self, kind: Kind, owner: RowOwner, parents: Mapping[Address, int]) -> bool:
        """With several parents it pays to find out: page 1 of a filtered list shows it (docs/alice-api.md#filters).

        A filter that is not documented is not relied on: one listing instead of one for each of a thousand owners.
        """
        if len(parents) < 2:
            return False
        if owner.parent not in {each.name for each in kind.filters}:
            return True
        wanted = next(iter(parents.values()))
        rows = self.client.first(kind.path, {owner.parent: wanted})
        return any(remote_id(row.get(owner.parent)) != wanted for row in rows)


def _counted(pages: Iterable[Page], advance: Advance) -> Iterator[Page]:
    for page in pages:
        advance(len(page))
        yield page
