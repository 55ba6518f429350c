"""When people are called: inside the hours of the law and of one's own rules, by the clock where they are, or never.

What counts is when the server really dials: daily hours in its zone, on every day that is left, also after clocks have
changed (docs/alice-api.md#calling-window). Alice accepts every window, also one that never opens. Where people are is
asked of each phonebook once, and tells no number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from provisioner.checks.appointment_lists import at_list, counted, purpose_of_list
from provisioner.checks.check import Check
from provisioner.checks.context import Context
from provisioner.errors import Severity
from provisioner.forecast.calling_hours import (
    DAYTIME,
    DayPart,
    HoursViolation,
    allowed,
    breaches,
    daytime,
    open_stretches,
    policies_for,
    purpose_of,
    usual_hours,
    violations,
)
from provisioner.forecast.dialler import Dialler
from provisioner.forecast.schedule import LONGEST, Hours, Interval
from provisioner.language import gettext, term
from provisioner.messages import together
from provisioner.model import Address, Finding
from provisioner.plan.decision import Decision
from provisioner.plan.observed import ActiveCampaign, active_campaigns
from provisioner.project import Policy
from provisioner.resources import KINDS, Telephone
from provisioner.resources.fields import shift

ID = "calling-window"


@dataclass(slots=True)
class Regions:
    """Numbers without + are of the project's region, and so are taken to be those that nobody has read."""

    context: Context
    _known: dict[tuple[Address, str], bool] = field(default_factory=dict)

    def dialled(self, campaign: ActiveCampaign, region: str) -> bool:
        """Whether any number of a country is among those dialled."""
        targets = self.context.situation.matches.targets
        return any(self._any(targets.address(campaign.dialled_kind, each), region) for each in campaign.dials)

    def of(self, number: str, region: str) -> bool:
        """Whether a number as it is sent is one of a country."""
        from phonenumbers import country_code_for_region

        if number.startswith("+"):
            return number.startswith(f"+{country_code_for_region(region)}")
        return self._home(region)

    def _home(self, region: str) -> bool:
        return self.context.settings.region in (None, region)

    def _any(self, address: Address, region: str) -> bool:
        if address not in self.context.situation.rows.known:
            return self._home(region)
        if (address, region) not in self._known:
            self._known[address, region] = self.context.numbers.within(address, region) > 0
        return self._known[address, region]


def told(violation: HoursViolation) -> str:
    """What is done and what would be allowed, where they differ most."""
    policy, day = violation.policy, violation.breaches[0].day
    parts = together([f"{part.first:%H:%M}-{part.last:%H:%M}" for part in violation.parts()])
    allowed = allowance(policy, day)
    if violation.days == 1:
        return gettext(
            "{hours} in {zone} on {day}, but {allowed}", hours=parts, zone=policy.timezone, day=day, allowed=allowed
        )
    days = (
        str(violation.days)
        if violation.days == violation.all_days
        else gettext("{days} of {all_days}", days=violation.days, all_days=violation.all_days)
    )
    return gettext(
        "{hours} in {zone} on {days} days, first on {day}, but {allowed}",
        hours=parts,
        zone=policy.timezone,
        days=days,
        day=day,
        allowed=allowed,
    )


def allowance(policy: Policy, day: date) -> str:
    """`vn-advertising (Decree 91/2020/ND-CP, article 13) allows calls 08:00-17:00`."""
    hours = together([f"{first:%H:%M}-{last:%H:%M}" for first, last in policy.open_on(day)])
    if hours:
        return gettext(
            "{policy} ({source}) allows calls {hours}", policy=policy.name, source=term(policy.source), hours=hours
        )
    return gettext("{policy} ({source}) allows no calls on that day", policy=policy.name, source=term(policy.source))


def advice(violation: HoursViolation, others: Sequence[HoursViolation], campaign: ActiveCampaign) -> str:
    """What to do, as precisely as the manifest says it; `others` are all that is broken, which it must mend too."""
    unless, remedy = violation.policy.unless, _remedy(violation, others, campaign)
    return gettext("{remedy}, or waive this where {unless}", remedy=remedy, unless=term(unless)) if unless else remedy


def blamed(violation: HoursViolation, campaign: ActiveCampaign) -> str:
    """The field whose change would mend it."""
    schedule = campaign.startable.schedule
    fields = {DayPart.CLOSED: schedule.expires, DayPart.LATE: schedule.closes}
    return fields.get(violation.worst.when, schedule.opens)


def _remedy(violation: HoursViolation, others: Sequence[HoursViolation], campaign: ActiveCampaign) -> str:
    if violation.by(DayPart.CLOSED):
        whole = violation.days == violation.all_days
        if whole:
            return gettext("choose other dates")
        return gettext("pause it on those days, or end it before them")
    few = violation.mixed and violation.days * 2 < violation.all_days
    pause = gettext(", or pause it on those days") if few else ""
    if violation.by(DayPart.BETWEEN):
        return gettext("declare one campaign for each part of the day{pause}", pause=pause)
    if not _moved([violation], campaign):
        return gettext("choose hours that are allowed{pause}", pause=pause)
    fields = _moved(others, campaign)
    if not fields:
        return gettext(
            "a campaign has the same hours on every day: declare one campaign for the days of each of the hours"
        )
    mine = _moved([violation], campaign)
    sets = together([gettext("{field} to {time}", field=f, time=clock) for f, clock in fields.items() if f in mine])
    why = gettext(", because a campaign has the same hours on every day") if violation.mixed else ""
    return gettext("set {fields}{why}{pause}", fields=sets, why=why, pause=pause)


def _moved(all_violations: Sequence[HoursViolation], campaign: ActiveCampaign) -> dict[str, str]:
    """The nearest times of day that would do on all days, of the fields that are to change; none if no hours are left.

    What is sent is one time for all days, so the farthest breach decides.
    """
    schedule = campaign.startable.schedule
    opens, closes = campaign.fields[schedule.opens], campaign.fields[schedule.closes]
    early, late = (max(each.by(when) for each in all_violations) for when in (DayPart.EARLY, DayPart.LATE))
    first, last = shift(opens, early), shift(closes, -late)
    if not opens <= first < last <= closes:
        return {}
    moved = ((schedule.opens, first, early), (schedule.closes, last, late))
    return {name: f"{clock:%H:%M}" for name, clock, by in moved if by > timedelta()}


def run(context: Context) -> Iterator[Finding]:
    """What is declared and not over: windows that never open, hours that are not allowed, alarms outside of them."""
    situation, regions = context.situation, Regions(context)
    dialler = Dialler.of(situation)
    for campaign in active_campaigns(situation.decisions, situation.live):
        if campaign.decision is not None and not _is_finished(campaign):
            yield from _Window(context, campaign, campaign.decision, dialler.hours(campaign), regions).findings()
    for decision in situation.decisions.values():
        if not decision.late and decision.live_after:
            yield from _notice(context, decision, regions)
    for address in situation.appointments.changes:
        yield from _reminders(context, address)


def _is_finished(campaign: ActiveCampaign) -> bool:
    startable = campaign.startable
    return campaign.fields.get(startable.field) in (*startable.finished, startable.abort)


@dataclass(frozen=True, slots=True)
class _Window:
    """One declared campaign and the hours that are left to it; None: it expires before they begin."""

    context: Context
    campaign: ActiveCampaign
    decision: Decision
    hours: Hours | None
    regions: Regions

    def findings(self) -> Iterator[Finding]:
        """Whether it ever opens; if so, whether it may."""
        never = self._never_opens()
        if never:
            yield self._finding(Severity.ERROR, never, self.campaign.startable.schedule.closes)
        elif self.hours is not None:
            yield from self._unlawful(tuple(self.hours.stretches(LONGEST.days)))

    def _never_opens(self) -> str:
        """Why nobody is ever called; "" otherwise, and where the server does not show its hours."""
        schedule, fields = self.campaign.startable.schedule, self.campaign.fields
        begins, expires = fields.get(schedule.begins), fields.get(schedule.expires)
        if not isinstance(begins, datetime) or not isinstance(expires, datetime):
            return ""
        if expires <= begins:
            return gettext(
                "never calls, because {expires} is not later than {begins}: correct one of them",
                expires=schedule.expires,
                begins=schedule.begins,
            )
        if self.hours is None or self.hours.seconds or self._has_opened(self.hours, begins):
            return ""
        daily = f"{fields[schedule.opens]:%H:%M}-{fields[schedule.closes]:%H:%M}"
        return gettext(
            "never calls, because its daily window {hours} does not open before it expires: choose others", hours=daily
        )

    def _has_opened(self, hours: Hours, begins: datetime) -> bool:
        """Whether it called in the past, so that nothing being left is no mistake."""
        return self.campaign.started and replace(hours, begins=min(begins, hours.begins)).seconds > 0

    def _unlawful(self, stretches: tuple[Interval, ...]) -> Iterator[Finding]:
        """An error where the purpose says which policy, else an info."""
        purpose = purpose_of(self.decision)
        packs = policies_for(self.context.settings, purpose)
        policies = [policy for policy in packs if self.regions.dialled(self.campaign, policy.region)]
        if purpose is None:
            yield from self._without_purpose([policy for policy in policies if any(breaches(policy, stretches))])
        elif not policies:
            yield from self._at_night(purpose, stretches)
        all_violations = [each for policy in policies if purpose for each in violations(policy, stretches)]
        for each in all_violations:
            todo = advice(each, all_violations, self.campaign)
            message = gettext("calls {when}: {advice}", when=told(each), advice=todo)
            yield self._finding(Severity.ERROR, message, blamed(each, self.campaign))

    def _without_purpose(self, policies: list[Policy]) -> Iterator[Finding]:
        if policies:
            names = ", ".join(f"{policy.name} ({', '.join(policy.purposes)})" for policy in policies)
            message = gettext(
                "does not keep to {policies}, and has no `purpose` that says whether it must: declare one",
                policies=names,
            )
            yield self._finding(Severity.INFO, message, "purpose")

    def _at_night(self, purpose: str, stretches: tuple[Interval, ...]) -> Iterator[Finding]:
        """What no policy is about is held against common sense."""
        day = daytime(self.context.settings.timezone)
        if any(breaches(day, stretches)):
            message = gettext(
                "calls people outside {hours} in {zone}, and no policy is about `{purpose}` calls there: choose other "
                "hours, or add a policy that says which are right",
                hours=f"{DAYTIME[0]:%H:%M}-{DAYTIME[1]:%H:%M}",
                zone=day.timezone,
                purpose=purpose,
            )
            yield self._finding(Severity.INFO, message, self.campaign.startable.schedule.opens)

    def _finding(self, severity: Severity, message: str, path: str) -> Finding:
        """What was started and stopped again dials nobody for now, and must not get in the way of others."""
        stopped = self.campaign.started and not self.campaign.runs and severity is Severity.ERROR
        resource = self.decision.resource
        return Finding(
            ID, Severity.WARNING if stopped else severity, message, resource.address, resource.position(path)
        )


def _notice(context: Context, decision: Decision, regions: Regions) -> Iterator[Finding]:
    """A single call at one moment."""
    kind, resource = KINDS[decision.address.kind], decision.resource
    moment = decision.after.get(kind.timing.notice)
    if not isinstance(moment, datetime):
        return
    number = next((str(decision.after.get(f.name) or "") for f in kind.fields if isinstance(f, Telephone)), "")
    for policy in policies_for(context.settings, purpose_of(decision)):
        if regions.of(number, policy.region) and not allowed(policy, moment):
            local = moment.astimezone(ZoneInfo(policy.timezone))
            message = gettext(
                "rings at {time} on {day} in {zone}, but {allowed}: choose another time",
                time=f"{local:%H:%M}",
                day=local.date(),
                zone=policy.timezone,
                allowed=allowance(policy, local.date()),
            )
            yield Finding(ID, Severity.ERROR, message, decision.address, resource.position(kind.timing.notice))


def _reminders(context: Context, address: Address) -> Iterator[Finding]:
    """Those of a list of appointments, together."""
    asked = context.appointments
    for policy in policies_for(context.settings, purpose_of_list(address)):
        found = asked.outside(address, open_stretches(policy, asked.days(address)), policy.region)
        if found.count:
            hours = [f"{first:%H:%M}-{last:%H:%M}" for first, last in usual_hours([policy])]
            message = gettext(
                "outside of allowed hours: {reminders}; {policy} ({source}) allows calls at other times (usually "
                "{hours} in {zone}): choose others in `remind`, or other days",
                reminders=counted(found),
                policy=policy.name,
                source=term(policy.source),
                hours=together(hours) if hours else gettext("none"),
                zone=policy.timezone,
            )
            yield at_list(context, ID, Severity.ERROR, address, message)


CHECK = Check(ID, Severity.ERROR, "People are called at times that are allowed, and at some time at all.", run)
