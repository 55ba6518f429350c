"""The JSON report: the plan document, and the outcomes after apply; or why there is no plan. For programs."""

from __future__ import annotations

import orjson

from provisioner.reports.document import run_document
from provisioner.reports.report import Report, Run
from provisioner.text import in_json


def render(run: Run, colour: bool) -> str:
    """Indented JSON with a final newline; in a file too nothing in it moves a cursor."""
    return in_json(orjson.dumps(run_document(run), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode())


REPORT = Report("json", render, form="json", begins=r'\{\s*"format_version": \d', concludes=True)
