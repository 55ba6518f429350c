"""Rules about several fields of one declared resource, as makers of `ManifestRules.rules`. Field names are given.

Alice checks none of this (docs/alice-api.md#nothing-is-validated): a window that never opens or a campaign that ends
before it starts is accepted and then silently calls nobody. A field that is not declared, or wrong already, is missing
and is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time

from provisioner.model import Fields
from provisioner.resources.fields import Zones, shift
from provisioner.resources.kind import Rule
from provisioner.text import called, hidden, wrapped


def later(first: str, last: str, *, or_equal: bool = False) -> Rule:
    """`last` has to be after `first`, or with `or_equal` not before it."""

    def rule(fields: Fields, zones: Zones) -> Iterator[tuple[str, str]]:
        begin, end = fields.get(first), fields.get(last)
        if begin is None or end is None or begin < end or (or_equal and begin == end):
            return
        yield last, f"must {'not be before' if or_equal else 'be later than'} {first}"

    return rule


def opens(start: str, stop: str, anchor: str) -> Rule:
    """The daily window has to open and close on one day, here and in the server's zone (overnight never opens)."""

    def rule(fields: Fields, zones: Zones) -> Iterator[tuple[str, str]]:
        begin, end = fields.get(start), fields.get(stop)
        if begin is None or end is None:
            return
        if end <= begin:
            yield stop, f"must be later than {start}; a window over midnight never opens"
            return
        delta = zones.to_server(fields.get(anchor))
        if shift(end, delta) <= shift(begin, delta):
            yield stop, _wraps(begin, end, shift(begin, delta), shift(end, delta), zones)

    return rule


def typed(name: str) -> Rule:
    """What the telephone network is given has no quotes around it and nothing in it that nobody sees."""

    def rule(fields: Fields, zones: Zones) -> Iterator[tuple[str, str]]:
        text = fields.get(name) or ""
        at = hidden(text)
        if quotes := wrapped(text):
            yield name, f"would be sent with the {quotes[0]} and {quotes[-1]} around it; quotes of YAML are \" or '"
        elif at is not None:
            yield name, f"holds {called(text[at])}, which is invisible; remove it"

    return rule


def _wraps(begin: time, end: time, moved_begin: time, moved_end: time, zones: Zones) -> str:
    return (
        f"{begin:%H:%M}-{end:%H:%M} is {moved_begin:%H:%M}-{moved_end:%H:%M} in the server's time zone {zones.server}, "
        f"and a window over midnight never opens; choose one that lies on one day there"
    )
