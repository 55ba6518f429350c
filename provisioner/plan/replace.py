"""Whether a plan replaces something: creates it anew and deletes the old one. `successors` has the names of both.

Only what was never started can be replaced: what was started knows whom it called, and its replacement would call
everybody again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from provisioner.error_ids import ErrorId
from provisioner.language import gettext
from provisioner.model import Finding, LiveObject, Resource
from provisioner.plan.diff import Difference
from provisioner.plan.live import Live
from provisioner.plan.options import PlanOptions
from provisioner.plan.restrictions import Restrictions, anew
from provisioner.plan.successors import successors
from provisioner.resources import KINDS


def is_replaced(changes: Iterable[Difference], restrictions: Restrictions, options: PlanOptions) -> bool:
    """With --allow-replace, where the server is known to ignore one of the changes; problems are told."""
    return options.allow_replace and any(change.ignored for change in changes) and _replaceable(restrictions)


def _replaceable(restrictions: Restrictions) -> bool:
    match, live = restrictions.match, restrictions.live
    kind = KINDS[match.resource.address.kind]
    if not kind.startable or not live.readable(kind.name):
        return False
    if restrictions.started:
        again = restrictions.by_a_start("its replacement would call again", "its replacement may call again")
        restrictions.problem(ErrorId.REPLACE_REFUSED, "", f"cannot be replaced, because {again}: {anew(kind)}")
        return False
    if match.resource.lifecycle.prevent_delete:
        message = "cannot be replaced: `lifecycle.prevent_delete` forbids to delete the old one"
        restrictions.problem(ErrorId.REPLACE_REFUSED, "", message)
        return False
    return True


def unfinished(resource: Resource, old: LiveObject, live: Live) -> Iterator[Finding]:
    """An earlier replacement that was interrupted left a second object."""
    ids = [successor.id for successor in successors(KINDS[resource.address.kind], old, live)]
    if ids:
        message = gettext(
            "an earlier run began to replace it and made id {ids}: finish with --allow-replace, or delete that one in "
            "Alice's web page",
            ids=", ".join(map(str, ids)),
        )
        yield Finding("unfinished-replace", "warning", message, resource.address, resource.position(""))
