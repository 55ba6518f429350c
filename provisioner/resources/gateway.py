"""Gateways: read only, looked up by name. Their counters change by themselves."""

from provisioner.resources.fields import Choice, Integer, Text
from provisioner.resources.kind import ApiFacts, Display, Kind, Verbs

KIND = Kind(
    name="gateway",
    plural="gateways",
    path="gateway",
    title="gateway",
    api=ApiFacts(verbs=Verbs(create=False)),
    facts=(
        Text("name"),
        Choice("status", codes={"active": 1, "inactive": 0}),
        Integer("maximum_call"),
    ),
    natural_key=("name",),
    display=Display(
        shown=("id", "name", "status", "maximum_call", "count_call", "count_in_use", "is_trial", "description"),
    ),
)
