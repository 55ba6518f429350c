"""Calendars, events and alarms. An alarm that falls due calls its number; only its status says that it has."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models

from provisioner.simulator.models.accounts import User
from provisioner.simulator.models.base import Row
from provisioner.simulator.runtime import now

REPEATS = [("DAILY", "Daily"), ("HOURLY", "Hourly"), ("WEEKLY", "Weekly")]


class EventStatus(models.IntegerChoices):
    """Whether an event has started."""

    PENDING = 1, "PENDING"
    COMPLETED = 2, "COMPLETED"
    PAUSED = 3, "PAUSED"


class AlarmStatus(models.IntegerChoices):
    """Whether an alarm has rung."""

    PENDING = 1, "PENDING"
    IN_PROCESS = 2, "IN_PROCESS"
    FAILURE = 3, "FAILURE"
    RETRY = 4, "RETRY"
    SUCCESS = 5, "SUCCESS"


def in_an_hour() -> datetime:
    return now() + timedelta(hours=1)


class Calendar(Row):
    """A calendar; without a user nobody but an administrator sees it (docs/alice-api.md#calendars-and-events)."""

    OWNER: ClassVar[str] = "user__profile__manager"

    name = models.CharField(max_length=200)
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="calendars")
    max_concurrent = models.IntegerField(null=True, default=0)
    created_date = models.DateTimeField(default=now, editable=False)


class Event(Row):
    """An appointment. `repeats` stands for Newfies-Dialer's rules, which no documented endpoint sets."""

    OWNER: ClassVar[str] = "creator__profile__manager"

    title = models.CharField(max_length=255)
    description = models.TextField(null=True, blank=True)
    start = models.DateTimeField(default=now)
    end = models.DateTimeField(default=in_an_hour)
    creator = models.ForeignKey(User, models.CASCADE, related_name="events")
    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="events")
    created_on = models.DateTimeField(default=now, editable=False)
    notify_count = models.IntegerField(null=True, default=0)
    status = models.IntegerField(null=True, default=EventStatus.PENDING, choices=EventStatus.choices)
    parent_event = models.ForeignKey("self", models.CASCADE, null=True)
    occ_count = models.IntegerField(null=True, default=0)
    repeats = models.CharField(max_length=10, null=True, choices=REPEATS)


class Alarm(Row):
    """A telephone call about an event."""

    OWNER: ClassVar[str] = "event__creator__profile__manager"

    alarm_phonenumber = models.CharField(max_length=50, null=True)
    event = models.ForeignKey(Event, models.CASCADE, related_name="alarms")
    date_start_notice = models.DateTimeField(default=now)
    phonenumber_transfer = models.CharField(max_length=50, null=True, blank=True)
    method = models.IntegerField(default=1, choices=[(1, "CALL"), (2, "SMS"), (3, "EMAIL")])
    status = models.IntegerField(default=AlarmStatus.PENDING, choices=AlarmStatus.choices)
    result = models.IntegerField(
        null=True, default=0, choices=[(0, "NO RESULT"), (1, "CONFIRMED"), (2, "CANCELLED"), (3, "RESCHEDULED")]
    )
    maxretry = models.IntegerField(default=0)
    retry_delay = models.IntegerField(default=0)
    num_attempt = models.IntegerField(default=0)
    advance_notice = models.IntegerField(default=0)
    created_date = models.DateTimeField(default=now, editable=False)
