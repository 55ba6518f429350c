"""The workspace: one temporary duckdb database for all rows of a run, and everything that is done with them in sets.

It holds personal data, so it lives in a private folder that is removed at exit, reads no file outside the project and
its own folder, loads no extension, and lets no message of duckdb out, because those quote rows. Every method takes
its own cursor and may be called from any thread, for one owner by one thread at a time. duckdb is imported when a
workspace is opened. Must not know HTTP, or what a plan is.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provisioner.errors import ProvisionerError
from provisioner.model import Address, Rows
from provisioner.phone import NATIONAL
from provisioner.plan.model import RowChange
from provisioner.rows import number_matches, rewrites
from provisioner.rows.copy import RowCopy, copy_live
from provisioner.rows.diff import Counts, after, compare, digest, digest_after, leave
from provisioner.rows.live_rows import Page, load_live, merge_live
from provisioner.rows.number_matches import DncOverlap, filled_fields
from provisioner.rows.rewrites import Rewritten
from provisioner.rows.scratch import Scratch, no_room
from provisioner.rows.sources import Loading, load
from provisioner.rows.sql import literal
from provisioner.rows.streams import RowDownload, RowStream
from provisioner.rows.tables import IN_MEMORY, LiveReport, Owned, SourceReport, shape_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY = "400MB"
THREADS = 4  # each needs its share of the memory
FULL = {  # what duckdb says when it has no room for its file and for what spills from memory
    "no space left": "No space left on device",
    "disk quota": "Disk quota exceeded",
    "file too large": "File too large",
    "max_temp_directory_size": "No space left on device",
    "could not write": "a file cannot be written",
    "failed to write": "a file cannot be written",
    "could not truncate": "a file cannot be written",
}


class Workspace(AbstractContextManager["Workspace"]):
    """Use as a context manager. `root` is the project's directory; `memory` what duckdb may use before it spills."""

    def __init__(self, root: Path, *, memory: str = MEMORY) -> None:
        self.root = root.resolve()
        self.scratch = Scratch()
        self._connection = self._opened(memory)
        self._lock = threading.Lock()
        self._owned: dict[Address, Owned] = {}
        self._counts: dict[Address, Counts] = {}

    def _opened(self, memory: str) -> DuckDBPyConnection:
        import duckdb

        try:
            return _connected(self.scratch, self.root, memory)
        except duckdb.Error as error:
            self.scratch.close()
            raise _explained(error) from None

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Forget all rows: the database and its folder are gone afterwards."""
        self._connection.close()
        self.scratch.close()

    def load_source(
        self,
        address: Address,
        rows: Rows,
        *,
        region: str | None = None,
        number_format: str = NATIONAL,
        streams: Iterable[RowStream | RowDownload] = (),
    ) -> SourceReport:
        """Read the declared rows of a phonebook or DNC list: its files, `streams` of what is no file, then `inline`.

        `region` is that of numbers without +, `number_format` national, e164 or as_is. Raises ManifestError with
        every problem at once (invalid rows unless `invalid: skip`, duplicates unless `on_duplicate` says which stays).
        """
        owned = self.owned(address)
        owned.rows, owned.region, owned.number_format = rows, region, number_format
        with self.cursor() as connection:
            owned.source_report = load(Loading(connection, self.scratch, self.root, owned, tuple(streams)))
        return owned.source_report

    def load_live(
        self, parents: Mapping[Address, int], pages: Iterable[Page], *, region: str | None = None
    ) -> dict[Address, LiveReport]:
        """Read the server's rows of some owners of one kind, given by remote id, from one listing.

        Rows of other parents are dropped and counted. `region` is for owners whose source was not loaded. Raises what
        `pages` raises, and Inconsistent for rows without an id.
        """
        owners = {address: self.owned(address) for address in parents}
        for owned in owners.values():
            owned.region = owned.region or region
        with self.cursor() as connection:
            reports = load_live(connection, self.scratch, {parents[one]: owners[one] for one in parents}, pages)
        return {address: reports[remote_id] for address, remote_id in parents.items()}

    def merge_live(self, address: Address, remote_id: int, pages: Iterable[Page]) -> None:
        """Take over rows as answers to writes showed them, in place of what was read under the same ids."""
        with self.cursor() as connection:
            merge_live(connection, self.scratch, remote_id, self.owned(address), pages)

    def leave(self, addresses: Iterable[Address]) -> None:
        """After `load_live`, where nothing is declared: the difference is that live rows stay as they are."""
        with self.cursor() as connection:
            connection.begin()
            for owned in map(self.owned, addresses):
                owned.rows = replace(owned.rows, on_missing="keep")
                self._counts[owned.address] = leave(connection, owned)
            connection.commit()

    def copy_live(self, address: Address, path: Path, *, number_format: str = NATIONAL) -> RowCopy:
        """Write the live rows of an owner into a new file below `root` that declares them as they are."""
        owned = self.owned(address)
        owned.number_format = number_format
        with self.cursor() as connection:
            return copy_live(Loading(connection, self.scratch, self.root, owned), path)

    def difference(self, address: Address, *, rings: bool = False) -> RowChange:
        """What is to be sent so that live rows equal declared ones; again after each load. `digest` is about it.

        `rings`: its phonebook is attached to a campaign that runs, or that this plan resumes.
        """
        owned = self.owned(address)
        with self.cursor() as connection:
            counts = self._counts[address] = compare(connection, owned)
        report = owned.source_report
        return RowChange(
            address=address,
            add=counts.add,
            change=counts.change,
            remove=counts.remove,
            unchanged=counts.unchanged,
            invalid=sum(report.invalid.values()),
            duplicate=report.duplicates,
            calls=counts.rings if rings else 0,
            left_out=report.left_out,
        )

    def digest(self, address: Address, key: bytes) -> str:
        """The keyed digest of the last difference (see `digest`)."""
        with self.cursor() as connection:
            return digest(connection, self.owned(address), key)

    def digest_after(self, address: Address, key: bytes) -> str:
        """The keyed digest of the rows that are active once the last difference has been applied."""
        with self.cursor() as connection:
            return digest_after(connection, self.owned(address), key)

    def know(self, address: Address, key: bytes, stored: str | None, *, listed: bool = True) -> None:
        """Before `difference`: what is known of the forms in which the server keeps rows, from `known`.

        `listed`: the server shows them, so that nothing stands for what is there.
        """
        with self.cursor() as connection:
            rewrites.take(connection, self.owned(address), key, stored, listed=listed)

    def unlisted(self, address: Address) -> None:
        """Before `difference`: the server does not show what is on this list, so what is known to be sent is on it."""
        self.owned(address).unlisted = True

    def all_sent(self, address: Address) -> None:
        """After `difference`: all that it would add was sent before, so that another one adds nothing."""
        owned = self.owned(address)
        with self.cursor() as connection:
            rewrites.note_sent(connection, owned, f"SELECT row FROM {owned.difference}")

    def known(self, address: Address) -> str:
        """What is known of them now, as text for the state: keyed hashes only. Empty when that is nothing."""
        with self.cursor() as connection:
            return rewrites.given(connection, self.owned(address))

    def rewritten(self, address: Address) -> Rewritten:
        """Of the last difference: rows that are equal but for a form of the server's."""
        with self.cursor() as connection:
            return rewrites.rewritten(connection, self.owned(address))

    def counts(self, address: Address) -> Counts:
        """The last difference in more detail than a plan shows: active afterwards, kept, repeated on the server."""
        if address not in self._counts:
            self.difference(address)
        return self._counts[address]

    def active_after(self, address: Address) -> int:
        """How many rows are active once the last difference has been applied."""
        return self.counts(address).active

    def shared_numbers(
        self, addresses: Sequence[Address], called: Mapping[Any, Iterable[int]] | None = None
    ) -> dict[frozenset[Any], int]:
        """How many numbers are active in exactly these owners and no others of the given ones, after apply.

        `called` are numbers from elsewhere under a name, which counts as one more owner.
        """
        names, numbers = [*addresses, *(called or {})], [list(each) for each in (called or {}).values()]
        with self.cursor() as connection:
            found = number_matches.shared_numbers(connection, [self.owned(each) for each in addresses], numbers)
        return {frozenset(names[place] for place in places): count for places, count in found.items()}

    def listed(self, address: Address, lists: Iterable[Address]) -> DncOverlap:
        """How many numbers active after apply are on any of the DNC lists after apply."""
        with self.cursor() as connection:
            return number_matches.listed_rows(connection, self.owned(address), self._filled(lists))

    def _filled(self, addresses: Iterable[Address]) -> list[Owned]:
        """Those that have rows: an account may hold a thousand empty lists."""
        return [owned for owned in map(self.owned, addresses) if not owned.empty]

    def says(self, address: Address, names: Iterable[str]) -> frozenset[str]:
        """Which of these fields and variables are declared for the rows, or have a value in a live one."""
        with self.cursor() as connection:
            return filled_fields(connection, self.owned(address), names)

    def within(self, address: Address, region: str) -> int:
        """How many numbers active after apply are ones of a country."""
        with self.cursor() as connection:
            return number_matches.in_region(connection, self.owned(address), region)

    def unreadable(self, address: Address) -> int:
        """How many rows active after apply have a number that nobody can read."""
        with self.cursor() as connection:
            return number_matches.unreadable(connection, self.owned(address)) if self._filled([address]) else 0

    def drop_listed(self, address: Address, lists: Iterable[Address]) -> int:
        """`dnc: drop`: forget declared rows that are on a DNC list. Before `difference`; the lists' after theirs."""
        with self.cursor() as connection:
            dropped = number_matches.drop_listed(connection, self.owned(address), self._filled(lists))
        self.owned(address).dropped(dropped)
        return dropped

    def barred(self, address: Address) -> int:
        """How many contacts that are active on the server `drop_listed` has found to be on a DNC list."""
        with self.cursor() as connection:
            return number_matches.barred_rows(connection, self.owned(address))

    def numbers(self, address: Address) -> str:
        """SQL of the rows active after apply, as a relation of `number` (E.164 as BIGINT) and `sent`; see `cursor`."""
        return f"({after(self.owned(address))})"

    def owned(self, address: Address) -> Owned:
        """The tables of an address; made known on first use. KeyError when its kind owns no rows."""
        with self._lock:
            if address not in self._owned:
                self._owned[address] = Owned(address, shape_of(address), len(self._owned) + 1)
            return self._owned[address]

    def others(self, address: Address) -> list[Owned]:
        """The other owners of the same kind of rows."""
        with self._lock:
            return [one for one in self._owned.values() if one.address != address and one.address.kind == address.kind]

    @contextmanager
    def cursor(self) -> Iterator[DuckDBPyConnection]:
        """A connection of one's own to the same tables; errors of duckdb come out without their text."""
        import duckdb

        connection = self._connection.cursor()
        try:
            yield connection
        except duckdb.Error as error:
            raise _explained(error) from None
        finally:
            connection.close()


def _explained(error: Exception) -> ProvisionerError:
    """What duckdb said, without its text, which quotes rows. All that it writes is in the scratch folder."""
    said = str(error).lower()
    reason = next((words for sign, words in FULL.items() if sign in said), None)
    return no_room(reason) if reason else ProvisionerError(f"the row database failed: {type(error).__name__}")


def _connected(scratch: Scratch, root: Path, memory: str) -> DuckDBPyConnection:
    import duckdb

    database, spill = scratch.path / "rows.duckdb", scratch.path / "spill"
    connection = duckdb.connect(
        str(database),
        config={
            "memory_limit": memory,
            "threads": str(THREADS),
            "temp_directory": str(spill),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        },
    )
    database.chmod(0o600)  # what else duckdb writes is protected by the folder
    connection.execute("SET enable_progress_bar = false")
    connection.execute("PRAGMA disable_checkpoint_on_shutdown")  # nobody opens the database again
    with suppress(duckdb.CatalogException):  # older ones always wait for the disk
        connection.execute("SET fsync_mode = 'NONE'")
    connection.execute(f"ATTACH ':memory:' AS {IN_MEMORY}")
    # from here on nothing but the project and the scratch folder can be read, and that cannot be undone
    connection.execute(f"SET allowed_directories = [{literal(scratch.path)}, {literal(root)}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection
