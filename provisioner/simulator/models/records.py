"""Call records: one row for every time the simulator made a telephone ring, or tried to."""

from typing import ClassVar

from django.db import models

from provisioner.simulator.models.accounts import Gateway, User
from provisioner.simulator.models.base import Row
from provisioner.simulator.models.campaigns import Campaign
from provisioner.simulator.runtime import now

DISPOSITIONS = [(name, name) for name in ("ANSWER", "BUSY", "NOANSWER", "CANCEL", "CONGESTION", "FAILED")]


class CallRecord(Row):
    """One call. `cause` says what made a telephone ring, `campaign 1243` or `alarm 909`; clients do not see it."""

    OWNER: ClassVar[str] = "user"

    user = models.ForeignKey(User, models.CASCADE, related_name="call_records")
    callid = models.CharField(max_length=120)
    callerid = models.CharField(max_length=120, blank=True, default="")
    phone_number = models.CharField(max_length=120)
    starting_date = models.DateTimeField(default=now)
    duration = models.IntegerField(default=0)
    billsec = models.IntegerField(default=0)
    disposition = models.CharField(max_length=40, choices=DISPOSITIONS)
    hangup_cause = models.CharField(max_length=40)
    hangup_cause_q850 = models.IntegerField(default=16)
    sip_term_status = models.IntegerField(default=200)
    sip_term_cause = models.IntegerField(default=16)
    endpoint_disposition = models.CharField(max_length=40)
    used_gateway = models.ForeignKey(Gateway, models.SET_NULL, null=True)
    campaign = models.ForeignKey(Campaign, models.SET_NULL, null=True, related_name="call_records")
    alarm = models.BooleanField(default=False)
    cause = models.CharField(max_length=40, blank=True, default="")
    otp = models.BooleanField(default=False)
