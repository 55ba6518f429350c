"""What a change to something that was started does, in four words, and how bad each of them is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from provisioner.errors import Severity
from provisioner.kinds import KINDS
from provisioner.manifests.words import count
from provisioner.model import Address, Bound, Finding, Source

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


def rows(number: int | Bound, kind: str, which: str = "") -> str:
    """`2 active contacts`: rows that something of a kind owns."""
    owner = KINDS[kind].rows
    noun = f"{which} {KINDS[owner.kind].title if owner else 'row'}".strip()
    if isinstance(number, int):
        return count(number, noun)
    if number.most is None:
        return f"nobody knows how many {noun}s ({number.reason})"
    return count(number.most, noun)


def rings(since: datetime | None) -> str:
    """`rings now`, or from a moment on at which the hours open for the first time."""
    return f"rings from {since:%Y-%m-%d %H:%M}" if since else Effect.RINGS.value


def soon(since: datetime | None) -> str:
    """How soon after a write somebody is called, where it is not said by `rings from`."""
    return "" if since else " within a minute, if the hours allow"


def told(effect: Effect, message: str, address: Address, source: Source, since: datetime | None = None) -> Finding:
    """The finding at the line of the change; `since`: when what rings begins to, None if that is now."""
    words = rings(since) if effect is Effect.RINGS else effect
    return Finding(ID, SEVERITIES[effect], f"{words}: {message}", address, source)
