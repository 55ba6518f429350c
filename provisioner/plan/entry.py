"""Where a call starts: at the child of an ordered kind that was created first (docs/alice-api.md#surveys-and-sections).

Nothing can change that in what exists. To declare another one first is refused, any other order is no
change.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from provisioner.error_ids import ErrorId
from provisioner.errors import Diagnostic, PlanError
from provisioner.model import Address, LiveObject
from provisioner.plan.decision import Decision
from provisioner.plan.graph import families
from provisioner.plan.live import Live
from provisioner.resources import KINDS

Decisions = Mapping[Address, Decision]


def require_entries(decisions: Decisions, live: Live, ready: Collection[Address]) -> None:
    """PlanError where something of what is `ready` to be decided on would have to begin elsewhere than it does."""
    problems = [each for each in _displaced(decisions, live) if each.address in ready]
    if problems:
        raise PlanError(problems)


def _displaced(decisions: Decisions, live: Live) -> Iterator[Diagnostic]:
    """A problem for every parent whose first declared child is not, and cannot become, the first one there."""
    for parent, children in families(decisions).items():
        head, first = decisions[parent].match.live, decisions[children[0]]
        if head is None or not KINDS[first.address.kind].identity.ordered:
            continue
        there = _there(head, children, decisions, live)
        if there and _another(first, there[0], children, decisions):
            title, whole = KINDS[first.address.kind].title, KINDS[parent.kind].title
            message = (
                f"cannot come first: this {whole} exists, and its calls start at the {title} that was created first. "
                f"Declare a new {whole}, or put this {title} further down"
            )
            yield Diagnostic(ErrorId.SECTION_ORDER, message, first.resource.source, first.address)


def _there(head: LiveObject, children: Sequence[Address], decisions: Decisions, live: Live) -> list[LiveObject]:
    """The children that exist, first created first; those that the server does not list are known from the record."""
    kind = KINDS[children[0].kind]
    matched = (found for address in children if (found := decisions[address].match.live))
    shown = live.having(kind.name, kind.parent, head.id)
    return sorted({found.id: found for found in (*matched, *shown)}.values(), key=kind.place)


def _another(first: Decision, entry: LiveObject, children: Sequence[Address], decisions: Decisions) -> bool:
    """Whether the entry is declared further down, or what is declared first has still to be created.

    An entry that nobody declares is somebody else's, or was removed from the manifest and stays in place.
    """
    if first.match.live is None:
        return first.change is not None
    further = (decisions[address].match.live for address in children[1:])
    return any(found is not None and found.id == entry.id for found in further)
