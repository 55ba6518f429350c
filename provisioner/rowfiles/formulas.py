"""Cells that a spreadsheet would calculate instead of showing: marked when we write them, unmarked when we read them.

A name such as `=HYPERLINK(...)` in a CSV file is a program to whoever opens it in Excel or LibreOffice. An apostrophe
in front makes it text there, which is how people write such cells themselves. Reading takes one apostrophe off again,
so what is written comes back unchanged, apostrophes of its own included. A telephone number (`+84 934 890 883`) is
only calculated to itself, and stays as it is for whoever reads the file without us.
"""

from __future__ import annotations

import re

MARK = "'"
BEGINS = r"'*[=+\-@\t\r]"  # what makes a formula, however many marks are before it
MARKED = f"^{MARK}({BEGINS})"  # RE2 and Python alike

_FORMULA = re.compile(BEGINS)
_NUMBER = re.compile(r"[+-][\d ().-]*")


def marked(cell: str) -> str:
    """A cell as it is written to a file that a spreadsheet may open."""
    return MARK + cell if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


def unmarked_sql(cell: str, text: str) -> str:
    """An SQL expression of the text of a cell without the mark; most cells begin otherwise, and cost no more."""
    pattern, mark = (each.replace("'", "''") for each in (MARKED, MARK))
    return f"CASE WHEN starts_with({cell}, '{mark}') THEN regexp_replace({text}, '{pattern}', '\\1') ELSE {text} END"


def unmarked(cell: str) -> str:
    """The inverse of `marked`."""
    return re.sub(MARKED, r"\1", cell, count=1)
