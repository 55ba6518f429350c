"""What a check is: an id, how bad it is by default, and a function from what is known to findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from provisioner.checks.context import Context
from provisioner.errors import Severity
from provisioner.model import Finding

OFF = "off"
WORST = (Severity.ERROR, Severity.WARNING, Severity.INFO)


@dataclass(frozen=True, slots=True)
class Check:
    """`severity` is the worst that its findings have by default, or `off`; `title` one sentence for lists of checks.

    `run` yields findings with this id. It must not write, and say no number, name or e-mail of a person.
    """

    id: str
    severity: str
    title: str
    run: Callable[[Context], Iterator[Finding]]

    def findings(self, context: Context, configured: Mapping[str, str]) -> Iterator[Finding]:
        """The findings under the project's settings (`checks:` in alice.yaml); none when it is off.

        A configured severity takes the place of the default one; what the check itself calls less bad stays so.
        """
        severity = configured.get(self.id, self.severity)
        if severity == OFF:
            return
        for finding in self.run(context):
            yield replace(finding, severity=self._severity(finding.severity, severity))

    def _severity(self, found: str, configured: str) -> str:
        if found == self.severity:
            return configured
        return max(found, configured, key=lambda each: WORST.index(Severity(each)))
