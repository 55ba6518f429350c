"""What every command gets: the global options, and the process around it, as one frozen value.

Opening things (manifests, the client) from it is in `opening`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from provisioner.surroundings import is_loopback


def system_clock() -> datetime:
    """The real time."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class GlobalOptions:
    """The options before the command, and the environment variables. `environment` is None without `-e`."""

    directory: Path = Path()
    environment: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    verbosity: int = 0
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    clock: Callable[[], datetime] = system_clock

    def now(self, endpoint: str) -> datetime:
        """The time, which ALICE_NOW may set for a server on this machine only (a test must not reach real people)."""
        given = self.environ.get("ALICE_NOW")
        if not given:
            return _plannable(self.clock(), "the clock of this machine shows")
        if not is_loopback(endpoint):
            raise _usage_error(f"ALICE_NOW is for tests against a server on this machine, not for {endpoint}: unset it")
        return _plannable(_moment(given), "ALICE_NOW is")


def _moment(text: str) -> datetime:
    """An ISO datetime; UTC when it names no offset."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _usage_error(f"ALICE_NOW={text} is not a datetime like 2027-01-20T08:00:00+07:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _plannable(moment: datetime, what: str) -> datetime:
    from provisioner.kinds.fields import YEARS, can_be_planned

    if not can_be_planned(moment):
        raise _usage_error(f"{what} {moment:%Y-%m-%d}: set it to a time between {YEARS.start} and {YEARS.stop - 1}")
    return moment


def _usage_error(message: str) -> Exception:
    """Imported late: every start pays for what this module imports."""
    from provisioner.errors import UsageError

    return UsageError(message)
