"""SQL that takes rows from a sheet into a source table: filter, clean, check the fields, read the plain numbers.

One INSERT per sheet does all of it in a stream. Must not open files or decide what happens to invalid rows.
"""

from __future__ import annotations

from provisioner.contacts import reasons
from provisioner.contacts.filters import statement
from provisioner.contacts.layout import Layout
from provisioner.contacts.number_sql import numbered
from provisioner.contacts.shape import RowShape
from provisioner.contacts.sheets import Sheet
from provisioner.contacts.sql import cleaned, listed, literal, quoted
from provisioner.contacts.tables import FILE_SHIFT, Owned, source_columns
from provisioner.rowfiles import records

# Coarser than the server's check on purpose: a pattern with Unicode classes and counts takes RE2 20 us a row
_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
EMAIL = rf"{_LOCAL}(?:\.{_LOCAL})*@[^\s@.,;]+(?:\.[^\s@.,;]+)+"

UNSEEN = r"[\p{Cf}\p{Z}\s]"  # marks that are drawn as nothing, and blanks

Filtering = tuple[str, dict[str, int]] | None
"""A checked condition and the columns it reads, by the name it uses for them."""


def insertion(owned: Owned, index: int, sheet: Sheet, layout: Layout, filtering: Filtering) -> str:
    """The INSERT for the index-th sheet. A row of nothing but empty cells is no row."""
    names = [name for name in source_columns(owned.shape) if name != "reason"]
    bad = _nul(layout) if sheet.form == "parquet" else sheet.bad
    cells = f"""(
        SELECT {index << FILE_SHIFT} + __line AS row, {_columns(owned.shape, layout)}, {bad} AS bad
        FROM {_filtered(sheet.relation, filtering)}
        WHERE {is_row(sheet, layout)})"""
    return f"""
        INSERT INTO {owned.source} ({listed(names)}, reason)
        SELECT {listed(names)}, {_reason(owned.shape)}
        FROM ({numbered(cells, owned.region, owned.number_format)})"""


def _filtered(relation: str, filtering: Filtering) -> str:
    """An empty cell is '' in a filter, so that `city <> 'Hue'` is no trap."""
    if filtering is None:
        return relation
    condition, columns = filtering
    named = "".join(f", coalesce(__{index}, '') AS {quoted(name)}" for name, index in columns.items())
    return f"({statement(f'(SELECT *{named} FROM {relation})', condition)})"


def is_row(sheet: Sheet, layout: Layout) -> str:
    """The condition that anything is in a line: one of nothing but blanks is no row, one that is wrong is."""
    filled = [_filled(f"__{index}") for index in dict.fromkeys(layout.used)] or ["true"]
    return " OR ".join([*filled, f"{sheet.bad} IS NOT NULL"])


def _filled(text: str) -> str:
    """Trimming is dear, and nearly every cell begins with a letter or a digit."""
    return f"({text} >= '!' AND {text} < chr(127)) OR ({text} > '' AND {cleaned(text)} <> '')"


def _nul(layout: Layout) -> str:
    """A binary file may hold what no text file does."""
    tests = " OR ".join(f"contains(coalesce(__{index}, ''), chr(0))" for index in dict.fromkeys(layout.used))
    return f"CASE WHEN {tests or 'false'} THEN {literal(records.NUL)} END"


def _columns(shape: RowShape, layout: Layout) -> str:
    """The fields under their own names; an absent number is an empty one."""
    columns = [f"coalesce({layout.fields[shape.identity]}, '') AS text"]
    if shape.rich:
        columns += [f"{_field(name, layout.fields[name])}::VARCHAR AS {name}" for name in shape.texts]
        columns += [f"{_status(layout.fields['status'])} AS active", f"{layout.variables}::VARCHAR AS variables"]
    return ", ".join(columns)


def _field(name: str, text: str) -> str:
    return f"upper({text})" if name == "country" else text


def _status(text: str) -> str:
    """True or false; NULL for a word that is no status. No status is an active one."""
    seen = f"lower(regexp_replace({text}, {literal(UNSEEN)}, '', 'g'))"
    return f"""CASE WHEN coalesce({text}, '') = '' OR lower({text}) IN ('active', '1') THEN true
                    WHEN {seen} IN ('active', '1') THEN true
                    WHEN {seen} IN ('inactive', '0') THEN false END"""


def _reason(shape: RowShape) -> str:
    """The first thing that is wrong with a row; one whose number is not known yet is wrong until it is."""
    tests = [("bad IS NOT NULL", "bad"), ("text = ''", literal(reasons.NO_NUMBER)), *_limits(shape)]
    if shape.rich:
        tests.append(("active IS NULL", literal(reasons.STATUS)))
    if "email" in shape.texts:
        wrong = f"email <> '' AND NOT regexp_full_match(email, {literal(EMAIL)})"
        tests.append((wrong, literal(reasons.EMAIL)))
    if "country" in shape.texts:
        tests.append(("country <> '' AND NOT regexp_full_match(country, '[A-Z]{2}')", literal(reasons.COUNTRY)))
    tests.append(("number IS NULL", literal(reasons.UNREAD)))
    return f"CASE {' '.join(f'WHEN {test} THEN {code}' for test, code in tests)} END"


def _limits(shape: RowShape) -> list[tuple[str, str]]:
    """The server's limits, as the kinds declare them (docs/alice-api.md#phonebooks-and-contacts)."""
    limits = [(name, limit) for name, limit in shape.texts.items() if limit and name != "country"]
    return [(f"length({name}) > {limit}", literal(reasons.too_long(name))) for name, limit in limits]
