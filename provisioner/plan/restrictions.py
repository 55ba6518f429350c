"""What cannot be changed of something that exists, why, and what to do instead.

A start fixes what it copied; what has ended cannot be revived; some fields have no update, and some updates the server
ignores. Whether something was ever started may be unknown: then it may have been, and the message says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from provisioner.encoding import canonical
from provisioner.error_ids import ErrorId
from provisioner.language import gettext, term
from provisioner.model import Finding, Unknown
from provisioner.plan.diff import Difference
from provisioner.plan.live import Live
from provisioner.plan.match import Match
from provisioner.plan.starts import was_started
from provisioner.resources import KINDS, Kind, Update

Problem = Callable[
    [ErrorId, str, str], None
]  # told of a field, or of "" for all of it, and what is wrong with changing it


@dataclass(frozen=True, slots=True)
class Restrictions:
    """Those of one live object; errors go to `problem`."""

    match: Match
    live: Live
    problem: Problem

    def frozen(self, compared: Iterable[Difference]) -> tuple[list[Difference], list[Finding]]:
        """What may be changed, without what the first start fixed, or may have: that is compared with the record."""
        startable, declared = self._kind.startable, self.match.resource.fields
        fixed = startable.frozen if startable and self.started else ()
        recorded = self.match.record.fields if self.match.record else {}
        for name in fixed:
            if name in recorded and name in declared and recorded[name] != canonical(declared[name]):
                how = self.by_a_start("was fixed by the first start", "may have been fixed by a start")
                self.problem(ErrorId.FIELD_FIXED, name, f"{how} and cannot change: {anew(self._kind)}")
        findings = [self._taken_as_declared(name) for name in fixed if name in declared and name not in recorded]
        return [each for each in compared if each.field.name not in fixed], findings

    def refuse_revival(self, desired: Mapping[str, Any]) -> None:
        """A finished campaign whose declared dates moved cannot be revived."""
        startable, live = self._kind.startable, self.match.live
        if startable is None or live is None or live.fields.get(startable.field) not in startable.finished:
            return
        for path, value in desired.items():
            shown = live.fields.get(path)
            if isinstance(value, datetime) and isinstance(shown, datetime) and shown != value:
                status = live.fields[startable.field]
                message = f"it has {status} and cannot be restarted: declare a new key and name"
                self.problem(ErrorId.CAMPAIGN_ENDED, path, message)

    def check_updatable(self, found: Iterable[Difference]) -> None:
        """What has no way of being changed is refused now, with what to do by hand."""
        verbs = self.live.verbs.get(self._kind.name)
        can_put = self._kind.api.verbs.update if verbs is None else "PUT" in verbs
        for each in found:
            if each.field.update is Update.NEVER or not can_put:
                advice = self._kind.manifest.advice.get(each.field.name, _no_update(self._kind))
                self.problem(ErrorId.FIELD_NO_UPDATE, each.field.name, advice)
            elif each.field.update is Update.WITHHELD and self.started:
                fixed = self.by_a_start("is not sent after the first start", "is not sent after a start")
                self.problem(ErrorId.FIELD_FIXED, each.field.name, f"{fixed}: {anew(self._kind)}")

    def not_settable(self, each: Difference) -> Finding:
        """The server is known to ignore a change."""
        message = gettext(
            "the server keeps another value of {field} and ignores ours: change it in Alice's web page",
            field=each.field.name,
        )
        if self._kind.startable and not self.started:
            message = gettext(
                "{what}, or let the {kind} be deleted and created anew with --allow-replace",
                what=message,
                kind=term(self._kind.title),
            )
        return self._finding("not-settable", "warning", message, each.field.name)

    @property
    def _kind(self) -> Kind:
        return KINDS[self.match.resource.address.kind]

    @property
    def started(self) -> bool | Unknown:
        """Whether it has ever been started; what is not known counts as true."""
        return self.match.live is not None and was_started(self.match.live, self.match.record, self.live)

    def by_a_start(self, known: str, unknown: str) -> str:
        """What is said of a start, and of one that there may have been."""
        started = self.started
        if isinstance(started, Unknown):
            return gettext("{what} (whether there was one is not known: {reason})", what=unknown, reason=started.reason)
        return known

    def _taken_as_declared(self, name: str) -> Finding:
        copied = self.by_a_start(gettext("was copied when it started"), gettext("may have been copied by a start"))
        message = gettext("its {field} {copied} and is taken as declared", field=name, copied=copied)
        return self._finding("frozen", "info", message, name)

    def _finding(self, name: str, severity: str, message: str, path: str) -> Finding:
        resource = self.match.resource
        return Finding(name, severity, message, resource.address, resource.position(path))


def anew(kind: Kind) -> str:
    return f"declare a new {kind.title} with the contacts that are still to be called"


def _no_update(kind: Kind) -> str:
    return f"this server offers no update of {kind.title}s: change it in Alice's web page, or undo it here"
