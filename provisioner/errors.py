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
    └── Interrupted                   SIGINT, SIGTERM or SIGHUP, after the state was flushed

Exit codes belong to `provisioner.cli` alone. Messages never contain a telephone number, a name, an e-mail,
a password or a token.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from provisioner.error_ids import ErrorId, Identified, marked
from provisioner.language import Message
from provisioner.messages import listed
from provisioner.model import Address, Source

MOST_INSTANCES, MOST_PLACES = 5, 10  # keys of a for_each, and places, that a message names
ALIKE = 6  # messages that are said once, as in reports
_INDEX = re.compile(r"\[\d+\]")
STALE = "stale plan: plan again and have it reviewed"


class Severity(StrEnum):
    """How bad a diagnostic or finding is; an error refuses, a warning and an info do not."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem and its place, printed like a compiler's so that editors and CI can jump to it.

    `id` is an `ErrorId`, or the name of the check or notice when it is a finding.
    """

    id: str
    message: str
    source: Source | None = None
    address: Address | None = None
    path: str = ""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        where = f"{self.source}: " if self.source else ""
        path = f"{self.path}: " if self.path else ""
        owner = f" ({self.address})" if self.address else ""
        return marked(f"{where}{self.severity}: {path}{self.message}{owner}", self.id)

    def sort_key(self) -> tuple[object, ...]:
        """Files in order, lines in order; what has no place comes last."""
        place = self.source
        where = (0, place.file, place.line, place.column) if place else (1, "", 0, 0)
        return (*where, str(self.address or ""), self.path, self.message)


class ProvisionerError(Identified):
    """Root of everything the user can mend; `id` is what `alice-apply explain` looks up."""

    id: ErrorId = ErrorId.INTERNAL

    @property
    def lines(self) -> tuple[str, ...]:
        """What to print, a line each; texts from outside may hold line breaks that are none."""
        return (marked(f"error: {self}", self.id),)


class UsageError(ProvisionerError):
    """A wrong flag, option or environment variable."""

    id = ErrorId.USAGE


class OutputError(ProvisionerError):
    """What was asked for cannot be written: a full disk, a reader that is gone."""

    id = ErrorId.OUTPUT_CLOSED


class NoRoom(ProvisionerError):
    """The temporary folder is full, or cannot be used."""

    id = ErrorId.TEMPORARY_FOLDER


class PluginError(ProvisionerError):
    """What another package brings is broken, or its name is; the message names the package (`provisioner.plugins`)."""

    id = ErrorId.PLUGIN_BROKEN


class DiagnosticsError(ProvisionerError):
    """Several located problems, reported together and sorted; one that several keys of a for_each have is one."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = tuple(sorted(_together(diagnostics), key=Diagnostic.sort_key))
        super().__init__("\n".join(map(str, self.diagnostics)))
        self.id = next((ErrorId(each.id) for each in self.diagnostics), self.id)

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(map(str, said_once(self.diagnostics)))


def said_once(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """For people: what `ALIKE` or more say in the same words is one, with the places of the others."""
    alike: dict[object, list[Diagnostic]] = {}
    for each in diagnostics:
        alike.setdefault((each.id, each.severity, each.message, _INDEX.sub("", each.path)), []).append(each)
    told = (each for same in alike.values() for each in (same if len(same) < ALIKE else [_of_many(*same)]))
    return sorted(told, key=Diagnostic.sort_key)


def _of_many(first: Diagnostic, *others: Diagnostic) -> Diagnostic:
    places = [str(each.source).rpartition(":")[0] if each.source else str(each.address) for each in others]
    return replace(first, message=f"{first.message}; and {len(others):,} more places: {listed(places, MOST_PLACES)}")


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
    told = f"{first.message} (for {listed(instances, MOST_INSTANCES)})"
    return replace(first, address=first.address and first.address.group, message=told)


class ManifestError(DiagnosticsError):
    """The manifests, or the files they name, are wrong."""


class PlanError(DiagnosticsError):
    """The manifests are right but cannot be made so: ambiguity, immutability, cycles."""


class ApiError(ProvisionerError):
    """The server refused a request. `status` is None when there was no answer to read."""

    id = ErrorId.API_ANSWER

    def __init__(
        self,
        message: str,
        *,
        method: str = "",
        path: str = "",
        status: int | None = None,
        id: ErrorId | None = None,
    ) -> None:
        self.method, self.path, self.status = method, path, status
        request = f"{method} {path}: " if method else ""
        super().__init__(f"{request}{message}", id=id)


class AuthError(ApiError):
    """The credentials are wrong or missing."""

    id = ErrorId.API_AUTH


class Unreachable(ApiError):
    """No connection could be made, so nothing was sent."""

    id = ErrorId.API_UNREACHABLE


class RouteMissing(ApiError):
    """HTML 404: the endpoint does not exist on this server (docs/alice-api.md#missing-endpoints)."""

    id = ErrorId.API_NO_ENDPOINT


class ObjectMissing(ApiError):
    """JSON 404: the object does not exist."""

    id = ErrorId.API_NO_OBJECT


class Forbidden(ApiError):
    """403 or 405: this verb on this endpoint is not ours to use."""

    id = ErrorId.API_FORBIDDEN


class TooLarge(ApiError):
    """413: the body is too big for the server."""

    id = ErrorId.API_TOO_LARGE


class Incomplete(ApiError):
    """A list whose first page was read and a later one was not: what it holds is not known."""

    id = ErrorId.API_INCOMPLETE


class Inconsistent(ApiError):
    """A list whose pages never agreed with each other (docs/alice-api.md#paging)."""

    id = ErrorId.API_INCONSISTENT


class Rejected(ApiError):
    """400. `fields` maps the API's field names to messages; `general` are the rules about the whole object."""

    id = ErrorId.API_REJECTED

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

    id = ErrorId.LOST_ANSWER

    def __init__(self, message: str, *, reason: str, method: str, path: str, status: int | None = None) -> None:
        self.reason = reason
        super().__init__(message, method=method, path=path, status=status)


class StateError(ProvisionerError):
    """The state store cannot be opened, is newer than this tool, or belongs to somebody else."""

    id = ErrorId.STATE_UNAVAILABLE


class StateLocked(StateError):
    """Another run holds the lock of this environment."""

    id = ErrorId.STATE_LOCKED


class Refusal(Message):
    """Why a gate said no, in a sentence; `id` is that of the gate, or of the finding that it is about."""

    id: str = ""

    @classmethod
    def of(cls, sentence: Message, id: str) -> Refusal:
        made = cls(sentence.template, sentence.arguments, sentence.plural)
        made.id = id
        return made


class Refused(ProvisionerError):
    """A gate refused the plan; nothing was written. `reasons` is one sentence per gate."""

    id = ErrorId.NOT_APPROVED

    def __init__(self, reasons: Iterable[str], *, id: ErrorId | None = None) -> None:
        self.reasons = tuple(reasons)
        super().__init__("\n".join(f"refused: {reason}" for reason in self.reasons), id=id)

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(marked(f"refused: {reason}", self._gate(reason)) for reason in self.reasons)

    def _gate(self, reason: str) -> str:
        return reason.id if isinstance(reason, Refusal) else self.id


class StalePlan(ProvisionerError):
    """What was reviewed is no longer what would be done; nothing was written."""

    id = ErrorId.PLAN_STALE

    def __init__(self, differences: Iterable[str]) -> None:
        self.differences = tuple(differences)
        super().__init__("\n".join([STALE, *self.differences]))

    @property
    def lines(self) -> tuple[str, ...]:
        return (marked(f"error: {STALE}", self.id), *self.differences)


class BadPlanFile(StalePlan):
    """A plan file that cannot be trusted or understood, in one line; nothing was written."""

    id = ErrorId.PLAN_FILE

    def __init__(self, message: str, *, id: ErrorId | None = None) -> None:
        self.differences = (message,)
        Identified.__init__(self, message, id=id)

    @property
    def lines(self) -> tuple[str, ...]:
        return (marked(f"error: {self}", self.id),)


class Interrupted(ProvisionerError):
    """The run was stopped by a signal after finishing or journalling what was in flight."""

    id = ErrorId.INTERRUPTED

    def __init__(self, signal_number: int) -> None:
        self.signal_number = signal_number
        super().__init__("interrupted; what was done is recorded, run it again to finish")
