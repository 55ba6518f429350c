"""Subscribers: the contacts a campaign has taken in to dial. Read only; the source of `status`."""

from provisioner.resources.fields import Choice, Field, Relation
from provisioner.resources.kind import ApiFacts, Display, Filter, Kind, Verbs

STATUSES = {
    "pending": 1,
    "pause": 2,
    "abort": 3,
    "fail": 4,
    "sent": 5,
    "in_process": 6,
    "not_authorised": 7,
    "completed": 8,
}

KIND = Kind(
    name="subscriber",
    plural="subscribers",
    path="subscriber-list",
    title="subscriber",
    personal=True,
    api=ApiFacts(verbs=Verbs(create=False)),
    facts=(
        Relation("campaign", to="campaign"),
        Choice("status", codes=STATUSES),
        Field("contact"),
    ),
    display=Display(
        shown=("id", "campaign", "contact", "status", "count_attempt", "last_attempt", "duration", "billsec"),
        filters=(
            Filter("campaign", "the campaign", ("campaign",), "related", to="campaign"),
            Filter("contact", "telephone number", ("contact",), "contains"),
            Filter("status", "how far it is", ("status",), codes=STATUSES),
            Filter("duration", "length of the call in seconds", ("duration",)),
            Filter("billsec", "billed seconds", ("billsec",)),
        ),
    ),
)
