"""What the user asked of a plan, beside the manifests. Stored in a plan file and compared when it is applied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from provisioner.model import Address, Resource, covered

LABEL = "label="


@dataclass(frozen=True, slots=True)
class LabelSelector:
    """Whatever is declared with this label: `label=team:growth`."""

    key: str
    value: str

    def __str__(self) -> str:
        return f"{LABEL}{self.key}:{self.value}"

    @classmethod
    def parse(cls, text: str) -> LabelSelector:
        """Inverse of `str`; raises ValueError when a part is missing."""
        key, colon, value = text.removeprefix(LABEL).partition(":")
        if not (text.startswith(LABEL) and key and colon and value and text.isprintable()):
            raise ValueError(f"{text!r} is not a label like {LABEL}team:growth")
        return cls(key, value)

    def matches(self, resource: Resource) -> bool:
        """Whether a resource has the label."""
        return resource.labels.get(self.key) == self.value


Selector = Address | LabelSelector


def selector(text: str) -> Selector:
    """An address, or a label; raises ValueError."""
    return LabelSelector.parse(text) if text.startswith(LABEL) else Address.parse(text)


def selected(
    selectors: Iterable[Selector], resources: Mapping[Address, Resource], known: Iterable[Address]
) -> frozenset[Address]:
    """Those of the known addresses that are meant: by name, all of a for_each by its name, or declared with a label."""
    named: set[Address] = set()
    for each in selectors:
        if isinstance(each, Address):
            named.add(each)
        else:
            named |= {address for address, resource in resources.items() if each.matches(resource)}
    return covered(named, known)


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """The planning options of docs/commands.md#alice-apply-plan; all off by default."""

    prune: bool = False
    allow_replace: bool = False
    targets: tuple[Selector, ...] = ()
    excludes: tuple[Selector, ...] = ()
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
    return [str(each) for each in value] if isinstance(value, tuple) else value


def _parsed(value: Any) -> Any:
    return tuple(selector(text) for text in value) if isinstance(value, list) else value
