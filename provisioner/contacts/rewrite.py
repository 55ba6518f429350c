"""The careful reading of a text file that duckdb's fast reader refused: slower, and exact about what is wrong where.

The file is written again, cell by cell, into a plain CSV in the scratch folder, with one more column that says why a
line is no row. So a ragged line, a stray quote or a broken JSON line is an invalid row with its number, and what makes
the whole file unreadable is named with its line. Must not know fields, numbers or kinds.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import orjson

from provisioner.contacts import reasons
from provisioner.contacts.scratch import Scratch
from provisioner.contacts.sheets import BadFile, Sheet, csv_relation, format_of, header, text_of


def rewritten(sheet: Sheet | None, path: Path, label: str, scratch: Scratch) -> Sheet:
    """The same file, safe to read; `sheet` is what was known of it. Raises BadFile."""
    form = sheet.form if sheet else format_of(path)
    if form == "parquet":
        return _parquet(sheet)
    if form == "jsonl":
        return _json_lines(path, label, scratch)
    assert sheet is not None  # opening a delimited file does not ask duckdb
    return _delimited(sheet, scratch)


def _parquet(sheet: Sheet | None) -> Sheet:
    """There is no other way to read it: what could be opened is tried again."""
    if sheet is None:
        raise BadFile("not a readable Parquet file")
    return sheet


def _delimited(sheet: Sheet, scratch: Scratch) -> Sheet:
    bare = not sheet.columns
    target = scratch.table(_records(sheet, skip=0 if bare else 1))
    return _plain(sheet, target)


def _plain(sheet: Sheet, target: Path) -> Sheet:
    return replace(sheet, relation=csv_relation(target, sheet.width + 1), bad=f"__{sheet.width}")


def _records(sheet: Sheet, skip: int) -> Iterator[list[str | None]]:
    """Every record with its verdict: too many cells are forgiven when they are empty."""
    with text_of(sheet.path) as lines:
        reader = csv.reader(lines, delimiter=sheet.delimiter, strict=True)
        try:
            for number, cells in enumerate(reader):
                if number >= skip:
                    yield _padded(cells, sheet.width)
        except csv.Error:
            raise BadFile("a quoted cell does not end, or is followed by text", reader.line_num) from None


def _padded(cells: list[str], width: int) -> list[str | None]:
    """A blank line is a row without anything in it, like a line of delimiters."""
    ragged = (bool(cells) and len(cells) < width) or any(cell.strip() for cell in cells[width:])
    padding = [None] * (width - len(cells))
    return [*cells[:width], *padding, reasons.CELLS if ragged else None]


def _json_lines(path: Path, label: str, scratch: Scratch) -> Sheet:
    keys: dict[str, None] = {}
    for row in _objects(path):
        keys.update(dict.fromkeys(row or ()))
    names = list(keys)
    target = scratch.table(_row_cells(row, names) for row in _objects(path))
    return _plain(Sheet(path, label, "jsonl", header(names), "", 1), target)


def _objects(path: Path) -> Iterator[dict[str, object] | None]:
    """The object of each line that is not blank; None for a line that holds something else."""
    with text_of(path) as lines:
        for line in lines:
            if line.strip():
                yield _object(line)


def _object(line: str) -> dict[str, object] | None:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def _row_cells(row: dict[str, object] | None, names: list[str]) -> list[str | None]:
    if row is None:
        return [*[None] * max(len(names), 1), reasons.NOT_AN_OBJECT]
    return [*(_text(row.get(name)) for name in names), None] if names else [None, None]


def _text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else orjson.dumps(value).decode()
