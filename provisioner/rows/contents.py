"""What is in a file, whatever its name says: by its first bytes, and the encoding that reads all of it.

Somebody saves a workbook as .csv, a download ends at a login page, `git lfs` leaves a pointer: the message says what
the file is and what to do. Must not know columns, and quotes no byte.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass

HEAD = 4096  # bytes that are looked at
SHEETS, PARQUET, GZIP = "spreadsheet", "parquet", "gzip"
UTF_8 = "utf-8-sig"  # with a mark in front or without

# The longest first: the mark of UTF-32 begins with that of UTF-16
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, UTF_8),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PACKED = {b"BZh": "bzip2", b"\xfd7zXZ\0": "xz", b"(\xb5/\xfd": "zstd", b"7z\xbc\xaf": "7-Zip", b"Rar!": "RAR"}
_PAGE = re.compile(r"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|meta|table|div|script)\b", re.I | re.S)
_JSON = re.compile(r"\s*(?:\{\s*\"|\[\s*[\[{\"])")
_MARKS_OF_TONE = "\u0300\u0301\u0303\u0309\u0323"
_TONES = re.compile(f"(?<=[aăâeêioôơuưy])[{_MARKS_OF_TONE}]", re.I)


@dataclass(frozen=True, slots=True)
class Content:
    """What the first bytes are certainly of: a form of row file, or "" for none; and the sentence for it."""

    form: str
    said: str


def content_of(head: bytes) -> Content | None:
    """What a file is by its first bytes; None for what may be text of any sort."""
    if head.startswith(b"version https://git-lfs"):
        return Content("", "is a pointer of Git LFS and not the file itself; run `git lfs pull`")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(head)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return Content(SHEETS, "is an Excel workbook; name it .xls, or save it as CSV UTF-8")
    if head.startswith(b"PAR1"):
        return Content(PARQUET, "is a Parquet file; name it .parquet")
    if head.startswith(b"\x1f\x8b"):
        return Content(GZIP, "is packed by gzip; add .gz to its name")
    if head.startswith(b"%PDF"):
        return Content("", "is a PDF; ask for the list as a spreadsheet or as CSV UTF-8")
    if head.startswith(b"SQLite format 3\0"):
        return Content("", "is an SQLite database; export the table as CSV UTF-8")
    packer = next((name for mark, name in _PACKED.items() if head.startswith(mark)), None)
    return Content("", f"is packed by {packer}; unpack it, or pack it by gzip") if packer else _written(head)


def _zipped(head: bytes) -> Content:
    """Spreadsheets are zip archives, and say in the first entries what they are."""
    if b"opendocument.spreadsheet" in head:
        return Content(SHEETS, "is a spreadsheet (OpenDocument); name it .ods, or save it as CSV UTF-8")
    if b"[Content_Types].xml" in head or b"xl/" in head or b"_rels/" in head:
        return Content(SHEETS, "is an Excel workbook; name it .xlsx, or save it as CSV UTF-8")
    return Content("", "is a zip archive; unpack it, or pack it by gzip")


def _written(head: bytes) -> Content | None:
    """Text that is certainly something else than rows."""
    text = head.decode(marked_encoding(head) or wide_encoding(head) or "latin-1", "replace").lstrip("\ufeff")
    if _PAGE.match(text):
        return Content(
            "", "is a web page (HTML) and holds no rows by itself; perhaps a login page: download the file again"
        )
    if text.lstrip().startswith("<?xml"):
        return Content("", "is XML; save it as .xlsx or as CSV UTF-8")
    return Content("jsonl", "is JSON; name it .jsonl, with one object in each line") if _JSON.match(text) else None


def marked_encoding(head: bytes) -> str | None:
    """What a byte order mark says."""
    return next((encoding for mark, encoding in _MARKS if head.startswith(mark)), None)


def wide_encoding(head: bytes) -> str | None:
    """UTF-16 without its mark: every other byte of most languages' digits, blanks and commas is NUL."""
    half = len(head) // 2
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if half < 2 or max(even, odd) < half * 0.3 or min(even, odd) > half * 0.02:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def known_encoding(name: str) -> str | None:
    """The codec of a name that somebody may give a text file's encoding; None when there is none such."""
    try:
        codec = codecs.lookup(name)
        if not codec._is_text_encoding:
            return None
        "".encode(name)
    except (LookupError, ValueError, TypeError):
        return None
    return UTF_8 if codec.name in ("utf-8", UTF_8) else codec.name


@dataclass(slots=True)
class TextPlace:
    """A byte of a text file: its number in the file, its line and its column, all from 1."""

    byte: int = 1
    line: int = 1
    column: int = 1

    def pass_by(self, text: str) -> None:
        """Go on behind a text whose line ends are line feeds."""
        self.line += text.count("\n")
        behind = text.rpartition("\n")[2].replace("\ufeff", "")
        self.column = len(behind) + (1 if "\n" in text else self.column)


def first_undecodable(blocks: Iterable[bytes], encoding: str) -> TextPlace:
    """The first byte that an encoding cannot read. Decoders work in blocks, so it is looked for once more."""
    decoder, ends = codecs.getincrementaldecoder(encoding)(), io.IncrementalNewlineDecoder(None, translate=True)
    place, fed = TextPlace(), 0
    for block in (*blocks, b""):
        held = decoder.getstate()[0]
        try:
            place.pass_by(ends.decode(decoder.decode(block, final=not block)))
        except UnicodeDecodeError as error:
            place.byte = fed - (len(held) if isinstance(held, bytes) else 0) + error.start + 1
            good = error.object[: error.start].decode(encoding, "replace")
            place.pass_by(ends.decode(good, final=True))
            return place
        except UnicodeError:
            return place
        fed += len(block)
    return place


def usual_encoding(blocks: Iterable[bytes]) -> str | None:
    """The one of the usual encodings that reads all of a file; None when none does.

    Nearly any bytes are text in windows-1252. Vietnamese in windows-1258 has its tones behind their vowels, and as
    windows-1252 those would be letters.
    """
    vietnamese, western, tones = _Reading("windows-1258"), _Reading("windows-1252"), 0
    for block in blocks:
        western.take(block)
        text = vietnamese.last + vietnamese.take(block)
        stray = _TONES.sub("", text)
        tones += len(text) - len(stray)
        vietnamese.fails = vietnamese.fails or any(mark in stray for mark in _MARKS_OF_TONE)
    if tones and not vietnamese.fails:
        return vietnamese.encoding
    return None if western.fails else western.encoding


@dataclass(slots=True)
class _Reading:
    """One attempt to read a file in an encoding of one byte each; `last` is the letter before."""

    encoding: str
    fails: bool = False
    last: str = ""

    def take(self, block: bytes) -> str:
        """The next text, nothing once it has failed."""
        try:
            text = "" if self.fails else block.decode(self.encoding)
        except UnicodeDecodeError:
            self.fails, text = True, ""
        self.last = text[-1:]
        return text
