"""How contacts become subscribers, the numbers that a campaign dials (docs/alice-api.md#side-effects).

A phonebook is imported once per campaign; detaching it, or changing or deleting its contacts, takes nothing back. A
contact that is subscribed already is left as it is.
"""

from django.db import connection

from provisioner.simulator.models import Campaign, Contact, Phonebook, Subscriber
from provisioner.simulator.models.campaigns import Status, SubscriberStatus
from provisioner.simulator.models.contacts import ACTIVE
from provisioner.simulator.runtime import now, variants

_IMPORT = f"""
    INSERT OR IGNORE INTO {Subscriber._meta.db_table} (
        campaign_id, contact_id, duplicate_contact, status, created_date, updated_date,
        count_attempt, completion_count_attempt
    )
    SELECT %s, id, contact, %s, %s, %s, 0, 0
    FROM {Contact._meta.db_table} WHERE phonebook_id = %s AND status = {ACTIVE} ORDER BY id LIMIT %s
"""
"""One statement, because a phonebook may have a hundred thousand contacts."""


def import_phonebooks(campaign: Campaign) -> None:
    """Subscribe the active contacts of every attached phonebook that has not been imported yet."""
    for phonebook in campaign.phonebook.exclude(pk__in=campaign.imported.values("pk")):
        _import(campaign, phonebook)
        campaign.imported.add(phonebook)


def _import(campaign: Campaign, phonebook: Phonebook) -> None:
    room = max(0, variants().integer("max_subscribers") - campaign.subscribers.count())
    moment = connection.ops.adapt_datetimefield_value(now())
    with connection.cursor() as cursor:
        cursor.execute(_IMPORT, [campaign.pk, SubscriberStatus.PENDING, moment, moment, phonebook.pk, room])


def subscribe(contacts: list[Contact]) -> None:
    """Subscribe new contacts of one phonebook to the campaigns that run on it now."""
    active = [contact for contact in contacts if contact.status == ACTIVE]
    if not active:
        return
    for campaign in Campaign.objects.filter(phonebook=active[0].phonebook_id, status=Status.START).only("pk"):
        _subscribe(campaign, active)


def _subscribe(campaign: Campaign, contacts: list[Contact]) -> None:
    subscribers = [
        Subscriber(campaign=campaign, contact=contact, duplicate_contact=contact.contact) for contact in contacts
    ]
    Subscriber.objects.bulk_create(subscribers, batch_size=500, ignore_conflicts=True)
