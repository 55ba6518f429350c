"""Which kind shows the rows of which table, for hyperlinks and for the control endpoints."""

from provisioner.simulator import models
from provisioner.simulator.models.base import Row

MODELS: dict[str, type[Row]] = {
    "survey-template": models.SurveyTemplate,
    "section-template": models.SectionTemplate,
    "survey-list": models.SealedSurvey,
    "phonebook": models.Phonebook,
    "contact": models.Contact,
    "gateway": models.Gateway,
    "campaigns": models.Campaign,
    "dnc-list": models.DncList,
    "dnc-contact": models.DncContact,
    "cdr": models.CallRecord,
    "subscriber-list": models.Subscriber,
    "calendar-setting": models.CalendarSetting,
    "calendar-user": models.User,
    "calendar": models.Calendar,
    "event": models.Event,
    "alarm": models.Alarm,
}

HIDDEN_MODELS: dict[str, type[Row]] = {
    "sealed-section": models.SealedSection,
    "calendar-profile": models.CalendarProfile,
}
"""Tables without an endpoint, which the control endpoints show all the same."""

PATHS = {model: path for path, model in MODELS.items()}
