"""Relations: from a reference as written to the remote id behind it, and back to something a person recognises.

A target is a remote id, or the `Address` of what this plan has yet to make. Unmanaged objects are looked up by name
among the live ones; sealed surveys by the campaign that made them (docs/alice-api.md#sealed-copies).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from provisioner.error_ids import ErrorId
from provisioner.model import Address, Reference, Resource
from provisioner.plan.live import Live
from provisioner.resources import KINDS

Problem = Callable[[ErrorId, str], None]


@dataclass(slots=True)
class Targets:
    """Filled while matching: `ids` by address. Then only asked."""

    resources: Mapping[Address, Resource]
    live: Live
    ids: dict[Address, int] = field(default_factory=dict)
    named: dict[tuple[str, int], Address | Reference] = field(default_factory=dict)
    _makers: dict[tuple[str, Any], list[Address]] | None = field(default=None, init=False, repr=False)

    def bind(self, address: Address, remote_id: int) -> None:
        """This address is that live object."""
        self.ids[address] = remote_id
        self.named[address.kind, remote_id] = address

    def resolve(self, value: Any, problem: Problem) -> Any:
        """References in a field value become targets; a list becomes a tuple sorted for comparison."""
        if isinstance(value, Reference):
            return self.target(value, problem)
        if isinstance(value, tuple) and any(isinstance(part, Reference) for part in value):
            return tuple(sorted({self.target(part, problem) for part in value}, key=_sortable))
        return value

    def target(self, reference: Reference, problem: Problem) -> int | Address | None:
        """A remote id, an address that has no id yet, or None after telling `problem` why."""
        sealed = _sealing_kind(reference.kind)
        if sealed and reference.by in ("key", "campaign"):
            return self._newest_copy(reference)
        if reference.by == "key":
            address = Address(reference.kind, str(reference.value))
            return self.ids.get(address, address)
        if reference.by == "id":
            return self._by_id(reference, problem)
        return self._by_name(reference, problem)

    def address(self, kind: str, target: int | Address) -> Address:
        """The address of the resource a target is, else one that stands in for it and that nobody can declare."""
        if isinstance(target, Address):
            return target
        known = self.named.get((kind, target))
        return known if isinstance(known, Address) else Address(kind, f"#{target}")

    def show(self, value: Any, kind: str) -> Any:
        """Live ids of a relation as references: a key of this project, a known name, else `{id: N}`."""
        if isinstance(value, tuple):
            return tuple(self.show(part, kind) for part in value)
        if not isinstance(value, int):
            return value
        known = self.named.get((kind, value)) or called(self.live, kind, value)
        return Reference(kind, "key", known.key) if isinstance(known, Address) else known

    def copies(self, reference: Reference) -> list[int]:
        """Ids of the sealed copies a reference by key or campaign means, oldest first."""
        startable = KINDS[_sealing_kind(reference.kind)].as_startable
        makers = {self.ids[address] for address in self.makers(reference) if address in self.ids}
        found = [copy for maker in makers for copy in self.live.having(reference.kind, startable.made_by, maker)]
        if name := self._original_name(reference):
            found += self.live.called(reference.kind, name)
        return sorted({copy.id for copy in found})

    def makers(self, reference: Reference) -> list[Address]:
        """The declared resources whose start makes the copy that the reference means."""
        kind = _sealing_kind(reference.kind)
        if reference.by == "campaign":
            return [Address(kind, str(reference.value))]
        if self._makers is None:  # and not when it is empty: nothing may be started at all
            self._makers = _makers(self.resources)
        return self._makers.get((kind, reference.value), [])

    def _newest_copy(self, reference: Reference) -> int | Address:
        copies = self.copies(reference)
        makers = self.makers(reference)
        return copies[-1] if copies else makers[0] if makers else Address(reference.kind, str(reference.value))

    def _original_name(self, reference: Reference) -> Any:
        """A copy keeps its original's name, which finds copies whose maker is gone."""
        kind = KINDS[_sealing_kind(reference.kind)]
        for relation in kind.startable.frozen if kind.startable and reference.by == "key" else ():
            original = self.resources.get(Address(kind.points_at(relation), str(reference.value)))
            if original is not None:
                return original.fields.get(KINDS[original.address.kind].label)
        return None

    def _by_id(self, reference: Reference, problem: Problem) -> int | None:
        wanted = int(reference.value)
        if self.live.gone(reference.kind, wanted):
            message = f"no {KINDS[reference.kind].title} has the id {wanted} on the server: correct it, or declare one"
            problem(ErrorId.REFERENCE_NOT_LIVE, message)
            return None
        return wanted

    def _by_name(self, reference: Reference, problem: Problem) -> int | None:
        title = KINDS[reference.kind].title
        if not self.live.readable(reference.kind):
            message = f"the server does not list {title}s, so none is found by name: write {{id: N}} instead"
            problem(ErrorId.REFERENCE_UNLISTED, message)
            return None
        found = sorted(o.id for o in self.live.called(reference.kind, reference.value))
        if len(found) == 1:
            self.named.setdefault((reference.kind, found[0]), reference)
            return found[0]
        if found:
            problem(ErrorId.REFERENCE_AMBIGUOUS, _several(title, reference, found))
        else:
            problem(ErrorId.REFERENCE_NOT_LIVE, self._none(title, reference))
        return None

    def _none(self, title: str, reference: Reference) -> str:
        names = self.live.once("names", reference.kind, lambda: self._names(reference.kind))
        known = f"; the account has: {', '.join(names[:8])}" if names else "; the account has none at all"
        return f"no {title} is named {reference.value!r}{known}"

    def _names(self, kind: str) -> list[str]:
        label = KINDS[kind].label
        return sorted({str(name) for found in self.live.owned(kind) if (name := found.fields.get(label))})


def called(live: Live, kind_name: str, remote_id: int) -> Reference:
    """An object by its name when no other has it, else by its id."""
    kind, found = KINDS[kind_name], live.find(kind_name, remote_id)
    name = found.fields.get(kind.label) if found else None
    if name is None or len(live.called(kind_name, name)) != 1:
        return Reference(kind_name, "id", remote_id)
    bare = not kind.collection and not kind.identity.named_by
    return Reference(kind_name, "name", name, bare)


def _several(title: str, reference: Reference, found: list[int]) -> str:
    ids = ", ".join(map(str, found))
    return f"several {title}s are named {reference.value!r} (ids {ids}): write {{id: N}} to choose one"


def _sealing_kind(kind: str) -> str:
    """The kind whose start makes objects of `kind`, or "" when nothing does."""
    return next((k.name for k in KINDS.values() if k.startable and k.startable.sealed == kind), "")


def _makers(resources: Mapping[Address, Resource]) -> dict[tuple[str, Any], list[Address]]:
    """What can be started, by its kind and the keys of what a start seals."""
    found: dict[tuple[str, Any], list[Address]] = {}
    for address, resource in resources.items():
        for key in _keys(resource):
            found.setdefault((address.kind, key), []).append(address)
    return found


def _keys(resource: Resource) -> set[Any]:
    frozen = KINDS[resource.address.kind].startable
    names = frozen.frozen if frozen else ()
    return {v.value for n in names if isinstance(v := resource.fields.get(n), Reference) and v.by == "key"}


def _sortable(target: Any) -> tuple[int, Any]:
    return (0, target) if isinstance(target, int) else (1, str(target))
