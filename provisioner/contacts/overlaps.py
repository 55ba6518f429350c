"""Questions over several owners' rows, for checks: which numbers two of them share, which are on a DNC list.

Numbers are compared as numbers, whatever their text: a list that holds `+84...` does cover `09...` in the law's eyes,
if not in the server's. Answers are counts. Must not change anything but the declared rows that `drop_listed` drops.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from provisioner.contacts.difference import after
from provisioner.contacts.sql import one_number
from provisioner.contacts.tables import Owned

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def shared(connection: DuckDBPyConnection, one: Owned, other: Owned) -> int:
    """How many numbers are active in both once their differences have been applied."""
    return one_number(
        connection,
        f"""SELECT count(*) FROM (SELECT DISTINCT number FROM ({after(one)}) WHERE number IS NOT NULL)
            WHERE number IN (SELECT number FROM ({after(other)}))""",
    )


def listed_rows(connection: DuckDBPyConnection, owned: Owned, lists: Iterable[Owned]) -> int:
    """How many numbers that will be active are on any of the DNC lists, as they will be."""
    return one_number(
        connection,
        f"SELECT count(DISTINCT number) FROM ({after(owned)}) WHERE number IN ({_numbers(lists)})",
    )


def missed_rows(connection: DuckDBPyConnection, owned: Owned, lists: Sequence[Owned]) -> int:
    """How many of the listed numbers stand on the lists in another text than the one that is dialled."""
    texts = " UNION ALL ".join(f"SELECT sent FROM ({after(one)})" for one in lists)
    return (
        one_number(
            connection,
            f"""SELECT count(DISTINCT number) FROM ({after(owned)})
            WHERE number IN ({_numbers(lists)}) AND sent NOT IN ({texts})""",
        )
        if lists
        else 0
    )


def drop_listed(connection: DuckDBPyConnection, owned: Owned, lists: Iterable[Owned]) -> int:
    """Take declared rows that are on a DNC list out of the source, as if they were not declared; how many they were."""
    return one_number(connection, f"DELETE FROM {owned.source} WHERE reason IS NULL AND number IN ({_numbers(lists)})")


def _numbers(lists: Iterable[Owned]) -> str:
    """The numbers of all lists, without NULL, which no IN survives."""
    parts = [f"SELECT number FROM ({after(one)}) WHERE number IS NOT NULL" for one in lists]
    return " UNION ALL ".join(parts) or "SELECT NULL::BIGINT WHERE false"
