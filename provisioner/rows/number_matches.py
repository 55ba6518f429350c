"""Numbers matched: which several owners have, which are on a DNC list, which are of a region; and what rows say.

Numbers are compared as numbers, whatever their text: a list that holds `+84...` does cover `09...` in the law's eyes,
if not in the server's. Answers are counts and names of fields, never values. Must not change anything but the declared
rows that `drop_listed` drops.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from provisioner.resources import KINDS
from provisioner.rows.diff import after, becomes_active
from provisioner.rows.sql import literal, one_number, one_row, quoted
from provisioner.rows.tables import Owned

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class DncOverlap:
    """Numbers on DNC lists: how many, how many of them in another text only, how many become active by this plan."""

    numbers: int = 0
    unnoticed: int = 0
    new: int = 0


def shared_numbers(
    connection: DuckDBPyConnection, owners: Sequence[Owned], called: Sequence[Sequence[int]] = ()
) -> dict[frozenset[int], int]:
    """How many numbers are active in exactly these owners (by their place) and no others, after apply.

    `called` are lists of numbers from elsewhere, each one more owner after these.
    One pass over all of them, whatever their number; rows of the server whose number cannot be read stand alone.
    """
    places = len(owners) + len(called)
    bits = [f"'{'1'.rjust(place + 1, '0').ljust(places, '0')}'::BIT" for place in range(places)]
    sources = [f"({after(owned)})" for owned in owners] + ["(SELECT unnest(?::BIGINT[]) AS number)"] * len(called)
    rows = " UNION ALL ".join(
        f"SELECT number, {bit} AS bits FROM {source}" for bit, source in zip(bits, sources, strict=True)
    )
    found = connection.execute(
        f"""SELECT bits::VARCHAR, count(*) FROM (
                SELECT bit_or(bits) AS bits FROM ({rows}) WHERE number IS NOT NULL GROUP BY number
                UNION ALL SELECT bits FROM ({rows}) WHERE number IS NULL)
            GROUP BY bits""",
        [*called, *called],
    ).fetchall()
    return {frozenset(place for place, bit in enumerate(bits) if bit == "1"): count for bits, count in found}


def listed_rows(connection: DuckDBPyConnection, owned: Owned, lists: Sequence[Owned]) -> DncOverlap:
    """The numbers that will be active and are on any of the DNC lists, as they will be."""
    if not lists:
        return DncOverlap()
    texts = " UNION ALL ".join(f"SELECT sent FROM ({after(one)}) WHERE sent IS NOT NULL" for one in lists)
    new = f"SELECT number FROM {owned.difference} WHERE {becomes_active(owned)}"
    counts = one_row(
        connection,
        f"""SELECT count(DISTINCT number), count(DISTINCT number) FILTER (WHERE sent NOT IN ({texts})),
                   count(DISTINCT number) FILTER (WHERE number IN ({new}))
            FROM ({after(owned)}) WHERE number IN ({_numbers(lists)})""",
    )
    return DncOverlap(*counts)


def in_region(connection: DuckDBPyConnection, owned: Owned, region: str) -> int:
    """How many numbers that will be active begin with the calling code of a region; NANP countries share theirs."""
    from phonenumbers import country_code_for_region

    code = str(country_code_for_region(region))  # none is the beginning of another
    query = f"SELECT count(DISTINCT number) FROM ({after(owned)}) WHERE starts_with(CAST(number AS VARCHAR), ?)"
    return one_number(connection, query, [code])


def unreadable(connection: DuckDBPyConnection, owned: Owned) -> int:
    """How many active rows have no number that could be compared: they may be anybody's."""
    return one_number(connection, f"SELECT count(*) FROM ({after(owned)}) WHERE number IS NULL")


def drop_listed(connection: DuckDBPyConnection, owned: Owned, lists: Iterable[Owned]) -> int:
    """Take declared rows that are on a DNC list out of the source, as if they were not declared; how many they were.

    The numbers are remembered, so that a live row of one of them goes also where undeclared rows are kept.
    """
    connection.execute(f"CREATE OR REPLACE TABLE {owned.barred} AS {_numbers(lists)}")
    owned.bars = True
    return one_number(
        connection, f"DELETE FROM {owned.source} WHERE reason IS NULL AND number IN (FROM {owned.barred})"
    )


def barred_rows(connection: DuckDBPyConnection, owned: Owned) -> int:
    """How many active live rows `drop_listed` has barred: they are set inactive."""
    if not owned.bars:
        return 0
    query = f"SELECT count(*) FROM {owned.live} WHERE active AND number IN (FROM {owned.barred})"
    return one_number(connection, query)


def _numbers(lists: Iterable[Owned]) -> str:
    """The numbers of all lists, without NULL, which no IN survives."""
    parts = [f"SELECT number FROM ({after(one)}) WHERE number IS NOT NULL" for one in lists]
    return " UNION ALL ".join(parts) or "SELECT NULL::BIGINT WHERE false"


def filled_fields(connection: DuckDBPyConnection, owned: Owned, names: Iterable[str]) -> frozenset[str]:
    """Those of the names that some row declares, or that a live row has something for.

    Declared variables take the place of live ones, so live ones count only where none are declared. Those of a second
    round are not named anywhere: its rows bring along what they had.
    """
    wanted = dict.fromkeys(names)
    declared = {name for name in wanted if name in _declared(owned) or _taken_along(connection, owned, name)}
    return frozenset(declared | {name for name in wanted if name not in declared and _live(connection, owned, name)})


def _declared(owned: Owned) -> set[str]:
    inline = {name for row in owned.rows.inline for name in row.get("variables") or ()}
    return {*owned.managed, *owned.rows.variables, *inline} - {"active", "variables"}


def _taken_along(connection: DuckDBPyConnection, owned: Owned, name: str) -> bool:
    if owned.rows.second_round is None:
        return False
    path = literal("$." + quoted(name))
    (found,) = one_row(connection, f"SELECT EXISTS (FROM {owned.source} WHERE coalesce(variables->>{path}, '') <> '')")
    return bool(found)


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
