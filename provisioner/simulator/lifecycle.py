"""What becomes of a campaign: status changes, the freeze of its survey, expiry (docs/alice-api.md#sealed-copies).

A first start begins the campaign: a sealed copy of its survey is made and its phonebooks are imported. With the
variant `freeze=delayed` that waits, as in Newfies-Dialer's REST code, for a moment inside the running window.
"""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from provisioner.simulator import subscriptions
from provisioner.simulator.database import writing
from provisioner.simulator.models import Campaign, SealedSection, SealedSurvey, SurveyTemplate
from provisioner.simulator.models.campaigns import Status
from provisioner.simulator.models.surveys import SECTION_FIELDS
from provisioner.simulator.runtime import RUNTIME, now, variants


class NoSurvey(ValueError):
    """The campaign's object_id names no template; a real server would crash with the status already changed."""


def change_status(campaign: Campaign, status: int) -> None:
    """Set a status as the API does: now, or after the delay of the variant."""
    delay = variants().number("status_delay")
    if delay:
        campaign.next_status, campaign.next_status_at = status, now() + timedelta(seconds=delay)
        campaign.save()
        return
    _note_start(campaign, campaign.status, status)
    campaign.status = status
    campaign.save()
    follow_status(campaign)


def _note_start(campaign: Campaign, before: Any, status: Any) -> None:
    if status == Status.START and before != status:
        RUNTIME.arming.note("campaign", campaign.pk)


def follow_status(campaign: Campaign) -> None:
    """What a first start brings with it; any other status brings nothing."""
    if campaign.status != Status.START or campaign.first_started is not None:
        return
    campaign.first_started = now()
    campaign.save()
    if variants()["freeze"] != "delayed":
        begin(campaign)


def begin(campaign: Campaign) -> None:
    """Seal the survey and import the phonebooks."""
    if variants()["freeze"] != "never":
        _seal(campaign)
    campaign.has_begun = True
    campaign.save()
    subscriptions.import_phonebooks(campaign)


def _seal(campaign: Campaign) -> None:
    template = SurveyTemplate.objects.filter(pk=campaign.object_id).first()
    if template is None:
        raise NoSurvey(campaign.object_id)
    copied = {name: getattr(template, name) for name in ("name", "tts_language", "description")}
    sealed = SealedSurvey.objects.create(user=campaign.user, campaign=campaign, **copied)
    for section in template.sections.order_by("order").values(*SECTION_FIELDS):
        SealedSection.objects.create(survey=sealed, **section)
    if variants()["object_id"] == "sealed":
        campaign.object_id = sealed.pk


def catch_up() -> None:
    """Do what time alone has made due. Called by the dialler, and before campaigns are read."""
    if not Campaign.objects.filter(_may_be_due()).exists():
        return
    with writing():
        for campaign in Campaign.objects.filter(_may_be_due()):
            _catch_up(campaign)


def _may_be_due() -> Q:
    moment = now()
    running = (Status.START, Status.PAUSE, Status.ABORT)
    expired = Q(status__in=running, expirationdate__lt=moment)
    waiting = Q(status=Status.START, has_begun=False, first_started__isnull=False)
    return expired | waiting | Q(next_status_at__lte=moment)


def _catch_up(campaign: Campaign) -> None:
    moment = now()
    if campaign.next_status_at and campaign.next_status_at <= moment:
        _apply_next_status(campaign)
    if campaign.expirationdate < moment and campaign.status in (Status.START, Status.PAUSE, Status.ABORT):
        campaign.status = Status.END
        campaign.save()
    if _is_freeze_due(campaign, moment):
        _begin_quietly(campaign)


def _apply_next_status(campaign: Campaign) -> None:
    _note_start(campaign, campaign.status, campaign.next_status)
    campaign.status, campaign.next_status, campaign.next_status_at = campaign.next_status, None, None
    campaign.save()
    try:
        follow_status(campaign)
    except NoSurvey:
        return


def _begin_quietly(campaign: Campaign) -> None:
    """A background task that crashes leaves the campaign as it was, without a word."""
    try:
        begin(campaign)
    except NoSurvey:
        return


def _is_freeze_due(campaign: Campaign, moment: datetime) -> bool:
    if campaign.status != Status.START or campaign.has_begun or variants()["freeze"] != "delayed":
        return False
    delay = timedelta(seconds=variants().number("freeze_delay"))
    return in_window(campaign, moment) and campaign.first_started + delay <= moment


def in_window(campaign: Campaign, moment: datetime) -> bool:
    """Whether a started campaign runs: between its dates and within its daily hours in the server's time zone."""
    if not campaign.startingdate <= moment <= campaign.expirationdate:
        return False
    local = moment.astimezone(ZoneInfo(variants()["server_tz"])).time()
    return bool(campaign.daily_start_time <= local <= campaign.daily_stop_time)


def running_campaigns() -> list[Campaign]:
    """The campaigns that dial at this moment."""
    started = Campaign.objects.filter(status=Status.START, has_begun=True).select_related("aleg_gateway", "dnc")
    return [campaign for campaign in started if in_window(campaign, now())]
