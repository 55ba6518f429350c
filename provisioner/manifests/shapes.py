"""What a place of a manifest takes, as far as reading has to know it before the schema judges: text, the environment.

Made of the schemas, once in a process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from provisioner.manifests.schema_validator import Gate, Schema, schema


@dataclass(frozen=True, slots=True)
class Shape:
    """What a place takes, as far as reading has to know it; `env`: also what the environment holds (`x-env`).

    `only`: nothing but one variable of the environment (`x-env: only`).
    """

    text: bool = False
    env: bool = False
    only: bool = False
    members: Mapping[str, Shape] = field(default_factory=dict)
    rest: Shape | None = None
    items: Shape | None = None


ANY = Shape(env=True)  # of a place that nobody knows, which is complained about as such


def shape(schema: Any) -> Shape:
    """The shape of a schema; several branches are laid over each other, as they differ in their JSON type."""
    if not isinstance(schema, dict):
        return ANY
    branches = [shape(branch) for branch in schema.get("anyOf", ())]
    rest, items = schema.get("additionalProperties"), schema.get("items")
    return Shape(
        text=_takes_text(schema) or any(branch.text for branch in branches),
        env=bool(schema.get("x-env")) or any(branch.env for branch in branches),
        only=schema.get("x-env") == "only",
        members={name: shape(value) for name, value in schema.get("properties", {}).items()}
        | {name: value for branch in branches for name, value in branch.members.items()},
        rest=shape(rest) if rest else next((branch.rest for branch in branches if branch.rest), None),
        items=shape(items) if items else next((branch.items for branch in branches if branch.items), None),
    )


def _takes_text(schema: Schema) -> bool:
    types = schema.get("type", ())
    if not types:
        return any(isinstance(value, str) for value in schema.get("enum", ()))
    return "string" in types if isinstance(types, list) else types == "string"


@cache
def gate_of(name: str, without: tuple[str, ...] = ()) -> Gate:
    """A schema, compiled; it is the same in every run of a process."""
    return Gate(schema(name, without))


@cache
def members_of(name: str, without: tuple[str, ...] = ()) -> Mapping[str, Shape]:
    """The shape of each property of a schema."""
    return shape(gate_of(name, without).schema).members
