"""The tables of the simulated Alice, one module per area. See docs/alice-api.md#resources."""

from provisioner.simulator.models.accounts import CalendarProfile, CalendarSetting, Gateway, User
from provisioner.simulator.models.appointments import Alarm, Calendar, Event
from provisioner.simulator.models.campaigns import Campaign, Subscriber
from provisioner.simulator.models.contacts import Contact, DncContact, DncList, Phonebook
from provisioner.simulator.models.records import CallRecord
from provisioner.simulator.models.surveys import SealedSection, SealedSurvey, SectionTemplate, SurveyTemplate

__all__ = [
    "Alarm",
    "Calendar",
    "CalendarProfile",
    "CalendarSetting",
    "CallRecord",
    "Campaign",
    "Contact",
    "DncContact",
    "DncList",
    "Event",
    "Gateway",
    "Phonebook",
    "SealedSection",
    "SealedSurvey",
    "SectionTemplate",
    "Subscriber",
    "SurveyTemplate",
    "User",
]
