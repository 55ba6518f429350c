"""Alarms that ring and events that pass, by themselves. See docs/alice-api.md#alarms."""

from datetime import timedelta

from provisioner.simulator.calls import call
from provisioner.simulator.models import Alarm, Event
from provisioner.simulator.models.appointments import AlarmStatus, EventStatus
from provisioner.simulator.runtime import now

_TOO_OLD = timedelta(minutes=60)
_AHEAD = timedelta(seconds=5)
_EVENT_TOO_OLD = timedelta(hours=12)
_REPEATS = {"HOURLY": timedelta(hours=1), "DAILY": timedelta(days=1), "WEEKLY": timedelta(weeks=1)}


def ring_due_alarms() -> None:
    """Call the number of every waiting alarm whose moment is now or at most an hour ago."""
    window = (now() - _TOO_OLD, now() + _AHEAD)
    due = Alarm.objects.filter(status=AlarmStatus.PENDING, date_start_notice__range=window)
    for alarm in due.select_related("event__creator__profile__calendar_setting__aleg_gateway").order_by("pk"):
        _ring(alarm)


def _ring(alarm: Alarm) -> None:
    """An alarm of a calendar user without a setting cannot be called."""
    profile = getattr(alarm.event.creator, "profile", None)
    if profile is not None and alarm.alarm_phonenumber:
        setting = profile.calendar_setting
        record = call(alarm.alarm_phonenumber, setting.aleg_gateway, f"alarm {alarm.pk}", user=profile.manager)
        record.alarm, record.callerid = True, setting.callerid or ""
        record.save()
    alarm.status = AlarmStatus.SUCCESS if profile is not None else AlarmStatus.FAILURE
    alarm.num_attempt += 1
    alarm.save()


def complete_started_events() -> None:
    """Mark events that have started; one that repeats leaves a copy of itself, alarms included."""
    window = (now() - _EVENT_TOO_OLD, now())
    for event in Event.objects.filter(status=EventStatus.PENDING, start__range=window).order_by("pk"):
        event.status = EventStatus.COMPLETED
        event.save()
        if event.repeats:
            _repeat(event, _REPEATS[event.repeats])


def _repeat(event: Event, step: timedelta) -> None:
    alarms = list(event.alarms.order_by("pk"))
    copy = Event.objects.create(
        title=event.title,
        description=event.description,
        start=event.start + step,
        end=event.end + step,
        creator=event.creator,
        calendar=event.calendar,
        parent_event=event,
        occ_count=event.occ_count + 1,
        repeats=event.repeats,
    )
    for alarm in alarms:
        moved = alarm.date_start_notice + step
        Alarm.objects.create(event=copy, alarm_phonenumber=alarm.alarm_phonenumber, date_start_notice=moved)
