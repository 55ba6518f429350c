"""When people are called: inside the hours of the law and of one's own rules, by the clock where they are, or never.

What counts is when the server really dials: daily hours in its zone, on every day that is left, also after clocks have
changed (docs/alice-api.md#calling-window). Alice accepts every window, also one that never opens.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from provisioner.checks.check import Check
from provisioner.checks.context import Context
from provisioner.checks.regions import Regions
from provisioner.checks.unlawful import advice, allowance, blamed, told
from provisioner.errors import Severity
from provisioner.kinds import KINDS, Telephone
from provisioner.model import Finding, Policy
from provisioner.planning.deciding import Decision
from provisioner.planning.ground import Ground
from provisioner.planning.hours import LONGEST, Hours, Stretch
from provisioner.planning.legal import DAYTIME, allowed, breaches, broken, policies_for, purpose_of
from provisioner.planning.observed import ActiveCampaign, diallings

ID = "calling-window"


def run(context: Context) -> Iterator[Finding]:
    """What is declared and not over: windows that never open, hours that are not allowed, alarms outside of them."""
    situation, regions = context.situation, Regions(context)
    ground = Ground.of(situation)
    for dialling in diallings(situation.decisions, situation.live):
        if dialling.decision is not None and not _is_finished(dialling):
            yield from _Window(context, dialling, dialling.decision, ground.hours(dialling), regions).findings()
    for decision in situation.decisions.values():
        if not decision.late and decision.live_after:
            yield from _notice(context, decision, regions)


def _is_finished(dialling: ActiveCampaign) -> bool:
    lifecycle = dialling.lifecycle
    return dialling.fields.get(lifecycle.field) in (*lifecycle.finished, lifecycle.abort)


@dataclass(frozen=True, slots=True)
class _Window:
    """One declared campaign and the hours that are left to it; None: it expires before they begin."""

    context: Context
    dialling: ActiveCampaign
    decision: Decision
    hours: Hours | None
    regions: Regions

    def findings(self) -> Iterator[Finding]:
        """Whether it ever opens; if so, whether it may."""
        never = self._never_opens()
        if never:
            yield self._finding(Severity.ERROR, never, self.dialling.lifecycle.schedule.closes)
        elif self.hours is not None:
            yield from self._unlawful(tuple(self.hours.stretches(LONGEST.days)))

    def _never_opens(self) -> str:
        """Why nobody is ever called; "" otherwise, and where the server does not show its hours."""
        schedule, fields = self.dialling.lifecycle.schedule, self.dialling.fields
        begins, expires = fields.get(schedule.begins), fields.get(schedule.expires)
        if not isinstance(begins, datetime) or not isinstance(expires, datetime):
            return ""
        if expires <= begins:
            return f"never calls, because {schedule.expires} is not later than {schedule.begins}: correct one of them"
        if self.hours is None or self.hours.seconds or self._has_opened(self.hours, begins):
            return ""
        daily = f"{fields[schedule.opens]:%H:%M}-{fields[schedule.closes]:%H:%M}"
        return f"never calls, because its daily window {daily} does not open before it expires: choose others"

    def _has_opened(self, hours: Hours, begins: datetime) -> bool:
        """Whether it called in the past, so that nothing being left is no mistake."""
        return self.dialling.started and replace(hours, begins=min(begins, hours.begins)).seconds > 0

    def _unlawful(self, stretches: tuple[Stretch, ...]) -> Iterator[Finding]:
        """An error where the purpose says which policy, else an info."""
        purpose = purpose_of(self.decision)
        packs = policies_for(self.context.settings, purpose)
        policies = [policy for policy in packs if self.regions.dialled(self.dialling, policy.region)]
        if purpose is None:
            yield from self._without_purpose([policy for policy in policies if any(breaches(policy, stretches))])
        elif not policies:
            yield from self._at_night(purpose, stretches)
        all_broken = [each for policy in policies if purpose for each in broken(policy, stretches)]
        for each in all_broken:
            message = f"calls {told(each)}: {advice(each, all_broken, self.dialling)}"
            yield self._finding(Severity.ERROR, message, blamed(each, self.dialling))

    def _without_purpose(self, policies: list[Policy]) -> Iterator[Finding]:
        if policies:
            names = ", ".join(f"{policy.name} ({', '.join(policy.purposes)})" for policy in policies)
            message = f"does not keep to {names}, and has no `purpose` that says whether it must: declare one"
            yield self._finding(Severity.INFO, message, "purpose")

    def _at_night(self, purpose: str, stretches: tuple[Stretch, ...]) -> Iterator[Finding]:
        """What no policy is about is held against common sense."""
        day = _daytime(self.context.settings.timezone)
        if any(breaches(day, stretches)):
            message = (
                f"calls people outside {DAYTIME[0]:%H:%M}-{DAYTIME[1]:%H:%M} in {day.timezone}, and no policy is about "
                f"`{purpose}` calls there: choose other hours, or add a policy that says which are right"
            )
            yield self._finding(Severity.INFO, message, self.dialling.lifecycle.schedule.opens)

    def _finding(self, severity: Severity, message: str, path: str) -> Finding:
        """What was started and stopped again dials nobody for now, and must not get in the way of others."""
        stopped = self.dialling.started and not self.dialling.runs and severity is Severity.ERROR
        resource = self.decision.resource
        return Finding(
            ID, Severity.WARNING if stopped else severity, message, resource.address, resource.position(path)
        )


def _daytime(timezone: str) -> Policy:
    return Policy("", "", "", "", date.min, (), "", timezone, ((DAYTIME,),) * 7)


def _notice(context: Context, decision: Decision, regions: Regions) -> Iterator[Finding]:
    """A single call at one moment."""
    kind, resource = KINDS[decision.address.kind], decision.resource
    moment = decision.after.get(kind.notice)
    if not isinstance(moment, datetime):
        return
    number = next((str(decision.after.get(f.name) or "") for f in kind.fields if isinstance(f, Telephone)), "")
    for policy in policies_for(context.settings, purpose_of(decision)):
        if regions.of(number, policy.region) and not allowed(policy, moment):
            local = moment.astimezone(ZoneInfo(policy.timezone))
            when = f"{local:%H:%M} on {local:%Y-%m-%d} in {policy.timezone}"
            message = f"rings at {when}, but {allowance(policy, local.date())}: choose another time"
            yield Finding(ID, Severity.ERROR, message, decision.address, resource.position(kind.notice))


CHECK = Check(ID, Severity.ERROR, "People are called at times that are allowed, and at some time at all.", run)
