"""Command-line values: pairs, addresses, outputs. A wrong one is a usage error that says what is possible.

Each function is the `type` of an option or argument.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from provisioner.model import Address


@dataclass(frozen=True, slots=True)
class Output:
    """A report in a format, to a file or (no path) to stdout."""

    format: str
    path: Path | None = None


def key_value(text: str) -> tuple[str, str]:
    """`KEY=VALUE`."""
    key, equals, value = text.partition("=")
    if not (key and equals):
        raise click.BadParameter(f"{text!r} is not KEY=VALUE")
    return key, value


def address(text: str) -> Address:
    """`kind.key` of a kind that can be declared."""
    from provisioner.kinds import KINDS
    from provisioner.model import Address

    try:
        parsed = Address.parse(text)
    except ValueError as error:
        raise click.BadParameter(f"{error}{_likely(text)}") from None
    declarable = [kind.name for kind in KINDS.values() if kind.collection or kind.parent]
    if parsed.kind not in declarable:
        guess = _likely(text) or f": there are {', '.join(declarable)}"
        raise click.BadParameter(f"{text!r} names no kind{guess}")
    return parsed


def _likely(text: str) -> str:
    """Which of the declared addresses may have been meant; the manifests are read for that alone."""
    from provisioner.cli.context import GlobalOptions
    from provisioner.cli.opening import open_project
    from provisioner.errors import ProvisionerError
    from provisioner.looking.addressing import likely

    current = click.get_current_context(silent=True)
    context = current.find_object(GlobalOptions) if current else None
    try:
        return likely(text, open_project(context).resources) if context else ""
    except ProvisionerError:
        return ""


def object_id(text: str) -> int:
    """The remote id of an object."""
    if not (text.isascii() and text.isdigit() and int(text)):
        from provisioner.manifests.words import named

        raise click.BadParameter(f"{named(text)} is no ID: an ID is a whole number such as 351, as `get` shows it")
    return int(text)


def output(text: str) -> Output:
    """`FORMAT` or `FORMAT=PATH`."""
    from provisioner.reports import REPORTS

    name, equals, path = text.partition("=")
    if name not in REPORTS:
        raise click.BadParameter(f"{name!r} is no format{_format_meant(text)}")
    if not equals:
        return Output(name)
    if not path:
        raise click.BadParameter(f"{text!r} has no path after the =")
    return Output(name, new_file(path))


def _format_meant(text: str) -> str:
    """`r.html` is a path: of which format, its ending says."""
    from provisioner.manifests.words import did_you_mean
    from provisioner.reports import REPORTS

    there = f": there are {', '.join(REPORTS)}"
    ending = Path(text).suffix.removeprefix(".").lower()
    if "=" in text or not ending:
        return f"{did_you_mean(text.partition('=')[0], REPORTS)}{there}"
    meant = next((name for name, report in REPORTS.items() if ending in (name, *report.endings)), "FORMAT")
    return f", to a file it is --output {meant}={text}" + (there if meant == "FORMAT" else "")


def new_file(text: str) -> Path:
    """A path where a file can be written; known before anything is sent, not after."""
    from provisioner import files
    from provisioner.errors import UsageError
    from provisioner.reports import is_report

    if Path(text).is_dir() or not Path(text).parent.is_dir():
        raise click.BadParameter(f"no file can be written at {text!r}: make its folder first")
    try:
        files.require_replaceable(Path(text), is_report)
    except UsageError as error:
        raise click.BadParameter(str(error)) from None
    return Path(text)
