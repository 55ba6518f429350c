"""A broken policy in words: what is wrong, what to do about it, and which field is to blame."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from provisioner.kinds.fields import shift
from provisioner.manifests.words import together
from provisioner.model import Policy
from provisioner.planning.legal import Broken, When
from provisioner.planning.observed import ActiveCampaign


def told(broken: Broken) -> str:
    """What is done and what would be allowed, where they differ most."""
    policy, day = broken.policy, broken.breaches[0].day
    parts = together([f"{part.first:%H:%M}-{part.last:%H:%M}" for part in broken.parts()])
    days = "" if broken.days == broken.all_days else f" of {broken.all_days}"
    when = f"on {day}" if broken.days == 1 else f"on {broken.days}{days} days, first on {day}"
    return f"{parts} in {policy.timezone} {when}, but {allowance(policy, day)}"


def allowance(policy: Policy, day: date) -> str:
    """`vn-advertising (Decree 91/2020/ND-CP, article 13) allows calls 08:00-17:00`."""
    hours = " and ".join(f"{first:%H:%M}-{last:%H:%M}" for first, last in policy.open_on(day))
    return f"{policy.name} ({policy.source}) allows {f'calls {hours}' if hours else 'no calls on that day'}"


def advice(broken: Broken, others: Sequence[Broken], dialling: ActiveCampaign) -> str:
    """What to do, as precisely as the manifest says it; `others` are all that is broken, which it must mend too."""
    unless = broken.policy.unless
    return f"{_remedy(broken, others, dialling)}{f', or waive this where {unless}' if unless else ''}"


def blamed(broken: Broken, dialling: ActiveCampaign) -> str:
    """The field whose change would mend it."""
    schedule = dialling.lifecycle.schedule
    fields = {When.CLOSED: schedule.expires, When.LATE: schedule.closes}
    return fields.get(broken.worst.when, schedule.opens)


def _remedy(broken: Broken, others: Sequence[Broken], dialling: ActiveCampaign) -> str:
    if broken.by(When.CLOSED):
        return (
            "choose other dates" if broken.days == broken.all_days else "pause it on those days, or end it before them"
        )
    few = broken.mixed and broken.days * 2 < broken.all_days
    pause = ", or pause it on those days" if few else ""
    if broken.by(When.BETWEEN):
        return f"declare one campaign for each part of the day{pause}"
    if not _moved([broken], dialling):
        return f"choose hours that are allowed{pause}"
    fields = _moved(others, dialling)
    if not fields:
        return "a campaign has the same hours on every day: declare one campaign for the days of each of the hours"
    sets = together([f"{name} to {clock}" for name, clock in fields.items() if name in _moved([broken], dialling)])
    return f"set {sets}{', because a campaign has the same hours on every day' if broken.mixed else ''}{pause}"


def _moved(all_broken: Sequence[Broken], dialling: ActiveCampaign) -> dict[str, str]:
    """The nearest times of day that would do on all days, of the fields that are to change; none if no hours are left.

    What is sent is one time for all days, so the farthest breach decides.
    """
    schedule = dialling.lifecycle.schedule
    opens, closes = dialling.fields[schedule.opens], dialling.fields[schedule.closes]
    early, late = (max(each.by(when) for each in all_broken) for when in (When.EARLY, When.LATE))
    first, last = shift(opens, early), shift(closes, -late)
    if not opens <= first < last <= closes:
        return {}
    moved = ((schedule.opens, first, early), (schedule.closes, last, late))
    return {name: f"{clock:%H:%M}" for name, clock, by in moved if by > timedelta()}
