"""What a fresh simulator holds: an administrator, the tenant `demo`, and another tenant with a shared survey.

Every kind counts its ids from a number of its own, so that a client that mixes two kinds up is found out; only survey
templates and sealed surveys start together, because on Alice their ids may be equal (docs/alice-api.md#sealed-copies).
"""

from django.db.models import Model

from provisioner.simulator import models

FIRST_IDS: dict[type[Model], int] = {
    models.User: 204,
    models.SurveyTemplate: 351,
    models.SealedSurvey: 351,
    models.SectionTemplate: 2001,
    models.SealedSection: 2501,
    models.Phonebook: 293,
    models.Contact: 10001,
    models.DncList: 343,
    models.DncContact: 5001,
    models.Campaign: 1243,
    models.Subscriber: 40001,
    models.CallRecord: 70001,
    models.CalendarSetting: 4,
    models.Calendar: 607,
    models.Event: 808,
    models.Alarm: 909,
}
"""The id of the first row of each table that a client makes."""


def plant() -> None:
    """Write the seed into empty tables."""
    _user(1, "admin", is_superuser=True)
    demo = _user(203, "demo", email="demo@example.com")
    acme = _user(104, "acme")
    models.Gateway.objects.create(pk=23, user=demo, name="AliceDevGateway", description="AliceDevGateway")
    backup = models.Gateway(pk=24, user=demo, name="AliceBackupGateway", description="AliceBackupGateway")
    backup.maximum_call = 10
    backup.save(force_insert=True)
    models.Gateway.objects.create(pk=25, user=acme, name="AcmeGateway")
    _acme(acme)


def _user(pk: int, name: str, **fields: object) -> models.User:
    """A user whose password is its name."""
    user = models.User(pk=pk, username=name, **fields)
    user.set_password(name)
    user.save(force_insert=True)
    return user


def _acme(acme: models.User) -> None:
    """Another tenant's rows: a sample that everybody sees, a phonebook that only acme and the administrator see."""
    sample = models.SurveyTemplate.objects.create(
        pk=350, user=acme, name="Khảo sát mẫu", tts_language="vi", is_onboarding=True
    )
    models.SectionTemplate.objects.create(pk=2000, survey=sample, question="Xin chào", script="Xin chào")
    phonebook = models.Phonebook.objects.create(pk=292, user=acme, name="Acme")
    models.Contact.objects.create(pk=10000, phonebook=phonebook, contact="0900000000")
