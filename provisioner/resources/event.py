"""Events. Recurring ones clone themselves, with the same title (docs/alice-api.md#calendars-and-events)."""

from datetime import datetime

from provisioner.language import gettext
from provisioner.model import Fields
from provisioner.resources.fields import Choice, Instant, Relation, Text
from provisioner.resources.kind import ApiFacts, Display, Identity, Kind, ManifestRules, Timing
from provisioner.resources.rules import later


def over(fields: Fields, now: datetime) -> str:
    """An event is past when its end is."""
    end = fields.get("end")
    return gettext("its {field} has passed", field="end") if isinstance(end, datetime) and end <= now else ""


KIND = Kind(
    name="event",
    plural="events",
    collection="events",
    path="event",
    title="event",
    api=ApiFacts(moves=True),
    fields=(
        Text("title", required=True, max_length=255, personal=True),
        Instant("start", required=True),
        Instant("end", required=True),
        Relation("calendar", to="calendar", required=True),
        Relation("creator", to="calendar_user", inherit=("calendar", "user")),
        Text("description", personal=True),
    ),
    facts=(Choice("status", codes={"pending": 1, "completed": 2, "paused": 3}),),
    natural_key=("calendar", "title", "start"),
    identity=Identity(lookup=("calendar", "title", "start", "end", "creator", "description")),
    manifest=ManifestRules(rules=(later("start", "end", or_equal=True),)),
    timing=Timing(over=over),
    display=Display(shown=("id", "title", "start", "end", "calendar", "creator", "status", "description")),
)
