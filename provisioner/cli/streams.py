"""What is written where: data to stdout, words about it to stderr, colour only to a terminal that wants it.

No text stops a command, moves a cursor, forges a line or gives an order to a CI job (see `escapes`): everything that is
printed goes through here. A stream that was closed before the start takes everything and keeps nothing. A stdout that
takes no more (a full disk, a reader that is gone) is an error; a stderr that does is not, for there is nobody to tell.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, TextIO

from provisioner.errors import OutputError
from provisioner.escapes import encodable, in_json, in_lines, in_xml, one_line

if TYPE_CHECKING:
    from provisioner.looking.table import Table

STANDARD = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))


def prepare() -> None:
    """Once per process, before anything is opened: a state file must never get the number of a closed stream."""
    for number, (name, mode) in enumerate(STANDARD):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, closefd=False))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=encodable())


def put(text: str) -> None:
    """Lines for people, or cells of CSV, to stdout."""
    _write(in_lines(text))


def put_line(text: str) -> None:
    """One line to stdout, whatever is in it."""
    _write(f"{one_line(text)}\n")


def put_lines(lines: Iterable[str]) -> None:
    """Each as a line of its own to stdout."""
    _write("".join(f"{one_line(line)}\n" for line in lines))


def put_report(text: str, form: str, *, coloured: bool = False) -> None:
    """A report of a form (see `reports.report`), which stays what it is in every encoding."""
    match form:
        case "json":
            _write(in_json(text, everything=not _is_unicode(sys.stdout)))
        case "xml":
            _write(in_xml(text, everything=not _is_unicode(sys.stdout)))
        case "raw":
            _write(text)
        case _:
            _write(in_lines(text, coloured=coloured))


def put_json(value: Any) -> None:
    """A JSON document to stdout."""
    import orjson

    document = orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
    put_report(document, "json")


def put_table(table: Table) -> None:
    """Aligned columns to stdout, no wider than the terminal when it is one."""
    put(table.text(shutil.get_terminal_size().columns if sys.stdout.isatty() else None))


def say(text: str, *, coloured: bool = False) -> None:
    """A line about what happens, to stderr; from any thread. `coloured`: made here, of parts that are one line each."""
    try:
        # in one piece: what threads say must not mix
        sys.stderr.write(f"{in_lines(text, coloured=True) if coloured else one_line(text)}\n")
        sys.stderr.flush()
    except OSError:
        _silence(sys.stderr)


def say_lines(lines: Iterable[str]) -> None:
    """Each as a line of its own."""
    for line in lines:
        say(line)


def finish(code: int) -> int:
    """Flush what is left, so that no error appears while the interpreter ends; the code as it was."""
    try:
        sys.stdout.flush()
    except OSError:
        _silence(sys.stdout)
    return code


def coloured(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether to colour what goes to this stream (no-color.org)."""
    return stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


def _write(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        _silence(sys.stdout)
        raise OutputError(f"cannot write to stdout: {error.strerror}") from None


def _is_unicode(stream: TextIO) -> bool:
    return (getattr(stream, "encoding", None) or "utf-8").lower().replace("_", "-").startswith("utf")


def _silence(stream: TextIO) -> None:
    """What comes from now on is lost, and so is what a buffer still holds."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
