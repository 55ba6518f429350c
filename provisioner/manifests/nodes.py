"""What a YAML file is made of, each piece with its place. No knowledge of YAML syntax, kinds or schemas.

A `Scalar` keeps the text as it was written beside the value YAML 1.2 gives it, because only the schema knows which of
the two is wanted. Nodes are shared where the file used an alias, and are never changed after reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from provisioner.error_ids import ErrorId
from provisioner.messages import NOT_SHOWN, looks_personal
from provisioner.text import misplaced

GLUED = re.compile(r"\s*(?:- )?[A-Za-z_][\w-]*:(?=[^\s/])")  # a key with its value stuck to it, which is a text to YAML
GLUED_ADVICE = "a blank is missing behind a key's colon"


@dataclass(slots=True)
class Scalar:
    """A text, number, boolean or null. `text` is NFC; `value` is `text` unless it is a plain core-schema scalar."""

    line: int
    column: int
    text: str
    value: Any


@dataclass(slots=True)
class Sequence:
    """A list."""

    line: int
    column: int
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class MappingNode:
    """A mapping in written order, merge keys already merged in: name -> (key, value)."""

    line: int
    column: int
    entries: dict[str, tuple[Scalar, Node]] = field(default_factory=dict)

    def get(self, name: str) -> Node | None:
        """The value under a key."""
        entry = self.entries.get(name)
        return entry[1] if entry else None


Node: TypeAlias = Scalar | Sequence | MappingNode
Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at a place of a file whose name the finder does not know."""

    line: int
    column: int
    message: str
    id: ErrorId = ErrorId.YAML_SYNTAX


def plain(node: Node) -> Any:
    """The node as Python values, numbers and booleans typed as YAML 1.2 core has them."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {name: plain(value) for name, (_, value) in node.entries.items()}


def children(node: Node) -> list[Node]:
    """The nodes directly below a node."""
    if isinstance(node, MappingNode):
        return [value for _, value in node.entries.values()]
    return node.items if isinstance(node, Sequence) else []


def leaves(node: Node) -> Iterator[Scalar]:
    """The single values of a node, at whatever depth."""
    if isinstance(node, Scalar):
        yield node
    for child in children(node):
        yield from leaves(child)


def size(node: Node) -> int:
    """How many nodes it is, written out."""
    return 1 + sum(map(size, children(node)))


def describe(node: Node) -> str:
    """What a node is, in a user's words."""
    if isinstance(node, Scalar):
        text = node.value if isinstance(node.value, str) else ""
        advice = misplaced(text) or (0, GLUED_ADVICE if GLUED.match(text) else "")
        return "empty" if node.value is None else "a single value" + (f": {advice[1]}" if advice[1] else "")
    return "a list" if isinstance(node, Sequence) else "a mapping"


def find(node: Node, path: Path, *, key: bool = False) -> Node:
    """The node at a path, as far as it exists; with `key` the key of the last step instead of its value."""
    for depth, step in enumerate(path):
        if isinstance(node, MappingNode) and step in node.entries:
            name, value = node.entries[str(step)]
            if key and depth == len(path) - 1:
                return name
            node = value
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
        else:
            break
    return node


def overlay(base: Node, above: Node) -> Node:
    """`above` laid over `base`: mappings merge by key, everything else is replaced."""
    if not (isinstance(base, MappingNode) and isinstance(above, MappingNode)):
        return above
    merged = MappingNode(base.line, base.column, dict(base.entries))
    for name, (key, value) in above.entries.items():
        mine = base.get(name)
        merged.entries[name] = (key, value if mine is None else overlay(mine, value))
    return merged


def written(path: Path) -> str:
    """A path as people write it: phonebooks[1].name. A key that may be somebody's number is not repeated."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{_shown(step)}" for step in path)
    return text.removeprefix(".")


def _shown(step: str) -> str:
    return NOT_SHOWN if looks_personal(step) else step
