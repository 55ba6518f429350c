"""The full text report: every field in full length, every row, finding and drift. For files and for close reading."""

from __future__ import annotations

from functools import partial

from provisioner.reports.detail import FULL
from provisioner.reports.report import Report
from provisioner.reports.text import BEGINS, render

REPORT = Report("full", partial(render, detail=FULL), begins=BEGINS, concludes=True, translated=True)
