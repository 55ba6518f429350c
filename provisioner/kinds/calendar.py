"""Calendars of a calendar user. One without user is invisible to its creator, so `user` is required (5.12)."""

from provisioner.kinds.declaration import Kind
from provisioner.kinds.fields import Relation, Text

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
    shown=("id", "name", "user"),
)
