"""Lets a filter condition read nothing but the row: an allow list over duckdb's own parse of it.

The condition is parsed where it will stand (`SELECT * FROM rows WHERE (...)`); apart from the condition the statement
must come out exactly as it would with `true` there. In the condition only columns, constants, casts to plain types
and the functions listed here may occur: no subquery, no lambda, no setting, no file, no clock. Must not run anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from provisioner.contacts.sql import one_row

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


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


class BadFilter(ValueError):
    """The message is for people and quotes nothing but names of columns, functions and types."""


def statement(relation: str, condition: str) -> str:
    """The rows of a relation that fulfil a condition. The line break ends a comment in the condition."""
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
