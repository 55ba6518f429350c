"""`state mv` and `state rm`: another address for what is recorded, or none. Alice is not touched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from provisioner.apply.lost_writes import told
from provisioner.error_ids import ErrorId
from provisioner.errors import UsageError
from provisioner.manifests.for_each import INSTANCE
from provisioner.messages import argument
from provisioner.model import Address
from provisioner.resources import KINDS
from provisioner.state import Store
from provisioner.state_commands.show import StateView


def move(store: Store, old: Address, new: Address, lock_timeout: float) -> Mapping[Address, Address]:
    """Every move, old to new, children included. Raises UsageError or StateError before it changes a thing."""
    _require_movable(old, new)
    known = StateView.of(store)
    if old not in known.recorded and old not in known.absent and not (known.entries(old) or known.stopped(old)):
        raise UsageError(_unknown(old), id=ErrorId.STATE_ADDRESS)
    with store.lock(timeout=lock_timeout):
        return store.move(old, new)


def remove(store: Store, addresses: Iterable[Address], lock_timeout: float) -> Mapping[Address, int | None]:
    """Forgets and leaves in place; what went with its remote id (None: it was only noted as absent)."""
    named, known = list(addresses), StateView.of(store)
    for address in named:
        _require_removable(address, known)
    with store.lock(timeout=lock_timeout):
        recorded = StateView.of(store).recorded
        gone = store.leave(named)
    return {address: recorded[address].remote_id if address in recorded else None for address in gone}


def _require_movable(old: Address, new: Address) -> None:
    if old == new:
        raise UsageError(f"{old} has this address already", id=ErrorId.STATE_ADDRESS)
    if old.kind != new.kind:
        raise UsageError(f"{old} and {new} are of two kinds: only the key can change", id=ErrorId.STATE_ADDRESS)
    parts = new.key.split(".", 1) if KINDS[new.kind].parent else [new.key]
    wanted = 2 if KINDS[new.kind].parent else 1
    if len(parts) != wanted or not all(INSTANCE.fullmatch(part) for part in parts):
        form = f"{KINDS[new.kind].parent}-key.{new.kind}-key" if KINDS[new.kind].parent else "key"
        signs = "letters, digits, - and _, and may end with the [key] of a for_each"
        raise UsageError(
            f"{new} can never be declared: an address is {new.kind}.{form} of {signs}", id=ErrorId.STATE_ADDRESS
        )


def _require_removable(address: Address, known: StateView) -> None:
    if address in known.recorded or address in known.absent:
        return
    for entry in known.in_flight:
        if entry.address == address:
            raise UsageError(
                f"{address} is not recorded, but {told(entry)}: settle that with apply, or with "
                f"`alice-apply state adopt {argument(address)} ID`; nothing was forgotten",
                id=ErrorId.STATE_ADDRESS,
            )
    raise UsageError(_unknown(address), id=ErrorId.STATE_ADDRESS)


def _unknown(address: Address) -> str:
    return f"nothing is recorded of {address}: `state list` shows what is"
