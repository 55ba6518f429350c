"""What depends on what, from left to right in the order of apply: what is needed stands left of what needs it.

Children of one parent that go the same way are one box. A large plan is drawn by kind and action, so that there are
never more boxes than a person can follow.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from provisioner.model import Address
from provisioner.plan.model import Plan
from provisioner.resources import KINDS

MOST_NODES = 36
BOX, TALL, ACROSS, DOWN, EDGE = 190, 40, 64, 12, 8
LONGEST = 25
SWEEPS = 4
ROWS, DEFERRED, UNCHANGED = "rows", "deferred", "unchanged"
SIGNS = {
    "create": "+",
    "update": "~",
    "replace": "±",
    "delete": "−",
    "adopt": ">",
    "forget": "×",
    ROWS: "≡",
    DEFERRED: "…",
    UNCHANGED: "=",
}

Name = tuple[str, str, str]  # of a node: kind, what is written in it, action
Edges = Sequence[tuple[Name, Name]]


@dataclass(frozen=True, slots=True)
class Node:
    """A box: `kind` above, `label` below, coloured by what is done to it."""

    x: int
    y: int
    kind: str
    label: str
    action: str
    title: str


@dataclass(frozen=True, slots=True)
class Graph:
    """Boxes, and curves between them."""

    width: int
    height: int
    nodes: tuple[Node, ...]
    edges: tuple[str, ...]
    grouped: bool
    actions: tuple[str, ...]
    box: int = BOX
    tall: int = TALL


def graph(plan: Plan) -> Graph | None:
    """The graph of a plan; None when nothing in it depends on anything."""
    if not plan.links:
        return None
    actions = done_to(plan)
    ends = sorted({end for link in plan.links for end in (link.address, link.needs)})
    names = _folded(ends, actions)
    grouped = len(set(names.values())) > MOST_NODES
    if grouped:
        names = {end: (end.kind, "", actions.get(end, UNCHANGED)) for end in ends}
    edges = sorted({(names[link.needs], names[link.address]) for link in plan.links})
    edges = [(needed, name) for needed, name in edges if needed != name]
    counts = Counter(names.values())
    places = _places(sorted(counts), edges)
    nodes = tuple(_node(name, places[name], count) for name, count in sorted(counts.items()))
    return Graph(
        max(node.x for node in nodes) + BOX + EDGE,
        max(node.y for node in nodes) + TALL + EDGE,
        nodes,
        tuple(_curve(places[needed], places[name]) for needed, name in edges),
        grouped,
        tuple(sorted({node.action for node in nodes})),
    )


def done_to(plan: Plan) -> dict[Address, str]:
    """What the plan does to each address that it touches; an action, or `rows` or `deferred`."""
    found = {rows.address: ROWS for rows in plan.rows if rows.writes}
    found |= {each.address: DEFERRED for each in plan.deferred}
    return found | {change.address: change.action.value for change in plan.changes}


def _folded(ends: Sequence[Address], actions: Mapping[Address, str]) -> dict[Address, Name]:
    """A name for each address; one for all children of a parent to which the same is done."""
    found = {end: (end.kind, _family(end), actions.get(end, UNCHANGED)) for end in ends}
    sizes = Counter(found.values())
    return {end: name if sizes[name] > 1 else (end.kind, end.key, name[2]) for end, name in found.items()}


def _family(address: Address) -> str:
    """The parent's key and a star for what is declared inside another, else the key."""
    kind = KINDS.get(address.kind)
    return f"{address.key.partition('.')[0]}.*" if kind and kind.parent else address.key


def _node(name: Name, place: tuple[int, int], count: int) -> Node:
    kind, key, action = name
    label = _short(key) or action
    if count == 1:
        return Node(*place, kind, label, action, f"{kind}.{key}: {action}")
    return Node(*place, kind, f"{count:,} x {label}", action, f"{count:,} x {kind} {key}: {action}")


def _short(label: str) -> str:
    """Both ends of a long key: what tells keys apart stands at either."""
    half = (LONGEST - 3) // 2
    return label if len(label) <= LONGEST else f"{label[:half]}...{label[-half:]}"


def _places(names: Sequence[Name], edges: Edges) -> dict[Name, tuple[int, int]]:
    columns = _columns(names, edges)
    tallest = max(len(column) for column in columns)
    return {
        name: (EDGE + across * (BOX + ACROSS), _down(len(column), tallest) + down * (TALL + DOWN))
        for across, column in enumerate(columns)
        for down, name in enumerate(column)
    }


def _columns(names: Sequence[Name], edges: Edges) -> list[list[Name]]:
    """By how much must be there before, then each column in the order that crosses few curves."""
    depth = _depths(names, edges)
    columns = [[name for name in names if depth[name] == each] for each in range(max(depth.values()) + 1)]
    for sweep in range(SWEEPS):
        backwards = sweep % 2 == 1
        _untangle(columns[::-1] if backwards else columns, edges, backwards)
    return columns


def _depths(names: Sequence[Name], edges: Edges) -> dict[Name, int]:
    """The longest way to each node; as many rounds as there are nodes, so that not even a circle goes on for ever."""
    depth = dict.fromkeys(names, 0)
    for _ in names:
        deeper = {name: depth[needed] + 1 for needed, name in edges if depth[needed] + 1 > depth[name]}
        if not deeper or max(deeper.values()) >= len(names):
            break
        depth |= {name: max(depth[needed] + 1 for needed, other in edges if other == name) for name in deeper}
    return depth


def _untangle(columns: Sequence[list[Name]], edges: Edges, backwards: bool) -> None:
    """Each column sorted by where its neighbours in the column before it stand on the average."""
    for before, column in pairwise(columns):
        place = {name: number / len(before) for number, name in enumerate(before)}
        own = {name: number / len(column) for number, name in enumerate(column)}
        pairs = [(name, needed) if backwards else (needed, name) for needed, name in edges]
        near = {name: [place[a] for a, b in pairs if b == name and a in place] for name in column}
        column.sort(key=lambda name: (_mean(near[name], own[name]), name))


def _mean(values: Iterable[float], otherwise: float) -> float:
    found = [*values]
    return sum(found) / len(found) if found else otherwise


def _curve(needed: tuple[int, int], name: tuple[int, int]) -> str:
    x1, y1 = needed[0] + BOX, needed[1] + TALL // 2
    x2, y2 = name[0], name[1] + TALL // 2
    bend = max(24, (x2 - x1) // 2)
    return f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2 - 5} {y2}"


def _down(count: int, tallest: int) -> int:
    """Where a column of so many boxes begins, so that all columns have one middle."""
    return EDGE + (tallest - count) * (TALL + DOWN) // 2
