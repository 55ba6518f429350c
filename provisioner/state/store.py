"""The store: everything that others may do with recorded state; what has returned is committed.

What several threads record, or begin, at once is one transaction: each waits for the next commit, and all share it.

A store belongs to one scope (project + environment) of one database and can touch no other. Opening and reading leave
no trace; the first change makes the database, the tables and the scope. After a kill, what was committed is there and
what was in flight is in the journal.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import TypeVar

from sqlalchemy import Connection

from provisioner.coalescer import Coalescer
from provisioner.errors import StateError
from provisioner.model import Address, Recorded
from provisioner.moves import family
from provisioner.reminders import SentAppointment
from provisioner.state import appointments, journal, resources, scopes, stops
from provisioner.state.database import Database, StateBackend
from provisioner.state.lock import Guard, ScopeLock, held, is_ours
from provisioner.state.notices import Notices
from provisioner.state.runs import AppliedPlans, Runs
from provisioner.state.scopes import Answered, Binding, always
from provisioner.state.values import Entry, LockLost, Scope, StateChange
from provisioner.stop_marks import Mark, Marks

T = TypeVar("T")


class Store(AbstractContextManager["Store"]):
    """Recorded resources, journal and lock of one scope; safe to use from several threads.

    Every method raises StateError when the database is down, full, read-only, newer or not ours.
    """

    def __init__(self, place: StateBackend, project: str, environment: str) -> None:
        self._project, self._environment = project, environment
        self._database = Database(place)
        self._binding, self._answered = Binding(), always
        self._key = secrets.token_bytes(32)
        self._entered: int | None = None  # the scope's id, once its row is known to exist and to be bound
        self._guard: Guard | None = None
        self._held = False
        self._commits = Coalescer(self._commit)
        self.applied_plans = AppliedPlans(self._read, self._writing, self._require_lock)
        self.runs = Runs(self._read, self._writing, self._require_lock)
        self.notices = Notices(self._read, self._writing)
        self._try()

    def _try(self) -> None:
        """A database that is down or not ours is refused when it is opened, and no connection stays open."""
        try:
            self._read(lambda connection, scope: None, None)
        except BaseException:
            self.close()
            raise

    def __repr__(self) -> str:
        return f"<Store of {self._what} in {self._database.place.label}>"

    @property
    def _what(self) -> str:
        """The scope, for messages."""
        return f"project {self._project!r}, environment {self._environment!r}"

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connections; what was changed is committed already."""
        self._database.close()

    # Whose state it is

    @property
    def scope(self) -> Scope:
        """The scope as it stands now, read anew each time: keep it where it is needed often."""
        fresh = Scope(self._project, self._environment, None, None, frozenset(), 0, self._key)
        stored = self._read(scopes.snapshot, fresh)
        account = self._binding.over(Binding(stored.endpoint, stored.user), self._what)
        return replace(stored, endpoint=account.endpoint, user=account.user)

    def kept_key(self) -> bytes:
        """The key of the scope, which is kept from now on, although nothing may have been recorded yet."""
        self._keeper()
        return self.scope.key

    def bind(self, endpoint: str, user: str | None, *, hidden: bool = False, answered: Answered = always) -> None:
        """Ties the scope to an account, or raises StateError when it belongs to another one.

        The first binding is remembered with the next change, so that a plan writes nothing, and not before somebody has
        `answered` there: an endpoint may be mistyped. None is an unknown user; a `hidden` endpoint is kept as a hash.
        """
        binding = Binding.to(endpoint, user, hidden=hidden).over(self._binding, self._what)
        if stored := self._read(scopes.snapshot, None):
            binding = binding.over(Binding(stored.endpoint, stored.user), self._what)
        self._binding, self._answered, self._entered = binding, answered, None

    # What is recorded

    def recorded(self) -> dict[Address, Recorded]:
        """Everything recorded, ordered by address."""
        return self._read(resources.recorded, {})

    def put(self, *recorded: Recorded, settles: int | None = None, instead_of: Iterable[Address] = ()) -> None:
        """Records addresses anew or in place of what was known, all or none.

        With it `settles` strikes out a journal entry, and the addresses that these come `instead_of` are forgotten.
        """
        self._commits.ask(StateChange(puts=recorded, forgets=tuple(instead_of), settles=_given(settles)))

    def forget(self, address: Address, *, settles: int | None = None) -> None:
        """Records nothing of an address any more, nor its absence; harmless when nothing was known."""
        self._commits.ask(StateChange(forgets=(address,), settles=_given(settles)))

    def leave(self, addresses: Iterable[Address]) -> tuple[Address, ...]:
        """Forgets addresses whose objects stay on Alice, children included, all or none; returns what went.

        Where the kind cannot be read the next plan then asks what became of the object instead of making a second one.
        """
        with self._change() as (connection, scope):
            recorded, absent = resources.recorded(connection, scope), resources.absences(connection, scope)
            known = {*recorded, *absent}
            going = {each: None for head in addresses for each in family(known, head) if each in known}
            resources.forget(connection, scope, going)
            for address in going:
                appointments.forget(connection, scope, address)
                if address in recorded:
                    journal.leave(connection, scope, address)
        return tuple(going)

    def move(self, old: Address, new: Address) -> dict[Address, Address]:
        """Gives what is known of an address another one, in one transaction; returns every move, old to new.

        Children, journal and every recorded mention follow. Raises StateError when a new address is taken.
        """
        with self._change() as (connection, scope):
            return resources.move(connection, scope, old, new)

    def mark_absent(self, address: Address) -> None:
        """Notes that an object of an unreadable kind does not exist, so that it may be created; `put` ends that."""
        with self._change() as (connection, scope):
            resources.mark_absent(connection, scope, address)
            journal.take_over(connection, scope, [address])

    def absences(self) -> frozenset[Address]:
        """The addresses marked absent."""
        return self._read(resources.absences, frozenset())

    # Writes in flight

    def begin(self, entry: Entry, *, settles: int | None = None) -> int:
        """Journals a write that is about to be sent and returns the entry's id; `settles` strikes out another.

        Raises LockLost when this store had the lock and has it no more: then nothing may be sent.
        """
        number = self._commits.ask(StateChange(begins=entry, settles=_given(settles)))
        assert number is not None
        return number

    def settle(self, *entry_ids: int) -> None:
        """Strikes out entries whose outcome is known."""
        if entry_ids:
            self._commits.ask(StateChange(settles=entry_ids))

    def pending(self) -> tuple[Entry, ...]:
        """Entries that were begun and never settled, oldest first."""
        return self._read(journal.pending, ())

    # What was sent of appointments

    def sent(self, owner_id: int) -> tuple[SentAppointment, ...]:
        """What was sent to a calendar, which is `owner_id` on the server, whatever its address was then."""
        return self._read(lambda connection, scope: appointments.sent(connection, scope, owner_id), ())

    def sent_texts(self, owner_id: int, take: Callable[[Iterable[Sequence[str]]], T], empty: T) -> T:
        """What `take` makes of the `texts` of all that was sent to a calendar, read as they are taken."""
        return self._read(lambda connection, scope: take(appointments.texts(connection, scope, owner_id)), empty)

    def word(self, owner_id: int) -> str:
        """What somebody has looked up of what was sent to a calendar."""
        return self._read(lambda connection, scope: appointments.word(connection, scope, owner_id), "")

    def note_sent(
        self, address: Address, owner_id: int, marks: Iterable[SentAppointment], gone: Iterable[tuple[str, str]] = ()
    ) -> None:
        """Notes what was sent, or is about to be, and strikes out what is gone; before a request the lock is asked."""
        with self._writing() as (connection, scope):
            self._require_lock(connection, scope)
            appointments.strike(connection, scope, address, gone)
            appointments.note(connection, scope, address, owner_id, marks)

    def settle_sent(self, address: Address, owner_id: int, *, there: bool) -> int:
        """What became of those whose answer nobody saw: they are `there`, or were never made. How many they were."""
        with self._change() as (connection, scope):
            return appointments.settle(connection, scope, address, owner_id, there=there)

    # What was stopped

    def stops(self) -> Marks:
        """The marks of emergency stops, as they are at this moment."""
        return self._read(stops.marks, Marks())

    def mark_stopped(self, marks: Iterable[Mark]) -> None:
        """Notes what is being stopped. Needs no lock: whoever has it finds the marks before it starts anything."""
        with self._writing() as (connection, scope):
            stops.mark(connection, scope, marks)

    def lift_stops(self, gone: Iterable[Mark], instead: Iterable[Mark] = ()) -> None:
        """Strikes marks out, with others in their place, in one transaction; one that was made anew stays."""
        with self._writing() as (connection, scope):
            stops.lift(connection, scope, gone)
            stops.mark(connection, scope, instead)

    # The lock

    @contextmanager
    def lock(self, *, timeout: float = 0.0, give_up: Callable[[], bool] = lambda: False) -> Iterator[None]:
        """Keeps every other run out of this scope for the length of a block; waits up to `timeout` seconds.

        `give_up` is asked every second while waiting: a signal ends the wait.
        Raises HeldBy (a StateLocked) naming the holder. What was read before may have changed while waiting.
        """
        with held(self._keeper(), self._what, timeout, give_up) as guard:
            self._guard, self._held = guard, True
            try:
                yield
            finally:
                self._held = False

    @property
    def lock_token(self) -> str | None:
        """Within a block of `lock` what tells this lock from every other."""
        return self._guard.token if self._guard and self._held else None

    @property
    def lock_lost(self) -> bool:
        """True when the lock of this store was taken away or its connection broke; noticed within a second or two."""
        return self._guard is not None and self._guard.lost

    def holder(self) -> str | None:
        """Who has the lock at this moment; None when it is free."""
        keeper = self._known_keeper()
        holder = keeper.holder() if keeper else None
        return str(holder) if holder else None

    def unlock(self) -> str | None:
        """Takes the lock away from whoever has it and says whom that was; None when it was free."""
        keeper = self._known_keeper()
        holder = keeper.take_away() if keeper else None
        return str(holder) if holder else None

    def _known_keeper(self) -> ScopeLock | None:
        """None while nothing was ever written here: then nobody can have the lock."""
        scope = self._read(lambda connection, scope: scope, None)
        return None if scope is None else self._keeper_of(scope)

    def _keeper(self) -> ScopeLock:
        """The scope is made if need be, and bound to no account: a run that writes nothing decides nothing."""
        with self._database.writing() as connection:
            self._database.place.alone(connection)
            row = scopes.row_of(connection, self._project, self._environment)
            scope = row.id if row else scopes.create(connection, self._project, self._environment, self._key)
        return self._keeper_of(scope)

    def _keeper_of(self, scope: int) -> ScopeLock:
        return self._database.place.keeper(self._database, scope, f"{self._project}/{self._environment}")

    def _require_lock(self, connection: Connection, scope: int) -> None:
        guard = self._guard
        if guard and (guard.lost or not is_ours(connection, scope, guard.token)):
            guard.lost = True
            raise LockLost(
                f"the lock of {self._what} was lost: another run took it, `state unlock` was used, or the connection "
                "broke; nothing more is written, run again to finish"
            )

    # Transactions

    def _read(self, question: Callable[[Connection, int], T], empty: T) -> T:
        """The answer from the scope, or `empty` while there is none."""
        with self._database.reading() as connection:
            row = scopes.row_of(connection, self._project, self._environment) if connection else None
            try:
                return question(connection, row.id) if connection and row else empty
            except (ValueError, TypeError, LookupError, AttributeError) as error:
                raise StateError(
                    f"{self._database.place.label}: what is stored of {self._what} cannot be understood "
                    f"({type(error).__name__}): restore the state from a backup; it was not changed"
                ) from None

    @contextmanager
    def _change(self) -> Iterator[tuple[Connection, int]]:
        """A transaction that changes what is recorded: it counts."""
        with self._writing() as (connection, scope):
            yield connection, scope
            scopes.bump(connection, scope)

    @contextmanager
    def _writing(self) -> Iterator[tuple[Connection, int]]:
        """A transaction in the scope, which is made and bound when this is the first one."""
        with self._database.writing() as connection:
            binds = self._answered()
            scope = self._entered or self._enter(connection, binds)
            yield connection, scope
        self._entered = scope if binds else None  # only now: a scope that was rolled back has no id

    def _enter(self, connection: Connection, binds: bool) -> int:
        """Finds or makes the scope's row; `binds`: remembers the account. StateError when it is another one's."""
        self._database.place.alone(connection)
        row = scopes.row_of(connection, self._project, self._environment)
        account = self._binding.over(Binding(row.endpoint, row.username) if row else Binding(), self._what)
        scope = row.id if row else scopes.create(connection, self._project, self._environment, self._key)
        if binds:
            scopes.bind(connection, scope, account)
        return scope

    def _commit(self, changes: Sequence[StateChange]) -> list[int | None]:
        """The changes of all who wait, in one transaction; the id of what each begins."""
        begun = [change.begins for change in changes if change.begins is not None]
        records = [record for change in changes for record in change.puts]
        with self._writing() as (connection, scope):
            if begun:
                self._require_lock(connection, scope)
            for change in changes:
                appointments.follow(connection, scope, change.forgets, change.puts)
            resources.forget(connection, scope, [address for change in changes for address in change.forgets])
            resources.put(connection, scope, records)
            journal.take_over(connection, scope, [record.address for record in records])
            journal.settle(connection, scope, [entry_id for change in changes for entry_id in change.settles])
            ids = iter(journal.begin(connection, scope, begun))
            if counted := sum(change.counts for change in changes):
                scopes.bump(connection, scope, counted)
        return [None if change.begins is None else next(ids) for change in changes]


def _given(value: T | None) -> tuple[T, ...]:
    return () if value is None else (value,)
