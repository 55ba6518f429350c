"""Alarms: one telephone call about one event. Creating one rings; so does changing when, whom or what about (5.3)."""

from datetime import datetime

from provisioner.kinds.declaration import Kind, Verbs
from provisioner.kinds.fields import Field, Instant, Relation, Telephone
from provisioner.model import Fields

CARRIED = (
    *("alarm_email", "daily_start", "daily_stop", "advance_notice", "maxretry", "retry_delay"),
    *("method", "url_cancel", "url_confirm", "phonenumber_sms_failure"),
)
RINGING = ("date_start_notice", "alarm_phonenumber", "event")


def over(fields: Fields, now: datetime) -> str:
    """An alarm is past when its notice is."""
    notice = fields.get("date_start_notice")
    return "its date_start_notice has passed" if isinstance(notice, datetime) and notice <= now else ""


def rings(before: Fields | None, after: Fields) -> bool:
    """A new alarm rings; an old one again when its date, number or event changes."""
    return before is None or any(before.get(name) != after.get(name) for name in RINGING)


KIND = Kind(
    name="alarm",
    plural="alarms",
    collection="alarms",
    path="alarm",
    title="alarm",
    personal=True,
    verbs=Verbs(list=False),
    fields=(
        Relation("event", to="event", required=True),
        Telephone("alarm_phonenumber", required=True, max_length=50, sensitive=True),
        Instant("date_start_notice", required=True),
        Telephone("phonenumber_transfer", max_length=50, sensitive=True, checked=False),
    ),
    carried=tuple(Field(name) for name in CARRIED),
    natural_key=("event", "alarm_phonenumber", "date_start_notice"),
    identity=("event", "alarm_phonenumber", "date_start_notice", "phonenumber_transfer"),
    over=over,
    rings=rings,
    notice="date_start_notice",
    purpose="reminder",
    about=("event", "start"),
    shown=("id", "event", "alarm_phonenumber", "date_start_notice", "phonenumber_transfer", "status", "result"),
)
