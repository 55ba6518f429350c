"""Reports to where they were asked for: files first, then the one that goes to stdout."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from provisioner import files
from provisioner.cli.context import GlobalOptions
from provisioner.cli.options import Outputs
from provisioner.cli.streams import coloured, put_report
from provisioner.errors import ProvisionerError
from provisioner.escapes import encodable
from provisioner.reports import REPORTS, Run, is_report


def emit(run: Run, outputs: Outputs, context: GlobalOptions) -> None:
    """Render the run in every format that was asked for; one that cannot be written keeps no other back."""
    run = replace(run, folder=folder_in_repository(context.directory))
    failures: list[ProvisionerError] = []
    for each in outputs.files:
        assert each.path is not None
        try:
            content = REPORTS[each.format].render(run, False).encode(errors=encodable())
            files.write(each.path, content, is_report)
        except ProvisionerError as error:
            failures.append(error)
    report, colour = REPORTS[outputs.stdout], coloured(sys.stdout, context.environ)
    put_report(report.render(run, colour), report.form, coloured=colour)
    if failures:
        raise failures[0]


def folder_in_repository(directory: Path) -> str:
    """The path of a folder from the top of its git checkout; `.` when there is none."""
    folder = directory.resolve()
    tops = (each for each in (folder, *folder.parents) if (each / ".git").exists())
    return folder.relative_to(next(tops, folder)).as_posix()
