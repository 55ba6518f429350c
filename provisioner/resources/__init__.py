"""The kinds: one file each, found by being here. Whoever needs one asks `KINDS`, nobody imports a kind file.

A module of this package that defines `KIND` is a kind; `kind`, `startable`, `fields`, `values` and `rules` are what
kinds are made of.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import MappingProxyType

from provisioner import plugins
from provisioner.resources.fields import (
    Choice,
    DailyTime,
    Field,
    Instant,
    Integer,
    Password,
    Relation,
    Telephone,
    Text,
    Update,
    Zones,
    code_of,
    number_key,
    remote_id,
    same_number,
)
from provisioner.resources.kind import AppointmentOwner, Filter, Kind, RowOwner, Speech, Verbs, Writable
from provisioner.resources.startable import UNKNOWN, ProgressSource, ResultSources, Schedule, Startable

__all__ = [
    "COLLECTIONS",
    "KINDS",
    "UNKNOWN",
    "AppointmentOwner",
    "Choice",
    "DailyTime",
    "Field",
    "Filter",
    "Instant",
    "Integer",
    "Kind",
    "Password",
    "ProgressSource",
    "Relation",
    "ResultSources",
    "RowOwner",
    "Schedule",
    "Speech",
    "Startable",
    "Telephone",
    "Text",
    "Update",
    "Verbs",
    "Writable",
    "Zones",
    "code_of",
    "number_key",
    "remote_id",
    "row_owner",
    "same_number",
]


KINDS: Mapping[str, Kind] = MappingProxyType(
    {kind.name: kind for kind in plugins.defined(sys.modules[__name__], "KIND", Kind)}
)
COLLECTIONS: Mapping[str, Kind] = MappingProxyType({k.collection: k for k in KINDS.values() if k.collection})


def row_owner(kind: str) -> RowOwner:
    """How a kind owns rows: only for one that does."""
    owner = KINDS[kind].rows
    assert owner is not None
    return owner
