"""One sheet of a spreadsheet (xlsx, xlsb, xls, ods) as rows of text: cells as they hold them, and not as they look.

The header is the first row that has as many cells as the data: titles above it are skipped. A formula is its value, a
date a date. Rows of totals and rows between others in which nothing stands are left out and counted. Whole sheets are
in memory while they are read, about 250 MB for a million rows of three cells; Excel takes no more rows than that.
Must not know fields, and quotes no cell.
"""

from __future__ import annotations

import math
import re
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO

from provisioner.error_ids import ErrorId
from provisioner.messages import did_you_mean, looks_personal, plain, seen, shown
from provisioner.plan.model import EMPTY, TOTALS
from provisioner.rows.columns import ColumnOptions
from provisioner.rows.files import BadFile, RowFile

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

Record = tuple[int, list[str], str]
AsText = Callable[[str], str]

TOP = 100  # rows among which the header is looked for
SAMPLE = 1000  # rows that show how many cells the data has
MOST_BYTES = 4 << 30  # of an unpacked workbook: beyond a million rows of anything
EXACT = 10**15  # from here on the digits of a cell are not those that were typed
DIGITS = 7  # of a telephone number, at least

_TOTAL = re.compile(r"(?:grand |sub)?totals?|sum|tổng(?: cộng| số| kết)?|cộng(?: tổng)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SheetHeader:
    """`names` stand in row `line`; `titles` counts the rows above it in which something stands."""

    names: tuple[str, ...]
    line: int
    titles: int


@dataclass(slots=True)
class Spreadsheet:
    """An open sheet; `left` counts by reason the rows that `rows` has passed over."""

    name: str
    sheet: CalamineSheet
    left: Counter[str] = field(default_factory=Counter)

    def header(self, wanted: ColumnOptions) -> SheetHeader:
        """The row that names the columns: one with as many cells as the data, and with the columns that are wanted."""
        rows = [list(map(cell_text, row)) for row in islice(self.sheet.iter_rows(), SAMPLE)]
        filled = [sum(map(bool, map(str.strip, row))) for row in rows]
        widths = Counter(filter(None, filled))
        if not widths:
            raise BadFile(f"has no rows in the sheet {_named(self.name)}", id=ErrorId.ROWS_SHEET)
        width = max(widths, key=lambda count: (widths[count], count))
        there = [index for index, count in enumerate(filled) if count]
        top = [index for index in there if index < TOP] or there[:1]
        line = max(top, key=lambda index: (wanted.found(rows[index]), filled[index] >= width, -index))
        return SheetHeader(tuple(rows[line]), line + 1, sum(map(bool, filled[:line])))

    def rows(self, lines: int, number: int | None, restored: AsText) -> Iterator[Record]:
        """The rows below so many, each with its place in the sheet.

        `number` is the column of telephone numbers: a number in it has lost its zero, which `restored` gives back.
        """
        blank = 0
        for line, row in enumerate(self.sheet.iter_rows(), 1):
            if line <= lines:
                continue
            cells = [cell if cell.__class__ is str else cell_text(cell) for cell in row]
            if not any(map(str.strip, cells)):
                blank += 1
                continue
            self.left[EMPTY] += blank
            blank = 0
            if number is not None and row[number].__class__ is float and cells[number].isdecimal():
                cells[number] = restored(cells[number])
            if is_total(cells, number):
                self.left[TOTALS] += 1
            else:
                yield line, cells, ""


@contextmanager
def opened_sheet(file: RowFile) -> Iterator[Spreadsheet]:
    """The sheet that is declared, else the only one with rows; raises BadFile."""
    import python_calamine

    try:
        with file.opened() as raw, _seekable(raw, packed=file.packed) as whole:
            _refuse_bomb(whole)
            with python_calamine.CalamineWorkbook.from_filelike(whole) as book:
                yield _chosen(book, file.sheet)
    except python_calamine.PasswordError:
        raise BadFile("is protected by a password; save it without one", id=ErrorId.ROWS_FORMAT) from None
    except (python_calamine.CalamineError, zipfile.BadZipFile):
        message = "is not a readable spreadsheet; open it and save it again, or save it as CSV UTF-8"
        raise BadFile(message, id=ErrorId.ROWS_FORMAT) from None


@contextmanager
def _seekable(raw: BinaryIO, *, packed: bool) -> Iterator[BinaryIO]:
    """A packed file is unpacked into one without a name, which is gone when it is closed."""
    if not packed:
        yield raw
        return
    with tempfile.TemporaryFile() as whole:
        while block := raw.read(1 << 20):
            whole.write(block)
        whole.seek(0)
        yield whole


def _refuse_bomb(whole: BinaryIO) -> None:
    """What says of itself that it unpacks to more than any sheet."""
    if zipfile.is_zipfile(whole):
        whole.seek(0)
        with zipfile.ZipFile(whole) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size > MOST_BYTES:
            message = f"unpacks to more than {MOST_BYTES >> 30} GB, which is not a list of contacts"
            raise BadFile(message, id=ErrorId.ROWS_FORMAT)
    whole.seek(0)


def _chosen(book: CalamineWorkbook, wanted: str | None) -> Spreadsheet:
    names = book.sheet_names
    if wanted is not None:
        place = _place(names, wanted)
        return Spreadsheet(names[place], book.get_sheet_by_index(place))
    filled = [place for place, kind in enumerate(book.sheets_metadata) if _has_rows(book, place, kind)]
    if len(filled) != 1:
        what = "several sheets with rows" if filled else "no sheet with rows"
        there = _listed([names[place] for place in filled] or names)
        raise BadFile(f"has {what}; say which: sheet: NAME{there}", id=ErrorId.ROWS_SHEET)
    return Spreadsheet(names[filled[0]], book.get_sheet_by_index(filled[0]))


def _place(names: Sequence[str], wanted: str) -> int:
    """By name, else by number, counted from 1."""
    named = [place for place, name in enumerate(names) if plain(name) == plain(wanted)]
    numbered = [int(wanted) - 1] if wanted.isdecimal() and 1 <= int(wanted) <= len(names) else []
    if not named and not numbered:
        there = did_you_mean(wanted, _shown(names)) or _listed(names)
        raise BadFile(f"has no sheet {_named(wanted)}{there}", id=ErrorId.ROWS_SHEET)
    return (named or numbered)[0]


def _has_rows(book: CalamineWorkbook, place: int, kind: Any) -> bool:
    import python_calamine

    return kind.typ == python_calamine.SheetTypeEnum.WorkSheet and book.get_sheet_by_index(place).height > 0


def _listed(names: Sequence[str]) -> str:
    return f"; there are {', '.join(map(_named, names))}"


def _shown(names: Sequence[str]) -> list[str]:
    return [name for name in names if not looks_personal(name)]


def _named(name: str) -> str:
    return "(not shown)" if looks_personal(name) else f"'{shown(name)}'"


def is_total(cells: Sequence[str], number: int | None) -> bool:
    """Whether a row adds others up: a cell says so, and no telephone number is in its place."""
    if number is not None and sum(map(str.isdecimal, cells[number])) >= DIGITS:
        return False
    return any(_TOTAL.fullmatch(plain(seen(cell)).rstrip(":. ")) for cell in cells if cell)


def cell_text(cell: Any) -> str:
    """What a cell holds as text: whole numbers as digits, dates by ISO 8601."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float | int):
        return _number(cell)
    if isinstance(cell, datetime):
        return str(_whole(cell))
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time):
        return str(_whole(datetime.combine(date.min, cell)).time())
    return _hours(cell) if isinstance(cell, timedelta) else ""


def _number(cell: float) -> str:
    if not math.isfinite(cell):
        return ""
    return str(int(cell)) if cell == int(cell) and abs(cell) < EXACT else repr(float(cell))


def _whole(moment: datetime) -> datetime:
    """To the second: half past nine is kept as 0.3958333 of a day."""
    return (moment + timedelta(microseconds=500_000)).replace(microsecond=0)


def _hours(cell: timedelta) -> str:
    minutes, seconds = divmod(round(cell.total_seconds()), 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
