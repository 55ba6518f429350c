"""The apostrophe before a cell of a CSV file that a spreadsheet would calculate (`=HYPERLINK(...)`).

Written by us, taken off again when read, so that what is written comes back unchanged: people open a list of contacts
in a spreadsheet, and a name may have been chosen by somebody who wants a formula run there. A cell that begins with
apostrophes of its own before such a mark gets one more, and one is taken off.

In spreadsheet files, where a text is a text, it is taken off all the same: there people have typed it. Here is also how
lines of such a CSV are written. Must not know files or fields.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from typing import TextIO

MARK = "'"  # before a cell that a spreadsheet would calculate
BEGINS = r"'*[=+\-@\t\r]"  # what makes a formula, however many marks are before it
MARKED = f"^{MARK}({BEGINS})"  # RE2 and Python alike

_FORMULA = re.compile(BEGINS)
_SIGNED = re.compile(r"[+-][\d ().-]*")


def marked(cell: str) -> str:
    """A cell as it is written to a file that a spreadsheet may open.

    An apostrophe is how people make such cells text themselves. A telephone number (`+84 934 890 883`) is only
    calculated to itself, and stays as it is for whoever reads the file without us.
    """
    return MARK + cell if _FORMULA.match(cell) and not _SIGNED.fullmatch(cell) else cell


def row_writer(stream: TextIO) -> Callable[[Sequence[str | None]], object]:
    """Writes rows of CSV as they are; a carriage return, which `csv` does not quote by itself, ends no line of it."""
    plain, careful = (
        csv.writer(stream, lineterminator="\n", quoting=how) for how in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL)
    )

    def write(cells: Sequence[str | None]) -> object:
        return (careful if any(cell and "\r" in cell for cell in cells) else plain).writerow(cells)

    return write


def unmarked_sql(cell: str, text: str) -> str:
    """An SQL expression of the text of a cell without the mark; most cells begin otherwise, and cost no more."""
    pattern, mark = (each.replace("'", "''") for each in (MARKED, MARK))
    return f"CASE WHEN starts_with({cell}, '{mark}') THEN regexp_replace({text}, '{pattern}', '\\1') ELSE {text} END"
