"""Rows written in the manifest itself, as a sheet. Each row declares what it holds: an absent field stays NULL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from provisioner.contacts import variables
from provisioner.contacts.scratch import Scratch
from provisioner.contacts.shape import RowShape
from provisioner.contacts.sheets import Sheet
from provisioner.contacts.sql import literal
from provisioner.model import Rows

FORM = "inline"


def inline_sheet(rows: Rows, shape: RowShape, scratch: Scratch) -> Sheet:
    """Mappings of text by field; `variables` is a mapping too. JSON lines, because no CSV can say NULL and ''."""
    path = scratch.new(".jsonl")
    columns = [name for name in (*shape.names, "variables") if any(name in row for row in rows.inline)]
    with scratch.create(path) as lines:
        lines.writelines(orjson.dumps(_cells(row)) + b"\n" for row in rows.inline)
    types = ", ".join(f"'{name}': 'VARCHAR'" for name in columns)
    names = ", ".join(f"{name} AS __{index}" for index, name in enumerate(columns))
    reader = f"read_json({literal(path)}, format = 'newline_delimited', columns = {{{types}}})"
    relation = f"(SELECT row_number() OVER () AS __line, {names} FROM {reader})"
    return Sheet(path, "", FORM, tuple(columns), relation)


def _cells(row: Mapping[str, Any]) -> dict[str, str]:
    return {name: variables.canonical(value) if name == "variables" else _text(value) for name, value in row.items()}


def _text(value: Any) -> str:
    return "" if value is None else str(value)
