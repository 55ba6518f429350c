"""What `${...}` looks like in a text, what may be meant by it where, and what becomes of it. Values; looks nothing up.

A `TextScope` goes with every text whose `${...}` are replaced, because the same words stand for other files and another
key of a for_each elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from provisioner.error_ids import ErrorId
from provisioner.manifests.nodes import MappingNode, Node, describe
from provisioner.messages import did_you_mean, listed, named

PIECE = re.compile(r"\$(\$)?\{([^}]*)(\})?")


Said = tuple[ErrorId, str]


class Unresolved(ValueError):
    """Some `${...}` of a text cannot be replaced; `messages` says why, one each, or nothing when told elsewhere."""

    def __init__(self, *messages: Said) -> None:
        super().__init__("; ".join(message for _, message in messages))
        self.messages = messages


@dataclass(frozen=True, slots=True)
class TextScope:
    """What the `${...}` of a text of `file` may mean: files below `folder`, and `each` of a for_each around it.

    `variable`: the text is that variable's own value. `literal`: nothing in it is replaced.
    """

    folder: Path
    file: str = ""
    each: Each | None = None
    variable: str = ""
    literal: bool = False


@dataclass(frozen=True, slots=True)
class ScopedValue:
    """A value that texts take something from, with the scope of what it says itself."""

    node: Node
    scope: TextScope


@dataclass(frozen=True, slots=True)
class Each:
    """What `${each.key}` and `${each.value}` are in one resource of a for_each.

    `given`: the variables of the command line that are in the key.
    """

    key: str
    value: ScopedValue
    given: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Expanded:
    """A text with everything replaced.

    `alone`: it was one `${...}` and nothing else, so it takes the type its field wants.
    `secret`: part of it came from the environment. `clear`: part of it did not. `mixed`: something stands beside that
    part, be it of the environment too. `given`: the variables of the command line that are in it. `held`: it is no
    text, but this list or mapping.
    """

    text: str
    alone: bool = False
    secret: bool = False
    clear: bool = True
    mixed: bool = False
    given: frozenset[str] = frozenset()
    held: ScopedValue | None = None


def named_in(text: str) -> Iterator[tuple[str, str, str]]:
    """Every `${form.name}` of a text: as written, form, name."""
    for match in PIECE.finditer(text):
        escaped, inner, closed = match.groups()
        if closed and not escaped:
            form, _, name = inner.partition(".")
            yield match.group(), form, name


def inside(node: Node, path: Sequence[str], name: str) -> Node:
    """What a value holds at a path; raises Unresolved."""
    for step in path:
        found = node.get(step) if isinstance(node, MappingNode) else None
        if found is None:
            known = node.entries if isinstance(node, MappingNode) else {}
            advice = did_you_mean(step, known) or (f"; there are {listed(map(named, known))}" if known else "")
            what = f"{name} has" if known else f"{name} is {describe(node)}, and has"
            raise Unresolved((ErrorId.VARIABLE_UNDEFINED, f"{what} no {named(step)}{advice}"))
        node, name = found, f"{name}.{step}"
    return node


def literal(text: str) -> Expanded:
    return Expanded(text)


def joined(pieces: list[Expanded]) -> Expanded:
    if len(pieces) == 1:
        return pieces[0]
    secret = any(piece.secret for piece in pieces)
    clear = any(piece.clear for piece in pieces) or not pieces
    given = frozenset().union(*(piece.given for piece in pieces))
    text = "".join(piece.text for piece in pieces)
    return Expanded(text, secret=secret, clear=clear, mixed=secret, given=given)
