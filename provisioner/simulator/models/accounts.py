"""Users, gateways, and the calendar settings that tie calendar users to both.

Calendar users are users of the installation too, so that user names are unique across all of them. What makes one a
calendar user is its profile, which goes with its setting: the user is then left, invisible
(docs/alice-api.md#cascading-deletes).
"""

from typing import ClassVar

from django.contrib.auth.hashers import check_password, make_password
from django.core.validators import RegexValidator
from django.db import models

from provisioner.simulator.models.base import DatedRow, Row

USERNAME = RegexValidator(r"^[\w.@+-]+\Z", "Enter a valid username.")


class User(Row):
    """Somebody who can log in: a tenant, an administrator or a calendar user."""

    OWNER: ClassVar[str] = "profile__manager"

    username = models.CharField(max_length=30, unique=True, validators=[USERNAME])
    password = models.CharField(max_length=128)
    first_name = models.CharField(max_length=30, blank=True, default="")
    last_name = models.CharField(max_length=30, blank=True, default="")
    email = models.EmailField(max_length=75, blank=True, default="")
    is_superuser = models.BooleanField(default=False)

    is_authenticated = True

    def set_password(self, password: str) -> None:
        self.password = make_password(password)

    def has_password(self, password: str) -> bool:
        return bool(check_password(password, self.password))


class Gateway(DatedRow):
    """A line to the telephone network; read-only for clients, its counters change by themselves."""

    user = models.ForeignKey(User, models.CASCADE, related_name="gateways")
    name = models.CharField(max_length=255, unique=True)
    status = models.IntegerField(null=True, default=1, choices=[(1, "ACTIVE"), (0, "INACTIVE")])
    description = models.TextField(blank=True, default="")
    addprefix = models.CharField(max_length=60, blank=True, default="")
    removeprefix = models.CharField(max_length=60, blank=True, default="")
    gateways = models.CharField(max_length=500, default="sofia/gateway/")
    subdomain = models.CharField(max_length=120, blank=True, default="company")
    gateway_codecs = models.CharField(max_length=500, blank=True, default="")
    gateway_timeouts = models.CharField(max_length=500, blank=True, default="10")
    gateway_retries = models.CharField(max_length=500, blank=True, default="")
    originate_dial_string = models.CharField(max_length=500, blank=True, default="")
    secondused = models.IntegerField(null=True)
    addparameter = models.CharField(max_length=360, blank=True, default="")
    count_call = models.IntegerField(null=True, default=0)
    count_in_use = models.IntegerField(null=True)
    maximum_call = models.IntegerField(null=True)
    is_trial = models.BooleanField(default=True)
    failover = models.ForeignKey("self", models.SET_NULL, null=True)


class CalendarSetting(DatedRow):
    """How the alarms of a group of calendar users are called."""

    user = models.ForeignKey(User, models.CASCADE, related_name="calendar_settings")
    label = models.CharField(max_length=80)
    callerid = models.CharField(max_length=80, blank=True, null=True, default="")
    caller_name = models.CharField(max_length=80, blank=True, default="")
    call_timeout = models.IntegerField(default=60)
    voicemail = models.BooleanField(default=False)
    amd_behavior = models.IntegerField(default=1, choices=[(1, "ALWAYS"), (2, "HUMAN ONLY"), (3, "VOICEMAIL ONLY")])
    survey = models.ForeignKey("SealedSurvey", models.CASCADE, related_name="calendar_settings")
    aleg_gateway = models.ForeignKey(Gateway, models.CASCADE, related_name="calendar_settings")


class CalendarProfile(Row):
    """Makes a user a calendar user of `manager`."""

    OWNER: ClassVar[str] = "manager"

    user = models.OneToOneField(User, models.CASCADE, related_name="profile")
    manager = models.ForeignKey(User, models.CASCADE, related_name="calendar_profiles")
    calendar_setting = models.ForeignKey(CalendarSetting, models.CASCADE, related_name="profiles")
