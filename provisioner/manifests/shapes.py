"""From nodes to JSON values, led by a schema: whether a plain 19001234 is a text or a number only the schema knows.

A place that takes text gets every scalar as it was written (`callerid: 19001234`, `version: 1.10`); any other gets the
value YAML gives it. A scalar that is only one `${...}` is read as if its replacement stood there unquoted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from provisioner.manifests.core_schema import core
from provisioner.manifests.nodes import Node, Problem, Scalar, Sequence
from provisioner.manifests.schemas import Schema
from provisioner.manifests.variables import Unresolved, Variables


@dataclass(frozen=True, slots=True)
class Shape:
    """What a place takes, as far as reading has to know it; `env`: also what the environment holds (`x-env`)."""

    text: bool = False
    env: bool = False
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


@dataclass(slots=True)
class ValueReader:
    """Reads the values of one file; without `variables` a `${...}` stays as it is.

    What it notes beside values with `${...}` holds since `begin`: `failed` when something could not be replaced
    (`problems` says what, unless that is told elsewhere), `secret`, `clear`, `mixed` and `given` where texts came from
    (see `Expanded`).
    """

    variables: Variables | None
    base: Path
    problems: list[Problem] = field(default_factory=list)
    failed: bool = False
    secret: bool = False
    clear: bool = False
    mixed: bool = False
    given: frozenset[str] = frozenset()

    @property
    def noted(self) -> bool:
        """Whether there is anything to know beside the values."""
        return self.failed or self.secret or self.clear

    def begin(self) -> None:
        """Forget what was noted about earlier values."""
        self.failed = self.secret = self.clear = self.mixed = False
        self.given = frozenset()
        self.problems.clear()

    def read(self, node: Node, shape: Shape) -> Any:
        """The JSON value of a node; None where something cannot be replaced."""
        if isinstance(node, Scalar):
            if "${" in node.text and self.variables is not None:
                return self._expanded(node, self.variables, shape)
            return node.text if shape.text and node.value is not None else node.value
        if isinstance(node, Sequence):
            return [self.read(item, shape.items or ANY) for item in node.items]
        rest, members = shape.rest or ANY, shape.members
        return {name: self.read(value, members.get(name, rest)) for name, (_, value) in node.entries.items()}

    def _expanded(self, node: Scalar, variables: Variables, shape: Shape) -> Any:
        try:
            found = variables.expand(node.text, self.base, env=shape.env)
        except Unresolved as error:
            self.failed = True
            self.problems.extend(Problem(node.line, node.column, message) for message in error.messages)
            return None
        self.secret = self.secret or found.secret
        self.clear = self.clear or found.clear
        self.mixed = self.mixed or found.mixed
        self.given |= found.given
        return core(found.text) if found.alone and not shape.text else found.text
