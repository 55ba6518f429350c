"""Telling whoever applies, now or later, what is being stopped: marks in the state, made before anything is posted.

The state may be slow, locked, broken or unknown. So it is told from a thread of its own: posting waits for it a moment
and no longer, and how it ended is asked for at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Thread

from provisioner.errors import ProvisionerError
from provisioner.inspect.lookup import Resources, addresses_meant, as_id, instances, text_of
from provisioner.manifests.for_each import INSTANCE
from provisioner.model import Address, Resource
from provisioner.resources import Kind
from provisioner.state import Store
from provisioner.stop_marks import ADDRESS, EVERYTHING, ID, NAME, Mark

MOMENT = 2.0  # seconds that posting waits
LONGEST = 30.0  # seconds after which a state that does not answer is given up

OpenState = Callable[[], AbstractContextManager[Store]]


@dataclass(frozen=True, slots=True)
class NoticeResult:
    """How it ended: `reason` why the state does not know ("" if it does), `holder` who applies, `late` if only after
    posting had begun."""

    reason: str = ""
    holder: str | None = None
    late: bool = False


@dataclass(slots=True)
class StopNotice:
    """The marks of one stop on their way into the state."""

    open_state: OpenState
    marks: Sequence[Mark]
    moment: float = MOMENT
    longest: float = LONGEST
    _told: NoticeResult = field(default=NoticeResult("it does not answer"), init=False)
    _late: bool = field(default=False, init=False)
    _thread: Thread = field(init=False)

    def send(self) -> StopNotice:
        """Begin, and wait a moment."""
        self._thread = Thread(target=self._write, name="stop marks", daemon=True)
        self._thread.start()
        self._thread.join(self.moment)
        self._late = self._thread.is_alive()
        return self

    def result(self) -> NoticeResult:
        """How it ended, waiting for that if need be."""
        self._thread.join(self.longest)
        return replace(self._told, late=self._late)

    def withdraw(self, marks: Iterable[Mark]) -> None:
        """Strike out marks of what turned out to mean nothing; if that fails, they do no harm."""
        gone = list(marks)
        if gone and not self._told.reason:
            try:
                with self.open_state() as store:
                    store.lift_stops(gone)
            except Exception:
                return

    def _write(self) -> None:
        """With an apply under way nobody knows what its manifests say."""
        try:
            with self.open_state() as store:
                holder = store.holder()
                marks = self.marks if holder is None else [replace(mark, asked=True) for mark in self.marks]
                store.mark_stopped(marks)
            self._told = NoticeResult(holder=holder)
        except Exception as error:  # whatever is wrong with the state, it may not keep anything from being stopped
            self._told = NoticeResult(str(error) if isinstance(error, ProvisionerError) else type(error).__name__)


def marks_of(kind: Kind, names: Sequence[str], declared: Resources, at: datetime) -> Mapping[str, tuple[Mark, ...]]:
    """The marks of each name that was typed; of everything, under "", when none was."""
    if not names:
        return {"": (Mark(kind.name, EVERYTHING, "", at),)}
    return {name: tuple(_marks(kind, name, declared, at)) for name in names}


def _marks(kind: Kind, text: str, declared: Resources, at: datetime) -> Iterator[Mark]:
    """By every declared address that is meant, and by id if it may be one; else by all that it may be."""
    meant = [address for address in addresses_meant(kind, text, declared) if address in declared]
    key = text.removeprefix(f"{kind.name}.")
    if INSTANCE.fullmatch(key) and (not meant or instances(kind, text, meant)):  # also keys that others have in theirs
        asked = not meant or any(_may_run(kind, declared[address]) for address in meant)
        yield Mark(kind.name, ADDRESS, str(Address(kind.name, key)), at, asked)
    for address in meant:
        yield Mark(kind.name, ADDRESS, str(address), at, _may_run(kind, declared[address]))
    if as_id(text) is not None:
        yield Mark(kind.name, ID, text, at)
    elif not meant and text_of(kind, text):
        yield Mark(kind.name, NAME, str(text_of(kind, text)), at)


def _may_run(kind: Kind, resource: Resource) -> bool:
    """Whether its manifest wants it to run."""
    startable = kind.startable
    return startable is None or resource.fields.get(startable.field) == startable.running
