"""The token shows what belongs to other users, as an administrator's does. None of it is matched; yet say so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from provisioner.checks.check import Check
from provisioner.checks.context import Context
from provisioner.errors import Severity
from provisioner.language import gettext, joined
from provisioner.messages import count
from provisioner.model import Finding
from provisioner.resources import KINDS

ID = "tenant"


def run(context: Context) -> Iterator[Finding]:
    """One finding with counts by kind, at the first resource of such a kind."""
    counts = _strangers(context)
    resources = context.situation.project.resources.values()
    at = next((each for each in resources if each.address.kind in counts), next(iter(resources), None))
    if counts and at is not None:
        text = gettext(
            "the token shows objects of other users: {objects}. They are left alone, but an administrator's update "
            "takes over what it changes: log in as the user whose account this is",
            objects=_listed(counts),
        )
        yield Finding(ID, Severity.WARNING, text, at.address, at.source)


def _strangers(context: Context) -> dict[str, int]:
    """How many objects of others there are by kind; gateways and the like are handed out by others, rightly."""
    live = context.situation.live
    counts = {name: len(live.strangers(name)) for name in sorted(live.listings) if KINDS[name].collection}
    return {name: count for name, count in counts.items() if count}


def _listed(counts: Mapping[str, int]) -> str:
    return joined(count(number, KINDS[name].title) for name, number in counts.items())


CHECK = Check(ID, Severity.WARNING, "The token shows one user's objects alone.", run)
