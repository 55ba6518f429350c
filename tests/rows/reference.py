"""The rules of docs/guides/contacts.md in plain Python over small lists: what the set difference must equal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

TEXTS = ("first_name", "email")


@dataclass(frozen=True)
class Declared:
    """One row of a source. `fields` holds what it declares; `bad` makes it invalid though its number can be read."""

    number: int
    text: str
    active: bool = True
    fields: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] | None = None
    bad: bool = False


@dataclass(frozen=True)
class Live:
    """One row of the server; `number` is None for text that is no number."""

    id: int
    number: int | None
    text: str
    active: bool
    fields: dict[str, str | None]
    variables: Any = None


@dataclass
class Expected:
    """What is to be sent, and everything a plan counts."""

    add: set[int] = field(default_factory=set)
    change: dict[int, set[str]] = field(default_factory=dict)
    remove: set[int] = field(default_factory=set)
    unchanged: int = 0
    invalid: int = 0
    duplicate: int = 0
    rings: int = 0
    active: int = 0
    kept: int = 0
    surplus: int = 0


def compare(source: list[Declared], live: list[Live], on_missing: str, on_duplicate: str) -> Expected:
    """The difference, rule by rule."""
    expected = Expected(invalid=sum(row.bad for row in source))
    rows = unique([row for row in source if not row.bad], on_duplicate)
    expected.duplicate = len(source) - expected.invalid - len(rows)
    left_alone = {row.number for row in source if row.bad} - set(rows)
    primary = {number: min(row.id for row in live if row.number == number) for number in {r.number for r in live}}
    by_id = {row.id: row for row in live}
    for number, row in rows.items():
        found = by_id.get(primary.get(number, -1))
        if found is None:
            expected.add.add(number)
            expected.rings += row.active
        elif different := differing(row, found):
            expected.change[found.id] = different
            expected.rings += row.active and not found.active
        else:
            expected.unchanged += 1
    for row in live:
        surplus = row.number is not None and primary[row.number] != row.id
        undeclared = row.number is None or (row.number not in rows and row.number not in left_alone)
        expected.surplus += surplus and row.active
        if row.active and (surplus or undeclared) and on_missing == "deactivate":
            expected.remove.add(row.id)
        if row.active and on_missing == "keep" and undeclared:
            expected.kept += 1
    expected.active = sum(active_after(row, rows, primary, expected) for row in live)
    expected.active += sum(rows[number].active for number in expected.add)
    return expected


def unique(rows: list[Declared], on_duplicate: str) -> dict[int, Declared]:
    """One row per number: the first or the last."""
    found: dict[int, Declared] = {}
    for row in rows:
        if row.number not in found or on_duplicate == "last":
            found[row.number] = row
    return found


def differing(row: Declared, live: Live) -> set[str]:
    """The declared fields that differ: empty equals null, variables as a whole and as text."""
    found = {name for name, value in row.fields.items() if value != (live.fields.get(name) or "")}
    if row.active != live.active:
        found.add("active")
    if row.variables is not None and filled(row.variables) != filled(live.variables or {}):
        found.add("variables")
    return found


def filled(mapping: dict[str, Any]) -> dict[str, str]:
    """Values as text, empty ones left out."""
    return {name: str(value) for name, value in mapping.items() if value not in (None, "")}


def active_after(row: Live, rows: dict[int, Declared], primary: dict[int | None, int], expected: Expected) -> bool:
    """Whether a live row is active once everything has been sent."""
    if row.id in expected.remove:
        return False
    if row.id in expected.change:
        return rows[row.number or 0].active
    return row.active
