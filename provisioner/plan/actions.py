"""One decision per declared resource: create, update, adopt, nothing, too late, or wait. No order, no rows yet."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from provisioner.error_ids import ErrorId
from provisioner.errors import Diagnostic, PlanError
from provisioner.language import gettext, term
from provisioner.model import Address, Fields, Finding, Unknown, covered
from provisioner.plan.decision import Decision, DecisionState
from provisioner.plan.diff import Difference, created_fields, desired_fields, differences, shown, unclear
from provisioner.plan.graph import dependencies
from provisioner.plan.live import Live
from provisioner.plan.match import Match, Matches
from provisioner.plan.model import Action, Change, FieldChange
from provisioner.plan.options import PlanOptions
from provisioner.plan.replace import is_replaced, unfinished
from provisioner.plan.restrictions import Restrictions
from provisioner.plan.secrets import Digester, changed_secrets, unknown_secrets
from provisioner.plan.starts import Status, status_of
from provisioner.resources import KINDS, Kind
from provisioner.stop_marks import NOTHING_STOPPED, Marks

MOST_SHOWN = 5
CLEAR: frozenset[str] = frozenset()  # one for all: an empty set is as large as eight fields
OVER = DecisionState.OVER


def decide(
    matches: Matches,
    live: Live,
    now: datetime,
    options: PlanOptions,
    digester: Digester,
    ready: Collection[Address],
    marks: Marks = NOTHING_STOPPED,
) -> dict[Address, Decision]:
    """Decide on every match, in dependency order; PlanError with all that cannot be done of what is `ready` to be."""
    problems: list[Diagnostic] = []
    decisions: dict[Address, Decision] = {}
    restarts, undeclared = covered(options.restarts, matches.by_address), dict[str, dict[Address, None]]()
    for address in matches.undeclared:
        undeclared.setdefault(address.kind, {})[address] = None
    for address, match in matches.by_address.items():
        decider = _Decider(
            match, matches, live, now, options, digester, marks, decisions, problems, undeclared, restarts
        )
        decisions[address] = decider.decide()
    if mine := [each for each in problems if each.address in ready]:
        raise PlanError(mine)
    return decisions


@dataclass(slots=True)
class _Decider:
    """One resource at a time; `decisions` holds those it depends on, `undeclared` what else is recorded, by kind."""

    match: Match
    matches: Matches
    live: Live
    now: datetime
    options: PlanOptions
    digester: Digester
    marks: Marks
    decisions: Mapping[Address, Decision]
    problems: list[Diagnostic]
    undeclared: Mapping[str, Mapping[Address, None]]
    restarts: Collection[Address]

    @property
    def kind(self) -> Kind:
        return KINDS[self.match.resource.address.kind]

    def decide(self) -> Decision:
        desired = self._desired()
        if self.match.live is None:
            return self._missing(desired)
        late = self.kind.timing.over(self.match.live.fields, self.now)
        if late:
            self._restrictions.refuse_revival(desired)
            return self._settled(desired, late=late, findings=(self._over(late, gettext("no changes")),))
        return self._present(desired)

    def _missing(self, desired: Fields) -> Decision:
        late = self.kind.timing.over(desired, self.now) or self._late_dependency()
        if late:
            finding = self._over(late, gettext("it is not created"))
            return Decision(
                self.match, desired, None, desired, self._forgotten(), state=OVER, why=late, findings=(finding,)
            )
        waits = self._waiting(desired)
        if waits:
            return Decision(self.match, desired, None, desired, state=DecisionState.DEFERRED, why=waits)
        status = self._status()
        made = self._not_started(desired) if status.finding else desired
        fields = created_fields(self.match.resource, desired, self.matches.targets)
        fields = tuple(each for each in fields if each.path in made)
        rings, labels = self.kind.timing.rings(None, made), self.match.resource.labels
        change = Change(self._address, Action.CREATE, fields, rings, self._reason(), labels=labels)
        stays = (status.finding,) if status.finding else ()
        findings = (*stays, *self._renamed_from_nothing(), *self._calls_again(status))
        return Decision(self.match, desired, None, made, change, status, findings=findings)

    def _status(self) -> Status:
        return status_of(self.match, self.live, self._address in self.restarts, self.marks)

    def _not_started(self, desired: Mapping[str, Any]) -> dict[str, Any]:
        """What is made of something that was stopped before it was there: all of it, but for the start."""
        return {name: value for name, value in desired.items() if name != self.kind.as_startable.field}

    def _renamed_from_nothing(self) -> Iterator[Finding]:
        """A new object where a rename was meant: a misspelt key, perhaps."""
        if self.match.resource.renamed_from is None or self.match.record is not None:
            return
        former = Address(self._address.kind, self.match.resource.renamed_from)
        kept = self.undeclared.get(former.kind, {})
        if former not in kept:
            first = ", ".join(map(str, islice(kept, MOST_SHOWN)))
            rest = gettext("; recorded and no longer declared: {addresses}", addresses=first) if kept else ""
            message = gettext(
                "nothing is recorded as {former}, so a new {kind} is made{rest}",
                former=former,
                kind=term(self.kind.title),
                rest=rest,
            )
            yield self._finding("renamed-from", "warning", message, "renamed_from")

    def _calls_again(self, status: Status) -> Iterator[Finding]:
        startable, record = self.kind.startable, self.match.record
        if startable is None or record is None or status.post != startable.running:
            return
        if record.fields.get(startable.field) not in (None, startable.initial):
            message = gettext(
                "was started before and no longer exists on the server: a new one would call everybody again"
            )
            yield self._finding("calls-again", "warning", message, startable.field)

    def _forgotten(self) -> Change | None:
        """What was recorded, is gone from the server and over: nothing is left to manage."""
        record = self.match.record
        if record is None or record.address != self._address:
            return None
        gone = gettext("deleted from the server, and over")
        return Change(self._address, Action.FORGET, reason=gone, remote_id=record.remote_id)

    def _present(self, desired: Fields) -> Decision:
        assert self.match.live is not None
        waiting, restrictions = self._unresolved(desired), self._restrictions
        compared = differences(self.match, desired, self.matches.targets, self.digester)
        kept, findings = restrictions.frozen([each for each in compared if each.field.name not in waiting])
        replaces = is_replaced(kept, restrictions, self.options)
        if not replaces:
            findings += [restrictions.not_settable(each) for each in kept if each.ignored]
            kept = [each for each in kept if not each.ignored]
            restrictions.check_updatable(kept)
        status = self._status()
        findings += [status.finding] if status.finding else []
        findings += [
            *self._not_compared(desired),
            *changed_secrets(self.match.resource, self.match.record, self.digester),
            *unknown_secrets(self.match.resource, self.match.record, self.match.live.fields, self.digester),
            *(() if replaces else unfinished(self.match.resource, self.match.live, self.live)),
        ]
        before = self._shown()
        written = {each.field.name: each.after for each in kept} | self._status_after(status)
        change = self._change(kept, status, before, {**before, **written}, replaces)
        names = tuple(each.field.name for each in kept)
        unknown = [each.name for each, _ in unclear(self.match, desired)]
        hazy = frozenset(name for name in unknown if name not in (*names, *waiting)) if unknown else CLEAR
        # what the server does not show, or nobody can read, is as it was applied
        applied = {name: desired[name] for name in desired if name in hazy or name not in before}
        after = {**before, **applied, **written} if applied or written else before  # most stay as they are
        why = self._nobody_starts(waiting[0], desired[waiting[0]]) if waiting else ""
        state, said = DecisionState.PARTLY if waiting else DecisionState.READY, tuple(findings)
        return Decision(self.match, desired, before, after, change, status, names, hazy, state, why, said)

    def _shown(self) -> Fields:
        """The live fields; a status that the server does not show may be any."""
        assert self.match.live is not None
        fields, startable = self.match.live.fields, self.kind.startable
        if startable is None or startable.field in fields:
            return fields
        return {**fields, startable.field: Unknown(gettext("not read") if self.match.unread else gettext("not shown"))}

    def _change(
        self, kept: list[Difference], status: Status, before: Any, after: Any, replaces: bool = False
    ) -> Change | None:
        """A replacement, an update, an adoption, or nothing."""
        assert self.match.live is not None
        fields = tuple(self._field_change(each) for each in kept) + self._status_change(status)
        adopts = self.match.record is None or self.match.record.address != self._address
        if not fields and not adopts:
            return None
        moves = adopts and not (fields and self.match.record)  # of what we manage already a write is an update
        action = Action.REPLACE if replaces else Action.ADOPT if moves else Action.UPDATE
        timing = self.kind.timing
        calls = bool(fields) and (timing.rings(before, after) or timing.armed({**after, **before}, self.now))
        labels = self.match.resource.labels
        return Change(self._address, action, fields, calls, self._reason(), self.match.live.id, labels)

    def _field_change(self, each: Difference) -> FieldChange:
        resource, targets = self.match.resource, self.matches.targets
        before = shown(resource, each.field, each.before, targets, before=True, record=self.match.record)
        return FieldChange(each.field.name, before, shown(resource, each.field, each.after, targets, before=False))

    def _status_change(self, status: Status) -> tuple[FieldChange, ...]:
        if status.post is None or self.kind.startable is None:
            return ()
        name = self.kind.startable.field
        current = self.match.live.fields.get(name) if self.match.live else None
        return (FieldChange(name, current, status.post),)

    def _status_after(self, status: Status) -> dict[str, Any]:
        return {self.kind.startable.field: status.post} if status.post and self.kind.startable else {}

    def _settled(self, desired: Fields, *, late: str, findings: tuple[Finding, ...]) -> Decision:
        """Live and past: adopted into the record if need be, otherwise left as it is."""
        assert self.match.live is not None
        fields = dict(self.match.live.fields)
        change = self._change([], Status(), fields, fields)
        return Decision(self.match, desired, fields, fields, change, state=OVER, why=late, findings=findings)

    def _reason(self) -> str:
        record, live = self.match.record, self.match.live
        if live is None:
            return gettext("is recorded, but no longer exists on the server") if record else ""
        if record and record.address != self._address:
            return gettext("was {address}", address=record.address)
        return gettext("not read: the server does not list it") if self.match.unread else ""

    def _late_dependency(self) -> str:
        for address in sorted(dependencies(self.match.resource, self.matches.targets)):
            decision = self.decisions.get(address)
            if decision and decision.late and decision.match.live is None:
                return gettext("{address} is over and does not exist", address=address)
        return ""

    def _waiting(self, desired: Fields) -> str:
        """Why something new has to wait: what it needs is deferred, or is made by nothing in this plan."""
        for address in sorted(dependencies(self.match.resource, self.matches.targets)):
            decision = self.decisions.get(address)
            if decision and decision.waits:
                return gettext("waits for {address}", address=address)
        unresolved = self._unresolved(desired)
        if unresolved:
            return self._nobody_starts(unresolved[0], desired[unresolved[0]])
        return ""

    def _nobody_starts(self, path: str, maker: Address) -> str:
        copies = KINDS[self.kind.points_at(path)]
        if unread := self.live.unread(copies.name):
            return gettext(
                "whether its {field} has been made is not known ({reason}): write {{id: N}}, as Alice's web page "
                "shows it",
                field=path,
                reason=unread.reason,
            )
        if maker in self.decisions:
            return gettext(
                "its {field} is made when {campaign} starts, which this plan does not do", field=path, campaign=maker
            )
        return gettext(
            "its {field} is a copy that a start makes, and nothing declared here makes one of {original}",
            field=path,
            original=maker.key,
        )

    def _unresolved(self, desired: Mapping[str, Any]) -> list[str]:
        """Relations to a sealed copy that neither exists nor is made by a start in this plan."""
        names, resources = [], self.matches.targets.resources
        for relation in self.kind.relations():
            target = desired.get(relation.name)
            declared = isinstance(target, Address) and target.kind == relation.to and target in resources
            if isinstance(target, Address) and not declared and not self._starts(target):
                names.append(relation.name)
        return names

    def _desired(self) -> Fields:
        """The desired fields; where several starts make a copy that would do, one that this plan does."""
        targets = self.matches.targets
        desired = desired_fields(self.match.resource, targets, self.live)
        made: dict[str, Address] = {}
        for path, reference in self.match.resource.references():
            starting = [maker for maker in targets.makers(reference) if self._starts(maker)]
            if starting and isinstance(desired[path], Address):
                made[path] = starting[0]
        return {**desired, **made} if made else desired

    def _starts(self, address: Address) -> bool:
        decision = self.decisions.get(address)
        return decision is not None and decision.starts

    def _not_compared(self, desired: Mapping[str, Any]) -> Iterator[Finding]:
        """Fields that read in a form nobody knows: changed only when the manifest changes."""
        for each, value in unclear(self.match, desired):
            message = gettext(
                "its {field} reads in a form that this version does not know ({reason}): it is taken to be as last "
                "applied. Look in Alice's web page",
                field=each.name,
                reason=value.reason,
            )
            yield self._finding("not-compared", "warning", message, each.name)

    def _over(self, late: str, effect: str) -> Finding:
        return self._finding("over", "info", gettext("{why}: {effect}", why=late, effect=effect), "")

    def _finding(self, name: str, severity: str, message: str, path: str) -> Finding:
        return Finding(name, severity, message, self._address, self.match.resource.position(path))

    def _problem(self, id: ErrorId, path: str, message: str) -> None:
        resource = self.match.resource
        self.problems.append(Diagnostic(id, message, resource.position(path), resource.address, path))

    @property
    def _restrictions(self) -> Restrictions:
        return Restrictions(self.match, self.live, self._problem)

    @property
    def _address(self) -> Address:
        return self.match.resource.address
