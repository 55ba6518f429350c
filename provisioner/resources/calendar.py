"""Calendars. One without user is invisible to its creator (docs/alice-api.md#calendars-and-events)."""

from provisioner.resources.fields import Relation, Text
from provisioner.resources.kind import AppointmentOwner, Display, Kind, ManifestRules

KIND = Kind(
    name="calendar",
    plural="calendars",
    collection="calendars",
    path="calendar",
    title="calendar",
    fields=(
        Text("name", required=True, max_length=200),
        Relation("user", to="calendar_user", required=True),
    ),
    natural_key=("user", "name"),
    appointments=AppointmentOwner(
        kind="event", parent="calendar", notice="alarm", declared="appointments", by="creator", through="user"
    ),
    manifest=ManifestRules(settings=("appointments", "safety")),
    display=Display(shown=("id", "name", "user")),
)
