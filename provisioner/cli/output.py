"""What is written where: data to stdout, words about it to stderr, reports to their files.

No text stops a command, moves a cursor, forges a line or gives an order to a CI job (see `provisioner.text`):
everything that is printed goes through here. A stream that was closed before the start takes everything and keeps
nothing. A stdout that takes no more (a full disk, a reader that is gone) is an error; a stderr that does is not, for
there is nobody to tell. With `--log-format json` every line on stderr is an object.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from provisioner import files
from provisioner.cli.arguments import Outputs
from provisioner.cli.invocation import GlobalOptions, invocation
from provisioner.error_ids import mark_of
from provisioner.errors import OutputError, PluginError, ProvisionerError
from provisioner.language import ngettext
from provisioner.text import encodable, in_json, in_lines, in_xml, one_line

if TYPE_CHECKING:
    from provisioner.inspect.table import Table
    from provisioner.reports import Run

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
    """Aligned columns to stdout, fitted to the terminal when it is one; a pipe gets whole lines."""
    put(table.text(shutil.get_terminal_size().columns if sys.stdout.isatty() else None))


def put_fitted(table: Table, wide: bool) -> None:
    """The same in lines of the terminal's width, or of 80 columns, with fewer columns; `wide`: whole lines."""
    if wide:
        put(table.text())
        return
    width = shutil.get_terminal_size().columns
    fewer = table.fewer(width)
    put(fewer.text(width))
    if sys.stdout.isatty() and fewer is not table:
        left = len(table.columns) - len(fewer.columns)
        say(
            ngettext(
                "note: {count} more column has no room; --wide shows it",
                "note: {count} more columns have no room; --wide shows them",
                left,
            )
        )


def say(text: str, *, coloured: bool = False) -> None:
    """A line about what happens, to stderr; from any thread. `coloured`: made here, of parts that are one line each."""
    if invocation().log_format == "json":
        _tell(_as_json(text))
    else:
        _tell(in_lines(text, coloured=True) if coloured else one_line(text))


def log(text: str, **fields: Any) -> None:
    """The same with the time, for what is read later; `fields` are its parts for programs."""
    if invocation().log_format == "json":
        _tell(_as_json(text, **fields))
    else:
        _tell(f"{_time()} {one_line(text)}")


def say_lines(lines: Iterable[str]) -> None:
    """Each as a line of its own."""
    for line in lines:
        say(line)


def _tell(line: str) -> None:
    try:
        sys.stderr.write(f"{line}\n")  # in one piece: what threads say must not mix
        sys.stderr.flush()
    except OSError:
        _silence(sys.stderr)


def _as_json(text: str, **fields: Any) -> str:
    """An object in one line: which run, when (UTC), what was said."""
    import orjson

    id = mark_of(text)
    told = fields or ({"message": text, "id": id} if id else {"message": text})
    line = {"run": invocation().id, "time": _time(), **told}
    return in_json(orjson.dumps(line).decode(), everything=not _is_unicode(sys.stderr))


def _time() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


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


def emit(run: Run, outputs: Outputs, context: GlobalOptions, view: str = "") -> None:
    """Render the run in every format that was asked for; one that cannot be written keeps no other back.

    `view`: what of it goes to stdout, if not the same as to files.
    """
    from provisioner.reports import find_report, is_report

    run = replace(run, folder=folder_in_repository(context.directory))
    failures: list[ProvisionerError] = []
    for each in outputs.files:
        assert each.path is not None
        try:
            files.write(
                each.path, _rendered(run, each.format, False, context.language).encode(errors=encodable()), is_report
            )
        except ProvisionerError as error:
            failures.append(error)
    if outputs.asked or not run.conclusion:
        colour = coloured(sys.stdout, context.environ)
        text = _rendered(replace(run, view=view or run.view), outputs.stdout, colour, context.language)
        put_report(text, find_report(outputs.stdout).form, coloured=colour)
    if failures:
        raise failures[0]


def _rendered(run: Run, name: str, colour: bool, language: str) -> str:
    """Raises PluginError for a report of another package that would take what is no plan for one without changes."""
    from provisioner.reports import find_report

    report = find_report(name)
    if run.conclusion and not report.concludes:
        raise PluginError(f"the report {name} cannot show a run without a plan (`concludes`), so it was not written")
    return report.told(run, colour, language)


def folder_in_repository(directory: Path) -> str:
    """The path of a folder from the top of its git checkout; `.` when there is none."""
    folder = directory.resolve()
    tops = (each for each in (folder, *folder.parents) if (each / ".git").exists())
    return folder.relative_to(next(tops, folder)).as_posix()
