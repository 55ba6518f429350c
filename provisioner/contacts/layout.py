"""Which column of a sheet holds which field, as SQL over the sheet's columns.

A cell that is declared and empty is '', a field that is not declared is NULL: with that one rule the comparison knows
what is managed. Which column is which is for `rowfiles.columns` to say. Must not know numbers, limits or tables.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from provisioner.contacts import variables
from provisioner.contacts.shape import RowShape
from provisioner.contacts.sheets import Sheet
from provisioner.contacts.sql import cleaned, literal
from provisioner.model import Rows
from provisioner.rowfiles.columns import ColumnOptions, Columns, columns_of, listed, meant
from provisioner.rowfiles.formulas import unmarked_sql
from provisioner.rowfiles.names import shown
from provisioner.rowfiles.opening import BadFile


@dataclass(frozen=True, slots=True)
class Layout:
    """`fields` and `variables` are SQL of trimmed text, or NULL; `used` the columns that decide if a row is blank.

    `managed` names the compared columns that any row may declare.
    """

    fields: dict[str, str]
    variables: str
    used: tuple[int, ...]
    managed: tuple[str, ...]


def wanted_of(rows: Rows, shape: RowShape) -> ColumnOptions:
    """What a declaration says of the columns of its files."""
    return ColumnOptions.of(shape.names, rows.columns, rows.variables, rows.filter)


def layout_of(sheet: Sheet, rows: Rows, shape: RowShape) -> Layout:
    """Raises BadFile naming every column that is missing, or that may be meant for another."""
    found = columns_of(sheet.columns, wanted_of(rows, shape)) if sheet.columns else _bare(rows, shape)
    if found.problems:
        raise BadFile("; ".join(map(str, found.problems)))
    fields = {name: _cell(sheet, found.fields.get(name), rows.defaults.get(name)) for name in shape.names}
    cells = {name: _cell(sheet, found.variables.get(name), rows.defaults.get(name)) for name in rows.variables}
    declared = [name for name in shape.texts if fields[name] != "NULL"]
    return Layout(
        fields=fields,
        variables=variables.composed(cells) if cells else "NULL",
        used=(*found.fields.values(), *found.variables.values()),
        managed=(*declared, "active", *(["variables"] if cells else [])) if shape.rich else (),
    )


def inline_layout(sheet: Sheet, rows: Rows, shape: RowShape) -> Layout:
    """Rows of the manifest: each declares what it holds, so a NULL stays NULL unless there is a default."""
    index = {name: number for number, name in enumerate(sheet.columns)}
    fields = {name: _declared_cell(index.get(name), rows.defaults.get(name)) for name in shape.names}
    managed = [name for name in (*shape.texts, "variables") if name in index or name in rows.defaults]
    return Layout(
        fields=fields,
        variables=f"__{index['variables']}" if "variables" in index else "NULL",
        used=tuple(index.values()),
        managed=(*managed, "active") if shape.rich else (),
    )


def filter_columns(sheet: Sheet, names: Iterable[str]) -> dict[str, int]:
    """The columns a filter reads, by the name it uses; raises BadFile for one the file has not."""
    found = {name: meant(sheet.columns, name) for name in names}
    wrong = [name for name, places in found.items() if len(places) != 1]
    if wrong or len({name.casefold() for name in found}) < len(found):
        raise BadFile(f"lacks what the filter reads, or has it twice: {_shown(wrong or found)}{listed(sheet.columns)}")
    return {name: places[0] for name, places in found.items()}


def _bare(rows: Rows, shape: RowShape) -> Columns:
    """Numbers only, without a header."""
    if rows.variables:
        raise BadFile(f"has no header line, and {_shown(rows.variables)} must be in it")
    return Columns({shape.identity: 0})


def _cell(sheet: Sheet, index: int | None, default: str | None) -> str:
    if index is None:
        return "NULL" if default is None else literal(default)
    text = cleaned(f"coalesce(__{index}, '')", normal=sheet.normal)
    return _with_default(unmarked_sql(f"__{index}", text), default)


def _declared_cell(index: int | None, default: str | None) -> str:
    text = "NULL" if index is None else cleaned(f"__{index}")
    return _with_default(text, default)


def _with_default(text: str, default: str | None) -> str:
    return text if default is None else f"coalesce(nullif({text}, ''), {literal(default)})"


def _shown(names: Iterable[str]) -> str:
    return ", ".join(f"'{shown(name)}'" for name in names)
