"""What rows can say about a person, for scripts that name it: fields and variables. Answers are names, never values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from provisioner.contacts.sql import literal, one_row, quoted
from provisioner.contacts.tables import Owned
from provisioner.kinds import KINDS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def said(connection: DuckDBPyConnection, owned: Owned, names: Iterable[str]) -> frozenset[str]:
    """Those of the names that some row declares, or that a live row has something for.

    Declared variables take the place of live ones, so live ones count only where none are declared.
    """
    wanted = dict.fromkeys(names)
    declared = {name for name in wanted if name in _declared(owned)}
    return frozenset(declared | {name for name in wanted if name not in declared and _live(connection, owned, name)})


def _declared(owned: Owned) -> set[str]:
    inline = {name for row in owned.rows.inline for name in row.get("variables") or ()}
    return {*owned.managed, *owned.rows.variables, *inline} - {"active", "variables"}


def _live(connection: DuckDBPyConnection, owned: Owned, name: str) -> bool:
    conditions = " OR ".join(_conditions(owned, name))
    if not conditions:
        return False
    (found,) = one_row(connection, f"SELECT EXISTS (FROM {owned.live} WHERE active AND ({conditions}))")
    return bool(found)


def _conditions(owned: Owned, name: str) -> Iterator[str]:
    if name in owned.shape.texts:
        yield f"coalesce({quoted(name)}, '') <> ''"
    elif name in KINDS[owned.shape.kind].tags.values():
        yield f"coalesce(rest->>{literal('$.' + quoted(name))}, '') <> ''"
    if owned.shape.rich and "variables" not in owned.managed:
        path = "$." + quoted(name)
        yield f"coalesce(variables->>{literal(path)}, '') <> ''"
