"""Phonebooks with their contacts, and do-not-call lists with their numbers. Nothing here is unique.

See docs/alice-api.md#uniqueness-and-limits.
"""

from typing import ClassVar

from django.db import models

from provisioner.simulator.choices import COUNTRIES
from provisioner.simulator.models.accounts import User
from provisioner.simulator.models.base import DatedRow, Row

ACTIVE = 1


class Phonebook(DatedRow):
    """A named list of contacts."""

    user = models.ForeignKey(User, models.CASCADE, related_name="phonebooks")
    name = models.CharField(max_length=90)
    description = models.TextField(null=True, blank=True)


class Contact(DatedRow):
    """Somebody to call; the number is kept as it was sent."""

    OWNER: ClassVar[str] = "phonebook__user"

    phonebook = models.ForeignKey(Phonebook, models.CASCADE, related_name="contacts")
    contact = models.CharField(max_length=90, db_index=True)
    status = models.IntegerField(null=True, default=ACTIVE, choices=[(0, "INACTIVE"), (1, "ACTIVE")])
    last_name = models.CharField(max_length=120, null=True, blank=True)
    first_name = models.CharField(max_length=120, null=True, blank=True)
    email = models.EmailField(max_length=75, null=True, blank=True)
    address = models.CharField(max_length=250, null=True, blank=True)
    city = models.CharField(max_length=120, null=True, blank=True)
    state = models.CharField(max_length=120, null=True, blank=True)
    country = models.CharField(max_length=2, null=True, blank=True, choices=COUNTRIES)
    unit_number = models.CharField(max_length=50, null=True, blank=True)
    company = models.CharField(max_length=120, null=True, blank=True)
    priority = models.IntegerField(default=0)
    additional_vars = models.TextField(null=True, blank=True)
    description = models.TextField(null=True, blank=True)


class DncList(DatedRow):
    """Numbers that are not to be called; its campaigns go with it (docs/alice-api.md#cascading-deletes)."""

    user = models.ForeignKey(User, models.CASCADE, related_name="dnc_lists")
    name = models.CharField(max_length=50)
    description = models.TextField(null=True, blank=True)


class DncContact(Row):
    """One number, compared as text; callees add some themselves."""

    OWNER: ClassVar[str] = "dnc__user"

    dnc = models.ForeignKey(DncList, models.CASCADE, related_name="numbers")
    phone_number = models.CharField(max_length=120)
