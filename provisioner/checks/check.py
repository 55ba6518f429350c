"""What a check is: an id, how bad it is by default, and a function from what is known to findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from provisioner.checks.context import Context
from provisioner.errors import Severity
from provisioner.model import Finding

OFF = "off"
WORST = (*Severity, OFF)


@dataclass(frozen=True, slots=True)
class Check:
    """`severity` is what its findings usually have, or `off`; `title` one sentence for lists of checks.

    `run` yields findings with this id. It must not write, and say no number, name or e-mail of a person.
    """

    id: str
    severity: str
    title: str
    run: Callable[[Context], Iterator[Finding]]

    def findings(self, context: Context, configured: Mapping[str, str]) -> Iterator[Finding]:
        """The findings under the project's settings (`checks:` in alice.yaml); none when it is off.

        A configured severity takes the place of the usual one. What the check itself calls less bad stays so; what it
        calls worse stays so too, unless the whole check is calmed.
        """
        severity = configured.get(self.id, self.severity)
        if severity == OFF:
            return
        for finding in self.run(context):
            yield replace(finding, severity=self._severity(finding.severity, severity))

    def _severity(self, found: str, configured: str) -> str:
        if found == self.severity:
            return configured
        if _rank(found) < _rank(self.severity) and _rank(configured) <= _rank(self.severity):
            return found
        return max(found, configured, key=_rank)


def _rank(severity: str) -> int:
    return WORST.index(severity)
