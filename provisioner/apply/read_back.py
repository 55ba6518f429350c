"""What comes back of a write: the answer, where that is as good as a reading, or else a reading.

Whether a server's answer shows what it has stored is not known (docs/alice-api.md#create, #put): it may show less, or
what was sent and not what became of it. So the first answers of a run to each verb of a kind are read back. Where a
reading shows just what an answer did, later answers are believed as they are; where one ever shows anything else,
every write is read back. What was believed is compared with one reading of the list in the end, and before anything
rings: a server may change one value and leave another.
"""

from __future__ import annotations

from threading import Lock

from provisioner.api.reader import Reader
from provisioner.model import LiveObject
from provisioner.resources import Kind


class ReadBack:
    """Shared by the steps of one run, and by their threads."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._same: dict[tuple[str, str], bool] = {}
        self._believed: set[tuple[str, int]] = set()
        self._lock = Lock()

    def believed(self, kind: Kind, remote_id: int) -> bool:
        """Whether the latest write of an object was not read back."""
        return (kind.name, remote_id) in self._believed

    def disbelieve(self, kind: Kind) -> None:
        """From now on every write of this kind is read back."""
        with self._lock:
            self._same |= {(kind.name, verb): False for verb in ("POST", "PUT")}

    def after(self, verb: str, kind: Kind, remote_id: int, answered: LiveObject | None) -> LiveObject | None:
        """The object after a write that was answered so; None when neither the answer nor a reading shows it.

        What changes by itself, or by others' hands, is always read after a change of it.
        """
        moving = verb == "PUT" and (kind.startable is not None or kind.api.moves)
        if answered is not None and not moving and self._same.get((kind.name, verb)):
            self._believed.add((kind.name, remote_id))
            return answered
        self._believed.discard((kind.name, remote_id))
        read = self._reader.one(kind, remote_id)
        if answered is not None and read is not None:
            with self._lock:
                same = self._same.get((kind.name, verb), True) and _shows_as_much(kind, answered, read)
                self._same[kind.name, verb] = same
        return read or answered


def _shows_as_much(kind: Kind, answered: LiveObject, read: LiveObject) -> bool:
    """Whether all that was read was in the answer, and each field that can be declared with the same value."""
    declared = {name: value for name, value in read.fields.items() if name in {field.name for field in kind.fields}}
    equal = all(answered.fields.get(name, ...) == value for name, value in declared.items())
    return equal and read.user == answered.user and read.payload.keys() <= answered.payload.keys()
