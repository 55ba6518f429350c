"""Which column of a sheet holds which field, as SQL over the sheet's columns.

A cell that is declared and empty is '', a field that is not declared is NULL: with that one rule the comparison knows
what is managed. With `columns`, the fields named there are managed, and the number and the status also under their own
names, because a status that is overlooked is a call. Must not know numbers, limits or tables.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from provisioner.contacts import variables
from provisioner.contacts.shape import Shape
from provisioner.contacts.sheets import BadFile, Sheet
from provisioner.contacts.sql import cleaned, literal, quoted
from provisioner.model import Rows


@dataclass(frozen=True, slots=True)
class Layout:
    """`fields` and `variables` are SQL of trimmed text, or NULL; `used` the columns that decide if a row is blank.

    `managed` names the compared columns that any row may declare.
    """

    fields: dict[str, str]
    variables: str
    used: tuple[int, ...]
    managed: tuple[str, ...]


def layout_of(sheet: Sheet, rows: Rows, shape: Shape) -> Layout:
    """Raises BadFile naming every column that is missing."""
    found = _columns(sheet, rows, shape)
    holders = {name: _find(sheet, name) for name in rows.variables}
    fields = {name: _cell(found.get(name), rows.defaults.get(name)) for name in shape.names}
    cells = {name: _cell(index, rows.defaults.get(name)) for name, index in holders.items()}
    declared = [name for name in shape.texts if fields[name] != "NULL"]
    return Layout(
        fields=fields,
        variables=variables.composed(cells) if cells else "NULL",
        used=tuple(index for index in (*found.values(), *holders.values()) if index is not None),
        managed=(*declared, "active", *(["variables"] if cells else [])) if shape.rich else (),
    )


def inline_layout(sheet: Sheet, rows: Rows, shape: Shape) -> Layout:
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
    found = {name: _find(sheet, name) for name in names}
    missing = [name for name, index in found.items() if index is None]
    if missing or len({name.casefold() for name in found}) < len(found):
        raise BadFile(f"the filter reads {_shown(missing or found)}: {sheet.shown_columns()}")
    return {name: index for name, index in found.items() if index is not None}


def _columns(sheet: Sheet, rows: Rows, shape: Shape) -> dict[str, int | None]:
    """Where each field is; a declared column that is not there is an error, all of them at once."""
    if not sheet.columns and not rows.variables:  # numbers only, without a header
        return {shape.identity: 0}
    by_name = shape.names if not rows.columns else (shape.identity, *(["status"] if shape.rich else []))
    wanted = {name: rows.columns.get(name, name) for name in (*by_name, *rows.columns)}
    found = {field: _find(sheet, column) for field, column in wanted.items()}
    required = {shape.identity: wanted[shape.identity], **rows.columns, **{name: name for name in rows.variables}}
    missing = [column for column in dict.fromkeys(required.values()) if _find(sheet, column) is None]
    if missing:
        raise BadFile(f"no column {_shown(missing)}: {sheet.shown_columns()}")
    return {field: index for field, index in found.items() if field in shape.names}


def _find(sheet: Sheet, name: str) -> int | None:
    """By the exact name; one that is there twice cannot be meant."""
    places = [index for index, column in enumerate(sheet.columns) if column == name]
    if len(places) > 1:
        raise BadFile(f"the column {quoted(name)} is there twice")
    return places[0] if places else None


def _cell(index: int | None, default: str | None) -> str:
    if index is None:
        return "NULL" if default is None else literal(default)
    return _with_default(cleaned(f"coalesce(__{index}, '')"), default)


def _declared_cell(index: int | None, default: str | None) -> str:
    text = "NULL" if index is None else cleaned(f"__{index}")
    return _with_default(text, default)


def _with_default(text: str, default: str | None) -> str:
    return text if default is None else f"coalesce(nullif({text}, ''), {literal(default)})"


def _shown(names: Iterable[str]) -> str:
    return ", ".join(map(quoted, names))
