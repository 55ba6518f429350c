"""Which address somebody means who types one that is not there: a misspelt key, a bare key, a plural for the kind."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from provisioner.errors import UsageError
from provisioner.kinds import KINDS
from provisioner.manifests.words import closest
from provisioner.model import Address
from provisioner.planning.options import PlanOptions

MOST = 3


def require_known(options: PlanOptions, declared: Collection[Address], recorded: Collection[Address]) -> None:
    """UsageError for an address that nobody knows; what is `recorded` only may be up for removal, not for a start."""
    everything = {*declared, *recorded}
    for address in (*options.targets, *options.excludes, *options.restarts):
        known = declared if address in options.restarts else everything
        if address not in known:
            guess = likely(str(address), known) or ": see `alice-apply graph` for the addresses there are"
            raise UsageError(f"{address} is not declared{guess}")
    for address in options.restarts:
        if KINDS[address.kind].lifecycle is None:
            raise UsageError(f"--restart {address}: a {KINDS[address.kind].title} is never started")


def likely(text: str, known: Iterable[Address]) -> str:
    """`, did you mean 'campaign.tet-2027'?`, or nothing: a key that is near counts, a kind alone does not."""
    known, (kind, dot, key) = sorted(known), text.partition(".")
    name = _kind(kind)
    keys = (key, text) if dot else (text,)
    of_kind = [each for each in known if each.kind == name]
    found = _near(key, of_kind) if name and dot else []
    found = found or [each for each in known if each.key in keys] or _near(keys[0], known)
    told = " or ".join(f"'{each}'" for each in found[:MOST])
    return f", did you mean {told}?" if told else ""


def _kind(word: str) -> str | None:
    """The kind that a word means: its name, another form of it, or one that is near."""
    forms = {form: kind.name for kind in KINDS.values() for form in (kind.name, kind.plural, kind.collection) if form}
    return forms.get(closest(word, forms) or "")


def _near(key: str, known: Iterable[Address]) -> list[Address]:
    """The addresses whose key is the nearest."""
    known = [*known]
    near = closest(key, (each.key for each in known))
    return [each for each in known if each.key == near]
