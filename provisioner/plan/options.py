"""What the user asked of a plan, beside the manifests. Stored in a plan file and compared when it is applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from provisioner.model import Address


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """The planning options of docs/commands.md#alice-apply-plan; all off by default."""

    prune: bool = False
    allow_replace: bool = False
    targets: tuple[Address, ...] = ()
    excludes: tuple[Address, ...] = ()
    restarts: tuple[Address, ...] = ()
    max_update_percent: int | None = None
    max_remove_percent: int | None = None
    min_reach: int | None = None
    allow_calls: bool = False

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> PlanOptions:
        """Inverse of `document`; what is not an option is ignored."""
        names = {item.name for item in fields(cls)}
        return cls(**{name: _parsed(value) for name, value in document.items() if name in names})

    def document(self) -> dict[str, Any]:
        """As JSON values, for the plan."""
        return {item.name: _value(getattr(self, item.name)) for item in fields(self)}


def _value(value: Any) -> Any:
    return [str(address) for address in value] if isinstance(value, tuple) else value


def _parsed(value: Any) -> Any:
    return tuple(Address.parse(text) for text in value) if isinstance(value, list) else value
