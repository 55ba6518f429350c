"""The dialler: turns subscribers of running campaigns into calls, and lets appointments fall due.

A background thread ticks about once a second; tests tick by hand. `speed` multiplies the calls per minute, not the
clock. See docs/alice-api.md#side-effects.
"""

import threading
import time

from django.db import connections

from provisioner.simulator import appointments, lifecycle, subscriptions
from provisioner.simulator.calls import ANSWER, call
from provisioner.simulator.database import writing
from provisioner.simulator.models import CallRecord, Campaign, DncContact, Gateway, SealedSection, Subscriber
from provisioner.simulator.models.campaigns import Status, SubscriberStatus
from provisioner.simulator.models.surveys import DNC_SECTION
from provisioner.simulator.runtime import RUNTIME

_INTERVAL = 1.0
_OPT_OUT_RATE = 0.1
_BATCH = 500


def tick(seconds: float) -> None:
    """Do what a dialler does in so many seconds."""
    with writing():
        lifecycle.catch_up()
        for campaign in lifecycle.running_campaigns():
            subscriptions.import_phonebooks(campaign)
            _dial(campaign, seconds)
        appointments.ring_due_alarms()
        appointments.complete_started_events()


def run(stopped: threading.Event) -> None:
    """The background thread: tick until stopped, unless the mode switches the dialler off."""
    last = time.monotonic()
    while not stopped.wait(_INTERVAL):
        moment = time.monotonic()
        if RUNTIME.mode.dialler:
            tick(moment - last)
        last = moment
    connections.close_all()


def _dial(campaign: Campaign, seconds: float) -> None:
    pending = campaign.subscribers.filter(status=SubscriberStatus.PENDING).order_by("pk")
    credit = campaign.dial_credit + campaign.frequency / 60 * seconds * RUNTIME.mode.speed
    chosen = list(pending[: _most_calls(campaign.aleg_gateway, int(credit))])
    campaign.dial_credit = credit - int(credit)
    campaign.save()
    _call_all(campaign, chosen)
    _complete_if_done(campaign)


def _most_calls(gateway: Gateway, wanted: int) -> int:
    return wanted if gateway.maximum_call is None else min(wanted, gateway.maximum_call)


def _call_all(campaign: Campaign, subscribers: list[Subscriber]) -> None:
    refused = _refused_numbers(campaign)
    records = [_call(campaign, subscriber, refused) for subscriber in subscribers]
    made = [record for record in records if record is not None]
    CallRecord.objects.bulk_create(made, batch_size=_BATCH)
    for subscriber in subscribers:
        subscriber.save()
    _count_calls(campaign.aleg_gateway, len(made))
    _opt_out(campaign, made)


def _refused_numbers(campaign: Campaign) -> set[str]:
    """The numbers of the campaign's DNC list, as text: `+8493...` does not keep `093...` from being called."""
    numbers = DncContact.objects.filter(dnc=campaign.dnc_id) if campaign.dnc_id else DncContact.objects.none()
    return set(numbers.values_list("phone_number", flat=True))


def _call(campaign: Campaign, subscriber: Subscriber, refused: set[str]) -> CallRecord | None:
    if subscriber.duplicate_contact in refused:
        subscriber.status = SubscriberStatus.NOT_AUTHORIZED
        return None
    record = call(
        subscriber.duplicate_contact,
        campaign.aleg_gateway,
        f"campaign {campaign.pk}",
        user_id=campaign.user_id,
        callerid=campaign.callerid,
        campaign=campaign,
    )
    answered = record.disposition == ANSWER.disposition
    subscriber.status = SubscriberStatus.COMPLETED if answered else SubscriberStatus.FAIL
    subscriber.count_attempt += 1
    subscriber.last_attempt = record.starting_date
    subscriber.duration, subscriber.billsec = record.duration, record.billsec
    return record


def _count_calls(gateway: Gateway, calls: int) -> None:
    if calls:
        gateway.count_call = (gateway.count_call or 0) + calls
        gateway.save()


def _opt_out(campaign: Campaign, records: list[CallRecord]) -> None:
    """Some who answer opt out; their numbers go to the campaign's list (docs/alice-api.md#dnc-lists-and-numbers)."""
    sections = SealedSection.objects.filter(survey__campaign=campaign, type=DNC_SECTION)
    if not records or campaign.dnc_id is None or not sections.exists():
        return
    answered = [record.phone_number for record in records if record.disposition == ANSWER.disposition]
    opted = [number for number in answered if RUNTIME.calls.random() < _OPT_OUT_RATE]
    DncContact.objects.bulk_create([DncContact(dnc=campaign.dnc, phone_number=number) for number in opted])


def _complete_if_done(campaign: Campaign) -> None:
    open_ones = campaign.subscribers.filter(status__in=(SubscriberStatus.PENDING, SubscriberStatus.IN_PROCESS))
    if campaign.subscribers.exists() and not open_ones.exists():
        campaign.status = Status.COMPLETED
        campaign.save()
