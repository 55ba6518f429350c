"""The first lines of row files: what columns there are. Reads no further, and never quotes what may be a person.

Whether the rows are right is seen by plan, which reads them all; here only what is cheap and commonly wrong is found
early. Parquet is left to plan, because reading it takes duckdb.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from provisioner.manifests.core_schema import nfc
from provisioner.manifests.words import did_you_mean, listed, looks_personal

SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
MAX_HEADER = 1 << 16

_JSON_LINES = (".jsonl", ".ndjson")
_DELIMITERS = ",;\t"


class BadFile(ValueError):
    """A row file that cannot be used; the message quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class Header:
    """The names of a file's columns; none at all for one column of numbers without a header."""

    names: tuple[str, ...]

    def lacks(self, column: str) -> str:
        """Why a column cannot be used, or nothing."""
        places = self.names.count(column)
        if places == 1:
            return ""
        if places:
            return "is there twice; rename one of them"
        if any(looks_personal(name) for name in self.names):
            return "is not there; the first line looks like data, and must name the columns"
        return f"is not there{did_you_mean(column, self.names) or f'; there are {listed(self.names)}'}"


def form_of(path: Path) -> str:
    """The file's suffix without .gz; raises BadFile when it is none we read."""
    name = path.name.lower().removesuffix(".gz")
    for suffix in SUFFIXES:
        if name.endswith(suffix):
            return suffix
    raise BadFile(f"must be one of {listed(SUFFIXES)}, each also with .gz")


def header(path: Path) -> Header | None:
    """The columns of a file, None where only plan can tell; raises BadFile."""
    form = form_of(path)
    if form == ".parquet":
        return None
    data = _beginning(path)
    text = _text(data)
    if not text.strip():
        raise BadFile("is empty; a row file begins with a line that names its columns")
    return _keys(text, whole=len(data) < MAX_HEADER) if form in _JSON_LINES else _cells(text, form)


def _beginning(path: Path) -> bytes:
    try:
        packed = path.suffix.lower() == ".gz"
        with cast(IO[bytes], gzip.open(path)) if packed else path.open("rb") as stream:
            return stream.read(MAX_HEADER)
    except (gzip.BadGzipFile, EOFError):
        raise BadFile("is no complete gzip file") from None
    except OSError as error:
        raise BadFile(f"cannot be read: {error.strerror}") from None


def _text(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\x00" in data:
        raise BadFile("is not UTF-8 text; save it as CSV UTF-8")
    try:
        return codecs.getincrementaldecoder("utf-8-sig")().decode(data)
    except UnicodeDecodeError:
        raise BadFile("is not UTF-8 text; save it as CSV UTF-8") from None


def _cells(text: str, form: str) -> Header:
    """The header line of delimited text; the delimiter is the one that makes most columns of it."""
    delimiters = "\t" if form == ".tsv" else _DELIMITERS
    try:
        lines = [next(csv.reader(io.StringIO(text, newline=""), delimiter=mark), []) for mark in delimiters]
    except csv.Error:
        raise BadFile("has a first line that is not CSV") from None
    names = tuple(nfc(name).strip() for name in max(lines, key=len))
    if len(names) == 1 and looks_personal(names[0]):
        return Header(())
    return Header(names)


def _keys(text: str, *, whole: bool) -> Header:
    """The keys of the first JSON lines: one object need not have them all."""
    lines = text.splitlines()
    complete = lines if whole or text.endswith("\n") else lines[:-1]
    found: dict[str, Any] = {}
    for number, line in enumerate(complete, 1):
        if line.strip():
            found |= dict.fromkeys(_object(line, number))
    return Header(tuple(nfc(name).strip() for name in found))


def _object(line: str, number: int) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        raise BadFile(f"has no JSON in line {number}; each line is one object") from None
    if not isinstance(value, dict):
        raise BadFile(f"has no JSON object in line {number}; each line is one object")
    return value
