"""A broken policy in words: what is wrong, what to do about it, and which field is to blame."""

from __future__ import annotations

from datetime import date

from provisioner.kinds.fields import shift
from provisioner.model import Policy
from provisioner.planning.legal import Broken, When
from provisioner.planning.observed import Dialling


def told(broken: Broken) -> str:
    """What is done and what would be allowed, on the day on which they differ most."""
    policy, worst = broken.policy, broken.worst
    part = f"{worst.first:%H:%M}-{worst.last:%H:%M}"
    days = "" if broken.days == broken.all_days else f" of {broken.all_days}"
    when = f"on {worst.day}" if broken.days == 1 else f"on {broken.days}{days} days, first on {broken.since}"
    return f"{part} in {policy.timezone} {when}, but {allowance(policy, worst.day)}"


def allowance(policy: Policy, day: date) -> str:
    """`vn-advertising (Decree 91/2020/ND-CP, article 13) allows calls 08:00-17:00`."""
    hours = " and ".join(f"{first:%H:%M}-{last:%H:%M}" for first, last in policy.open_on(day))
    return f"{policy.name} ({policy.source}) allows {f'calls {hours}' if hours else 'no calls on that day'}"


def advice(broken: Broken, dialling: Dialling) -> str:
    """What to do, as precisely as the manifest says it."""
    unless = broken.policy.unless
    return f"{_remedy(broken, dialling)}{f', or waive this where {unless}' if unless else ''}"


def blamed(broken: Broken, dialling: Dialling) -> str:
    """The field whose change would mend it."""
    schedule = dialling.lifecycle.schedule
    fields = {When.CLOSED: schedule.expires, When.LATE: schedule.closes}
    return fields.get(broken.worst.when, schedule.opens)


def _remedy(broken: Broken, dialling: Dialling) -> str:
    if broken.worst.when is When.CLOSED:
        return (
            "choose other dates" if broken.days == broken.all_days else "pause it on those days, or end it before them"
        )
    if broken.worst.when is When.BETWEEN:
        return "declare one campaign for each part of the day"
    return _moved(broken, dialling)


def _moved(broken: Broken, dialling: Dialling) -> str:
    """The nearest time of day that would do on all days; the sent one is fixed, so the farthest breach decides."""
    schedule, worst = dialling.lifecycle.schedule, broken.worst
    opens, closes = dialling.fields[schedule.opens], dialling.fields[schedule.closes]
    late = worst.when is When.LATE
    moved = shift(closes, -worst.by) if late else shift(opens, worst.by)
    if not opens < moved < closes:
        return "choose hours that are allowed"
    return f"set {schedule.closes if late else schedule.opens} to {moved:%H:%M}"
