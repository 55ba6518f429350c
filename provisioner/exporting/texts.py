"""Values in manifest shape as they are written into a manifest. `${` of a live text is no variable."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from provisioner.hidden import content
from provisioner.plain import plain

_EXPANSION = re.compile(r"\$\{[^}]*\}?")


def written(value: Any) -> Any:
    """One value of a field that is no relation."""
    if isinstance(value, str):
        return literal(value)
    if isinstance(value, datetime) and _odd(value):
        return plain(value.astimezone(UTC))
    return plain(value)


def literal(text: str) -> str:
    """Text that a manifest takes as it is: `${` doubles its dollar, but not where one is being read already."""
    return _EXPANSION.sub(lambda found: f"${found.group()}", content(text))


def _odd(moment: datetime) -> bool:
    """Whether its offset has seconds, as local mean times do, which a manifest cannot say."""
    offset = moment.utcoffset()
    return offset is not None and bool(offset.seconds % 60)
