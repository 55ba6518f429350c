"""What is written where: data to stdout, words about it to stderr, colour only to a terminal that wants it.

A reader that closes stdout early (`| head`) has seen enough: the command goes on, and its exit code stays its own.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from provisioner.looking.table import Table


def put(text: str) -> None:
    """Data, as it is, to stdout."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _silence(sys.stdout)


def put_json(value: Any) -> None:
    """A JSON document to stdout."""
    import orjson

    put(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode())


def put_table(table: Table) -> None:
    """Aligned columns to stdout, no wider than the terminal when it is one."""
    put(table.text(shutil.get_terminal_size().columns if sys.stdout.isatty() else None))


def say(text: str) -> None:
    """A line about what happens, to stderr."""
    try:
        print(text, file=sys.stderr, flush=True)
    except BrokenPipeError:
        _silence(sys.stderr)


def finish(code: int) -> int:
    """Flush what is left, so that no error appears while the interpreter ends; the code as it was."""
    put("")
    return code


def coloured(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether to colour what goes to this stream (no-color.org)."""
    return stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


def _silence(stream: TextIO) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
