"""Small workbooks as Excel and LibreOffice write them: cells of every sort, in files of every form.

A cell is text, a number, a date, a time, a truth, None for an empty one, or a `Formula` with its value.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from xml.sax.saxutils import escape, quoteattr

EPOCH = datetime(1899, 12, 30)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
STYLES = {date: 1, datetime: 2, time: 3}  # of cells, by what is in them; their formats are Excel's own
FORMATS = "".join(f'<xf numFmtId="{number}"/>' for number in (0, 14, 22, 21))

Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Formula:
    """A formula whose value was kept when the workbook was saved."""

    text: str
    value: str | float


@dataclass(frozen=True)
class Failed:
    """A formula that has no value."""

    error: str = "#N/A"


def xlsx(sheets: Mapping[str, Rows], hidden: Sequence[str] = ()) -> bytes:
    """Sheets by name; those which are hidden are there all the same."""
    listed = "".join(_sheet(name, number, name in hidden) for number, name in enumerate(sheets, 1))
    numbers = range(1, len(sheets) + 1)
    targets = "".join(_target(f"rId{number}", "worksheet", f"worksheets/sheet{number}.xml") for number in numbers)
    styles = _target("rIds", "styles", "styles.xml")
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
        "_rels/.rels": _relations(_target("rId1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relations(targets + styles),
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><cellXfs>{FORMATS}</cellXfs></styleSheet>',
    }
    for number, rows in enumerate(sheets.values(), 1):
        parts[f"xl/worksheets/sheet{number}.xml"] = _worksheet(rows)
    return _packed(parts)


def _sheet(name: str, number: int, hidden: bool) -> str:
    state = ' state="hidden"' if hidden else ""
    return f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="rId{number}"{state}/>'


def _target(name: str, sort: str, path: str) -> str:
    return f'<Relationship Id="{name}" Type="{RELATIONS}/{sort}" Target="{path}"/>'


def _relations(inner: str) -> str:
    return f'<Relationships xmlns="{PACKAGE}/relationships">{inner}</Relationships>'


def _worksheet(rows: Rows) -> str:
    lines = "".join(
        f'<row r="{line}">{"".join(_cell(cell, place, line) for place, cell in enumerate(row))}</row>'
        for line, row in enumerate(rows, 1)
    )
    return f'<worksheet xmlns="{MAIN}"><sheetData>{lines}</sheetData></worksheet>'


def _cell(cell: Any, place: int, line: int) -> str:
    at = f'r="{chr(ord("A") + place)}{line}"'
    if cell is None:
        return f"<c {at}/>"
    if isinstance(cell, str):
        return f'<c {at} t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'
    if isinstance(cell, bool):
        return f'<c {at} t="b"><v>{int(cell)}</v></c>'
    if isinstance(cell, Formula):
        sort = ' t="str"' if isinstance(cell.value, str) else ""
        return f"<c {at}{sort}><f>{escape(cell.text)}</f><v>{escape(str(cell.value))}</v></c>"
    if isinstance(cell, Failed):
        return f'<c {at} t="e"><f>A1</f><v>{cell.error}</v></c>'
    if type(cell) in STYLES:
        return f'<c {at} s="{STYLES[type(cell)]}"><v>{_days(cell)!r}</v></c>'
    return f"<c {at}><v>{cell!r}</v></c>"


def _days(cell: date | time) -> float:
    if isinstance(cell, time):
        return (datetime.combine(EPOCH, cell) - EPOCH).total_seconds() / 86400
    moment = cell if isinstance(cell, datetime) else datetime.combine(cell, time())
    return (moment - EPOCH).total_seconds() / 86400


def _packed(parts: Mapping[str, str]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            if name == "mimetype":  # as it is, so that whoever looks at the first bytes sees it
                archive.writestr(name, text, zipfile.ZIP_STORED)
            else:
                archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return written.getvalue()


def ods(sheets: Mapping[str, Rows]) -> bytes:
    """The same as OpenDocument, of text and numbers."""
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    tables = "".join(
        f"<table:table table:name={quoteattr(name)}>"
        + "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows)
        + "</table:table>"
        for name, rows in sheets.items()
    )
    body = f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
    media = "application/vnd.oasis.opendocument.spreadsheet"
    entry = f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{media}"/>'
    space = 'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"'
    manifest = f"<manifest:manifest {space}>{entry}</manifest:manifest>"
    return _packed(
        {
            "mimetype": media,
            "META-INF/manifest.xml": manifest,
            "content.xml": f"<office:document-content {spaces}>{body}</office:document-content>",
        }
    )


def _ods_cell(cell: Any) -> str:
    if cell is None:
        return "<table:table-cell/>"
    if isinstance(cell, str):
        return f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'
    return f'<table:table-cell office:value-type="float" office:value="{cell!r}"/>'


def xls(sheets: Mapping[str, Rows]) -> bytes:
    """The same as Excel 97 wrote them, of text and numbers."""
    import xlwt

    book = xlwt.Workbook()
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        for line, row in enumerate(rows):
            for place, cell in enumerate(row):
                sheet.write(line, place, cell)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def xlsb(sheets: Mapping[str, Rows]) -> bytes:
    """The same in Excel's binary form ([MS-XLSB]), of text and numbers."""
    listed = b"".join(
        _record(156, _number(0) + _number(number) + _wide(f"rId{number}") + _wide(name))
        for number, name in enumerate(sheets, 1)
    )
    book = _record(131) + _record(143) + listed + _record(144) + _record(132)
    targets = "".join(
        _target(f"rId{number}", "worksheet", f"worksheets/sheet{number}.bin") for number in range(1, len(sheets) + 1)
    )
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{PACKAGE}/content-types"/>')
        archive.writestr("_rels/.rels", _relations(_target("rId1", "officeDocument", "xl/workbook.bin")))
        archive.writestr("xl/_rels/workbook.bin.rels", _relations(targets))
        archive.writestr("xl/workbook.bin", book)
        for number, rows in enumerate(sheets.values(), 1):
            archive.writestr(f"xl/worksheets/sheet{number}.bin", _binary_sheet(rows))
    return written.getvalue()


def _binary_sheet(rows: Rows) -> bytes:
    size = b"".join(map(_number, (0, len(rows) - 1, 0, max(map(len, rows)) - 1)))
    cells = b"".join(
        _record(0, _number(line) + bytes(13)) + b"".join(_binary_cell(cell, place) for place, cell in enumerate(row))
        for line, row in enumerate(rows)
    )
    return _record(129) + _record(148, size) + _record(145) + cells + _record(146) + _record(130)


def _binary_cell(cell: Any, place: int) -> bytes:
    import struct

    at = _number(place) + _number(0)
    if cell is None:
        return _record(1, at)
    return _record(6, at + _wide(cell)) if isinstance(cell, str) else _record(5, at + struct.pack("<d", cell))


def _record(number: int, data: bytes = b"") -> bytes:
    return _short(number) + _short(len(data)) + data


def _short(number: int) -> bytes:
    """Seven bits a byte, the last without the eighth."""
    low, high = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + _short(high) if high else bytes([low])


def _number(number: int) -> bytes:
    return number.to_bytes(4, "little")


def _wide(text: str) -> bytes:
    return _number(len(text)) + text.encode("utf-16-le")
