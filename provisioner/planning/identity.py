"""Whose account a run works on: a state belongs to one user, and a token may be of another one.

A login proves who we are, a token does not: its claims may name somebody, what it lists shows what he sees, and what it
makes carries its `user`. Another user of a bound scope is refused before everything is made a second time, for him.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from provisioner.errors import StateError
from provisioner.kinds import KINDS
from provisioner.model import Address, Recorded, Resource
from provisioner.planning.live import Live, foreign

ADVICE = "set the token of the user that this state belongs to, or ALICE_USERNAME and ALICE_PASSWORD"


def owners(
    user: str | None, recorded: Mapping[Address, Recorded], resources: Mapping[Address, Resource]
) -> frozenset[str]:
    """The names of the user that a scope belongs to; what is pinned by `id:` may be anybody's, and says nothing."""
    pinned = {address for address, resource in resources.items() if resource.pin is not None}
    known = {record.user for address, record in recorded.items() if record.user and address not in pinned}
    return frozenset(known | ({user} if user else set()))


def require_owner(
    names: frozenset[str], claims: Iterable[str], recorded: Mapping[Address, Recorded], live: Live
) -> None:
    """StateError when a token is of another user than `names`, by its claims or by what it lists.

    Where nothing is recorded there is nothing to compare with, and nothing that could be made twice.
    """
    claims = frozenset(claims)
    if claims & names:
        return
    if any(foreign(claim, names) for claim in claims):
        raise StateError(f"ALICE_TOKEN is of another user than the state of this project belongs to: {ADVICE}")
    readable = [r for r in recorded.values() if r.address.kind in live.listings and live.readable(r.address.kind)]
    if readable and not any(live.find(r.address.kind, r.remote_id) for r in readable):
        kinds = ", ".join(sorted({KINDS[record.address.kind].plural for record in readable}))
        raise StateError(
            f"nothing that is recorded is shown to ALICE_TOKEN ({len(readable)} of {kinds}), so it may be of another "
            f"user: {ADVICE}; if all of it was deleted, `alice-apply state rm ADDR` forgets it"
        )
