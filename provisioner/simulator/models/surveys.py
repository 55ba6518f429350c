"""Survey templates with their sections, and the sealed copies that started campaigns are called with.

Templates and sealed surveys count their ids apart, so an id alone does not say which one is meant
(docs/alice-api.md#sealed-copies).
"""

from typing import ClassVar

from django.db import models

from provisioner.simulator.choices import LANGUAGES
from provisioner.simulator.models.accounts import User
from provisioner.simulator.models.base import DatedRow

SECTION_TYPES = [
    (1, "PLAY MESSAGE"),
    (2, "MULTI-CHOICE"),
    (3, "RATING QUESTION"),
    (4, "CAPTURE DIGITS"),
    (5, "RECORD MESSAGE"),
    (6, "CALL TRANSFER"),
    (7, "HANGUP"),
    (8, "CONFERENCE"),
    (9, "DNC"),
    (10, "SMS"),
]
DNC_SECTION = 9


class Survey(DatedRow):
    """What a template and its sealed copy have in common."""

    name = models.CharField(max_length=90)
    tts_language = models.CharField(max_length=2, null=True, blank=True, default="en", choices=LANGUAGES)
    description = models.TextField(null=True, blank=True)
    user = models.ForeignKey(User, models.CASCADE)

    class Meta:
        abstract = True


class SurveyTemplate(Survey):
    """A call flow that can still be edited; samples for onboarding are seen by everybody."""

    is_onboarding = models.BooleanField(default=False)


class SealedSurvey(Survey):
    """A frozen copy; it outlives its campaign."""

    campaign = models.ForeignKey("Campaign", models.SET_NULL, null=True, related_name="sealed_surveys")


class Section(DatedRow):
    """One step of a call flow; the one with the lowest `order` is where a call starts."""

    order = models.IntegerField(default=1, editable=False)
    type = models.IntegerField(default=1, choices=SECTION_TYPES)
    question = models.CharField(max_length=500)
    script = models.CharField(max_length=1000, null=True, blank=True)
    retries = models.IntegerField(null=True, default=0)
    timeout = models.IntegerField(null=True, default=5)
    completed = models.BooleanField(default=False)

    class Meta:
        abstract = True


class SectionTemplate(Section):
    """A section of a template."""

    OWNER: ClassVar[str] = "survey__user"

    survey = models.ForeignKey(SurveyTemplate, models.CASCADE, related_name="sections")


class SealedSection(Section):
    """A section as it was when its survey was sealed; no endpoint shows it."""

    OWNER: ClassVar[str] = "survey__user"

    survey = models.ForeignKey(SealedSurvey, models.CASCADE, related_name="sections")


SECTION_FIELDS = ("order", "type", "question", "script", "retries", "timeout", "completed")
"""What sealing copies, as far as the simulator keeps it."""
