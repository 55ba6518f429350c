"""The columns of a row file that is written: names for fields and variables that reading tells apart again.

A variable may be called like a field, and a header cell must look like no data. Must not know rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from provisioner.contacts.shape import RowShape
from provisioner.rowfiles.headers import DELIMITERS
from provisioner.rowfiles.names import folded, looks_personal, plain

LONGEST = 200  # characters of a variable's name
MOST = 1000  # variables that get a column


@dataclass(frozen=True, slots=True)
class Headings:
    """`fields` in the order of their columns, the number first; then one column for each of `variables`.

    `columns` says which column holds which field, where the names differ.
    """

    fields: tuple[str, ...]
    variables: tuple[str, ...]
    columns: Mapping[str, str]

    @property
    def cells(self) -> list[str]:
        """The header line."""
        return [*(self.columns.get(name, name) for name in self.fields), *self.variables]


def headings(shape: RowShape, fields: Iterable[str], variables: Sequence[str]) -> Headings:
    """Columns of these fields, and the number's. Names of fields that are taken by variables get a mark behind."""
    named = tuple(variables[:MOST])
    alike = set(map(folded, named))
    clash = {name for name in shape.names if folded(name) in alike}
    wanted = [shape.identity, *fields]
    if "status" in clash and "status" not in wanted:  # a column of that name would be taken for it
        wanted.append("status")
    ordered = tuple(name for name in shape.names if name in wanted)
    columns = {name: _free(name, {*named, *shape.names}) if name in clash else name for name in ordered}
    return Headings(ordered, named, columns if clash else {})


def nameable(name: str) -> bool:
    """Whether a column can be called like that: what reads back as it is, and looks like no telephone number."""
    same = plain(name) == name and name.isprintable() and 0 < len(name) <= LONGEST
    return same and not any(mark in name for mark in DELIMITERS[1:]) and not looks_personal(name)


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name
