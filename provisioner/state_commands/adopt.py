"""`state adopt`: a live object gets an address by hand, or it is noted that there is none.

What is recorded as fields decides the next plan, so it is never more than what is known:

object can be read    the live values of the declared fields: the plan shows every difference as an update. Left out are
                      the status (only our own applies may say what was asked for last, or a campaign that somebody
                      stopped would be started again) and what the first start froze (`frozen`,
                      docs/alice-api.md#sealed-copies).
it cannot be read     nothing, which a plan takes as equal, because nobody can tell. Except fields that the documented
                      PUT carries: None, so that the next apply sends them once. A creation whose answer was lost may
                      have been left half done (a section's script, docs/alice-api.md#surveys-and-sections). What rings
                      is never sent again.
recorded already      as it was; a password, and a secret of which nothing is known, count as the declared one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from provisioner.api.client import Client
from provisioner.api.reader import Reader
from provisioner.encoding import canonical
from provisioner.error_ids import ErrorId
from provisioner.errors import Diagnostic, PlanError, UsageError
from provisioner.messages import argument, did_you_mean
from provisioner.model import Address, LiveObject, Recorded, Resource
from provisioner.plan.graph import dependencies
from provisioner.plan.live import Live
from provisioner.plan.references import Targets
from provisioner.plan.secrets import Digester, Key, personal, unknown
from provisioner.project import Project
from provisioner.resources import KINDS, Kind, Password, Relation, Update, Zones
from provisioner.state import Entry, Store, instant
from provisioner.state_commands.show import StateView


@dataclass(frozen=True, slots=True)
class Adoption:
    """What is to be recorded, and the journal entries it answers. `resent`: fields the next apply sends once more."""

    record: Recorded
    answers: tuple[Entry, ...] = ()
    unread: bool = False
    again: bool = False
    resent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Adopter:
    """Everything `state adopt` works with. Raises PlanError or UsageError for what cannot be, before it writes."""

    project: Project
    client: Client
    store: Store
    lock_timeout: float = 0.0

    def adopt(self, address: Address, remote_id: int) -> Adoption:
        """Record the live object of that id under the address."""
        resource = _declared(self.project, address)
        _require_free(resource, remote_id, self.project.resources, StateView.of(self.store))
        live = self._look(resource, remote_id)
        self._adoption(resource, remote_id, live)  # without waiting for the lock only to refuse
        with self.store.lock(timeout=self.lock_timeout):
            found = self._adoption(resource, remote_id, live)
            self.store.put(found.record)
            self._settle(found.answers)
        return found

    def note_absent(self, address: Address) -> tuple[Entry, ...]:
        """Note that no object of the address exists, so that it may be created; the journal entries that answers."""
        resource = _declared(self.project, address)
        live = self._look(resource)
        _absence(resource, StateView.of(self.store), live, datetime.now(UTC))
        with self.store.lock(timeout=self.lock_timeout):
            answers = _absence(resource, StateView.of(self.store), live, datetime.now(UTC))
            self.store.mark_absent(address)
            self._settle(answers)
        return answers

    def settle_appointments(self, address: Address, *, there: bool) -> int:
        """What became of appointments and alarms whose answer nobody saw; of how many that was asked."""
        resource = _declared(self.project, address)
        if resource.appointments is None:
            raise UsageError(f"{address} declares no appointments", id=ErrorId.ADOPT_REFUSED)
        with self.store.lock(timeout=self.lock_timeout):
            recorded = self.store.recorded().get(address)
            if recorded is None:
                raise UsageError(
                    f"nothing is recorded of {address}: the next plan finds it, or makes it", id=ErrorId.STATE_ADDRESS
                )
            return self.store.settle_sent(address, recorded.remote_id, there=there)

    def _look(self, resource: Resource, remote_id: int | None = None) -> Live:
        """The list of its kind, and what that does not show: the object of that id, where GET by id does."""
        reader, kind = Reader(self.client, Zones.of(self.project.settings)), KINDS[resource.address.kind]
        users = frozenset(self.client.identity()) | self.store.scope.users
        live = Live({kind.name: reader.listing(kind)}, users)
        if remote_id is None or live.find(kind.name, remote_id):
            return live
        found = reader.by_id(kind, remote_id)
        if found is None:
            _refuse(resource, _missing(kind, remote_id))
        return live.showing([found] if isinstance(found, LiveObject) else ())

    def _adoption(self, resource: Resource, remote_id: int, live: Live) -> Adoption:
        digester = Digester(Key(self.store.scope.key))
        return adoption(resource, remote_id, self.project.resources, StateView.of(self.store), live, digester)

    def _settle(self, entries: tuple[Entry, ...]) -> None:
        for entry in entries:
            self.store.settle(entry.id)


def adoption(
    resource: Resource,
    remote_id: int,
    resources: Mapping[Address, Resource],
    known: StateView,
    live: Live,
    digester: Digester,
) -> Adoption:
    """What to record of a live object of that id. Raises PlanError when it may not be this resource."""
    address = resource.address
    unread = not live.readable(address.kind) and live.find(address.kind, remote_id) is None
    _require_free(resource, remote_id, resources, known)
    found = LiveObject(address.kind, remote_id, {}) if unread else _found(resource, remote_id, live)
    answers, old = known.entries(address), known.recorded.get(address)
    if old is not None:
        return Adoption(_as_declared(old, resource, digester), answers, unread, again=True)
    fields = _unread_fields(resource) if unread else _live_fields(resource, found, known)
    record = Recorded(
        address=address,
        remote_id=remote_id,
        fields=fields,
        depends_on=tuple(sorted(dependencies(resource, Targets(resources, live)))),
        created=any(not e.left and e.verb == "POST" and remote_id not in e.known_ids for e in answers),
        user=found.user,
        protected=resource.lifecycle.prevent_delete,
    )
    return Adoption(record, answers, unread, resent=tuple(fields) if unread else ())


def _absence(resource: Resource, known: StateView, live: Live, now: datetime) -> tuple[Entry, ...]:
    """The entries that an absence answers. Raises PlanError when it cannot be taken on somebody's word."""
    address, kind = resource.address, KINDS[resource.address.kind]
    if live.readable(address.kind) and not any(each.unnamed for each in known.entries(address)):
        _refuse(resource, f"the server lists {kind.title}s, so plan sees by itself whether it exists")
    if record := known.recorded.get(address):
        _refuse(resource, f"is recorded with id {record.remote_id}: {_removal(address)} first if it does not exist")
    answers = known.entries(address)
    late = max((each.sent_at + timedelta(seconds=2 * each.timeout) for each in answers), default=now)
    if late > now:
        _refuse(resource, f"a write may still be carried out late, until {instant(late)}: look again after that")
    return answers


def _removal(address: Address) -> str:
    return f"`state rm {argument(address)}`"


def _declared(project: Project, address: Address) -> Resource:
    resource = project.resources.get(address)
    if resource is None:
        guess = did_you_mean(str(address), map(str, project.resources))
        raise UsageError(
            f"{address} is not declared{guess or ': declare it first, so that its fields are known'}",
            id=ErrorId.UNKNOWN_NAME,
        )
    return resource


def _require_free(resource: Resource, remote_id: int, resources: Mapping[Address, Resource], known: StateView) -> None:
    """One object, one address."""
    address = resource.address
    record = known.recorded.get(address)
    if record is not None and record.remote_id != remote_id:
        _refuse(resource, f"is recorded with id {record.remote_id}: {_removal(address)} first")
    if resource.pin not in (None, remote_id):
        _refuse(resource, f"is pinned to id {resource.pin}: correct or remove `id:`", "id")
    for other, theirs in known.recorded.items():
        if other != address and (other.kind, theirs.remote_id) == (address.kind, remote_id):
            command = f"`state mv {argument(other)} {argument(address)}`"
            _refuse(resource, f"id {remote_id} is recorded as {other}: {command} moves it here")
    for other, declared in resources.items():
        if other != address and (other.kind, declared.pin) == (address.kind, remote_id):
            _refuse(resource, f"{other} is pinned to id {remote_id} at {declared.position('id')}")


def _found(resource: Resource, remote_id: int, live: Live) -> LiveObject:
    kind, found = KINDS[resource.address.kind], live.find(resource.address.kind, remote_id)
    if found is None:
        _refuse(resource, _missing(kind, remote_id))
    if found not in live.owned(found.kind):
        _refuse(
            resource, f"the {kind.title} with id {remote_id} is another user's, or a shared sample: it stays untouched"
        )
    return found


def _missing(kind: Kind, remote_id: int) -> str:
    return f"no {kind.title} has the id {remote_id} on the server"


def _refuse(resource: Resource, message: str, path: str = "") -> NoReturn:
    raise PlanError([Diagnostic(ErrorId.ADOPT_REFUSED, message, resource.position(path), resource.address)])


def _as_declared(record: Recorded, resource: Resource, digester: Digester) -> Recorded:
    """A known record whose password somebody has just set by hand to what is declared, or says to be the declared one.

    So is any other secret of which nothing is known any more; one that is known to be another is not.
    """
    passwords = {field.name for field in KINDS[record.address.kind].fields if isinstance(field, Password)}
    settled = (passwords & record.digests.keys()) | {*unknown(record, resource.fields, digester)}
    anew = {name: digester.of(resource.fields[name]) for name in settled & resource.fields.keys()}
    return replace(record, digests={**record.digests, **anew})


def _unread_fields(resource: Resource) -> dict[str, Any]:
    kind = KINDS[resource.address.kind]
    if not kind.api.verbs.update or kind.startable is not None:
        return {}
    documented = {field.name for field in kind.fields if field.update is Update.DOCUMENTED}
    return {name: None for name, value in resource.fields.items() if name in documented and value is not None}


def _live_fields(resource: Resource, found: LiveObject, known: StateView) -> dict[str, Any]:
    kind = KINDS[found.kind]
    keys = {(address.kind, record.remote_id): address.key for address, record in known.recorded.items()}
    kept = {f.name: f for f in kind.fields if f.name in resource.fields and f.name in found.fields}
    left_out = {*_by_start(kind), *resource.sensitive, *(f.name for f in kind.fields if f.sensitive or personal(f))}
    return {name: _recordable(f, found.fields[name], keys) for name, f in kept.items() if name not in left_out}


def _by_start(kind: Kind) -> tuple[str, ...]:
    return (kind.startable.field, *kind.startable.frozen) if kind.startable else ()


def _recordable(field: Any, value: Any, keys: Mapping[tuple[str, int], str]) -> Any:
    """A live value as a record holds it: ids as recorded keys, else as `{id: N}`."""
    if not isinstance(field, Relation):
        return canonical(value)
    if isinstance(value, tuple):
        return [_recordable(field, part, keys) for part in value]
    return None if value is None else keys.get((field.to, value), {"id": value})
