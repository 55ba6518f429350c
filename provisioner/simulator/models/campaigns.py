"""Campaigns and their subscribers: the numbers a campaign dials, copied from contacts.

The columns after `extra_data` are Newfies-Dialer's own bookkeeping, which no client sees or sets. `object_id` is not a
relation: nothing checks it, and a start turns it from a template's id into a sealed survey's
(docs/alice-api.md#sealed-copies).
"""

import random
import string
from datetime import datetime, time, timedelta
from typing import ClassVar

from django.db import models

from provisioner.simulator.models.accounts import Gateway, User
from provisioner.simulator.models.base import DatedRow
from provisioner.simulator.models.contacts import Contact, DncList, Phonebook
from provisioner.simulator.runtime import now


class Status(models.IntegerChoices):
    """A campaign's status; only the first four can be set."""

    START = 1, "START"
    PAUSE = 2, "PAUSE"
    ABORT = 3, "ABORT"
    END = 4, "END"
    COMPLETED = 5, "COMPLETED"


class SubscriberStatus(models.IntegerChoices):
    """How far a subscriber has come."""

    PENDING = 1, "PENDING"
    PAUSE = 2, "PAUSE"
    ABORT = 3, "ABORT"
    FAIL = 4, "FAIL"
    SENT = 5, "SENT"
    IN_PROCESS = 6, "IN PROCESS"
    NOT_AUTHORIZED = 7, "NOT AUTHORIZED"
    COMPLETED = 8, "COMPLETED"


def tomorrow() -> datetime:
    return now() + timedelta(days=1)


def campaign_code() -> str:
    return "".join(random.choices(string.ascii_uppercase, k=8))


class Campaign(DatedRow):
    """What calls the contacts of phonebooks, with a survey, in a window."""

    user = models.ForeignKey(User, models.CASCADE, related_name="campaigns")
    campaign_code = models.CharField(max_length=20, default=campaign_code, editable=False)
    name = models.CharField(max_length=100)
    description = models.TextField(null=True, blank=True)
    callerid = models.CharField(max_length=80, blank=True, default="")
    phonebook = models.ManyToManyField(Phonebook, blank=True, related_name="campaigns")
    aleg_gateway = models.ForeignKey(Gateway, models.CASCADE, related_name="campaigns")
    object_id = models.PositiveIntegerField()
    status = models.IntegerField(default=Status.PAUSE, choices=Status.choices)
    frequency = models.IntegerField(default=10)
    startingdate = models.DateTimeField(default=now)
    expirationdate = models.DateTimeField(default=tomorrow)
    daily_start_time = models.TimeField(default=time(0, 0, 0))
    daily_stop_time = models.TimeField(default=time(23, 59, 59))
    callmaxduration = models.IntegerField(default=1800)
    maxretry = models.IntegerField(default=0)
    intervalretry = models.IntegerField(default=300)
    calltimeout = models.IntegerField(default=45)
    extra_data = models.CharField(max_length=120, blank=True, default="")

    dnc = models.ForeignKey(DncList, models.CASCADE, null=True, related_name="campaigns")
    first_started = models.DateTimeField(null=True)
    has_begun = models.BooleanField(default=False)
    imported = models.ManyToManyField(Phonebook, related_name="importing_campaigns")
    next_status = models.IntegerField(null=True)
    next_status_at = models.DateTimeField(null=True)
    dial_credit = models.FloatField(default=0)


class Subscriber(DatedRow):
    """One number of one campaign; it survives its contact, and what it dials is its own copy of the number."""

    OWNER: ClassVar[str] = "campaign__user"

    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, related_name="subscribers")
    duplicate_contact = models.CharField(max_length=90)
    campaign = models.ForeignKey(Campaign, models.SET_NULL, null=True, related_name="subscribers")
    last_attempt = models.DateTimeField(null=True)
    count_attempt = models.IntegerField(default=0)
    completion_count_attempt = models.IntegerField(default=0)
    status = models.IntegerField(default=SubscriberStatus.PENDING, choices=SubscriberStatus.choices)
    duration = models.IntegerField(null=True)
    billsec = models.IntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contact", "campaign"], name="one_subscriber_per_contact")]
        indexes = [models.Index(fields=["campaign", "status"])]
