"""`status --output openmetrics`: the account as gauges, for the textfile collector of Prometheus' node exporter.

What could not be read has no sample, and `alice_up` of that part is 0: a zero would be a number that somebody counted.
The same where a status is not understood, of what depends on it; whatever may be dialled is among the calls left.
Only gauges, of counts and moments: a format that Prometheus' own older one reads as well, and nobody's data. See
https://prometheus.io/docs/specs/om/open_metrics_spec/.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from provisioner.api.counts import Counts, values_of
from provisioner.inspect.alarm_status import AlarmStatus
from provisioner.inspect.campaign_status import CampaignStatus, certainly_done
from provisioner.inspect.lookup import name_of, startable_kind, status_of
from provisioner.inspect.reading import Reading, may_dial
from provisioner.model import Unknown
from provisioner.reports.wording import harmless
from provisioner.resources import KINDS, UNKNOWN, ProgressSource

Labels = Mapping[str, str]
Sample = tuple[str, Labels, float | None]  # the family, its own labels, and None where it is not known

BEGINS = b"# HELP alice_"
PREFIX = "alice_"
AHEAD = (1, 6, 24)  # hours of which the alarms are counted
END = "# EOF\n"

UP = "up"
READ_AT = "status_read_timestamp_seconds"
CAMPAIGN = "campaign"
FAMILIES: Mapping[str, str] = {
    UP: "Whether this part of the account could be read and understood; what could not has no sample.",
    READ_AT: "When the account was read.",
    "campaign_status": "1 for the status that the campaign has.",
    "campaign_running": "Whether the campaign may dial somebody yet; 1 where its status is not understood.",
    "campaign_contacts": "Contacts that the campaign took in when it was started.",
    "campaign_done": "Contacts that are not dialled any more.",
    "campaign_pending": "Contacts that wait for their first call.",
    "campaign_calls_left": "Contacts that may be dialled yet.",
    "campaign_dialled": "Contacts that were dialled.",
    "campaign_answered": "Contacts that answered.",
    "campaign_expected": "Contacts that should be done by now, at the declared frequency.",
    "campaign_by_expiry": "Contacts that will be done when the campaign expires, at its pace so far.",
    "campaign_calls_per_minute": "Contacts done a minute in the hours in which the campaign could dial so far.",
    "campaign_frequency": "Calls a minute that are declared.",
    "campaign_expires_timestamp_seconds": "When the campaign expires.",
    "campaign_finishes_timestamp_seconds": "When nobody is left to call, at the pace so far.",
    "alarms_to_ring": "Alarms that are yet to ring, those of which nobody knows when among them.",
    "alarms_ringing": "Alarms that ring in this hour and the next ones, as many as the label says.",
    "alarms_unknown": "Alarms of which nobody knows when they ring.",
    "drift_resources": "Resources that others changed since the last apply.",
}


@dataclass(frozen=True, slots=True)
class MetricsSource:
    """What is to be told: of a reading that failed there is none. `drift` is None where nobody asked for it."""

    at: datetime
    labels: Labels = field(default_factory=dict)
    reading: Reading | None = None
    drift: int | Unknown | None = None


def is_exposition(head: bytes) -> bool:
    """Whether a file that begins so is one of ours."""
    return head.startswith(BEGINS)


def exposition(told: MetricsSource) -> str:
    """The whole text, families in one order, each with its samples together."""
    samples = [*_parts(told), (READ_AT, {}, told.at.timestamp()), *_drifted(told.drift)]
    if told.reading is not None:
        samples += [sample for each in told.reading.campaigns for sample in _campaign(each, told.reading.at)]
        samples += _alarms(told.reading)
    return "".join(_family(name, samples, told.labels) for name in FAMILIES) + END


def _family(name: str, samples: list[Sample], labels: Labels) -> str:
    lines = [
        f"{PREFIX}{name}{_labelled({**labels, **own})} {_number(value)}\n"
        for family, own, value in samples
        if family == name and value is not None
    ]
    if not lines:
        return ""
    return f"# HELP {PREFIX}{name} {FAMILIES[name]}\n# TYPE {PREFIX}{name} gauge\n{''.join(lines)}"


def _parts(told: MetricsSource) -> Iterator[Sample]:
    """What could be read, whole."""
    reading = told.reading
    kind = startable_kind()
    yield UP, {"part": kind.plural}, reading is not None
    if reading is not None:
        for tally in kind.as_startable.tallies:
            plural = KINDS[tally.kind].plural
            yield UP, {"part": plural}, all(_understood(tally, each.counts.get(plural)) for each in reading.campaigns)
        if reading.alarms is not None:
            yield UP, {"part": "alarms"}, not reading.alarms.unlisted


def _campaign(status: CampaignStatus, now: datetime) -> Iterator[Sample]:
    kind = startable_kind()
    own = {CAMPAIGN: str(status.live.id), "name": harmless(name_of(kind, status.live) or "")}
    yield "campaign_status", {**own, "status": harmless(status_of(kind, status.live))}, 1
    values = {"running": may_dial(status, now), **_taken(status), **_reached(status), **_foreseen(status)}
    yield from ((f"campaign_{name}", own, value) for name, value in values.items())


def _understood(tally: ProgressSource, counts: Counts | None) -> bool:
    return counts is not None and counts.keys() <= values_of(KINDS[tally.kind], tally).keys()


def _taken(status: CampaignStatus) -> dict[str, float | None]:
    """Those that it took in; nothing where the server does not show them."""
    startable = startable_kind().as_startable
    [tally] = [each for each in startable.tallies if each.unfinished]
    counts = status.counts.get(KINDS[tally.kind].plural)
    if counts is None:
        return {}
    total, done, results = counts.total(), certainly_done(tally, counts), startable.results
    waiting = [name for name in tally.unfinished if results.subscribers.statuses.get(name) == results.pending]
    pending = sum(counts[name] for name in waiting) if _understood(tally, counts) else None
    return {"contacts": total, "done": done, "calls_left": total - done, "pending": pending}


def _reached(status: CampaignStatus) -> dict[str, float | None]:
    reach = status.reach
    if reach is None:
        return {}
    return {"dialled": reach.dialled, "answered": None if reach.by[UNKNOWN] else reach.answered}


def _foreseen(status: CampaignStatus) -> dict[str, float | None]:
    if status.progress is None:
        return {}
    pace, forecast = status.progress.pace, status.progress.forecast
    return {
        "expected": pace.expected,
        "by_expiry": pace.by_expiry,
        "calls_per_minute": pace.per_minute,
        "frequency": forecast.frequency,
        "expires_timestamp_seconds": forecast.expires.timestamp(),
        "finishes_timestamp_seconds": pace.finishes.timestamp() if pace.finishes else None,
    }


def _alarms(reading: Reading) -> Iterator[Sample]:
    found: AlarmStatus | None = reading.alarms
    if found is None or found.unlisted:
        return
    yield "alarms_to_ring", {}, found.ahead.total()
    yield "alarms_unknown", {}, found.ahead[None]
    for hours in AHEAD:
        ringing = sum(number for hour, number in reading.ringing_within(hours) if hour is not None)
        yield "alarms_ringing", {"hours": str(hours)}, ringing


def _drifted(drift: int | Unknown | None) -> Iterator[Sample]:
    if drift is not None:
        yield UP, {"part": "drift"}, isinstance(drift, int)
        yield "drift_resources", {}, drift if isinstance(drift, int) else None


def _labelled(labels: Labels) -> str:
    pairs = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{pairs}}}" if pairs else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))
