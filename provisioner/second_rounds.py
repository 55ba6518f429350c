"""Rows that a plan takes from what was started before: who of a campaign's contacts was not reached, read and chosen.

Nobody is chosen of what may still dial, unless the manifest says so: what becomes of its contacts changes while a plan
is reviewed. Then, and where it is not on the server, nobody knows whom to take, so live rows stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from provisioner.api.client import Client
from provisioner.encoding import plain
from provisioner.error_ids import ErrorId
from provisioner.errors import ApiError, Diagnostic, PlanError, Severity
from provisioner.inspect.results import dialled
from provisioner.language import gettext, joined, term
from provisioner.messages import count
from provisioner.model import Address, Finding, Reference, SecondRound
from provisioner.plan.decision import Decision
from provisioner.plan.model import RowChange
from provisioner.plan.stages import Decided
from provisioner.project import Project
from provisioner.reports.row_counts import left_out as told_left_out
from provisioner.resources import KINDS, Kind, row_owner
from provisioner.rows import Workspace
from provisioner.rows.results import Results
from provisioner.rows.second_round import RoundReport, RoundSelection

ID = "second-round"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A second round whose campaigns were looked up: `of` and those that may have reached somebody, by remote id.

    `doubt` says why nobody is taken, `severe` whether that refuses a plan.
    """

    decision: Decision
    round: SecondRound
    of: int = 0
    reached: tuple[int, ...] = ()
    doubt: str = ""
    severe: bool = True

    @property
    def address(self) -> Address:
        return self.decision.address


@dataclass(frozen=True, slots=True)
class SecondRounds:
    """`space` opens the workspace of the run."""

    project: Project
    client: Client
    space: Callable[[], Workspace]

    def load(self, decided: Decided, now: datetime) -> tuple[Finding, ...]:
        """Read the results of all campaigns that are meant, and take the rows; what was taken, or why nothing was.

        Raises ApiError for results that cannot be read, PlanError for a campaign that nobody finds.
        """
        chosen = [d for d in decided.decisions.values() if d.chosen and d.live_after and d.resource.rows]
        wanted = [
            self._looked_up(decision, decision.resource.rows.second_round, decided, now)
            for decision in chosen
            if decision.resource.rows and decision.resource.rows.second_round
        ]
        ready = [each for each in wanted if not each.doubt]
        reports = self._loaded(ready, decided)
        for each in wanted:
            if each.doubt:
                self._leave(each)
        return tuple(_finding(each, reports.get(each.address)) for each in wanted)

    def _looked_up(self, decision: Decision, round: SecondRound, decided: Decided, now: datetime) -> _Wanted:
        kind, found = KINDS[round.of.kind], list[int]()
        for reference in (round.of, *round.reached_by):
            target = self._target(decision, round, reference, decided)
            if isinstance(target, int):
                found.append(target)
                if not round.allow_running and (why := _may_dial(kind, target, decided, now)):
                    return _Wanted(decision, round, doubt=joined([_label(reference), why], " "))
            elif target in decided.inputs.recorded:
                return _Wanted(
                    decision,
                    round,
                    doubt=gettext("{campaign} is not on the server any more", campaign=_label(reference)),
                )
            elif reference is round.of:
                return _Wanted(
                    decision,
                    round,
                    doubt=gettext("{campaign} is not on the server yet", campaign=_label(reference)),
                    severe=False,
                )
        return _Wanted(decision, round, found[0], tuple(found[1:]))

    def _target(
        self, decision: Decision, round: SecondRound, reference: Reference, decided: Decided
    ) -> int | Address | None:
        problems: list[Diagnostic] = []

        def problem(id: ErrorId, message: str) -> None:
            problems.append(Diagnostic(id, message, round.source, decision.address))

        target = decided.matches.targets.target(reference, problem)
        if problems:
            raise PlanError(problems)
        return target

    def _loaded(self, wanted: Sequence[_Wanted], decided: Decided) -> Mapping[Address, RoundReport]:
        if not wanted:
            return {}
        kind = KINDS[wanted[0].round.of.kind]
        settings = self.project.settings
        results = Results(self.space(), kind.as_startable.results, settings.region)
        ids = {id for each in wanted for id in (each.of, *each.reached)}
        objects = {id: dialled(kind, live) for id in ids if (live := decided.live.find(kind.name, id))}
        if ids - objects.keys():
            raise ApiError(
                f"{count(len(ids - objects.keys()), kind.title)} cannot be read, so nobody knows whom it dials"
            )
        results.load(self.client, [objects[id] for id in sorted(objects)])
        for id in ids:
            if strangers := results.strangers(id):
                raise ApiError(f"{count(strangers, 'call')} of id {id} were answered under numbers that cannot be read")
        reports = {}
        for each in wanted:
            rows = each.decision.resource.rows
            assert rows is not None
            selection = RoundSelection(results, each.round, objects[each.of], each.reached)
            reports[each.address] = selection.load(each.address, rows, settings.number_format)
        return reports

    def _leave(self, wanted: _Wanted) -> None:
        """No row is declared, and none that is there is taken for one that is not declared any more."""
        rows = wanted.decision.resource.rows
        assert rows is not None
        settings = self.project.settings
        nothing = replace(rows, second_round=None, on_missing="keep")
        self.space().load_source(wanted.address, nothing, region=settings.region, number_format=settings.number_format)


def _may_dial(kind: Kind, id: int, decided: Decided, now: datetime) -> str:
    """Why it is not certain that it has come to rest, or ""."""
    startable, live = kind.as_startable, decided.live.find(kind.name, id)
    if live is None:
        return gettext("is not shown by the server")
    if any(d.starts and d.match.live and d.match.live.id == id for d in _of_kind(kind, decided)):
        return gettext("is started by this plan")
    if startable.at_rest(live.fields.get(startable.field)) or kind.timing.over(live.fields, now):
        return ""
    return gettext("is not known to be over or stopped")


def _of_kind(kind: Kind, decided: Decided) -> Iterator[Decision]:
    return (each for each in decided.decisions.values() if each.address.kind == kind.name)


def _label(reference: Reference) -> str:
    """What the manifest calls it."""
    if reference.by == "key":
        return str(Address(reference.kind, str(reference.value)))
    kind = term(KINDS[reference.kind].title)
    return gettext("{kind} {by} {value}", kind=kind, by=term(reference.by), value=plain(reference.value))


def _finding(wanted: _Wanted, report: RoundReport | None) -> Finding:
    if report is None:
        severity = Severity.ERROR if wanted.severe else Severity.INFO
        advice = gettext(": stop it, wait for its end, or write `allow_running: true`") if wanted.severe else ""
        message = gettext(
            "{doubt}, so nobody is taken and live rows stay as they are{advice}", doubt=wanted.doubt, advice=advice
        )
        return Finding(ID, severity, message, wanted.address, wanted.round.source)
    taken = [
        gettext("{count:,} {reason}", count=number, reason=term(outcome))
        for outcome, number in sorted(report.taken.items())
    ]
    message = gettext(
        "{contacts} of {campaign}{taken}{without}",
        contacts=count(sum(report.taken.values()), _title(wanted)),
        campaign=_label(wanted.round.of),
        taken=gettext(": {numbers}", numbers=joined(taken)) if taken else "",
        without=_without(wanted, report),
    )
    return Finding(ID, Severity.INFO, message, wanted.address, wanted.round.source)


def _without(wanted: _Wanted, report: RoundReport) -> str:
    """Who is not among them."""
    others = told_left_out(RowChange(wanted.address, left_out=report.left_out))
    return gettext("; not taken: {others}", others=others) if others else ""


def _title(wanted: _Wanted) -> str:
    return KINDS[row_owner(wanted.address.kind).kind].title
