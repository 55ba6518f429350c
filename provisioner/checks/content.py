"""What people would hear, when alarms ring, and what the server is going to refuse: four files, one check."""

from __future__ import annotations

from collections.abc import Iterator

from provisioner.checks import appointment_lists, appointments, limits, scripts
from provisioner.checks.check import Check
from provisioner.checks.context import Context
from provisioner.errors import Severity
from provisioner.model import Finding


def run(context: Context) -> Iterator[Finding]:
    """All of them; what the server would refuse is an error."""
    yield from scripts.run(context)
    yield from appointments.run(context)
    yield from appointment_lists.run(context)
    yield from limits.run(context)


CHECK = Check("content", Severity.WARNING, "What is said makes sense, and the server takes what is sent.", run)
