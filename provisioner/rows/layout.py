"""Which column of a sheet holds which field, as SQL over the sheet's columns; and what a `filter` may read of a row.

A cell that is declared and empty is '', a field that is not declared is NULL: with that one rule the comparison knows
what is managed. A filter is parsed by duckdb where it will stand, and only columns, constants, casts to plain types and
listed functions may occur: no subquery, no lambda, no setting, no file, no clock. Which column is which is for
`rows.columns` to say. Must not know numbers, limits or tables.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from provisioner.error_ids import ErrorId, Identified
from provisioner.messages import shown
from provisioner.model import Rows
from provisioner.rows import live_rows
from provisioner.rows.appointments.layout import column_options
from provisioner.rows.columns import ColumnOptions, columns_of, listed, meant
from provisioner.rows.files import BadFile
from provisioner.rows.formulas import unmarked_sql
from provisioner.rows.sheets import Sheet
from provisioner.rows.sql import cleaned, literal, one_row
from provisioner.rows.tables import RowShape

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


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
    if rows.agenda is not None:
        return column_options(rows.columns, rows.agenda, rows.filter)
    variables = {name: rows.variable_columns.get(name, name) for name in rows.variables}
    return ColumnOptions.of(shape.names, rows.columns, variables, rows.filter)


def layout_of(sheet: Sheet, rows: Rows, shape: RowShape) -> Layout:
    """Raises BadFile naming every column that is missing, or that may be meant for another."""
    found = columns_of(sheet.columns, wanted_of(rows, shape))
    if found.problems:
        raise BadFile("; ".join(map(str, found.problems)), id=ErrorId.ROWS_COLUMN)
    fields = {name: cell(sheet, found.fields.get(name), rows.defaults.get(name)) for name in shape.names}
    cells = {name: cell(sheet, found.variables.get(name), rows.defaults.get(name)) for name in rows.variables}
    declared = [name for name in shape.texts if fields[name] != "NULL"]
    return Layout(
        fields=fields,
        variables=live_rows.composed(cells) if cells else "NULL",
        used=(*found.fields.values(), *found.variables.values()),
        managed=(*declared, "active", *(["variables"] if cells else [])) if shape.rich else (),
    )


def inline_layout(sheet: Sheet, rows: Rows, shape: RowShape) -> Layout:
    """Rows of the manifest: each declares what it holds, so a NULL stays NULL unless there is a default."""
    index = {name: number for number, name in enumerate(sheet.columns)}
    fields = {name: declared_cell(index.get(name), rows.defaults.get(name)) for name in shape.names}
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
        message = f"lacks what the filter reads, or has it twice: {_shown(wrong or found)}{listed(sheet.columns)}"
        raise BadFile(message, id=ErrorId.ROWS_COLUMN)
    return {name: places[0] for name, places in found.items()}


def cell(sheet: Sheet, index: int | None, default: str | None) -> str:
    """SQL of the trimmed text of a column; NULL where there is neither a column nor a default."""
    if index is None:
        return "NULL" if default is None else literal(default)
    text = cleaned(f"coalesce(__{index}, '')", normal=sheet.normal)
    return _with_default(unmarked_sql(f"__{index}", text), default)


def declared_cell(index: int | None, default: str | None) -> str:
    """The same of a row of the manifest, which need not declare what another one does."""
    text = "NULL" if index is None else cleaned(f"__{index}")
    return _with_default(text, default)


def _with_default(text: str, default: str | None) -> str:
    return text if default is None else f"coalesce(nullif({text}, ''), {literal(default)})"


def _shown(names: Iterable[str]) -> str:
    return ", ".join(f"'{shown(name)}'" for name in names)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


EXPRESSIONS = _words("COLUMN_REF CONSTANT COMPARISON CONJUNCTION OPERATOR BETWEEN CASE CAST")
OPERATORS = _words(
    """
    COMPARE_IN COMPARE_NOT_IN OPERATOR_NOT OPERATOR_IS_NULL OPERATOR_IS_NOT_NULL OPERATOR_COALESCE OPERATOR_NULLIF
    """
)
FUNCTIONS = _words(
    """
    = <> < <= > >= + - * / // % || ~~ !~~ ~~* !~~* ~ !~ not_like_escape like_escape ilike_escape not_ilike_escape
    lower upper trim ltrim rtrim length strlen left right substr substring reverse replace concat concat_ws
    contains starts_with ends_with prefix suffix strpos instr split_part regexp_matches regexp_full_match
    regexp_extract regexp_replace nullif ifnull coalesce abs round floor ceil least greatest
    year month day strptime try_strptime
    """
)
TYPES = _words(
    "VARCHAR TEXT STRING INTEGER INT BIGINT HUGEINT DOUBLE FLOAT DECIMAL NUMERIC BOOLEAN BOOL DATE TIMESTAMP"
)
_PLACES = frozenset({"query_location", "query_location_length"})


class BadFilter(Identified, ValueError):
    """The message is for people and quotes nothing but names of columns, functions and types."""

    id: ErrorId = ErrorId.ROWS_FILTER


def statement(relation: str, condition: str) -> str:
    """The rows of a relation that fulfil a condition. The line break ends a comment in the condition.

    So parsed, and apart from the condition, it must come out exactly as it would with `true` there.
    """
    return f"SELECT * FROM {relation} WHERE ({condition}\n)"


def columns_read(connection: DuckDBPyConnection, condition: str) -> tuple[str, ...]:
    """The columns a condition reads, each once; raises BadFilter for anything that is not harmless."""
    tree, plain = _tree(connection, condition), _tree(connection, "true")
    where = tree.pop("where_clause", None)
    plain.pop("where_clause")
    if tree != plain or where is None:
        raise BadFilter("the filter must be one condition, such as city = 'Hue'")
    nodes = list(_nodes(where))
    for node in nodes:
        _check(node)
    names = [node["column_names"] for node in nodes if node.get("class") == "COLUMN_REF"]
    return tuple(dict.fromkeys(name[-1] for name in names))


def _tree(connection: DuckDBPyConnection, condition: str) -> dict[str, Any]:
    """The parsed SELECT without places in the text, which differ with the length of the condition."""
    (answer,) = one_row(connection, "SELECT json_serialize_sql(?)", [statement("rows", condition)])
    parsed: dict[str, Any] = json.loads(answer)
    if parsed.get("error", True) or len(parsed["statements"]) != 1 or not condition.strip():
        raise BadFilter("the filter is not a condition in SQL, such as city = 'Hue' AND amount <> ''")
    tree: dict[str, Any] = _without_places(parsed["statements"][0]["node"])
    return tree


def _without_places(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_places(inner) for name, inner in value.items() if name not in _PLACES}
    return [_without_places(inner) for inner in value] if isinstance(value, list) else value


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every mapping in the tree that is an expression or a type."""
    if isinstance(value, dict):
        if "class" in value:
            yield value
        for inner in value.values():
            yield from _nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _nodes(inner)


def _check(node: dict[str, Any]) -> None:
    sort = node["class"]
    if sort == "FUNCTION":
        _check_function(node)
    elif sort == "TYPE":
        _check_type(str(node.get("type_name", "")))
    elif sort not in EXPRESSIONS or (sort == "OPERATOR" and node["type"] not in OPERATORS):
        raise BadFilter(f"the filter may use columns, constants and simple functions, no {_sort_name(sort)}")
    elif sort == "COLUMN_REF" and len(node["column_names"]) != 1:
        raise BadFilter("the filter may name columns of the row only, without a dot")
    elif sort == "CAST" and "cast_type" in node:  # before duckdb 2
        _check_type(str(node["cast_type"].get("id", "")))


def _check_function(node: dict[str, Any]) -> None:
    name = str(node["function_name"]).lower()
    if name not in FUNCTIONS or node.get("schema") or node.get("catalog"):
        raise BadFilter(f"the filter may not use the function {name}")
    if node.get("distinct") or node.get("filter") or node.get("order_bys", {}).get("orders"):
        raise BadFilter("the filter may not aggregate")


def _check_type(name: str) -> None:
    if name.upper() not in TYPES:
        raise BadFilter(f"the filter may not cast to {name.lower() or 'such a type'}")


def _sort_name(sort: str) -> str:
    return {"STAR": "*", "SUBQUERY": "subquery", "PARAMETER": "parameter"}.get(sort, sort.lower())
