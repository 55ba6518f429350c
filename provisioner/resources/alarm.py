"""Alarms: one telephone call about one event. Creating one rings, and changing it may (docs/alice-api.md#alarms)."""

from datetime import datetime, timedelta

from provisioner.language import gettext
from provisioner.model import Fields
from provisioner.resources.fields import Choice, Instant, Relation, Telephone
from provisioner.resources.kind import ApiFacts, Display, Identity, Kind, Timing, Verbs

STATUSES = {"pending": 1, "in_process": 2, "failure": 3, "retry": 4, "success": 5}
QUIET = ("pending", "failure", "success")  # that do not change by themselves before the notice comes

# So long before its time an alarm may be under way when an update arrives that was planned a while ago.
NEAR = timedelta(hours=1)

RINGING = ("date_start_notice", "alarm_phonenumber", "event")


def over(fields: Fields, now: datetime) -> str:
    """An alarm is past when its notice is."""
    notice = fields.get("date_start_notice")
    late = isinstance(notice, datetime) and notice <= now
    return gettext("its {field} has passed", field="date_start_notice") if late else ""


def rings(before: Fields | None, after: Fields) -> bool:
    """A new alarm rings; an old one again when its date, number or event changes."""
    return before is None or any(before.get(name) != after.get(name) for name in RINGING)


def armed(fields: Fields, now: datetime) -> bool:
    """Whether it may be ringing when an update comes, which then sets it to ring again: near its time, or under way."""
    notice = fields.get("date_start_notice")
    near = not isinstance(notice, datetime) or notice - now <= NEAR
    return fields.get("status", "pending") not in QUIET or near


KIND = Kind(
    name="alarm",
    plural="alarms",
    collection="alarms",
    path="alarm",
    title="alarm",
    personal=True,
    api=ApiFacts(verbs=Verbs(list=False), moves=True),
    fields=(
        Relation("event", to="event", required=True),
        Telephone("alarm_phonenumber", required=True, max_length=50, sensitive=True),
        Instant("date_start_notice", required=True),
        Telephone("phonenumber_transfer", max_length=50, sensitive=True, checked=False),
    ),
    facts=(Choice("status", codes=STATUSES),),
    natural_key=("event", "alarm_phonenumber", "date_start_notice"),
    identity=Identity(lookup=("event", "alarm_phonenumber", "date_start_notice", "phonenumber_transfer")),
    timing=Timing(
        over=over,
        rings=rings,
        armed=armed,
        notice="date_start_notice",
        about=("event", "start"),
        purpose="reminder",
    ),
    display=Display(
        shown=("id", "event", "alarm_phonenumber", "date_start_notice", "phonenumber_transfer", "status", "result"),
    ),
)
