"""What can go wrong, as values for people: diagnostics, and the exceptions that carry them.

    ProvisionerError                  the user's problem, never a traceback
    ├── UsageError                    a wrong flag, option or environment variable
    ├── OutputError                   stdout takes no more
    ├── NoRoom                        the temporary folder is full, or cannot be used
    ├── PluginError                   a check or a report of another package is broken
    ├── DiagnosticsError              several located problems at once
    │   ├── ManifestError             YAML, schema, references, row files
    │   └── PlanError                 ambiguous matches, what cannot be changed, cycles
    ├── ApiError                      the server said no, or something that makes no sense
    │   ├── AuthError                 wrong password, token refused with a fresh login
    │   ├── Unreachable               no connection at all: nothing was sent
    │   ├── RouteMissing              HTML 404: the server has no such endpoint
    │   ├── ObjectMissing             JSON 404: no such object
    │   ├── Forbidden                 401/403/405: this verb is not ours to use
    │   ├── Rejected                  400: the server names the fields it does not like
    │   ├── TooLarge                  413: fewer rows a request
    │   ├── Incomplete                a list of which a page could be read and another could not
    │   ├── Inconsistent              a list that never became consistent
    │   └── OutcomeUnknown            a write that may or may not have been executed (docs/alice-api.md#lost-answers)
    ├── StateError                    the recorded state cannot be read or is not ours
    │   └── StateLocked               another run holds the lock
    ├── Refused                       a gate said no; nothing was written
    ├── StalePlan                     a plan file that no longer says what would be done
    │   └── BadPlanFile               one that is damaged, was edited or has another key
    └── Interrupted                   SIGINT or SIGTERM, after the state was flushed

Exit codes belong to `provisioner.cli` alone. Messages never contain a telephone number, a name, an e-mail,
a password or a token.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from provisioner.model import Address, Source

MOST_INSTANCES = 5  # keys of a for_each that a message names

STALE = "stale plan: plan again and have it reviewed"


class Severity(StrEnum):
    """How bad a diagnostic or finding is; an error refuses, a warning and an info do not."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem and its place, printed like a compiler's so that editors and CI can jump to it."""

    message: str
    source: Source | None = None
    address: Address | None = None
    path: str = ""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        where = f"{self.source}: " if self.source else ""
        path = f"{self.path}: " if self.path else ""
        owner = f" ({self.address})" if self.address else ""
        return f"{where}{self.severity}: {path}{self.message}{owner}"

    def sort_key(self) -> tuple[object, ...]:
        """Files in order, lines in order; what has no place comes last."""
        place = self.source
        where = (0, place.file, place.line, place.column) if place else (1, "", 0, 0)
        return (*where, str(self.address or ""), self.path, self.message)


class ProvisionerError(Exception):
    """Root of everything the user can mend."""

    @property
    def lines(self) -> tuple[str, ...]:
        """What to print, a line each; texts from outside may hold line breaks that are none."""
        return (f"error: {self}",)


class UsageError(ProvisionerError):
    """A wrong flag, option or environment variable."""


class OutputError(ProvisionerError):
    """What was asked for cannot be written: a full disk, a reader that is gone."""


class NoRoom(ProvisionerError):
    """The temporary folder is full, or cannot be used."""


class PluginError(ProvisionerError):
    """What another package brings is broken, or its name is; the message names the package (`provisioner.plugins`)."""


class DiagnosticsError(ProvisionerError):
    """Several located problems, reported together and sorted; one that several keys of a for_each have is one."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = tuple(sorted(_together(diagnostics), key=Diagnostic.sort_key))
        super().__init__("\n".join(map(str, self.diagnostics)))

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(map(str, self.diagnostics))


def _together(diagnostics: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """One problem for each place of a for_each, with the keys that have it; all others as they are."""
    alike: dict[object, list[Diagnostic]] = {}
    for each in diagnostics:
        keyed = each.address is not None and each.address.instance != ""
        place = (each.address.group, each.source, each.path, each.severity) if each.address and keyed else id(each)
        alike.setdefault(place, []).append(each)
    for same in alike.values():
        instances = list(dict.fromkeys(each.address.instance for each in same if each.address))
        yield _of_several(same[0], instances) if len(instances) > 1 else same[0]
        yield from () if len(instances) > 1 else same[1:]


def _of_several(first: Diagnostic, instances: Sequence[str]) -> Diagnostic:
    told = ", ".join(instances[:MOST_INSTANCES])
    more = len(instances) - MOST_INSTANCES
    told += f" and {more:,} more" if more > 0 else ""
    address = first.address and first.address.group
    return replace(first, address=address, message=f"{first.message} (for {told})")


class ManifestError(DiagnosticsError):
    """The manifests, or the files they name, are wrong."""


class PlanError(DiagnosticsError):
    """The manifests are right but cannot be made so: ambiguity, immutability, cycles."""


class ApiError(ProvisionerError):
    """The server refused a request. `status` is None when there was no answer to read."""

    def __init__(self, message: str, *, method: str = "", path: str = "", status: int | None = None) -> None:
        self.method, self.path, self.status = method, path, status
        request = f"{method} {path}: " if method else ""
        super().__init__(f"{request}{message}")


class AuthError(ApiError):
    """The credentials are wrong or missing."""


class Unreachable(ApiError):
    """No connection could be made, so nothing was sent."""


class RouteMissing(ApiError):
    """HTML 404: the endpoint does not exist on this server (docs/alice-api.md#missing-endpoints)."""


class ObjectMissing(ApiError):
    """JSON 404: the object does not exist."""


class Forbidden(ApiError):
    """403 or 405: this verb on this endpoint is not ours to use."""


class TooLarge(ApiError):
    """413: the body is too big for the server."""


class Incomplete(ApiError):
    """A list whose first page was read and a later one was not: what it holds is not known."""


class Inconsistent(ApiError):
    """A list whose pages never agreed with each other (docs/alice-api.md#paging)."""


class Rejected(ApiError):
    """400. `fields` maps the API's field names to messages; `general` are the rules about the whole object."""

    def __init__(
        self,
        fields: Mapping[str, Sequence[str]],
        general: Sequence[str] = (),
        *,
        method: str = "",
        path: str = "",
        status: int = 400,
    ) -> None:
        self.fields = {name: tuple(messages) for name, messages in fields.items()}
        self.general = tuple(general)
        texts = [f"{name}: {' '.join(messages)}" for name, messages in self.fields.items()] + list(self.general)
        super().__init__("; ".join(texts) or "the server rejected the request", method=method, path=path, status=status)


class OutcomeUnknown(ApiError):
    """A write whose answer was lost: it may have been executed, or may yet be (docs/alice-api.md#lost-answers).

    `reason` is `timeout`, `dropped` or `server-error`: they differ in how long to look before sending again.
    """

    def __init__(self, message: str, *, reason: str, method: str, path: str, status: int | None = None) -> None:
        self.reason = reason
        super().__init__(message, method=method, path=path, status=status)


class StateError(ProvisionerError):
    """The state store cannot be opened, is newer than this tool, or belongs to somebody else."""


class StateLocked(StateError):
    """Another run holds the lock of this environment."""


class Refused(ProvisionerError):
    """A gate refused the plan; nothing was written. `reasons` is one sentence per gate."""

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("\n".join(self.lines))

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(f"refused: {reason}" for reason in self.reasons)


class StalePlan(ProvisionerError):
    """What was reviewed is no longer what would be done; nothing was written."""

    def __init__(self, differences: Iterable[str]) -> None:
        self.differences = tuple(differences)
        super().__init__("\n".join([STALE, *self.differences]))

    @property
    def lines(self) -> tuple[str, ...]:
        return (f"error: {STALE}", *self.differences)


class BadPlanFile(StalePlan):
    """A plan file that cannot be trusted or understood, in one line; nothing was written."""

    def __init__(self, message: str) -> None:
        self.differences = (message,)
        Exception.__init__(self, message)

    @property
    def lines(self) -> tuple[str, ...]:
        return (f"error: {self}",)


class Interrupted(ProvisionerError):
    """The run was stopped by a signal after finishing or journalling what was in flight."""

    def __init__(self, signal_number: int) -> None:
        self.signal_number = signal_number
        super().__init__("interrupted; what was done is recorded, run it again to finish")


def internal(error: BaseException) -> str:
    """A mistake of ours in one line: what it is and where. Never its message, which may quote rows."""
    return (
        f"internal error: {type(error).__name__} at {' < '.join(_places(error)[:3])}: this is a bug of alice-apply "
        "and not of your project; please report this line, it holds no personal data"
    )


def way(error: BaseException) -> list[str]:
    """Where an error came through, the innermost place first: files, lines and functions, and no value."""
    return [f"  {place} in {function}" for place, function in reversed(list(_frames(error)))]


def innermost(error: BaseException) -> str:
    """The place that an error was raised at, `file:line`."""
    return ([place for place, _ in _frames(error)] or ["an unknown place"])[-1]


def _places(error: BaseException) -> list[str]:
    frames = list(_frames(error))
    own = [place for place, _ in frames if place.startswith("provisioner/")]
    return list(reversed(own or [place for place, _ in frames])) or ["an unknown place"]


def _frames(error: BaseException) -> Iterator[tuple[str, str]]:
    at = error.__traceback__
    while at is not None:
        code = at.tb_frame.f_code
        yield f"{_shown(code.co_filename)}:{at.tb_lineno}", code.co_name
        at = at.tb_next


def _shown(file: str) -> str:
    """A file of ours from the package on, any other by its name: a path may hold a user's name."""
    _, package, inside = file.replace("\\", "/").rpartition("/provisioner/")
    return f"provisioner/{inside}" if package else inside.rpartition("/")[2]
