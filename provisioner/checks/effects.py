"""What a change to something that was started does, in four words, and how bad each of them is."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from provisioner.errors import Severity
from provisioner.kinds import KINDS
from provisioner.manifests.words import count
from provisioner.model import Address, Finding, Source

ID = "running-campaign"


class Effect(StrEnum):
    """What comes of a change, whatever was meant."""

    DANGEROUS = "dangerous"
    RINGS = "rings now"
    NONE = "has no effect"
    TAKES = "takes effect"


SEVERITIES: Mapping[Effect, Severity] = MappingProxyType(
    {
        Effect.DANGEROUS: Severity.ERROR,
        Effect.RINGS: Severity.WARNING,
        Effect.NONE: Severity.WARNING,
        Effect.TAKES: Severity.INFO,
    }
)


def rows(number: int, kind: str, which: str = "") -> str:
    """`2 active contacts`: rows that something of a kind owns."""
    owner = KINDS[kind].rows
    return count(number, f"{which} {KINDS[owner.kind].title if owner else 'row'}".strip())


def told(effect: Effect, message: str, address: Address, source: Source) -> Finding:
    """The finding at the line of the change."""
    return Finding(ID, SEVERITIES[effect], f"{effect}: {message}", address, source)
